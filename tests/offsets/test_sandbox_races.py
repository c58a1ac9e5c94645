"""Many at once: one capture, refunds within it; and, with the guard switched off, the damage it prevents."""

from __future__ import annotations

import time
from contextlib import nullcontext

import pytest

from offsets import Done, Money, PaymentRequest
from offsets.sandbox import refunds
from offsets.sandbox.cards import find_card
from offsets.sandbox.store import Store
from tests.offsets.conftest import MARK, PRICE, RETURN_URL, done

pytestmark = pytest.mark.concurrency


@pytest.fixture
def slow_reading(monkeypatch):
    """Time for others between reading what is left of a charge and writing the refund."""

    def look_up(name):
        time.sleep(0.02)
        return find_card(name)

    monkeypatch.setattr(refunds, "find_card", look_up)


def refund_half_ten_times_at_once(gateway, parallel, paid):
    race = parallel(10, lambda n: gateway.refund_payment(paid.payment_id, Money(600, "CNY"), f"r{n}"))
    assert race.errors == []
    return sum(isinstance(outcome, Done) for outcome in race.results)


@pytest.mark.usefixtures("slow_reading")
def test_ten_refunds_of_half_at_once_give_back_no_more_than_the_whole(gateway, pay, bench, parallel):
    paid = pay()
    assert refund_half_ten_times_at_once(gateway, parallel, paid) == 2
    assert bench.books() == (1234, 1200)


@pytest.mark.usefixtures("slow_reading")
def test_control_without_the_lock_they_give_back_more_than_was_captured(gateway, pay, bench, parallel, monkeypatch):
    paid = pay()
    monkeypatch.setattr(Store, "transaction", lambda _store: nullcontext())
    assert refund_half_ten_times_at_once(gateway, parallel, paid) > 2
    captured, refunded = bench.books()
    assert refunded > captured


def test_twenty_confirmations_at_once_capture_once(gateway, bench, parallel):
    made = done(gateway.create_payment(PaymentRequest(MARK, PRICE, "x"), "k"))
    race = parallel(20, lambda n: gateway.confirm_payment(made.payment_id, "pm_card_visa", RETURN_URL, f"confirm {n}"))
    assert sum(isinstance(outcome, Done) for outcome in race.results) == 1
    assert bench.books() == (1234, 0)
