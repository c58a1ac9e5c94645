"""Refunds, whole or in part, never more than was captured; some only settle later, and some bounce.

Promise: the sum of refunds of a charge never exceeds it, and the books move with them. Touches the store.
"""

from __future__ import annotations

from offsets.sandbox.balances import book
from offsets.sandbox.cards import find_card
from offsets.sandbox.errors import StripeRefusal, missing
from offsets.sandbox.events import announce
from offsets.sandbox.form_fields import Params, text, whole
from offsets.sandbox.store import Record, Store, new_id

CREATE = {"payment_intent", "charge", "amount", "metadata", "reason", "expand"}
_REASONS = (None, "duplicate", "fraudulent", "requested_by_customer")


def create(store: Store, params: Params, base_url: str) -> Record:
    """POST /v1/refunds."""
    del base_url
    charge = _charge(store, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    asked = whole(params, "amount", least=1)
    if charge["disputed"]:
        raise StripeRefusal("This charge has been charged back.", code="charge_disputed", remembered=True)
    if left == 0:
        raise StripeRefusal(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", remembered=True
        )
    if asked is not None and asked > left:
        raise StripeRefusal(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({left})",
            param="amount",
            remembered=True,
        )
    if text(params, "reason") not in _REASONS:
        raise StripeRefusal("Invalid reason", param="reason")
    card = find_card(charge["payment_method"])
    pends = card is not None and card.after == "refund_pends"
    refund = store.put(
        {
            "id": new_id("re"),
            "object": "refund",
            "amount": left if asked is None else asked,
            "charge": charge["id"],
            "created": store.now(),
            "currency": charge["currency"],
            "failure_reason": None,
            "metadata": params.get("metadata") or {},
            "payment_intent": charge["payment_intent"],
            "reason": text(params, "reason"),
            "status": "pending" if pends else "succeeded",
        }
    )
    charge = _count(store, charge, refund["amount"])
    book(store, "refunded", refund["id"], refund["currency"], refund["amount"])
    announce(store, "refund.created", refund)
    announce(store, "charge.refunded", charge)
    return refund


def settle(store: Store, refund_id: str, *, succeeded: bool) -> Record:
    """What the bank made of a refund in the end; even one that was called done may bounce."""
    refund = store.find("refund", refund_id)
    if refund is None:
        raise missing("refund", refund_id)
    if refund["status"] == "failed":
        raise StripeRefusal("This refund has failed for good.", param="refund")
    if succeeded:
        refund = store.put({**refund, "status": "succeeded"})
        announce(store, "refund.updated", refund)
        return refund
    refund = store.put({**refund, "status": "failed", "failure_reason": "expired_or_canceled_card"})
    charge = store.find("charge", refund["charge"])
    if charge is not None:
        _count(store, charge, -refund["amount"])
    book(store, "refund_returned", refund_id, refund["currency"], refund["amount"])
    announce(store, "refund.failed", refund)
    return refund


def _count(store: Store, charge: Record, amount: int) -> Record:
    refunded = charge["amount_refunded"] + amount
    return store.put({**charge, "amount_refunded": refunded, "refunded": refunded == charge["amount_captured"]})


def _charge(store: Store, params: Params) -> Record:
    intent_id, charge_id = text(params, "payment_intent"), text(params, "charge")
    if intent_id is not None:
        intent = store.find("payment_intent", intent_id)
        if intent is None:
            raise missing("payment_intent", intent_id, "payment_intent")
        charge_id = intent["latest_charge"]
    if charge_id is None:
        message = "This PaymentIntent has no charge to refund." if intent_id else "One of charge or payment_intent."
        raise StripeRefusal(message, param="payment_intent")
    charge = store.find("charge", charge_id)
    if charge is None:
        raise missing("charge", charge_id, "charge")
    if not charge["captured"]:
        raise StripeRefusal("This PaymentIntent does not have a successful charge to refund.", param="charge")
    return charge
