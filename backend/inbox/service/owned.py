"""What the inbox keeps of one person: shown to them, and forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend import personal
from backend.inbox.models import ChoiceRow, NoteRow, QuietHoursRow
from backend.inbox.service.reading import read_facts

_TABLES = (NoteRow.__table__, ChoiceRow.__table__, QuietHoursRow.__table__)


def export_notes(session: Session, user_id: str, after: str = "") -> Iterator[personal.Record]:
    """Every note of one person behind the id `after`, oldest first."""
    notes, _, _ = _TABLES
    for row in personal.by_key(session, select(notes).where(notes.c.user_id == user_id), notes.c.id, after):
        shown = {name: row[name] for name in ("id", "kind", "created_at", "read_at")}
        yield shown | {"facts": read_facts(session, row)}


def export_choices(session: Session, user_id: str) -> personal.Record:
    """What one person chose to have mailed, and when they want to be left alone."""
    _, choices, quiet = _TABLES
    chosen = session.execute(select(choices).where(choices.c.user_id == user_id).order_by(choices.c.kind)).mappings()
    hours = session.execute(select(quiet).where(quiet.c.user_id == user_id)).mappings().one_or_none()
    return {
        "mailed": {row["kind"]: row["is_mailed"] for row in chosen},
        "quiet_hours": hours and {"from_minute": hours["from_minute"], "until_minute": hours["until_minute"]},
    }


def forget(session: Session, user_id: str) -> None:
    """Drop everything that was told and chosen: the facts themselves stand where they happened."""
    for table in _TABLES:
        session.execute(delete(table).where(table.c.user_id == user_id))
