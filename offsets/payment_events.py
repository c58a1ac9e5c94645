"""From the provider's present truth to the one event of an order.

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


def read_event(price: Money, truth: PaymentFacts) -> OrderEvent:
    """What the payment's truth means to an order that costs `price`."""
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


def _before_capture(truth: PaymentFacts) -> OrderEvent:
    if truth.status is PaymentStatus.CANCELLED:
        return OrderEvent.PAYMENT_CANCELLED
    return OrderEvent.PAYMENT_FAILED if truth.failure_code else OrderEvent.INTENT_CREATED
