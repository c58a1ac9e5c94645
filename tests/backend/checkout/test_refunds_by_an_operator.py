"""An operator gives money back in parts or whole, before and after the retirement; a buyer may ask for it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from backend.checkout.service import payments
from tests.backend.checkout.conftest import due_now
from tests.backend.registry.conftest import small_lot

GRAMS_OF_1000 = 1_123_500  # 9.9992 USD, so 1,000 cents
COPIES = 20


@pytest.fixture
def bought(empty_shop, person, small_lot_of_9):
    """A thousand cents paid, and the credits retired."""
    order = empty_shop.buy(person, GRAMS_OF_1000)
    assert (order["price_minor"], order["state"]) == (1000, "retired")
    return order


@pytest.fixture
def small_lot_of_9(shelf):
    shelf(small_lot("a", units=9))


@pytest.fixture
def finance(new_person):
    return new_person(roles=("finance",))


@pytest.fixture
def give_back(finance, person):
    """What an operator asks for, under a key."""

    def ask(order, key, **body):
        path = f"/v1/operator/orders/{person.user_id}/{order['id']}/refunds"
        return finance.post(path, {"reason": "agreed by telephone", "keeps_retirement": True} | body, key=key)

    return ask


def settle(shop, person, order):
    for _ in range(2):
        shop.deliver()
        shop.ring(person, order, "charge.refunded")


def test_two_refunds_of_300_of_1000_twenty_copies_and_one_of_500_leave_the_books_at_600(
    empty_shop, person, bought, give_back
):
    shop = empty_shop
    for key in ("first", "second"):
        assert give_back(bought, f"refund-of-{key}", amount_minor=300).status_code == 200
    settle(shop, person, bought)
    for _ in range(COPIES):  # the same wish again under its key, and the provider's notice once more
        assert give_back(bought, "refund-of-second", amount_minor=300).status_code == 200
        shop.ring(person, bought, "charge.refunded")
    answer = give_back(bought, "refund-of-third", amount_minor=500)
    assert (answer.status_code, answer.json["code"]) == (409, "checkout.refund_too_much")
    settle(shop, person, bought)
    now = shop.get(person, bought)
    assert [refund["amount_minor"] for refund in now["refunds"]] == [300, 300]
    assert (now["payment"]["refunded_minor"], now["state"]) == (600, "retired")
    assert shop.bank.books()["refunded"] == 600
    # an operator wanted it so: nobody is asked to look
    assert shop.count("orders", "attention IS NOT NULL") == 0
    assert shop.stock()[2] == GRAMS_OF_1000


def test_a_refund_by_hand_at_the_provider_is_booked_once_beside_ours(empty_shop, person, bought, give_back):
    shop = empty_shop
    assert give_back(bought, "refund-of-first", amount_minor=300).status_code == 200
    shop.bank.refund(shop.bank.payment_of(bought["id"]), 300)
    for _ in range(COPIES):
        shop.ring(person, bought, "charge.refunded")
    settle(shop, person, bought)
    shop.in_transaction(due_now)
    shop.reconcile()
    assert shop.get(person, bought)["payment"]["refunded_minor"] == shop.bank.books()["refunded"] == 600
    assert shop.count("refunds", "origin = 'provider' AND status = 'succeeded'") == 1
    assert shop.count("orders", "attention = 'partly_refunded'") == 1  # a person looks at what was done by hand


def test_all_the_money_goes_back_after_the_retirement_only_when_that_is_said(empty_shop, person, bought, give_back):
    refused = give_back(bought, "all-at-once", keeps_retirement=False)
    assert (refused.status_code, refused.json["code"]) == (409, "orders.credits_retired")
    assert give_back(bought, "all-of-it-now").status_code == 200
    settle(empty_shop, person, bought)
    now = empty_shop.get(person, bought)
    assert (now["payment"]["refunded_minor"], now["state"]) == (1000, "retired")
    assert now["certificate_number"] == bought["certificate_number"]


def test_nothing_can_be_given_back_before_anything_was_paid(empty_shop, person, small_lot_of_9, give_back):
    order = empty_shop.order(person)
    assert give_back(order, "before-it-was").json["code"] == "orders.nothing_captured"


def test_a_buyer_asks_once_and_an_operator_decides(empty_shop, person, bought, give_back, finance):
    ask = f"/v1/orders/{bought['id']}/refund-request"
    for _ in range(2):
        answer = person.post(ask, {"because": "mistake"})
        assert (answer.status_code, answer.json["refund_request"]["state"]) == (200, "open")
    (waiting,) = finance.get("/v1/operator/refund-requests").json["items"]
    assert (waiting["order_id"], waiting["because"]) == (bought["id"], "mistake")
    assert give_back(bought, "as-was-asked-for").status_code == 200
    assert empty_shop.get(person, bought)["refund_request"]["state"] == "granted"
    assert finance.get("/v1/operator/refund-requests").json["items"] == []
    decline = f"/v1/operator/orders/{person.user_id}/{bought['id']}/refund-request/decline"
    assert finance.post(decline, {"reason": "too late"}).json["code"] == "checkout.no_refund_asked"


def test_what_was_declined_stays_declined(empty_shop, person, bought, finance):
    ask = f"/v1/orders/{bought['id']}/refund-request"
    assert person.post(ask, {"because": "changed_mind"}).status_code == 200
    decline = f"/v1/operator/orders/{person.user_id}/{bought['id']}/refund-request/decline"
    assert finance.post(decline, {"reason": "the credits are used up"}).status_code == 200
    assert person.post(ask, {"because": "other"}).json["refund_request"]["state"] == "declined"


def test_an_order_that_was_not_paid_cannot_be_asked_back(empty_shop, person, small_lot_of_9):
    order = empty_shop.order(person)
    answer = person.post(f"/v1/orders/{order['id']}/refund-request", {"because": "mistake"})
    assert answer.json["code"] == "orders.nothing_captured"


def ask_at_once(parallel, give_back, order, wishes):
    """Refunds by (key, amount), all at the same instant; the wishes that were accepted."""
    race = parallel(len(wishes), lambda index: give_back(order, wishes[index][0], amount_minor=wishes[index][1]))
    assert race.errors == []
    answers = dict(zip(wishes, (answer.status_code for answer in race.results), strict=False))
    # a copy that comes while its first still runs is told to wait
    assert set(answers.values()) <= {200, 409, 503}
    return sorted(amount for (_key, amount), status in answers.items() if status == 200)


@pytest.mark.concurrency
def test_two_refunds_of_300_twenty_copies_and_one_of_500_at_once_leave_the_books_at_600(
    empty_shop, person, bought, give_back, parallel
):
    shop = empty_shop
    both = [("refund-of-first", 300), ("refund-of-second", 300)]
    ask_at_once(parallel, give_back, bought, both * (COPIES // 2))
    for key, amount in both:  # whoever was told to wait asks again
        assert give_back(bought, key, amount_minor=amount).status_code == 200
    ask_at_once(parallel, give_back, bought, [*both * (COPIES // 2), ("refund-of-third", 500)])
    assert give_back(bought, "refund-of-third", amount_minor=500).status_code == 409
    settle(shop, person, bought)
    assert [refund["amount_minor"] for refund in shop.get(person, bought)["refunds"]] == [300, 300]
    assert shop.bank.books()["refunded"] == shop.get(person, bought)["payment"]["refunded_minor"] == 600


@pytest.mark.concurrency
def test_control_without_a_look_at_what_is_left_more_is_promised_than_was_paid(
    empty_shop, bought, give_back, parallel, monkeypatch
):
    monkeypatch.setattr(payments, "left_to_refund", lambda _session, payment: payment.captured_minor)
    wishes = [("refund-of-first", 300), ("refund-of-second", 300), ("refund-of-third", 500)]
    for _ in range(2):
        ask_at_once(parallel, give_back, bought, wishes)
    promised = text("SELECT sum(amount_minor) FROM refunds")
    assert empty_shop.in_transaction(lambda session: session.scalar(promised), read_only=True) == 1100
