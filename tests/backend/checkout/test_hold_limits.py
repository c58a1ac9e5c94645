"""Stock cannot be emptied for free: what is held unpaid is a share of the shelf, and shrinks with it (ADR 0025)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.accounts import service as accounts
from backend.checkout import service
from backend.checkout.service import hold_limits, order_placement
from tests.backend.checkout.conftest import buy_up
from tests.backend.registry.conftest import small_lot

TONNE = 1_000_000
GUEST_MOST = 2 * TONNE  # of config/policy.toml
LEAST_PURCHASE = 55_057  # grams that cost 0.50 USD, the least charge
HOME = "203.0.113.7"


@pytest.fixture
def large_shop(empty_shop, shelf):
    """A shop with forty tonnes on the shelf."""
    shelf(small_lot("a", units=40))
    return empty_shop


@pytest.mark.parametrize("units", [1, 2, 3, 8, 40])
def test_one_person_holds_no_more_than_a_share_of_a_shelf_of_any_size(units, empty_shop, shelf, person):
    shelf(small_lot("a", units=units))
    share_g = units * TONNE // 4
    refused = empty_shop.try_order(person, share_g + 1)
    assert (refused.status_code, refused.json["code"]) == (409, "checkout.too_much_on_hold")
    assert (refused.json["held_g"], refused.json["limit_g"]) == (0, share_g)
    assert empty_shop.order(person, share_g)["state"] == "awaiting_payment"


@pytest.mark.parametrize("is_guest", [False, True])
def test_a_quote_says_beforehand_how_much_may_be_ordered_at_once(shop, new_person, is_guest):
    person = new_person(is_guest=is_guest)
    orderable_g = shop.quote(person, TONNE)["orderable_g"]
    assert shop.try_order(person, orderable_g + 1).json["limit_g"] == orderable_g
    shop.order(person, orderable_g)
    assert shop.quote(person, TONNE)["orderable_g"] == 0


def test_of_the_last_of_a_shelf_a_quote_offers_all(shop, person, new_person):
    buy_up(shop, new_person(), but_g=2 * LEAST_PURCHASE - 1)
    assert shop.quote(person, LEAST_PURCHASE)["orderable_g"] == 2 * LEAST_PURCHASE - 1


def test_who_wants_a_whole_small_shelf_buys_it_in_parts(shop, person):
    parts = 0
    while (left_g := shop.stock()[0]) >= LEAST_PURCHASE:
        orderable_g = shop.quote(person, LEAST_PURCHASE)["orderable_g"]
        shop.buy(person, orderable_g)
        parts += 1
        assert shop.stock()[0] == left_g - orderable_g
    assert (shop.stock()[0], parts) == (0, 11)


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


def test_whoever_pays_may_go_on_buying(large_shop, person):
    large_shop.buy(person, 10 * TONNE)
    assert large_shop.buy(person, 30 * TONNE // 4)["state"] == "retired"


@pytest.mark.parametrize("is_guest", [False, True])
def test_where_the_share_is_smaller_one_least_purchase_at_a_time_is_possible(shop, new_person, is_guest):
    one = new_person(is_guest=is_guest)
    buy_up(shop, new_person(), but_g=3 * LEAST_PURCHASE)
    assert shop.try_order(one, LEAST_PURCHASE + 1).json["limit_g"] == LEAST_PURCHASE
    shop.order(one, LEAST_PURCHASE)
    refused = shop.try_order(one, LEAST_PURCHASE).json
    assert (refused["code"], refused["held_g"]) == ("checkout.too_much_on_hold", LEAST_PURCHASE)
    assert shop.try_order(new_person(), LEAST_PURCHASE).status_code == 201


def test_with_it_goes_what_nobody_could_buy_any_more(shop, person, new_person):
    buy_up(shop, new_person(), but_g=2 * LEAST_PURCHASE - 1)
    shop.buy(person, 2 * LEAST_PURCHASE - 1)
    assert shop.stock() == (0, 0, 2 * TONNE)


@pytest.fixture
def in_circle(in_transaction):
    """`in_circle(person, ...)`: they share a device."""

    def link(*people) -> None:
        for one in people:
            in_transaction(lambda s, one=one: accounts.link(s, one.user_id, accounts.LinkKind.DEVICE, "one phone"))

    return link


def test_accounts_of_one_circle_hold_together_what_one_person_may(large_shop, new_person, in_circle):
    ann, ben = new_person(), new_person()
    in_circle(ann, ben)
    large_shop.order(ann, 6 * TONNE)
    refused = large_shop.try_order(ben, 4 * TONNE + 1)
    assert (refused.status_code, refused.json["code"]) == (409, "checkout.others_on_hold")
    assert large_shop.try_order(ben, 4 * TONNE).status_code == 201


def test_nobody_is_told_what_others_have_on_hold(large_shop, new_person, in_circle):
    ann, ben = new_person(), new_person()
    in_circle(ann, ben)
    large_shop.order(ann, 10 * TONNE)
    refused = large_shop.try_order(ben, TONNE).json
    assert set(refused) & {"held_g", "limit_g"} == set()
    assert "60 minutes" in refused["detail"]


def test_accounts_behind_one_network_hold_at_most_half_of_the_shelf(large_shop, new_person):
    for tonnes in (10, 7):
        assert large_shop.try_order(new_person(), tonnes * TONNE, address=HOME).status_code == 201
    assert large_shop.try_order(new_person(), 4 * TONNE, address=HOME).json["code"] == "checkout.others_on_hold"
    assert large_shop.try_order(new_person(), 5 * TONNE).status_code == 201


def test_a_household_of_ipv6_is_one_network(large_shop, new_person):
    for host, tonnes in ((1, 10), (2, 7)):
        address = f"2001:db8:7:7::{host}"
        assert large_shop.try_order(new_person(), tonnes * TONNE, address=address).status_code == 201
    refused = large_shop.try_order(new_person(), 4 * TONNE, address="2001:db8:7:7::3")
    assert refused.json["code"] == "checkout.others_on_hold"


def test_orders_that_came_from_no_network_are_of_no_network_together(large_shop, new_person):
    for tonnes in (10, 7, 5):
        person = new_person()
        wish = service.OrderRequest(large_shop.quote(person, tonnes * TONNE)["id"], "Lin Wei")
        large_shop.in_transaction(
            lambda session, one=person, wish=wish: order_placement.place(session, one.user_id, wish)
        )
    assert large_shop.stock()[1] == 22 * TONNE


def fill_with_guests(shop, new_person) -> int:
    """Guests from everywhere, each with as much as one of them may hold, until one is refused; how many got it."""
    for count in range(40):
        limit_g = min(GUEST_MOST, shop.stock()[0] // 10)
        answer = shop.try_order(new_person(is_guest=True), limit_g)
        if answer.status_code != 201:
            assert answer.json["code"] == "checkout.unproved_on_hold"
            return count
    return 40


def test_guests_from_everywhere_leave_half_of_a_shelf_to_people_who_proved_an_address(large_shop, new_person):
    assert fill_with_guests(large_shop, new_person) == 10
    assert large_shop.stock()[0] >= 20 * TONNE
    refused = large_shop.try_order(new_person(proved=False), TONNE).json
    assert refused["code"] == "checkout.unproved_on_hold"
    assert large_shop.try_order(new_person(), 5 * TONNE).status_code == 201


def test_control_without_the_bound_for_all_of_them_guests_take_more(large_shop, new_person, monkeypatch):
    monkeypatch.setattr(hold_limits.accounts, "has_proved_address", lambda *_: True)
    assert fill_with_guests(large_shop, new_person) > 20
    assert large_shop.stock()[0] < 10 * TONNE


def test_what_was_paid_or_lapsed_counts_for_nobody(large_shop, new_person, later):
    large_shop.buy(new_person(), 10 * TONNE)
    large_shop.order(new_person(), 5 * TONNE)
    later(timedelta(seconds=3601))
    large_shop.lapse()
    assert large_shop.count("holds") == 0


@pytest.mark.concurrency
def test_many_accounts_of_one_network_at_once_do_not_pass_its_share(large_shop, new_person, parallel):
    people = [new_person() for _ in range(10)]
    quotes = [large_shop.quote(one, 4 * TONNE) for one in people]
    race = parallel(10, lambda i: large_shop.try_order(people[i], quote=quotes[i], address=HOME).status_code)
    assert race.errors == []
    assert 4 * TONNE <= large_shop.stock()[1] <= 20 * TONNE


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
