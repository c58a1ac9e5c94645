"""From the provider's present truth to the events of an order: the one that decides its state, and what else is true.

Promise: pure and total. Whichever notice came, and in whatever order they came, the same truth gives the same event;
so what is lost, doubled or late among notices changes nothing. Touches nothing.
"""

from __future__ import annotations

from offsets.gateway import DisputeStatus, PaymentFacts, PaymentStatus, RefundStatus
from offsets.money import Money
from offsets.orders import OrderEvent

_DISPUTES = {
    DisputeStatus.OPEN: OrderEvent.DISPUTE_OPENED,
    DisputeStatus.WON: OrderEvent.DISPUTE_WON,
    DisputeStatus.LOST: OrderEvent.DISPUTE_LOST,
}

_HIDES_A_FAILED_REFUND = frozenset({*_DISPUTES.values(), OrderEvent.PAYMENT_MISMATCHED})


def read_event(price: Money, truth: PaymentFacts) -> OrderEvent:
    """The event that decides where an order that costs `price` stands, given the payment's truth."""
    if truth.captured.minor == 0:
        return _before_capture(truth)
    if truth.refunded == truth.captured:
        return OrderEvent.REFUNDED
    if truth.dispute in _DISPUTES:
        return _DISPUTES[truth.dispute]
    if truth.refunded + truth.refund_pending == truth.captured:
        return OrderEvent.REFUND_STARTED
    if truth.captured != price:
        return OrderEvent.PAYMENT_MISMATCHED
    if any(refund.status is RefundStatus.FAILED for refund in truth.refunds):
        return OrderEvent.REFUND_FAILED
    return OrderEvent.PARTLY_REFUNDED if truth.refunded.minor else OrderEvent.PAYMENT_SUCCEEDED


def read_events(price: Money, truth: PaymentFacts) -> tuple[OrderEvent, ...]:
    """Every event the payment's truth means to an order that costs `price`: `read_event` first, then what it hides.

    A worse fact is never hidden by a milder one: money that went back and was then taken by the bank as well, a
    refund that failed while a dispute was open or won.
    """
    first = read_event(price, truth)
    hidden: list[OrderEvent] = []
    if any(refund.status is RefundStatus.FAILED for refund in truth.refunds) and first in _HIDES_A_FAILED_REFUND:
        hidden.append(OrderEvent.REFUND_FAILED)
    elif truth.refunded.minor and first in (OrderEvent.DISPUTE_LOST, OrderEvent.PAYMENT_MISMATCHED):
        hidden.append(OrderEvent.PARTLY_REFUNDED)
    if first is OrderEvent.REFUNDED and truth.dispute in (DisputeStatus.OPEN, DisputeStatus.LOST):
        hidden.append(_DISPUTES[truth.dispute])
    return (first, *hidden)


def _before_capture(truth: PaymentFacts) -> OrderEvent:
    if truth.status is PaymentStatus.CANCELLED:
        return OrderEvent.PAYMENT_CANCELLED
    return OrderEvent.PAYMENT_FAILED if truth.failure_code else OrderEvent.INTENT_CREATED
