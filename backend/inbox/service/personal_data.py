"""What the inbox keeps of one person: shown to them, and forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.inbox import sql
from backend.inbox.service.devices import read_sealed
from backend.inbox.service.queries import read_facts
from backend.platform.data.batch import fetch
from backend.platform.privacy import personal_data


def export_notes(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every note of one person behind the id `after`, oldest first."""
    for note in map(sql.read_note, personal_data.by_key(session, sql.notes_of(user_id), sql.NOTES.c.id, after)):
        shown = {"id": note.id, "kind": note.kind, "created_at": note.created_at, "read_at": note.read_at}
        yield shown | {"facts": read_facts(session, note)}


def export_choices(session: Session, user_id: str) -> personal_data.Record:
    """What one person chose to have mailed and pushed, and when they want to be left alone."""
    chosen = fetch(session, sql.choices_of(user_id)).all()
    hours = fetch(session, sql.quiet_hours_of(user_id)).one_or_none()
    return {
        "mailed": {one.kind: one.is_mailed for one in chosen if one.is_mailed is not None},
        "pushed": {one.kind: one.is_pushed for one in chosen if one.is_pushed is not None},
        "quiet_hours": hours and vars(hours),
    }


def export_devices(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every device of one person that is told, behind the id `after`. Its keys are left out: they open what is sent."""
    rows = personal_data.by_key(session, sql.devices_of(user_id), sql.DEVICES.c.id, after)
    for device in map(sql.read_device, rows):
        shown = {name: getattr(device, name) for name in ("id", "service", "registered_at", "renewed_at")}
        yield shown | {"endpoint": read_sealed(session, user_id, device.sealed)["endpoint"]}


def forget(session: Session, user_id: str) -> None:
    """Drop everything that was told and chosen, and where: the facts themselves stand where they happened."""
    for statement in sql.FORGET:
        session.execute(statement, {"owner": user_id})


def reset_for_owner(session: Session, user_id: str) -> None:
    """Tell no device and choose nothing that somebody else registered or chose before the owner proved the address."""
    for statement in sql.RESET:
        session.execute(statement, {"owner": user_id})
