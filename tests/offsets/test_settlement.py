"""From the provider's truth to one event: whichever notice rang, the same truth says the same."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from offsets import (
    DisputeStatus,
    Money,
    Moved,
    OrderEvent,
    OrderState,
    PaymentFacts,
    PaymentStatus,
    RefundFacts,
    RefundStatus,
    decide,
    read_event,
)

AT = datetime(2026, 11, 20, tzinfo=UTC)
PRICE = Money(1000, "CNY")
FULL, PART = 1000, 400
PENDING, BACK, BOUNCED = RefundStatus.PENDING, RefundStatus.SUCCEEDED, RefundStatus.FAILED


def truth(
    *refunds: tuple[int, RefundStatus],
    captured: int = FULL,
    status: PaymentStatus = PaymentStatus.SUCCEEDED,
    dispute: DisputeStatus = DisputeStatus.NONE,
    failure: str | None = None,
    currency: str = "CNY",
) -> PaymentFacts:
    given = tuple(
        RefundFacts(f"re_{n}", "pi_1", Money(minor, currency), state, None, AT)
        for n, (minor, state) in enumerate(refunds)
    )
    return PaymentFacts(
        "pi_1", None, status, PRICE, Money(captured, currency), given, dispute, failure, "secret", None, AT
    )


@pytest.mark.parametrize(
    ("facts", "event"),
    [
        (truth(captured=0, status=PaymentStatus.OPEN), OrderEvent.INTENT_CREATED),
        (truth(captured=0, status=PaymentStatus.ACTION_REQUIRED), OrderEvent.INTENT_CREATED),
        (truth(captured=0, status=PaymentStatus.PROCESSING), OrderEvent.INTENT_CREATED),
        (truth(captured=0, status=PaymentStatus.OPEN, failure="lost_card"), OrderEvent.PAYMENT_FAILED),
        (truth(captured=0, status=PaymentStatus.CANCELLED), OrderEvent.PAYMENT_CANCELLED),
        (truth(captured=0, status=PaymentStatus.CANCELLED, failure="lost_card"), OrderEvent.PAYMENT_CANCELLED),
        (truth(), OrderEvent.PAYMENT_SUCCEEDED),
        (truth(failure="lost_card"), OrderEvent.PAYMENT_SUCCEEDED),
        (truth(captured=999), OrderEvent.PAYMENT_MISMATCHED),
        (truth(currency="JPY"), OrderEvent.PAYMENT_MISMATCHED),
        (truth((FULL, BACK)), OrderEvent.REFUNDED),
        (truth((PART, BACK), (FULL - PART, BACK)), OrderEvent.REFUNDED),
        (truth((FULL, BOUNCED), (FULL, BACK)), OrderEvent.REFUNDED),
        (truth((999, BACK), captured=999), OrderEvent.REFUNDED),
        (truth((FULL, PENDING)), OrderEvent.REFUND_STARTED),
        (truth((PART, BACK), (FULL - PART, PENDING)), OrderEvent.REFUND_STARTED),
        (truth((FULL, BOUNCED), (FULL, PENDING)), OrderEvent.REFUND_STARTED),
        (truth((PART, BACK)), OrderEvent.PARTLY_REFUNDED),
        (truth((FULL, BOUNCED)), OrderEvent.REFUND_FAILED),
        (truth(dispute=DisputeStatus.OPEN), OrderEvent.DISPUTE_OPENED),
        (truth(dispute=DisputeStatus.WON), OrderEvent.DISPUTE_WON),
        (truth(dispute=DisputeStatus.LOST), OrderEvent.DISPUTE_LOST),
        (truth((FULL, BACK), dispute=DisputeStatus.OPEN), OrderEvent.REFUNDED),
    ],
)
def test_a_truth_says_one_thing(facts, event):
    assert read_event(PRICE, facts) is event


def test_notices_in_any_order_and_number_end_alike_because_each_only_rings_for_the_truth():
    refunded = truth((FULL, BACK))
    for bells in permutations(["created", "failed", "succeeded", "refunded"]):
        state = OrderState.CREATED
        for _bell in (*bells, *bells):
            decision = decide(state, read_event(PRICE, refunded))
            state = decision.to if isinstance(decision, Moved) else state
        assert state is OrderState.REFUNDED


def test_a_client_secret_stays_out_of_what_is_logged():
    assert "secret" not in repr(truth())
