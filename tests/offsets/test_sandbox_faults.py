"""Faults around an effect: whatever breaks, the same key or a look at the books ends in exactly one effect."""

from __future__ import annotations

import pytest

from offsets import Done, PaymentRequest, PaymentStatus, Unknown
from offsets.stripe_gateway import StripeGateway, StripeSettings
from tests.offsets.conftest import MARK, PRICE, RETURN_URL, done, now

REQUEST = PaymentRequest(MARK, PRICE, "x")
NO_EFFECT = ["close_before", "error_before", "rate_limited", "conflict"]
EFFECT_ANSWER_LOST = ["close_after"]


@pytest.mark.parametrize("kind", NO_EFFECT + EFFECT_ANSWER_LOST)
def test_a_charge_whose_answer_was_lost_is_made_once_by_asking_with_the_same_key(gateway, bench, kind):
    made = done(gateway.create_payment(REQUEST, "k1"))
    bench.fault(kind, f"/v1/payment_intents/{made.payment_id}/confirm")
    outcome = gateway.confirm_payment(made.payment_id, "pm_card_visa", RETURN_URL, "k2")
    assert isinstance(outcome, Unknown)
    assert bench.books() == ((0, 0) if kind in NO_EFFECT else (1234, 0))
    assert done(gateway.confirm_payment(made.payment_id, "pm_card_visa", RETURN_URL, "k2")).captured == PRICE
    assert bench.books() == (1234, 0)


@pytest.mark.parametrize("kind", NO_EFFECT + EFFECT_ANSWER_LOST)
def test_a_refund_whose_answer_was_lost_is_made_once_by_asking_with_the_same_key(gateway, pay, bench, kind):
    paid = pay()
    bench.fault(kind, "/v1/refunds", times=3)
    for _ in range(3):
        assert isinstance(gateway.refund_payment(paid.payment_id, None, "r1"), Unknown)
    assert done(gateway.refund_payment(paid.payment_id, None, "r1")).amount == PRICE
    assert bench.books() == (1234, 1234)


def test_control_a_new_key_after_a_lost_answer_would_pay_twice(gateway, bench, client):
    bench.fault("close_after", "/v1/payment_intents")
    assert isinstance(gateway.create_payment(REQUEST, "k1"), Unknown)
    gateway.create_payment(REQUEST, "k2")
    assert len(client.v1.payment_intents.list().data) == 2


def test_a_500_after_the_effect_is_replayed_by_its_key_so_the_books_are_asked(gateway, bench):
    bench.fault("error_after", "/v1/payment_intents")
    for _ in range(2):
        assert isinstance(gateway.create_payment(REQUEST, "k1"), Unknown)
    found = done(gateway.find_payment(MARK, now()))
    assert (found.mark, found.status) == (MARK, PaymentStatus.OPEN)


def test_a_500_after_a_charge_or_a_refund_is_settled_by_reading_the_truth(gateway, bench):
    made = done(gateway.create_payment(REQUEST, "k1"))
    bench.fault("error_after", f"/v1/payment_intents/{made.payment_id}/confirm")
    assert isinstance(gateway.confirm_payment(made.payment_id, "pm_card_visa", RETURN_URL, "k2"), Unknown)
    assert done(gateway.get_payment(made.payment_id)).captured == PRICE
    bench.fault("error_after", "/v1/refunds")
    for _ in range(3):
        assert isinstance(gateway.refund_payment(made.payment_id, None, "r1"), Unknown)
    assert done(gateway.get_payment(made.payment_id)).refunded == PRICE
    assert bench.books() == (1234, 1234)


@pytest.mark.parametrize(("kind", "captured"), [("stall_before", 0), ("stall_after", 1234)])
def test_an_answer_that_does_not_come_in_time_is_an_unknown_outcome(sandbox, gateway, bench, kind, captured):
    made = done(gateway.create_payment(REQUEST, "k1"))
    bench.fault(kind, f"/v1/payment_intents/{made.payment_id}/confirm", seconds=1.0)
    hasty = StripeGateway(StripeSettings("sk_test_hasty", "whsec", sandbox.url, read_timeout_s=0.3))
    outcome = hasty.confirm_payment(made.payment_id, "pm_card_visa", RETURN_URL, "k2")
    hasty.close()
    assert isinstance(outcome, Unknown)
    assert bench.books() == (captured, 0)
    assert isinstance(gateway.confirm_payment(made.payment_id, "pm_card_visa", RETURN_URL, "k2"), Done)
    assert bench.books() == (1234, 0)


def test_a_provider_in_a_hurry_says_when_to_come_back(gateway, bench):
    bench.fault("rate_limited", "/v1/payment_intents")
    outcome = gateway.create_payment(REQUEST, "k1")
    assert isinstance(outcome, Unknown)
    assert outcome.retry_after_s == 1.0


def test_reading_fails_as_openly_as_writing(gateway, bench):
    made = done(gateway.create_payment(REQUEST, "k1"))
    bench.fault("close_before", "/v1/payment_intents", method="GET", times=2)
    assert isinstance(gateway.get_payment(made.payment_id), Unknown)
    assert isinstance(gateway.find_payment(MARK, now()), Unknown)
    assert done(gateway.find_payment(MARK, now())) == made


def test_faults_not_wanted_any_more_are_cleared(gateway, bench):
    bench.fault("close_before", "/v1/payment_intents", times=5)
    bench.ask("DELETE", "/faults")
    assert isinstance(gateway.create_payment(REQUEST, "k1"), Done)
