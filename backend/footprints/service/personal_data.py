"""The answers of one person: shown to them, and forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from sqlalchemy.orm import Session

from backend.footprints import sql
from backend.footprints.domain import answers_as_text
from backend.footprints.service import answered_years
from backend.platform.privacy import personal_data


def export(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every year somebody answered about behind the year `after`, in the order of the years."""
    years = answered_years.list_years(session, user_id, None, personal_data.AT_ONCE)
    for answered in sorted(years, key=lambda one: one.year):
        if str(answered.year) > after:
            yield {
                "year": str(answered.year),
                "region": answered.model.region,
                "model_sha256": answered.model.sha256,
                "answers": answers_as_text(answered.answers),
                "own_target": asdict(answered.own_target) if answered.own_target else None,
                "stated": [asdict(one) for one in answered.stated],
                "revision": answered.revision,
            }


def forget(session: Session, user_id: str) -> None:
    """Drop every answer of one person; models are the same for everyone and stay."""
    session.execute(sql.FORGET_YEARS, {"person": user_id})
