"""What trees keep of one person: for their export, and what erasure makes unreadable."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.platform.data.batch import fetch
from backend.platform.privacy import personal_data
from backend.trees.service.holdings import read_beneficiary
from backend.trees.sql import pools as sql


def export_holdings(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every holding of one person behind the id `after`, with the name it is made out to."""
    rows = personal_data.by_key(session, sql.exported_holdings(user_id), sql.HOLDINGS.c.id, after)
    for holding in map(sql.read_holding, rows):
        yield {
            "id": holding.id,
            "reference": holding.reference,
            "pool": holding.pool_id,
            "start_share": holding.start_share,
            "end_share": holding.end_share,
            "origin": holding.origin,
            "number": holding.number,
            "beneficiary": read_beneficiary(session, holding),
            "shows_name": holding.shows_name,
            "funded_at": holding.funded_at,
        }


def export_claims(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every claim of one person behind the reference `after`."""
    for claim in fetch(session, sql.claims_of(user_id)).all():
        if claim.reference > after:
            yield {
                "reference": claim.reference,
                "pool": claim.pool_id,
                "place": claim.place,
                "claimed_at": claim.claimed_at,
            }


def forget(session: Session, user_id: str) -> None:
    """Empty what names the person; shares, places in a line and every sum stay."""
    session.execute(sql.FORGET_NAMES, {"owner": user_id})
