"""Stock cannot be emptied for free: what one person holds unpaid is bounded, and the bound shrinks with the shelf."""

from __future__ import annotations

import pytest

from backend.checkout.service import order_placement
from tests.backend.registry.conftest import small_lot

TONNE = 1_000_000
# of config/policy.toml
LEAST, GUEST_LEAST, GUEST_MOST = 2 * TONNE, 100_000, 2 * TONNE


@pytest.fixture
def large_shop(empty_shop, shelf):
    """A shop with forty tonnes on the shelf."""
    shelf(small_lot("a", units=40))
    return empty_shop


def test_one_person_holds_no_more_than_a_share_of_the_shelf(large_shop, person):
    refused = large_shop.try_order(person, 10 * TONNE + 1)
    assert (refused.status_code, refused.json["code"]) == (409, "checkout.too_much_on_hold")
    assert (refused.json["held_g"], refused.json["limit_g"]) == (0, 10 * TONNE)
    assert large_shop.order(person, 10 * TONNE)["state"] == "awaiting_payment"


def test_nor_more_than_a_fixed_amount_however_large_the_shelf(empty_shop, shelf, person):
    shelf(small_lot("a", units=1000))
    assert empty_shop.try_order(person, 21 * TONNE).json["limit_g"] == 20 * TONNE


def test_what_one_person_holds_adds_up_over_their_orders(large_shop, person):
    for _ in range(2):
        large_shop.order(person, 5 * TONNE)
    refused = large_shop.try_order(person, TONNE)
    assert (refused.json["code"], refused.json["held_g"]) == ("checkout.too_much_on_hold", 10 * TONNE)


def test_the_limit_shrinks_as_the_shelf_does(large_shop, person, new_person):
    large_shop.order(new_person(), 10 * TONNE)
    assert large_shop.try_order(person, 10 * TONNE).json["limit_g"] == 30 * TONNE // 4
    assert large_shop.try_order(person, 30 * TONNE // 4).status_code == 201


def test_a_guest_holds_less(shop, new_person):
    guest = new_person(is_guest=True)
    assert shop.try_order(guest, TONNE // 2).json["limit_g"] == TONNE // 5
    assert shop.try_order(guest, TONNE // 5).status_code == 201


def test_guests_who_never_pay_leave_most_of_a_shelf_to_others(large_shop, new_person):
    for _ in range(12):
        guest, limit_g = new_person(is_guest=True), min(GUEST_MOST, max(GUEST_LEAST, large_shop.stock()[0] // 10))
        assert large_shop.try_order(guest, limit_g + 1).json["code"] == "checkout.too_much_on_hold"
        large_shop.order(guest, limit_g)
    assert large_shop.stock()[0] > 16 * TONNE


def test_whoever_pays_may_go_on_buying(large_shop, person):
    large_shop.buy(person, 10 * TONNE)
    assert large_shop.buy(person, 30 * TONNE // 4)["state"] == "retired"


def test_a_small_purchase_is_always_possible(shop, person, new_person):
    assert shop.try_order(person, LEAST - GUEST_LEAST).status_code == 201
    assert shop.try_order(new_person(is_guest=True), GUEST_LEAST).status_code == 201
    assert shop.stock()[0] == 0


def orders_at_once(shop, person, parallel) -> int:
    """Twelve orders of two tonnes by one person at one instant; what is held afterwards."""
    quotes = [shop.quote(person, 2 * TONNE) for _ in range(12)]
    race = parallel(12, lambda index: shop.try_order(person, quote=quotes[index]).status_code)
    assert race.errors == []
    assert set(race.results) <= {201, 409, 503}
    return shop.stock()[1]


@pytest.mark.concurrency
def test_many_orders_of_one_person_at_once_do_not_pass_the_limit(large_shop, person, parallel):
    assert 0 < orders_at_once(large_shop, person, parallel) <= 10 * TONNE


@pytest.mark.concurrency
def test_control_without_the_limit_they_do(large_shop, person, parallel, monkeypatch):
    monkeypatch.setattr(order_placement, "refuse_too_much_on_hold", lambda *_: None)
    assert orders_at_once(large_shop, person, parallel) > 10 * TONNE
