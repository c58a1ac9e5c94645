"""Money goes back in parts, some of them slow, some failing: all of it comes back, and nothing is asked for twice."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.backend.checkout.conftest import due_now

PENDING_REFUNDS = "pm_card_pendingRefund"
PRICE, PART = 54, 20


@pytest.fixture
def partly_refunded(shop, person):
    """Somebody pays for an order they have called off, and a clerk has a part of it on its way back already."""
    order = shop.order(person)
    payment_id = shop.pay(order, PENDING_REFUNDS)
    person.post(f"/v1/orders/{order['id']}/cancel")
    part = shop.bank.refund(payment_id, PART).facts.refund_id
    shop.ring(person, order)
    shop.deliver()
    return order, payment_id, part


def decide(shop, refund_id: str, *, succeeded: bool) -> None:
    shop.bank.call("POST", f"/_sandbox/refunds/{refund_id}/settle", {"succeeded": succeeded})


def amounts(shop, payment_id: str, *statuses: str) -> list[int]:
    refunds = shop.bank.refunds_of(payment_id)
    return sorted(refund["amount"] for refund in refunds if refund["status"] in (statuses or ("pending", "succeeded")))


def go_on(shop, person, order) -> None:
    """A notice, the outbox and the reconciler, twice over."""
    for _ in range(2):
        shop.ring(person, order, "charge.refund.updated")
        shop.deliver()
        shop.in_transaction(due_now)
        shop.reconcile()


def test_a_part_on_its_way_back_does_not_keep_the_rest(shop, person, partly_refunded):
    order, payment_id, part = partly_refunded
    assert amounts(shop, payment_id) == [PART, PRICE - PART]
    (rest,) = [refund["id"] for refund in shop.bank.refunds_of(payment_id) if refund["id"] != part]
    for refund_id in (rest, part):
        decide(shop, refund_id, succeeded=True)
        go_on(shop, person, order)
    assert shop.get(person, order)["state"] == "refunded"
    assert shop.bank.books()["refunded"] == PRICE


def test_while_everything_is_on_its_way_nothing_is_asked_for_again(shop, person, partly_refunded):
    order, payment_id, _part = partly_refunded
    go_on(shop, person, order)
    assert amounts(shop, payment_id) == [PART, PRICE - PART]
    assert shop.count("refunds") == 2


def test_a_refund_that_the_provider_has_not_answered_is_not_asked_for_a_second_time(shop, person):
    order = shop.order(person)
    payment_id = shop.pay(order)
    person.post(f"/v1/orders/{order['id']}/cancel")
    shop.ring(person, order)
    # nothing is delivered: our request waits in the outbox, and every sync finds the money still there
    for _ in range(3):
        shop.ring(person, order)
    query = text("SELECT amount_minor FROM refunds")
    assert shop.in_transaction(lambda session: session.scalars(query).all(), read_only=True) == [PRICE]
    go_on(shop, person, order)
    assert amounts(shop, payment_id) == [PRICE]


def test_a_refund_by_hand_of_the_same_sum_is_not_taken_for_ours(shop, person):
    order = shop.order(person)
    payment_id = shop.pay(order)
    person.post(f"/v1/orders/{order['id']}/cancel")
    shop.ring(person, order)
    # our request waits in the outbox when a clerk gives all of the money back
    by_hand = shop.bank.refund(payment_id).facts.refund_id
    go_on(shop, person, order)
    assert shop.count("refunds", f"provider_id = '{by_hand}' AND status = 'succeeded'") == 1
    assert shop.count("refunds", "provider_id IS NULL AND status = 'stopped'") == 1
    assert shop.count("orders", "state = 'refunded' AND attention IS NULL") == 1
    assert amounts(shop, payment_id) == [PRICE]


def test_a_refund_of_ours_is_known_by_its_key_although_its_answer_was_lost(shop, person):
    order = shop.order(person)
    payment_id = shop.pay(order)
    person.post(f"/v1/orders/{order['id']}/cancel")
    shop.bank.fault("close_after", "/v1/refunds")
    go_on(shop, person, order)
    (refund,) = shop.bank.refunds_of(payment_id)
    ours = f"provider_id = '{refund['id']}' AND id = '{refund['metadata']['carbon_account_refund']}'"
    assert shop.count("refunds", ours) == shop.count("refunds") == 1


def test_only_what_has_not_gone_back_yet_is_asked_for(shop, person):
    order = shop.order(person)
    payment_id = shop.pay(order)
    person.post(f"/v1/orders/{order['id']}/cancel")
    shop.bank.refund(payment_id, PART)
    go_on(shop, person, order)
    assert amounts(shop, payment_id, "succeeded") == [PART, PRICE - PART]
    assert shop.get(person, order)["state"] == "refunded"


def test_a_part_that_fails_is_asked_for_again_and_a_person_is_told(shop, person, partly_refunded):
    order, payment_id, part = partly_refunded
    decide(shop, part, succeeded=False)
    go_on(shop, person, order)
    assert amounts(shop, payment_id) == [PART, PRICE - PART]
    assert shop.count("orders", "attention = 'refund_failed'") == 1
    for refund in shop.bank.refunds_of(payment_id):
        if refund["status"] == "pending":
            decide(shop, refund["id"], succeeded=True)
    go_on(shop, person, order)
    assert (shop.get(person, order)["state"], shop.bank.books()["captured"]) == ("refunded", PRICE)
    assert amounts(shop, payment_id, "succeeded") == [PART, PRICE - PART]


def test_a_refund_that_keeps_failing_waits_for_a_person(shop, person, partly_refunded):
    order, payment_id, _part = partly_refunded
    for _ in range(4):
        for refund in shop.bank.refunds_of(payment_id):
            if refund["status"] == "pending":
                decide(shop, refund["id"], succeeded=False)
        go_on(shop, person, order)
    assert (shop.get(person, order)["state"], amounts(shop, payment_id)) == ("refunding", [])
    assert shop.count("refunds") == 2
