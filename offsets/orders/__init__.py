"""The life of an order as a table: every state meets every event, and each pair is moved, ignored or refused.

Promise: `decide` is total and pure. The same facts lead to the same state in whatever order they become known, and
money without goods ends in a refund or in front of an operator. Touches nothing: the caller carries out the effects.
"""

from __future__ import annotations

from offsets.orders.states import Decision, Ignored, Moved, OrderEffect, OrderEvent, OrderState, Refused
from offsets.orders.transitions import TABLE

# How an order comes into being, before any event: no stock, no order.
OPENING = Moved(OrderState.CREATED, (OrderEffect.HOLD,))

# Stock is set aside for orders in these states, and for no others.
HOLDING = frozenset({OrderState.CREATED, OrderState.AWAITING_PAYMENT, OrderState.PAID})

# Money was captured and neither goods nor the money have reached the buyer: never left alone.
UNRESOLVED = frozenset({OrderState.PAID, OrderState.LATE, OrderState.REFUNDING, OrderState.DISPUTED})

# What an order in one of these states still waits for: tried again as long as it stays there.
AWAITED = {
    OrderState.PAID: OrderEffect.RETIRE,
    OrderState.LATE: OrderEffect.HOLD,
    OrderState.REFUNDING: OrderEffect.REQUEST_REFUND,
}

# Why a person must look at an order, the mildest first: a worse reason is never replaced by a milder one.
ATTENTION = (
    OrderEvent.INTENT_REFUSED,
    OrderEvent.PARTLY_REFUNDED,
    OrderEvent.REFUND_STARTED,
    OrderEvent.PAYMENT_MISMATCHED,
    OrderEvent.DISPUTE_OPENED,
    OrderEvent.REFUND_FAILED,
    OrderEvent.REFUNDED,
    OrderEvent.DISPUTE_LOST,
)


def decide(state: OrderState, event: OrderEvent) -> Decision:
    """What `event` means to an order in `state`; there is an answer for every pair."""
    return TABLE[state, event]


__all__ = [
    "ATTENTION",
    "AWAITED",
    "HOLDING",
    "OPENING",
    "UNRESOLVED",
    "Decision",
    "Ignored",
    "Moved",
    "OrderEffect",
    "OrderEvent",
    "OrderState",
    "Refused",
    "decide",
]
