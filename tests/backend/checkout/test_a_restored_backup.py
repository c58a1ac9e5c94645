"""Yesterday's backup is restored: what the provider has since is found, and nothing is refunded or retired twice."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest

from backend.checkout.flow.books import compare_books
from tests.backend.checkout.conftest import GRAMS, REFUNDED, SUCCEEDED, due_now
from tests.backend.checkout.test_reconciliation import sums
from tests.backend.registry.conftest import small_lot

PAID, BACK = 54, 20  # cents: the price of what is bought here, and what of it is given back
WITHIN = timedelta(days=7)
_NUMBERS = count(1)


@pytest.fixture
def backup(world):
    """`backup()` keeps the database as it is now and returns how to restore it."""

    def keep():
        name = f"backup_{next(_NUMBERS)}"
        world.disconnect()
        world.place.keep(name)

        def restore():
            world.disconnect()
            world.place.replace(name)
            world.app.extensions["carbon.redis"].flushall()

        return restore

    return keep


@pytest.fixture
def day(empty_shop, shelf, new_person, person, backup):
    """A day of a shop: what was ordered and bought before the backup, and what happened after it, which is lost."""
    shop, finance = empty_shop, new_person(roles=("finance",))
    shelf(small_lot("a", units=2))
    waiting, by_us, by_hand = shop.order(person), shop.buy(person), shop.buy(person)
    restore = backup()
    shop.pay(waiting)
    shop.ring(person, waiting)
    give_back(shop, finance, person, by_us)
    shop.bank.refund(shop.bank.payment_of(by_hand["id"]), BACK)
    shop.ring(person, by_hand, REFUNDED)
    lost = shop.buy(person)
    restore()
    return SimpleNamespace(
        shop=shop, person=person, finance=finance, waiting=waiting, by_us=by_us, by_hand=by_hand, lost=lost
    )


def ask_back(finance, person, order):
    """Money back by an operator; nobody has told the provider yet."""
    path = f"/v1/operator/orders/{person.user_id}/{order['id']}/refunds"
    wish = {"reason": "agreed by telephone", "keeps_retirement": True, "amount_minor": BACK}
    answer = finance.post(path, wish, key=f"refund of {order['id']}")
    assert answer.status_code == 200, answer.json


def give_back(shop, finance, person, order):
    """Money back by an operator, until the provider has booked it and we know."""
    ask_back(finance, person, order)
    shop.deliver()
    shop.ring(person, order, REFUNDED)


def compare(day):
    """The payments about which the two books differ, after what can be settled is settled."""
    with day.shop.app.app_context():
        return [difference.payment_id for difference in compare_books(WITHIN)]


def run_every_job(day):
    """What the jobs do by themselves, twice over, each with everything due."""
    for _ in range(2):
        day.shop.lapse()
        day.shop.in_transaction(due_now)
        day.shop.reconcile()
        day.shop.deliver()


def refunded_minor(day, order):
    return day.shop.get(day.person, order)["payment"]["refunded_minor"]


def is_settled_once(day):
    """Our books of what we know are the provider's, and what is retired was bought."""
    waiting = day.shop.get(day.person, day.waiting)
    assert (waiting["state"], waiting["payment"]["captured_minor"]) == ("retired", PAID)
    assert (refunded_minor(day, day.by_us), refunded_minor(day, day.by_hand)) == (BACK, BACK)
    assert day.shop.in_transaction(sums) == (3 * PAID, 2 * BACK)
    assert day.shop.stock()[1:] == (0, 3 * GRAMS)
    assert day.shop.count("certificates") == 3
    assert day.shop.bank.books()["refunded"] == 2 * BACK


def test_the_comparison_finds_what_the_provider_has_since_and_names_what_only_it_knows(day):
    assert refunded_minor(day, day.by_us) == 0, "the backup knows of no refund"
    assert compare(day) == [day.shop.bank.payment_of(day.lost["id"])]
    is_settled_once(day)
    assert compare(day) == [day.shop.bank.payment_of(day.lost["id"])]
    is_settled_once(day)


def test_jobs_and_notices_that_come_again_settle_everything_once(day):
    run_every_job(day)
    for order, kind in ((day.waiting, SUCCEEDED), (day.by_us, REFUNDED), (day.by_hand, REFUNDED)):
        for _ in range(3):
            assert day.shop.ring(day.person, order, kind).status_code == 200
    run_every_job(day)
    is_settled_once(day)


def test_an_order_whose_hold_lapsed_before_anybody_looked_is_retired_or_repaid_once(day, later):
    later(timedelta(days=1))
    assert day.shop.lapse() == 1
    run_every_job(day)
    compare(day)
    is_settled_once(day)


def test_a_notice_of_an_order_that_the_backup_does_not_know_is_sent_again_until_a_person_has_looked(day):
    answer = day.shop.ring(day.person, day.lost)
    assert (answer.status_code, answer.json["code"]) == (503, "checkout.notice_early")
    assert day.shop.bank.books()["captured"] == 4 * PAID, "the provider has the money of all four"


def test_a_refund_that_the_backup_does_not_know_is_not_made_again_for_what_is_already_back(day):
    compare(day)
    wish = {"reason": "asked again after the restore", "keeps_retirement": True, "amount_minor": PAID - BACK + 1}
    path = f"/v1/operator/orders/{day.person.user_id}/{day.by_us['id']}/refunds"
    answer = day.finance.post(path, wish, key="once more")
    assert (answer.status_code, answer.json["code"]) == (409, "checkout.refund_too_much")


def test_a_refund_that_was_on_its_way_at_the_time_of_the_backup_is_not_made_again_a_day_later(
    shop, person, new_person, backup
):
    order = shop.buy(person)
    ask_back(new_person(roles=("finance",)), person, order)
    restore = backup()
    shop.deliver()
    restore()
    shop.bank.forget_keys()
    shop.in_transaction(due_now)
    shop.deliver()
    assert shop.bank.books()["refunded"] == BACK
    assert shop.get(person, order)["payment"]["refunded_minor"] == BACK


def test_a_letter_about_a_refund_that_is_sent_again_a_day_later_gives_nothing_back_twice(shop, person, new_person):
    order = shop.buy(person)
    ask_back(new_person(roles=("finance",)), person, order)
    # the provider books it, and the answer is lost
    shop.bank.fault("close_after", "/v1/refunds")
    shop.bank.fault("error_before", f"/v1/payment_intents/{shop.bank.payment_of(order['id'])}", method="GET", times=9)
    shop.deliver()
    shop.bank.call("DELETE", "/_sandbox/faults")
    shop.bank.forget_keys()
    shop.in_transaction(due_now)
    shop.deliver()
    assert shop.bank.books()["refunded"] == BACK
