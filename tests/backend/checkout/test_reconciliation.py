"""What nobody rang for is settled all the same; what is settled is looked at ever less often; the counts add up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.checkout import service
from tests.backend.checkout.conftest import GRAMS, due_now
from tests.backend.registry.conftest import small_lot

TONNE = 1_000_000
LEAST_PURCHASE = 55_057  # grams that cost 0.50 USD: whatever the shelf, one of them may be set aside


def test_a_payment_nobody_rang_for_is_settled(shop, person):
    order = shop.order(person)
    shop.pay(order)
    assert shop.reconcile() == 0
    shop.in_transaction(due_now)
    assert shop.reconcile() == 1
    assert shop.get(person, order)["state"] == "retired"


def test_a_refund_nobody_rang_for_is_settled(shop, person):
    order = shop.order(person)
    shop.bank.refund(shop.pay(order))
    shop.in_transaction(due_now)
    shop.reconcile()
    assert shop.get(person, order)["state"] == "refunded"


def test_an_order_left_behind_by_a_crash_before_the_provider_was_asked_goes_on(shop, person, app):
    quote = shop.quote(person)
    wish = service.OrderRequest(quote["id"], "Lin Wei")
    order_id = shop.in_transaction(lambda session: service.place(session, person.user_id, wish).id)
    shop.in_transaction(due_now)
    assert shop.reconcile() == 1
    order = shop.get(person, {"id": order_id})
    assert order["state"] == "awaiting_payment"
    assert order["payment"]["client_secret"]


def test_an_order_that_lapsed_before_the_provider_was_asked_is_given_up(shop, person, later):
    quote = shop.quote(person)
    wish = service.OrderRequest(quote["id"], "Lin Wei")
    order_id = shop.in_transaction(lambda session: service.place(session, person.user_id, wish).id)
    later(timedelta(hours=2))
    shop.lapse()
    shop.in_transaction(due_now)
    assert shop.reconcile() == 1
    assert shop.reconcile() == 0
    order = shop.get(person, {"id": order_id})
    assert (order["state"], order["payment"]["status"]) == ("lapsed", "none")


def test_one_payment_that_cannot_be_looked_up_stops_no_other(shop, person):
    first, second = shop.order(person), shop.order(person)
    shop.pay(second)
    shop.bank.fault("error_before", f"/v1/payment_intents/{shop.bank.payment_of(first['id'])}", method="GET", times=5)
    shop.in_transaction(due_now)
    assert shop.reconcile() == 2
    assert shop.get(person, second)["state"] == "retired"


@pytest.mark.parametrize("hours, due", [(0.05, 0), (1, 1)])
def test_a_waiting_payment_is_looked_at_after_a_while(hours, due, shop, person, later):
    shop.order(person)
    later(timedelta(hours=hours))
    assert shop.reconcile() == due


def test_after_half_a_year_a_settled_payment_is_left_alone(shop, person, later):
    shop.buy(person)
    later(timedelta(days=100))
    assert shop.reconcile() == 1
    later(timedelta(days=200))
    assert shop.reconcile() == 1
    assert shop.reconcile() == 0
    assert shop.count("payments", "look_at IS NOT NULL") == 0


@pytest.mark.concurrency
def test_sixty_buyers_and_credits_for_eighteen_sell_exactly_eighteen(empty_shop, shelf, new_person, parallel):
    shop, share = empty_shop, LEAST_PURCHASE
    shelf(small_lot("a", units=1))
    people = [new_person() for _ in range(60)]
    quotes = [shop.quote(person, share) for person in people]
    race = parallel(60, lambda index: shop.try_order(people[index], quote=quotes[index], key="k"))
    assert race.errors == []
    placed = [(people[i], answer.json) for i, answer in enumerate(race.results) if answer.status_code == 201]
    refused = [answer.json["code"] for answer in race.results if answer.status_code == 409]
    assert (len(placed), refused) == (18, ["lots.insufficient_stock"] * 42)
    for person, order in placed:
        shop.pay(order)
        assert shop.ring(person, order).status_code == 200
    assert shop.stock() == (TONNE - 18 * share, 0, 18 * share)
    assert shop.count("certificates") == 18


def test_our_sums_are_the_providers_sums(shop, person, new_person):
    for _ in range(3):
        shop.buy(person)
    order = shop.order(person)
    shop.bank.refund(shop.pay(order))
    shop.ring(person, order)
    books = shop.bank.books()
    ours = shop.in_transaction(sums)
    assert ours == (books["captured"], books["refunded"]) == (4 * 54, 54)
    assert shop.stock()[2] == 3 * GRAMS


def sums(session) -> tuple[int, int]:
    row = session.execute(text("SELECT sum(captured_minor), sum(refunded_minor) FROM payments")).one()
    return int(row[0]), int(row[1])


def test_quotes_nobody_ordered_are_dropped_long_after_they_expired(shop, person, later):
    used = shop.quote(person)
    shop.try_order(person, quote=used)
    shop.quote(person)
    assert shop.in_transaction(lambda session: service.drop_expired(session, 100)) == 0
    later(timedelta(days=8))
    assert shop.in_transaction(lambda session: service.drop_expired(session, 100)) == 1
    assert shop.count("quotes") == 1


def test_a_payment_that_was_never_made_is_fetched_for_half_a_year_and_then_no_more(shop, person, later):
    order = shop.order(person)
    shop.in_transaction(lambda s: s.execute(text("UPDATE orders SET hold_expires_at = placed_at")))
    shop.lapse()
    later(timedelta(days=200))
    with pytest.MonkeyPatch.context() as closed:
        # the provider will not close it, whatever we ask
        closed.setattr("backend.checkout.flow.reconciliation.cancel_payment", lambda *_: None)
        assert shop.reconcile() == 1
    assert shop.get(person, order)["payment"]["status"] == "open"
    assert shop.count("payments", "look_at IS NOT NULL") == 0
