"""The payment port over the real SDK: every answer is one of four outcomes, and the truth is what the books say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offsets import (
    Declined,
    DisputeStatus,
    Done,
    Mark,
    Money,
    OffsetRefused,
    PaymentRequest,
    PaymentStatus,
    RefundStatus,
    Rejected,
    Unknown,
)
from offsets.sandbox import API_KEY, NOTICE_SECRET, Sandbox
from offsets.stripe_gateway import StripeGateway, StripeSettings
from tests.offsets.conftest import MARK, PRICE, RETURN_URL, done, now

REQUEST = PaymentRequest(MARK, PRICE, "50 kg CO2e")


def test_a_payment_is_made_possible_and_bears_our_mark(gateway):
    made = done(gateway.create_payment(REQUEST, "k1"))
    assert made.status is PaymentStatus.OPEN
    assert (made.amount, made.captured) == (PRICE, Money(0, "CNY"))
    assert made.mark == MARK
    assert made.client_secret.startswith(made.payment_id)
    assert abs(made.created_at - now()) < timedelta(minutes=1)
    assert done(gateway.get_payment(made.payment_id)) == made


def test_a_good_card_captures_the_whole_amount_once(gateway, pay, bench):
    paid = pay()
    assert paid.status is PaymentStatus.SUCCEEDED
    assert paid.captured == PRICE
    again = gateway.confirm_payment(paid.payment_id, "pm_card_visa", RETURN_URL, "another key")
    assert isinstance(again, Rejected)
    assert again.code == "payment_intent_unexpected_state"
    assert bench.books() == (1234, 0)


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error"),
        ("pm_card_radarBlock", "fraudulent"),
    ],
)
def test_a_declined_card_says_why_and_another_may_pay_the_same_intent(gateway, bench, method, code):
    made = done(gateway.create_payment(REQUEST, "k1"))
    declined = gateway.confirm_payment(made.payment_id, method, RETURN_URL, "k2")
    assert isinstance(declined, Declined)
    assert declined.code == code
    truth = done(gateway.get_payment(made.payment_id))
    assert (truth.status, truth.failure_code, truth.captured.minor) == (PaymentStatus.OPEN, code, 0)
    assert bench.books() == (0, 0)
    paid = done(gateway.confirm_payment(made.payment_id, "pm_card_visa", RETURN_URL, "k3"))
    assert (paid.status, paid.failure_code) == (PaymentStatus.SUCCEEDED, None)


def test_a_card_that_wants_to_see_its_owner_leads_to_the_bank(gateway):
    made = done(gateway.create_payment(REQUEST, "k1"))
    asked = done(gateway.confirm_payment(made.payment_id, "pm_card_authenticationRequired", RETURN_URL, "k2"))
    assert asked.status is PaymentStatus.ACTION_REQUIRED
    assert f"/pay/{made.payment_id}/authenticate" in asked.action_url
    assert asked.captured.minor == 0


@pytest.mark.parametrize("currency", ["ISK", "UGX", "KWD"])
def test_a_currency_that_is_counted_otherwise_there_is_not_offered(gateway, currency):
    with pytest.raises(OffsetRefused, match=r"gateway\.currency"):
        gateway.create_payment(PaymentRequest(MARK, Money(1000, currency), "x"), "k1")


def test_a_currency_without_digits_is_charged_in_its_own_units(gateway, pay, bench):
    assert pay(amount=Money(500, "JPY")).captured == Money(500, "JPY")
    assert bench.books("jpy") == (500, 0)


def test_an_amount_the_provider_does_not_take_is_rejected_for_good(gateway):
    rejected = gateway.create_payment(PaymentRequest(MARK, Money(1, "CNY"), "x"), "k1")
    assert isinstance(rejected, Rejected)
    assert rejected.code == "amount_too_small"
    assert isinstance(gateway.get_payment("pi_none"), Rejected)


def test_an_open_payment_is_cancelled_and_a_paid_one_is_not(gateway, pay):
    made = done(gateway.create_payment(PaymentRequest(Mark("usr_1", "ord_2"), PRICE, "x"), "k1"))
    assert done(gateway.cancel_payment(made.payment_id, "k2")).status is PaymentStatus.CANCELLED
    late = gateway.confirm_payment(made.payment_id, "pm_card_visa", RETURN_URL, "k3")
    assert isinstance(late, Rejected)
    too_late = gateway.cancel_payment(pay().payment_id, "k4")
    assert isinstance(too_late, Rejected)
    assert too_late.code == "payment_intent_unexpected_state"


def test_money_goes_back_in_parts_but_never_more_than_was_captured(gateway, pay, bench):
    paid = pay()
    part = done(gateway.refund_payment(paid.payment_id, Money(234, "CNY"), "r1"))
    assert (part.amount, part.status) == (Money(234, "CNY"), RefundStatus.SUCCEEDED)
    too_much = gateway.refund_payment(paid.payment_id, Money(1001, "CNY"), "r2")
    assert isinstance(too_much, Rejected)
    rest = done(gateway.refund_payment(paid.payment_id, None, "r3"))
    assert rest.amount == Money(1000, "CNY")
    nothing_left = gateway.refund_payment(paid.payment_id, None, "r4")
    assert isinstance(nothing_left, Rejected)
    assert nothing_left.code == "charge_already_refunded"
    truth = done(gateway.get_payment(paid.payment_id))
    assert (truth.refunded, len(truth.refunds)) == (PRICE, 2)
    assert bench.books() == (1234, 1234)


def test_nothing_is_refunded_of_what_was_never_paid(gateway):
    made = done(gateway.create_payment(REQUEST, "k1"))
    assert isinstance(gateway.refund_payment(made.payment_id, None, "r1"), Rejected)


def test_a_refund_may_pend_then_arrive(gateway, pay, bench):
    paid = pay("pm_card_pendingRefund")
    refund = done(gateway.refund_payment(paid.payment_id, None, "r1"))
    assert refund.status is RefundStatus.PENDING
    truth = done(gateway.get_payment(paid.payment_id))
    assert (truth.refunded.minor, truth.refund_pending) == (0, PRICE)
    bench.ask("POST", f"/refunds/{refund.refund_id}/settle", {"succeeded": True})
    assert done(gateway.get_payment(paid.payment_id)).refunded == PRICE


def test_a_refund_that_was_called_done_may_bounce_and_be_made_again(gateway, pay, bench):
    paid = pay("pm_card_refundFail")
    refund = done(gateway.refund_payment(paid.payment_id, None, "r1"))
    assert refund.status is RefundStatus.SUCCEEDED
    bench.ask("POST", f"/refunds/{refund.refund_id}/settle", {"succeeded": False})
    truth = done(gateway.get_payment(paid.payment_id))
    assert truth.refunds[0].status is RefundStatus.FAILED
    assert truth.refunds[0].failure_code == "expired_or_canceled_card"
    assert bench.books() == (1234, 0)
    assert done(gateway.refund_payment(paid.payment_id, None, "r2")).amount == PRICE
    assert bench.books() == (1234, 1234)


@pytest.mark.parametrize(("won", "status"), [(True, DisputeStatus.WON), (False, DisputeStatus.LOST)])
def test_a_dispute_is_part_of_the_truth(gateway, pay, bench, won, status):
    paid = pay("pm_card_createDispute")
    assert done(gateway.get_payment(paid.payment_id)).dispute is DisputeStatus.OPEN
    refused = gateway.refund_payment(paid.payment_id, None, "r1")
    assert isinstance(refused, Rejected)
    assert refused.code == "charge_disputed"
    dispute = bench.ask("GET", "/books")["postings"][-1]["fact"].split(":")[1]
    bench.ask("POST", f"/disputes/{dispute}/close", {"won": won})
    assert done(gateway.get_payment(paid.payment_id)).dispute is status
    totals = bench.ask("GET", "/books")["totals"]["cny"]
    assert totals["balance"] == (1234 if won else 0)


def test_a_payment_is_found_by_our_mark_even_behind_a_hundred_others(gateway):
    wanted = done(gateway.create_payment(REQUEST, "wanted"))
    for number in range(101):
        gateway.create_payment(PaymentRequest(Mark("usr_2", f"ord_{number}"), PRICE, "x"), f"other {number}")
    assert done(gateway.find_payment(MARK, now())) == wanted
    assert gateway.find_payment(Mark("usr_1", "ord_never"), now()) == Done(None)
    assert gateway.find_payment(MARK, now() + timedelta(days=2)) == Done(None)


def test_a_key_that_is_not_accepted_leaves_the_outcome_unknown(sandbox):
    stranger = StripeGateway(StripeSettings("sk_live_x", "whsec_x", sandbox.url))
    outcome = stranger.create_payment(REQUEST, "k1")
    stranger.close()
    assert isinstance(outcome, Unknown)


def test_a_provider_that_is_not_there_leaves_the_outcome_unknown():
    with Sandbox() as gone:
        lonely = StripeGateway(StripeSettings(API_KEY, NOTICE_SECRET, gone.url, connect_timeout_s=1))
    outcome = lonely.create_payment(REQUEST, "k1")
    lonely.close()
    assert isinstance(outcome, Unknown)
