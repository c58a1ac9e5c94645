"""What happened, as Stripe's event objects: kept first, told afterwards.

Promise: an event is part of the transaction that made it happen. Touches the store.
"""

from __future__ import annotations

import copy

import stripe

from offsets.sandbox.store import Record, Store, new_id


def announce(store: Store, kind: str, about: Record) -> Record:
    """Keep that `kind` happened to an object, as it is now."""
    return store.put(
        {
            "id": new_id("evt"),
            "object": "event",
            "api_version": stripe.api_version,
            "created": store.now(),
            "data": {"object": copy.deepcopy(about)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
    )


def mark_told(store: Store, event_id: str) -> None:
    """The endpoint has acknowledged it."""
    event = store.find("event", event_id)
    if event is not None:
        store.put({**event, "pending_webhooks": 0})
