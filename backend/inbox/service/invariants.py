"""Can every note still be worded, and is every device where its address leads? No sentence when they are."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.inbox import sql
from backend.inbox.service.kinds import all_kinds
from backend.platform.data.slices import unmatched_rows


def broken_notes(session: Session) -> Iterator[str]:
    """A sentence for every kind that notes are of and nobody can word any more."""
    for kind in session.scalars(sql.OTHER_KINDS, {"known": list(all_kinds())}):
        yield f"there are notes of the kind {kind}, which kinds.toml no longer has"


def broken_devices(session: Session) -> Iterator[str]:
    """A sentence for every device that its address does not lead to, and every address that leads nowhere."""
    address, device = {"endpoint_hash": "endpoint_hash"}, {"user_id": "user_id", "id": "device_id"}
    for row in unmatched_rows(session, sql.DEVICES, sql.ENDPOINTS, address, device):
        yield f"the address of the device {row.id} leads elsewhere"
    back = {"user_id": "user_id", "device_id": "id"}
    for row in unmatched_rows(session, sql.ENDPOINTS, sql.DEVICES, back, address):
        yield f"an address leads to the device {row.device_id}, which is not there"
