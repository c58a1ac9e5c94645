"""Disputes: a bank asks for the money, and in the end keeps it or gives it back.

Promise: the books follow every step. Touches the store.
"""

from __future__ import annotations

from offsets.sandbox.balances import book
from offsets.sandbox.errors import StripeRefusal, missing
from offsets.sandbox.events import announce
from offsets.sandbox.store import Record, Store, new_id


def open_dispute(store: Store, charge: Record, reason: str) -> Record:
    """The bank takes what is left of a charge while it decides."""
    amount = charge["amount_captured"] - charge["amount_refunded"]
    if charge["disputed"] or amount <= 0:
        raise StripeRefusal("This charge cannot be disputed.", param="charge")
    dispute = store.put(
        {
            "id": new_id("du"),
            "object": "dispute",
            "amount": amount,
            "charge": charge["id"],
            "created": store.now(),
            "currency": charge["currency"],
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        }
    )
    store.put({**charge, "disputed": True})
    book(store, "disputed", dispute["id"], dispute["currency"], amount)
    announce(store, "charge.dispute.created", dispute)
    return dispute


def close_dispute(store: Store, dispute_id: str, *, won: bool) -> Record:
    """The bank decides."""
    dispute = store.find("dispute", dispute_id)
    if dispute is None:
        raise missing("dispute", dispute_id)
    if dispute["status"] in ("won", "lost"):
        raise StripeRefusal("This dispute is closed.", param="dispute")
    dispute = store.put({**dispute, "status": "won" if won else "lost"})
    if won:
        book(store, "dispute_won", dispute_id, dispute["currency"], dispute["amount"])
    announce(store, "charge.dispute.closed", dispute)
    return dispute
