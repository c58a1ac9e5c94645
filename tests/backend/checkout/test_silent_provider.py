"""The provider acts and says nothing, fails, stalls or speaks too late: one intent, one key, one charge, one refund."""

from __future__ import annotations

import threading

import pytest

from backend.checkout.flow.provider import OutsideTransactions, get_gateway
from offsets import Rejected
from tests.backend.checkout.conftest import GRAMS, buy_up, due_now

TONNE = 1_000_000
INTENTS, REFUNDS = "/v1/payment_intents", "/v1/refunds"
AFTER_THE_EFFECT = ("close_after", "error_after")
BEFORE_THE_EFFECT = ("close_before", "error_before", "rate_limited", "conflict")


@pytest.mark.parametrize("kind", AFTER_THE_EFFECT)
def test_a_payment_made_possible_without_a_word_is_found_by_our_mark(kind, shop, person):
    quote = shop.quote(person)
    shop.bank.fault(kind, INTENTS)
    order = shop.try_order(person, quote=quote, key="k")
    assert (order.status_code, order.json["state"]) == (201, "awaiting_payment")
    assert len(shop.bank.payments_of(order.json["id"])) == 1


@pytest.mark.parametrize("kind", BEFORE_THE_EFFECT)
def test_a_payment_not_made_possible_is_asked_for_again_with_the_same_key(kind, shop, person):
    quote = shop.quote(person)
    shop.bank.fault(kind, INTENTS)
    silent = shop.try_order(person, quote=quote, key="k")
    assert (silent.status_code, silent.json["code"]) == (503, "checkout.provider_silent")
    assert int(silent.headers["Retry-After"]) >= 1
    order = shop.try_order(person, quote=quote, key="k")
    assert (order.status_code, order.json["id"]) == (201, silent.json["order_id"])
    assert len(shop.bank.payments_of(order.json["id"])) == 1
    assert (shop.count("orders"), shop.stock()[1]) == (1, GRAMS)


def test_every_retry_bears_the_same_key(shop, person, monkeypatch):
    keys = []
    real = OutsideTransactions.create_payment

    def remember(self, request, key):
        keys.append(key)
        return real(self, request, key)

    monkeypatch.setattr(OutsideTransactions, "create_payment", remember)
    quote = shop.quote(person)
    shop.bank.fault("close_before", INTENTS, times=3)
    while (answer := shop.try_order(person, quote=quote, key="k")).status_code == 503:
        assert len(keys) < 10
    assert answer.status_code == 201
    assert len(keys) == 4
    assert len(set(keys)) == 1


def test_a_retry_without_a_key_finds_the_order_by_its_quote(shop, person):
    quote = shop.quote(person)
    shop.bank.fault("close_before", INTENTS)
    silent = shop.try_order(person, quote=quote)
    again = shop.try_order(person, quote=quote)
    assert (again.status_code, again.json["order_id"]) == (409, silent.json["order_id"])
    shop.in_transaction(due_now)
    shop.reconcile()
    assert shop.get(person, {"id": silent.json["order_id"]})["state"] == "awaiting_payment"


def test_a_payment_the_provider_refuses_for_good_ends_the_order_and_frees_the_credits(shop, person, monkeypatch):
    monkeypatch.setattr(OutsideTransactions, "create_payment", lambda *_: Rejected("amount_too_small", "no"))
    answer = shop.try_order(person, key="k")
    assert (answer.status_code, answer.json["state"]) == (201, "cancelled")
    assert answer.json["payment"]["failure_code"] == "amount_too_small"
    assert shop.stock() == (2 * TONNE, 0, 0)


def test_a_success_that_rings_before_the_create_call_has_returned_is_settled_once(shop, person, monkeypatch):
    real = OutsideTransactions.create_payment
    rung = []

    def pay_before_the_answer(self, request, key):
        outcome = real(self, request, key)
        order = {"id": request.mark.order_id}
        shop.pay(order)
        rung.append(shop.ring(person, order).status_code)
        return outcome

    monkeypatch.setattr(OutsideTransactions, "create_payment", pay_before_the_answer)
    order = shop.order(person)
    assert rung == [200]
    assert order["state"] == "retired"
    assert shop.count("retirements") == 1


@pytest.mark.parametrize("kind", AFTER_THE_EFFECT + BEFORE_THE_EFFECT)
def test_a_refund_is_made_once_whatever_the_provider_says(kind, shop, person, new_person):
    order = shop.order(person)
    payment_id = shop.pay(order)
    person.post(f"/v1/orders/{order['id']}/cancel")
    buy_up(shop, new_person())
    shop.ring(person, order)
    shop.bank.fault(kind, REFUNDS)
    for _ in range(3):
        shop.deliver()
        shop.in_transaction(due_now)
        shop.reconcile()
    assert shop.get(person, order)["state"] == "refunded"
    assert [refund["amount"] for refund in shop.bank.refunds_of(payment_id)] == [54]


@pytest.mark.parametrize("kind", AFTER_THE_EFFECT + BEFORE_THE_EFFECT)
def test_a_payment_is_closed_whatever_the_provider_says(kind, shop, person):
    order = shop.order(person)
    person.post(f"/v1/orders/{order['id']}/cancel")
    shop.bank.fault(kind, f"{INTENTS}/{shop.bank.payment_of(order['id'])}/cancel")
    for _ in range(3):
        shop.deliver()
        shop.in_transaction(due_now)
        shop.reconcile()
    assert shop.get(person, order)["payment"]["status"] == "cancelled"


def test_a_notice_is_rung_again_while_the_truth_cannot_be_fetched(shop, person):
    order = shop.order(person)
    payment_id = shop.pay(order)
    shop.bank.fault("error_before", f"{INTENTS}/{payment_id}", method="GET")
    assert shop.ring(person, order, notice_id="evt_1").status_code == 503
    assert shop.count("notices") == 0
    assert shop.ring(person, order, notice_id="evt_1").status_code == 200
    assert shop.get(person, order)["state"] == "retired"


def test_the_provider_is_never_asked_inside_a_transaction(shop, person, in_transaction):
    order = shop.order(person)
    payment_id = shop.bank.payment_of(order["id"])
    with pytest.raises(RuntimeError, match="remote call inside a transaction"):
        in_transaction(lambda _session: get_gateway().get_payment(payment_id))
    with pytest.raises(RuntimeError, match="remote call inside a transaction"):
        in_transaction(lambda _session: get_gateway().get_payment(payment_id), read_only=True)


def test_while_the_provider_thinks_no_database_connection_is_held(shop, person, app, monkeypatch):
    """The proof from the other side: every call is made with the whole pool at rest."""
    held = []
    real = {name: getattr(OutsideTransactions, name) for name in ("create_payment", "get_payment", "find_payment")}

    def watched(name):
        def call(self, *given):
            held.append(app.extensions["carbon.engine"].pool.checkedout())
            return real[name](self, *given)

        return call

    for name in real:
        monkeypatch.setattr(OutsideTransactions, name, watched(name))
    shop.buy(person)
    assert held
    assert set(held) == {0}


@pytest.mark.concurrency
def test_a_slow_answer_to_one_buyer_keeps_no_other_waiting(shop, person, new_person, monkeypatch):
    real = OutsideTransactions.create_payment
    asked, go_on = threading.Event(), threading.Event()

    def think(self, request, key):
        if request.mark.user_id == person.user_id:
            asked.set()
            go_on.wait(10)
        return real(self, request, key)

    monkeypatch.setattr(OutsideTransactions, "create_payment", think)
    slow = threading.Thread(target=lambda: shop.order(person))
    slow.start()
    asked.wait(10)
    assert shop.buy(new_person())["state"] == "retired"
    go_on.set()
    slow.join()
