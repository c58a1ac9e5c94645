"""Attaches the inbox to the application: who sends its notes, and what must hold of them."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.inbox import service
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import invariants, outbox
from backend.platform.privacy import personal_data
from backend.platform.privacy.personal_data import Kept, Kind
from backend.ports.push import SubscriptionGone, the_push

KEPT = Kept(
    "inbox",
    kinds=(
        Kind("note", ("inbox_notes",), service.export_notes),
        Kind("push_device", ("push_devices",), service.export_devices),
        Kind(
            "inbox", ("inbox_choices", "inbox_quiet_hours"), personal_data.single(service.export_choices), key="user_id"
        ),
    ),
    hidden={"push_endpoints": "a directory: the keyed hash of the address of a device that is shown"},
    forget=service.forget,
    reset_for_owner=service.reset_for_owner,
)


def attach(app: Flask) -> None:
    """Let the outbox send unread notes and drop devices that signed out; declare what is whose, and the checks."""
    with app.app_context():
        the_push()  # a way to phones that is not usable stops the start, not somebody's note
    personal_data.declare(app, KEPT)
    outbox.handle(app, service.TOPIC, service.deliver)
    outbox.handle(app, accounts.TOPIC_SIGNED_OUT, _drop_signed_out)
    outbox.deliver(app, service.TOPIC_PUSH, _push)
    invariants.declare(app, "inbox", service.broken_notes)
    invariants.declare(app, "inbox.devices", service.broken_devices)


def _drop_signed_out(session: Session, user_id: str, _facts: outbox.Facts) -> None:
    service.drop_signed_out(session, user_id)


def _push(device_id: str, facts: outbox.Facts) -> None:
    """Send one note to one device; the device is forgotten when its push service no longer knows it.

    Sent at least once: a crash between sending and removing the row sends it again, and the device shows it once.
    """
    found = in_transaction(lambda session: service.find_push_delivery(session, device_id, facts), read_only=True)
    if found is None:
        return
    try:
        the_push().send(found.subscription, found.message)
    except SubscriptionGone:
        in_transaction(lambda session: service.drop_endpoint(session, found.subscription.endpoint))
