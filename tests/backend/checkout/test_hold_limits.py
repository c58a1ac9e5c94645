"""Stock cannot be emptied for free: what one person holds unpaid is bounded, and the bound shrinks with the shelf."""

from __future__ import annotations

import pytest

from backend.checkout.service import order_placement
from tests.backend.checkout.conftest import HOLD_LEAST

TONNE = 1_000_000


def test_one_person_holds_no_more_than_a_share_of_the_shelf(shop, person):
    refused = shop.try_order(person, TONNE + 1)
    assert (refused.status_code, refused.json["code"]) == (409, "checkout.too_much_on_hold")
    assert (refused.json["held_g"], refused.json["limit_g"]) == (0, TONNE)
    assert shop.order(person, TONNE)["state"] == "awaiting_payment"


def test_what_one_person_holds_adds_up_over_their_orders(shop, person):
    for _ in range(2):
        shop.order(person, TONNE // 2)
    refused = shop.try_order(person, HOLD_LEAST)
    assert (refused.json["code"], refused.json["held_g"]) == ("checkout.too_much_on_hold", TONNE)


def test_the_limit_shrinks_as_the_shelf_does(shop, person, new_person):
    shop.order(new_person(), TONNE)
    assert shop.try_order(person, TONNE).json["limit_g"] == TONNE // 2
    assert shop.try_order(person, TONNE // 2).status_code == 201


def test_a_guest_holds_less(shop, new_person):
    guest = new_person(is_guest=True)
    assert shop.try_order(guest, TONNE // 2).json["limit_g"] == TONNE // 5
    assert shop.try_order(guest, TONNE // 5).status_code == 201


def test_a_crowd_that_never_pays_cannot_empty_a_shelf_that_holds_more_than_small_purchases(shop, new_person):
    for _ in range(12):
        guest, limit_g = new_person(is_guest=True), max(HOLD_LEAST, shop.stock()[0] // 10)
        assert shop.try_order(guest, limit_g + 1).json["code"] == "checkout.too_much_on_hold"
        shop.order(guest, limit_g)
    assert shop.stock()[0] > TONNE // 4


def test_whoever_pays_may_go_on_buying(shop, person):
    shop.buy(person, TONNE)
    assert shop.buy(person, TONNE // 2)["state"] == "retired"


def test_a_small_purchase_is_always_possible(shop, person, new_person):
    while shop.stock()[0] > 2 * HOLD_LEAST:
        shop.order(new_person(), max(HOLD_LEAST, shop.stock()[0] // 2))
    assert shop.try_order(person, HOLD_LEAST).status_code == 201


def orders_at_once(shop, person, parallel) -> int:
    """Twelve orders of 200 kg by one person at one instant; what is held afterwards."""
    quotes = [shop.quote(person, TONNE // 5) for _ in range(12)]
    race = parallel(12, lambda index: shop.try_order(person, quote=quotes[index]).status_code)
    assert race.errors == []
    assert set(race.results) <= {201, 409, 503}
    return shop.stock()[1]


@pytest.mark.concurrency
def test_many_orders_of_one_person_at_once_do_not_pass_the_limit(shop, person, parallel):
    assert 0 < orders_at_once(shop, person, parallel) <= TONNE


@pytest.mark.concurrency
def test_control_without_the_limit_they_do(shop, person, parallel, monkeypatch):
    monkeypatch.setattr(order_placement, "refuse_too_much_on_hold", lambda *_: None)
    assert orders_at_once(shop, person, parallel) > TONNE
