"""A notice is a doorbell: signed or not heard, once or twenty times, early, late, lost, in any order."""

from __future__ import annotations

import itertools
import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from backend.checkout import service
from backend.checkout.models import OrderRow
from backend.platform.core import clock
from backend.registry import service as registry
from tests.backend.checkout.bank import NO_FUNDS, sign
from tests.backend.checkout.conftest import GRAMS, SUCCEEDED
from tests.backend.registry.conftest import PROJECT

TONNE = 1_000_000


def test_a_notice_nobody_signed_is_not_heard(shop, person):
    order = shop.order(person)
    payment_id = shop.pay(order)
    payload = shop.bank.notice(payment_id, SUCCEEDED, None)
    for signature in ("", "t=1,v1=00", sign(payload + b" ")):
        answer = shop.hear(payload, signature)
        assert (answer.status_code, answer.json["code"]) == (400, "checkout.notice_refused")
    assert shop.get(person, order)["state"] == "awaiting_payment"
    assert shop.count("notices") == 0


def test_what_a_notice_claims_is_not_believed(shop, person):
    order = shop.order(person)
    assert shop.ring(person, order, SUCCEEDED).status_code == 200
    assert shop.get(person, order)["state"] == "awaiting_payment"


def test_a_notice_without_our_mark_is_remembered_and_has_no_effect(shop, person):
    order = shop.order(person)
    payload = shop.bank.notice("pi_of_another_product", SUCCEEDED, None, "evt_foreign")
    assert shop.hear(payload).status_code == 200
    assert shop.count("notices", "user_id IS NULL") == 1
    assert shop.get(person, order)["state"] == "awaiting_payment"


def test_a_notice_with_our_mark_for_an_order_we_do_not_know_rings_again(shop, person):
    mark = {"user_id": person.user_id, "carbon_account_order": "ord_01jb0000000000000000000000"}
    answer = shop.hear(shop.bank.notice("pi_unknown", SUCCEEDED, mark))
    assert (answer.status_code, answer.json["code"]) == (503, "checkout.notice_early")
    assert answer.headers["Retry-After"] == "5"
    assert shop.count("notices") == 0


def test_a_notice_that_bears_no_mark_finds_its_order_by_the_payment(shop, person):
    order = shop.order(person)
    payment_id = shop.pay(order)
    assert shop.hear(shop.bank.notice(payment_id, "charge.succeeded", None)).status_code == 200
    assert shop.get(person, order)["state"] == "retired"


def test_a_notice_with_the_mark_of_another_order_changes_neither(shop, person, new_person):
    paid, unpaid = shop.order(person), shop.order(person)
    payment_id = shop.pay(paid)
    mark = {"user_id": person.user_id, "carbon_account_order": unpaid["id"]}
    assert shop.hear(shop.bank.notice(payment_id, SUCCEEDED, mark)).status_code == 200
    assert shop.get(person, unpaid)["state"] == "awaiting_payment"


def test_an_old_truth_never_follows_a_newer_one(shop, person):
    order = shop.order(person)
    payment_id = shop.pay(order)
    asked = shop.in_transaction(lambda session: service.get_snapshot(session, person.user_id, order["id"]))
    old = shop.bank.gateway.get_payment(payment_id).facts
    shop.bank.refund(payment_id)
    shop.ring(person, order, "charge.refunded")
    with pytest.raises(service.StaleTruth):
        shop.in_transaction(lambda session: service.settle(session, asked, old))
    assert shop.get(person, order)["state"] == "refunded"


@pytest.mark.concurrency
def test_the_same_notice_twenty_times_at_once_has_one_effect(shop, person, parallel):
    order = shop.order(person)
    payment_id = shop.pay(order)
    mark = {"user_id": person.user_id, "carbon_account_order": order["id"]}
    payload = shop.bank.notice(payment_id, SUCCEEDED, mark, "evt_once")
    race = parallel(20, lambda _index: shop.hear(payload).status_code)
    assert race.results == [200] * 20
    assert shop.get(person, order)["state"] == "retired"
    assert (shop.count("retirements"), shop.count("certificates"), shop.count("notices")) == (1, 1, 1)
    assert shop.stock() == (2 * TONNE - GRAMS, 0, GRAMS)


@pytest.mark.concurrency
def test_twenty_different_notices_about_one_payment_have_one_effect(shop, person, parallel):
    order = shop.order(person)
    shop.pay(order)
    race = parallel(20, lambda _index: shop.ring(person, order).status_code)
    assert race.results == [200] * 20
    assert (shop.count("retirements"), shop.count("certificates"), shop.count("notices")) == (1, 1, 20)


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard is switched off")
def test_control_a_state_read_before_the_transaction_that_acts_on_it_retires_twice(shop, person, parallel):
    """What the lock on the order prevents: each handler reads the state, and acts on it in its next transaction."""
    order = shop.order(person)
    shop.pay(order)
    barrier = threading.Barrier(4)

    def handle(index: int) -> None:
        row = shop.in_transaction(lambda session: session.get(OrderRow, (person.user_id, order["id"])), read_only=True)
        barrier.wait(10)
        if row.state == "awaiting_payment":
            shop.in_transaction(lambda session: retire_again(session, person.user_id, f"{row.id}-{index}"))

    assert parallel(4, handle).errors == []
    assert shop.count("retirements") > 1


def retire_again(session, user_id: str, reference: str) -> None:
    at = clock.now()
    registry.hold(session, registry.Holder(user_id, reference), PROJECT, GRAMS, at)
    registry.retire(session, user_id, reference, "footprint:2026", at)


KINDS = {
    "created": "payment_intent.created",
    "failed": "payment_intent.payment_failed",
    "succeeded": SUCCEEDED,
    "refunded": "charge.refunded",
}
ORDERINGS = list(itertools.permutations(KINDS))


def test_in_all_24_orders_the_same_facts_end_in_the_same_state(shop, person):
    """A declined card, a good one, a refund by hand: all the facts there are, heard in every order."""
    for rung in ORDERINGS:
        order = shop.order(person)
        shop.pay(order, NO_FUNDS)
        shop.bank.refund(shop.pay(order))
        assert [shop.ring(person, order, KINDS[name]).status_code for name in rung] == [200] * 4
        end = shop.get(person, order)
        assert end["state"] == "refunded", rung
        assert (end["payment"]["captured_minor"], end["payment"]["refunded_minor"]) == (54, 54), rung
        assert [refund["status"] for refund in end["refunds"]] == ["succeeded"], rung
    assert shop.stock() == (2 * TONNE, 0, 0)


def test_in_all_24_orders_notices_about_what_has_not_happened_change_nothing(shop, person):
    """The payment happens as its notice rings; the others ring too early, too late or for nothing."""
    for rung in ORDERINGS:
        order = shop.order(person)
        for name in rung:
            if name == "succeeded":
                shop.pay(order)
            assert shop.ring(person, order, KINDS[name]).status_code == 200
        end = shop.get(person, order)
        assert (end["state"], end["refunds"]) == ("retired", []), rung
    assert shop.stock() == (2 * TONNE - 24 * GRAMS, 0, 24 * GRAMS)


def event(**changes) -> dict:
    """A notice as the provider writes one, with something odd about it."""
    about = {"id": "pi_1", "object": "payment_intent", "metadata": {}}
    return {
        "id": "evt_odd",
        "object": "event",
        "type": SUCCEEDED,
        "created": int(clock.now().timestamp()),
        "data": {"object": about},
    } | changes


def about(**changes) -> dict:
    return {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {}} | changes}


ODD = {
    "deep": b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "NUL in its id": event(id="evt_\0"),
    "NUL in its kind": event(type="payment\0"),
    "NUL in the payment": event(data=about(id="pi_\0")),
    "a surrogate in its id": event(id="evt_\ud800"),
    "a surrogate in its kind": event(type="\udfff"),
    "a surrogate in the payment": event(data=about(id="pi_\ud800")),
    "a long id": event(id="evt_" + "x" * 5000),
    "a long payment": event(data=about(id="pi_" + "x" * 5000)),
    "a long kind": event(type="x" * 5000),
    "no id": event(id=None),
    "an id that is a number": event(id=7),
    "no object": event(data={}),
    "an object that is a list": event(data={"object": []}),
    "an object of another kind": event(data={"object": {"object": "charge", "payment_intent": ["pi_1"]}}),
    "metadata that are no object": event(data=about(metadata="x")),
    "NUL in our mark": event(data=about(metadata={"user_id": "usr_\0", "carbon_account_order": "ord_\0"})),
    "a surrogate in our mark": event(data=about(metadata={"user_id": "\ud800", "carbon_account_order": "\ud800"})),
    "a long mark": event(data=about(metadata={"user_id": "u" * 500, "carbon_account_order": "o" * 500})),
    "an instant out of range": event(created=10**30),
    "no number": event(created=float("nan")),
    "infinite": event(created=float("inf")),
    "a list": [],
    "a text": "event",
}


@pytest.mark.parametrize("name", ODD)
def test_a_signed_notice_may_be_as_odd_as_it_likes(name, shop):
    odd = ODD[name]
    payload = odd if isinstance(odd, bytes) else json.dumps(odd).encode()
    assert shop.hear(payload).status_code in (200, 400)


@pytest.mark.parametrize(
    "signature", ["t=1", "v1=1", "t=x,v1=1", "t=1,v1=é", "t=,v1=", "=", "t=1,v1=1,t=", "t=" + "9" * 5000]
)
def test_an_odd_signature_is_refused(signature, shop):
    assert shop.hear(b"{}", signature).status_code == 400


def test_a_notice_of_another_product_with_orders_and_users_of_its_own_is_not_ours(shop, person):
    shop.order(person)
    theirs = {"user_id": "42", "order_id": "1001"}
    answer = shop.hear(shop.bank.notice("pi_of_another_product", SUCCEEDED, theirs, "evt_theirs"))
    assert answer.status_code == 200
    assert shop.count("notices", "notice_id = 'evt_theirs' AND user_id IS NULL") == 1


def test_a_payment_made_before_our_mark_had_a_name_of_its_own_is_known_by_its_id(shop, person):
    order = shop.order(person)
    payment_id = shop.pay(order)
    snapshot = shop.in_transaction(lambda session: service.get_snapshot(session, person.user_id, order["id"]))
    unmarked = replace(shop.bank.gateway.get_payment(payment_id).facts, mark=None)
    shop.in_transaction(lambda session: service.settle(session, snapshot, unmarked))
    assert shop.get(person, order)["state"] == "retired"


def test_notices_are_dropped_after_their_time(shop, person, later):
    order = shop.buy(person)
    drop = service.drop_old_notices
    assert shop.in_transaction(lambda session: drop(session, 100)) == 0
    later(timedelta(days=31))
    assert shop.in_transaction(lambda session: drop(session, 100)) == 1
    assert (shop.count("notices"), shop.get(person, order)["state"]) == (0, "retired")
