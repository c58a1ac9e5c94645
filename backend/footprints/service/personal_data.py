"""The answers of one person: shown to them, and forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import delete
from sqlalchemy.orm import Session

from backend.footprints.models import FootprintRow
from backend.footprints.service import storage
from backend.platform.privacy import personal_data


def export(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every year somebody answered about behind the year `after`, in the order of the years."""
    for stored in sorted(storage.list_stored(session, user_id, None, personal_data.AT_ONCE), key=lambda one: one.year):
        if str(stored.year) > after:
            yield {
                "year": str(stored.year),
                "region": stored.model.region,
                "model_sha256": stored.model.sha256,
                "answers": storage.said(stored.answers),
                "own_target": stored.own_target and stored.own_target._asdict(),
                "stated": [one._asdict() for one in stored.stated],
                "revision": stored.revision,
            }


def forget(session: Session, user_id: str) -> None:
    """Drop every answer of one person; models are the same for everyone and stay."""
    table = FootprintRow.__table__
    session.execute(delete(table).where(table.c.user_id == user_id))
