"""From the provider's present truth to the one event an order needs to hear.

Promise: pure and total. Whichever notice rang, and in whatever order they rang, the same truth gives the same event;
so what is lost, doubled or late among notices changes nothing. Touches nothing.
"""

from __future__ import annotations

from offsets.gateway import DisputeStatus, PaymentFacts, PaymentStatus, RefundStatus
from offsets.money import Money
from offsets.orders import Event

_DISPUTES = {
    DisputeStatus.OPEN: Event.DISPUTE_OPENED,
    DisputeStatus.WON: Event.DISPUTE_WON,
    DisputeStatus.LOST: Event.DISPUTE_LOST,
}


def read_event(price: Money, truth: PaymentFacts) -> Event:
    """What the payment's truth means to an order that costs `price`."""
    if truth.captured.minor == 0:
        return _before_capture(truth)
    if truth.refunded == truth.captured:
        return Event.REFUNDED
    if truth.dispute in _DISPUTES:
        return _DISPUTES[truth.dispute]
    if truth.refunded + truth.refund_pending == truth.captured:
        return Event.REFUND_STARTED
    if truth.captured != price:
        return Event.PAYMENT_MISMATCHED
    if any(refund.status is RefundStatus.FAILED for refund in truth.refunds):
        return Event.REFUND_FAILED
    return Event.PARTLY_REFUNDED if truth.refunded.minor else Event.PAYMENT_SUCCEEDED


def _before_capture(truth: PaymentFacts) -> Event:
    if truth.status is PaymentStatus.CANCELLED:
        return Event.PAYMENT_CANCELLED
    return Event.PAYMENT_FAILED if truth.failure_code else Event.INTENT_CREATED
