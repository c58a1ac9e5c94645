"""Can every note still be worded, and is every device where its address leads? No sentence when they are."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from backend.inbox.models import NoteRow, PushDeviceRow, PushEndpointRow
from backend.inbox.service.kinds import all_kinds

_NOTES = NoteRow.__table__
_DEVICES, _ENDPOINTS = PushDeviceRow.__table__, PushEndpointRow.__table__


def broken_notes(session: Session) -> Iterator[str]:
    """A sentence for every kind that notes are of and nobody can word any more."""
    known = list(all_kinds())
    for kind in session.scalars(select(_NOTES.c.kind).where(_NOTES.c.kind.not_in(known)).distinct()):
        yield f"there are notes of the kind {kind}, which kinds.toml no longer has"


def broken_devices(session: Session) -> Iterator[str]:
    """A sentence for every device that its address does not lead to, and every address that leads nowhere."""
    meet = (
        (_ENDPOINTS.c.endpoint_hash == _DEVICES.c.endpoint_hash)
        & (_ENDPOINTS.c.user_id == _DEVICES.c.user_id)
        & (_ENDPOINTS.c.device_id == _DEVICES.c.id)
    )
    for device_id in session.scalars(select(_DEVICES.c.id).where(~exists().where(meet))):
        yield f"the address of the device {device_id} leads elsewhere"
    for device_id in session.scalars(select(_ENDPOINTS.c.device_id).where(~exists().where(meet))):
        yield f"an address leads to the device {device_id}, which is not there"
