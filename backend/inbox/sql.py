"""The statements of the inbox, built once; a row becomes a domain object here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select, update

from backend.inbox.domain import Choice, EndpointHolder, StoredDevice, StoredNote, StoredQuietHours
from backend.inbox.models import ChoiceRow, NoteRow, PushDeviceRow, PushEndpointRow, QuietHoursRow
from backend.platform.data.batch import Question, read_as, read_column
from backend.platform.data.upsert import insert_absent, replace_columns, upsert

NOTES, DEVICES = NoteRow.__table__, PushDeviceRow.__table__
_CHOICES, _QUIET, ENDPOINTS = ChoiceRow.__table__, QuietHoursRow.__table__, PushEndpointRow.__table__

read_note: Callable[[Mapping[str, Any]], StoredNote] = read_as(StoredNote)
read_device: Callable[[Mapping[str, Any]], StoredDevice] = read_as(StoredDevice)
_read_holder: Callable[[Mapping[str, Any]], EndpointHolder] = read_as(EndpointHolder)

# Notes: a fact is told once.
MOST_COUNTED = 100
INSERT_NOTE = insert_absent(NOTES, key=["user_id", "reference"])
_ONE_UNREAD = select(NOTES).where(
    NOTES.c.user_id == bindparam("owner"), NOTES.c.id == bindparam("wanted"), NOTES.c.read_at.is_(None)
)
_SOME_UNREAD = (
    select(NOTES.c.id)
    .where(NOTES.c.user_id == bindparam("owner"), NOTES.c.read_at.is_(None))
    .limit(MOST_COUNTED)
    .subquery()
)
_COUNT_UNREAD = select(func.count().label("unread")).select_from(_SOME_UNREAD)
_MARK_READ = (
    update(NOTES)
    .where(NOTES.c.user_id == bindparam("owner"), NOTES.c.read_at.is_(None))
    .values(read_at=bindparam("now"))
)
MARK_READ_UNTIL = _MARK_READ.where(NOTES.c.id <= bindparam("until_id"))
MARK_READ = _MARK_READ.where(NOTES.c.id.in_(bindparam("note_ids", expanding=True)))
TOLD = select(NOTES.c.user_id).where(
    NOTES.c.user_id.in_(bindparam("owners", expanding=True)), NOTES.c.reference == bindparam("of_reference")
)
OTHER_KINDS = select(NOTES.c.kind).where(NOTES.c.kind.not_in(bindparam("known", expanding=True))).distinct()

# What a person chose, and when they are left alone.
_CHOSEN = (
    select(_CHOICES.c.kind, _CHOICES.c.is_mailed, _CHOICES.c.is_pushed)
    .where(_CHOICES.c.user_id == bindparam("owner"))
    .order_by(_CHOICES.c.kind)
)
_HOURS = select(_QUIET.c.from_minute, _QUIET.c.until_minute).where(_QUIET.c.user_id == bindparam("owner"))
CHOOSE_MAIL = upsert(_CHOICES, key=["user_id", "kind"], changes=replace_columns(_CHOICES, "is_mailed"))
CHOOSE_PUSH = upsert(_CHOICES, key=["user_id", "kind"], changes=replace_columns(_CHOICES, "is_pushed"))
SET_QUIET_HOURS = upsert(_QUIET, key=["user_id"], changes=replace_columns(_QUIET, "from_minute", "until_minute"))

# Devices, and the addresses that lead to them.
_OF_OWNER = select(DEVICES).where(DEVICES.c.user_id == bindparam("owner"))
_BY_AGE = _OF_OWNER.order_by(DEVICES.c.id)
_BY_SILENCE = _OF_OWNER.order_by(DEVICES.c.renewed_at, DEVICES.c.id)
_ONE_DEVICE = _OF_OWNER.where(DEVICES.c.id == bindparam("wanted"))
INSERT_DEVICE = insert_absent(DEVICES)
# its values are named as it is run
RENEW_DEVICE = update(DEVICES).where(DEVICES.c.user_id == bindparam("owner"), DEVICES.c.id == bindparam("wanted"))
DROP_DEVICES = delete(DEVICES).where(
    DEVICES.c.user_id == bindparam("owner"), DEVICES.c.id.in_(bindparam("device_ids", expanding=True))
)
_LEAD_TO = (
    ENDPOINTS.c.user_id == bindparam("owner"),
    ENDPOINTS.c.device_id.in_(bindparam("device_ids", expanding=True)),
)
DROP_ENDPOINTS = delete(ENDPOINTS).where(*_LEAD_TO)
DROP_OTHER_ENDPOINTS = DROP_ENDPOINTS.where(ENDPOINTS.c.endpoint_hash != bindparam("but"))
# an update that changes nothing locks the row and shows whose it was: one registration at a time decides
_CLAIM_ENDPOINT = upsert(
    ENDPOINTS, key=["endpoint_hash"], changes=replace_columns(ENDPOINTS, "endpoint_hash")
).returning(ENDPOINTS.c.user_id, ENDPOINTS.c.device_id)
MOVE_ENDPOINT = (
    update(ENDPOINTS)
    .where(ENDPOINTS.c.endpoint_hash == bindparam("of_endpoint"))
    .values(user_id=bindparam("owner"), device_id=bindparam("to_device"))
)
_HOLDER = select(ENDPOINTS.c.user_id, ENDPOINTS.c.device_id).where(
    ENDPOINTS.c.endpoint_hash == bindparam("of_endpoint")
)
_RESET = (_CHOICES, _QUIET, DEVICES, ENDPOINTS)
RESET = tuple(delete(table).where(table.c.user_id == bindparam("owner")) for table in _RESET)
FORGET = (delete(NOTES).where(NOTES.c.user_id == bindparam("owner")), *RESET)


def notes_of(user_id: str) -> Select[Any]:
    """Every note of one person, in no order."""
    return select(NOTES).where(NOTES.c.user_id == user_id)


def devices_of(user_id: str) -> Select[Any]:
    """Every device of one person, in no order."""
    return select(DEVICES).where(DEVICES.c.user_id == user_id)


def page_of_notes(user_id: str, before: Sequence[Any] | None, most: int, *, only_unread: bool) -> Select[Any]:
    """At most `most` notes of one person, the newest first: those older than the id in `before`."""
    page = notes_of(user_id)
    if only_unread:
        page = page.where(NOTES.c.read_at.is_(None))
    if before is not None:
        page = page.where(NOTES.c.id < before[0])
    return page.order_by(NOTES.c.id.desc()).limit(most)


def unread_note(user_id: str, note_id: str) -> Question[StoredNote]:
    """A note, none when it was read."""
    return Question(_ONE_UNREAD, {"owner": user_id, "wanted": note_id}, read_note)


def unread_question(user_id: str) -> Question[int]:
    """What to ask, together with other questions, for the number of unread notes: at most `MOST_COUNTED`."""
    return Question(_COUNT_UNREAD, {"owner": user_id}, read_column("unread"))


def choices_of(user_id: str) -> Question[Choice]:
    """What one person chose for kinds of notes."""
    return Question(_CHOSEN, {"owner": user_id}, read_as(Choice))


def quiet_hours_of(user_id: str) -> Question[StoredQuietHours]:
    """What one person said about their quiet hours."""
    return Question(_HOURS, {"owner": user_id}, read_as(StoredQuietHours))


def devices_by_age(user_id: str) -> Question[StoredDevice]:
    """The devices of one person, the oldest sign-in first."""
    return Question(_BY_AGE, {"owner": user_id}, read_device)


def devices_by_silence(user_id: str) -> Question[StoredDevice]:
    """The devices of one person, the one that was silent longest first."""
    return Question(_BY_SILENCE, {"owner": user_id}, read_device)


def device(user_id: str, device_id: str) -> Question[StoredDevice]:
    """One device."""
    return Question(_ONE_DEVICE, {"owner": user_id, "wanted": device_id}, read_device)


def endpoint_holder(endpoint_hash: str) -> Question[EndpointHolder]:
    """Whose device an address leads to."""
    return Question(_HOLDER, {"of_endpoint": endpoint_hash}, _read_holder)


def claim_endpoint(endpoint_hash: str, user_id: str, device_id: str) -> Question[EndpointHolder]:
    """Lock an address, new or known, and tell whose device it leads to: this one where it is new."""
    row = {"endpoint_hash": endpoint_hash, "user_id": user_id, "device_id": device_id}
    return Question(_CLAIM_ENDPOINT, row, _read_holder)
