"""A buyer says how much in grams, in money, as the rest of a footprint or by one journey; and sees the terms."""

from __future__ import annotations

import pytest

from backend.checkout.service import quotes
from backend.profiles import service as profiles
from offsets import current_terms
from tests.backend.activities.conftest import log, new_beijinger, rule_book
from tests.backend.registry.conftest import PROJECT, small_lot

__all__ = ["new_beijinger", "rule_book"]


@pytest.fixture
def stocked(empty_shop, shelf):
    shelf(small_lot("big", units=50))
    return empty_shop


def ask(person, **said):
    return person.post("/v1/quotes", {"project": PROJECT, "currency": "USD"} | said)


def test_money_buys_as_many_grams_as_cost_no_more(stocked, person):
    quote = ask(person, total_minor=1000).json
    # 8.90 USD a tonne: a gram more would cost 10.01
    assert (quote["grams"], quote["total_minor"], quote["asked"]) == (1_123_595, 1000, {"total_minor": 1000})
    assert ask(person, grams=quote["grams"] + 1).json["total_minor"] == 1001


def test_the_least_sale_is_said_with_the_price(stocked, person):
    quote = ask(person, total_minor=1000).json
    assert (quote["least_minor"], quote["least_g"]) == (50, 55_057)
    assert ask(person, grams=quote["least_g"]).status_code == 201
    for too_little in ({"grams": quote["least_g"] - 1}, {"total_minor": 49}):
        assert ask(person, **too_little).json["code"] == "checkout.too_little"


def test_the_rest_of_a_footprint_is_what_remains_of_it(stocked, person, in_transaction):
    assert ask(person, rest_of_year=2026).json["code"] == "checkout.nothing_remains"
    stated = {"region": "CN-BJ", "zone": "Asia/Shanghai"}
    in_transaction(lambda session: profiles.change_profile(session, person.user_id, stated))
    year = ask(person, grams=60_000).json["reduce_first"]["year"]
    quote = ask(person, rest_of_year=year).json
    assert quote["grams"] == quote["reduce_first"]["remaining_g"] > 0
    assert quote["reduce_first"]["beyond_g"] == 0


def test_one_journey_is_bought_by_what_it_emitted(new_beijinger, stocked, new_person, monkeypatch):
    person = new_beijinger()
    activity = log(person, mode="metro", distance="500")
    # half a dollar of this project outweighs any ride: the least is said
    assert ask(person, activity_id=activity["id"]).json["code"] == "checkout.too_little"
    monkeypatch.setattr(quotes, "_refuse_too_little", lambda made: None)
    quote = ask(person, activity_id=activity["id"]).json
    assert quote["grams"] == activity["reduction"]["project_g"] > 0
    assert quote["asked"] == {"activity_id": activity["id"]}
    assert ask(new_person(), activity_id=activity["id"]).json["code"] == "not_found.activity"


@pytest.mark.parametrize("said", [{}, {"grams": 60_000, "total_minor": 100}, {"rest_of_year": 2026, "grams": 1}])
def test_exactly_one_way_is_given(said, stocked, person):
    answer = ask(person, **said)
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "one_of_these")


def test_terms_are_shown_with_the_price_and_recorded_with_the_order(stocked, person):
    quote = ask(person, grams=60_000).json
    assert "14 days" in quote["terms"]["text"]["en"]
    body = {"quote_id": quote["id"], "beneficiary": "Lin Wei"}
    changed = person.post("/v1/orders", body | {"terms": "2020-01-01"})
    assert (changed.status_code, changed.json["code"]) == (409, "checkout.terms_changed")
    order = person.post("/v1/orders", body | {"terms": quote["terms"]["version"]})
    assert order.json["terms"] == current_terms().version
