"""What the inbox keeps of one person: shown to them, and forgotten."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.inbox.models import ChoiceRow, NoteRow, QuietHoursRow
from backend.inbox.service.reading import read_facts

_TABLES = (NoteRow.__table__, ChoiceRow.__table__, QuietHoursRow.__table__)


def export(session: Session, user_id: str) -> dict[str, Any]:
    """Every note of one person, oldest first, and what they chose."""
    notes, choices, quiet = _TABLES
    told = session.execute(select(notes).where(notes.c.user_id == user_id).order_by(notes.c.id)).mappings()
    chosen = session.execute(select(choices).where(choices.c.user_id == user_id).order_by(choices.c.kind)).mappings()
    hours = session.execute(select(quiet).where(quiet.c.user_id == user_id)).mappings().one_or_none()
    return {
        "notes": [
            {name: row[name] for name in ("id", "kind", "created_at", "read_at")} | {"facts": read_facts(session, row)}
            for row in told
        ],
        "mailed": {row["kind"]: row["is_mailed"] for row in chosen},
        "quiet_hours": hours and {"from_minute": hours["from_minute"], "until_minute": hours["until_minute"]},
    }


def forget(session: Session, user_id: str) -> None:
    """Drop everything that was told and chosen: the facts themselves stand where they happened."""
    for table in _TABLES:
        session.execute(delete(table).where(table.c.user_id == user_id))
