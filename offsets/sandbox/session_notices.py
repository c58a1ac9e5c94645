"""What a Checkout Session hears of the payment made on it.

Promise: a session is complete once somebody has paid on it, and tells so in the notices that Stripe sends for it.
Touches the store.
"""

from __future__ import annotations

from offsets.sandbox.events import announce
from offsets.sandbox.store import Record, Store

KIND = "checkout.session"


def find_session(store: Store, intent_id: str) -> Record | None:
    """The session an intent is paid on, if it is."""
    return next(store.list(KIND, intent_id), None)


def note_paid(store: Store, intent: Record) -> None:
    """The money is here: an open session is complete."""
    session = find_session(store, intent["id"])
    if session is not None and session["status"] == "open":
        session = store.put({**session, "status": "complete", "payment_status": "paid", "url": None})
        announce(store, "checkout.session.completed", session)


def note_started(store: Store, intent: Record) -> None:
    """The payer is done and the money is on its way."""
    session = find_session(store, intent["id"])
    if session is not None:
        session = store.put({**session, "status": "complete", "payment_status": "unpaid", "url": None})
        announce(store, "checkout.session.completed", session)


def note_settled(store: Store, intent: Record, *, succeeded: bool) -> None:
    """The money that was on its way is here, or never comes."""
    session = find_session(store, intent["id"])
    if session is None:
        return
    if succeeded:
        session = store.put({**session, "payment_status": "paid"})
    announce(store, f"checkout.session.async_payment_{'succeeded' if succeeded else 'failed'}", session)
