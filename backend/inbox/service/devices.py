"""The devices a person wants to be told on: each registers itself, and is told for as long as it is signed in.

One per sign-in and at most the policy's number per person: the one that was silent longest makes room. An address
reaches one person only, whoever registered it last, so that a phone that changes hands tells its new owner nothing of
the old one's. What a device handed in is sealed under the person's key.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.inbox import sql
from backend.inbox.domain import Device, StoredDevice
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import InvalidFields, Refusal
from backend.platform.data.batch import fetch, fetch_one
from backend.platform.data.transactions import touched
from backend.platform.privacy.vault import the_vault
from backend.ports.push import Subscription, read_subscription, the_push

PURPOSE = "inbox.device"
# how often a device looks for room among those that register at the same time
TRIES = 20


def register_device(session: Session, user_id: str, session_id: str, given: Mapping[str, Any]) -> Device:
    """Tell the device of this session from now on at `given`, `{endpoint, keys: {p256dh, auth}}`.

    Raises `request.invalid` for an address or keys that no push service of ours made, `service.busy` when too many
    devices come at once.
    """
    endpoint, keys = given["endpoint"], given["keys"]
    subscription = read_subscription(endpoint, keys["p256dh"], keys["auth"])
    drop_signed_out(session, user_id)
    endpoint_hash = the_vault().keyed_hash(PURPOSE, endpoint)
    said = {"endpoint": endpoint, **keys, "server_key": the_push().application_server_key}
    values = {
        "service": subscription.service,
        "endpoint_hash": endpoint_hash,
        "sealed": the_vault().seal(session, user_id, PURPOSE, json.dumps(said).encode()),
        "renewed_at": clock.database_now(session),
    }
    _register_endpoint(session, endpoint_hash, user_id, session_id)
    accounts.link(session, user_id, accounts.LinkKind.DEVICE, endpoint_hash)
    for _ in range(TRIES):
        if _renew(session, user_id, session_id, values) or _insert(session, user_id, session_id, values):
            return next(one for one in list_devices(session, user_id, session_id) if one.is_current)
    raise Refusal("service.busy", retry_after_s=1)


def list_devices(session: Session, user_id: str, current_id: str) -> list[Device]:
    """The registered devices of one person, the latest first."""
    devices = reversed(fetch(session, sql.devices_by_age(user_id)).all())
    return [Device(one.id, one.service, one.id == current_id, one.registered_at, one.renewed_at) for one in devices]


def drop_device(session: Session, user_id: str, device_id: str) -> None:
    """Tell one device no longer; raise `not_found` for one that is not this person's."""
    if not _drop(session, user_id, [device_id]):
        raise Refusal("not_found")


def drop_signed_out(session: Session, user_id: str) -> None:
    """Tell nobody any more who has signed out."""
    signed_in = accounts.list_open_sessions(session, user_id)
    registered = fetch(session, sql.devices_by_age(user_id)).all()
    _drop(session, user_id, [device.id for device in registered if device.id not in signed_in])


def drop_endpoint(session: Session, endpoint: str) -> None:
    """Forget an address that reaches nothing any more, and the device it was of."""
    endpoint_hash = the_vault().keyed_hash(PURPOSE, endpoint)
    holder = fetch(session, sql.endpoint_holder(endpoint_hash)).one_or_none()
    if holder is not None:
        _drop(session, holder.user_id, [holder.device_id])


def list_reachable(session: Session, user_id: str) -> list[str]:
    """The ids of the devices that are told; those that signed out or cannot be reached any more are dropped."""
    drop_signed_out(session, user_id)
    devices = fetch(session, sql.devices_by_age(user_id)).all()
    reached = {device.id: _subscription(session, device) is not None for device in devices}
    _drop(session, user_id, [device_id for device_id, is_reached in reached.items() if not is_reached])
    return [device_id for device_id, is_reached in reached.items() if is_reached]


def get_push_service(session: Session, user_id: str, device_id: str) -> str:
    """The push service that reaches one device of `user_id`, empty when the device is gone."""
    device = fetch(session, sql.device(user_id, device_id)).one_or_none()
    return "" if device is None else device.service


def find_subscription(session: Session, user_id: str, device_id: str) -> Subscription | None:
    """How to reach one device that is still registered and signed in."""
    if device_id not in accounts.list_open_sessions(session, user_id):
        return None
    device = fetch(session, sql.device(user_id, device_id)).one_or_none()
    return None if device is None else _subscription(session, device)


def read_sealed(session: Session, user_id: str, sealed: bytes) -> dict[str, Any]:
    """What a device handed in; raise `KeyErased`."""
    opened: dict[str, Any] = json.loads(the_vault().unseal(session, user_id, PURPOSE, sealed))
    return opened


def _subscription(session: Session, device: StoredDevice) -> Subscription | None:
    """None for a subscription made for another key of ours, or at a service we no longer send to."""
    said = read_sealed(session, device.user_id, device.sealed)
    if said["server_key"] != the_push().application_server_key:
        return None
    try:
        return read_subscription(said["endpoint"], said["p256dh"], said["auth"])
    except InvalidFields:
        return None


def _register_endpoint(session: Session, endpoint_hash: str, user_id: str, device_id: str) -> None:
    """Let the address lead to this device alone, and this device have no other."""
    holder = fetch_one(session, sql.claim_endpoint(endpoint_hash, user_id, device_id))
    if (holder.user_id, holder.device_id) != (user_id, device_id):
        session.execute(sql.DROP_DEVICES, {"owner": holder.user_id, "device_ids": [holder.device_id]})
        ours = {"of_endpoint": endpoint_hash, "owner": user_id, "to_device": device_id}
        session.execute(sql.MOVE_ENDPOINT, ours)
    session.execute(sql.DROP_OTHER_ENDPOINTS, {"owner": user_id, "device_ids": [device_id], "but": endpoint_hash})


def _renew(session: Session, user_id: str, device_id: str, values: Mapping[str, Any]) -> bool:
    return touched(session, sql.RENEW_DEVICE, {"owner": user_id, "wanted": device_id, **values}) == 1


def _insert(session: Session, user_id: str, device_id: str, values: Mapping[str, Any]) -> bool:
    """Take a free slot; False when somebody else was faster to take it."""
    slot = _free_slot(session, user_id)
    row = {"user_id": user_id, "id": device_id, "slot": slot, "registered_at": values["renewed_at"], **values}
    return touched(session, sql.INSERT_DEVICE, row) == 1


def _free_slot(session: Session, user_id: str) -> int:
    most = policy().inbox.most_devices
    taken = fetch(session, sql.devices_by_silence(user_id)).all()
    room_for = max(0, len(taken) - most + 1)
    _drop(session, user_id, [device.id for device in taken[:room_for]])
    left = {device.slot for device in taken[room_for:]}
    return next(slot for slot in range(most) if slot not in left)


def _drop(session: Session, user_id: str, device_ids: Collection[str]) -> int:
    if not device_ids:
        return 0
    these = {"owner": user_id, "device_ids": list(device_ids)}
    session.execute(sql.DROP_ENDPOINTS, these)
    return touched(session, sql.DROP_DEVICES, these)
