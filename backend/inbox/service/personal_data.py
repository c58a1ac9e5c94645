"""What the inbox keeps of one person: shown to them, and forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.inbox.models import ChoiceRow, NoteRow, PushDeviceRow, PushEndpointRow, QuietHoursRow
from backend.inbox.service.devices import read_sealed
from backend.inbox.service.queries import read_facts
from backend.platform.privacy import personal_data

_NOTES, _CHOICES, _QUIET = NoteRow.__table__, ChoiceRow.__table__, QuietHoursRow.__table__
_DEVICES, _ENDPOINTS = PushDeviceRow.__table__, PushEndpointRow.__table__


def export_notes(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every note of one person behind the id `after`, oldest first."""
    for row in personal_data.by_key(session, select(_NOTES).where(_NOTES.c.user_id == user_id), _NOTES.c.id, after):
        shown = {name: row[name] for name in ("id", "kind", "created_at", "read_at")}
        yield shown | {"facts": read_facts(session, row)}


def export_choices(session: Session, user_id: str) -> personal_data.Record:
    """What one person chose to have mailed and pushed, and when they want to be left alone."""
    wanted = select(_CHOICES).where(_CHOICES.c.user_id == user_id).order_by(_CHOICES.c.kind)
    chosen = session.execute(wanted).mappings().all()
    hours = session.execute(select(_QUIET).where(_QUIET.c.user_id == user_id)).mappings().one_or_none()
    return {
        "mailed": {row["kind"]: row["is_mailed"] for row in chosen if row["is_mailed"] is not None},
        "pushed": {row["kind"]: row["is_pushed"] for row in chosen if row["is_pushed"] is not None},
        "quiet_hours": hours and {"from_minute": hours["from_minute"], "until_minute": hours["until_minute"]},
    }


def export_devices(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every device of one person that is told, behind the id `after`. Its keys are left out: they open what is sent."""
    wanted = select(_DEVICES).where(_DEVICES.c.user_id == user_id)
    for row in personal_data.by_key(session, wanted, _DEVICES.c.id, after):
        shown = {name: row[name] for name in ("id", "service", "registered_at", "renewed_at")}
        yield shown | {"endpoint": read_sealed(session, user_id, row["sealed"])["endpoint"]}


def forget(session: Session, user_id: str) -> None:
    """Drop everything that was told and chosen, and where: the facts themselves stand where they happened."""
    for table in (_NOTES, _CHOICES, _QUIET, _DEVICES, _ENDPOINTS):
        session.execute(delete(table).where(table.c.user_id == user_id))


def reset_for_owner(session: Session, user_id: str) -> None:
    """Tell no device and choose nothing that somebody else registered or chose before the owner proved the address."""
    for table in (_CHOICES, _QUIET, _DEVICES, _ENDPOINTS):
        session.execute(delete(table).where(table.c.user_id == user_id))
