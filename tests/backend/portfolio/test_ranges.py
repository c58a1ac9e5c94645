"""The range of a sum on the wire and on a statement, and of which gases its grams are."""

from __future__ import annotations

import json
from math import ceil

from backend.portfolio.service.statements.statement_file import read_statement
from tests.backend.activities.conftest import log
from tests.backend.portfolio.test_account import account

VEGAN = {"methodology": "food.meal", "occurred_at": "2026-11-20T07:00:00+08:00", "inputs": {"meal": "vegan"}}


def range_of(person, **query):
    answer = person.get("/v1/account/range", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.json


def bounds(*reductions):
    return [sum(one[name] for one in reductions) for name in ("low_g", "high_g")]


def test_rides_that_share_their_figures_have_the_sum_of_their_ranges(beijinger):
    rides = [log(beijinger)["reduction"], log(beijinger, distance="20")["reduction"]]
    found = range_of(beijinger)
    assert [found["total"]["low_g"], found["total"]["high_g"]] == bounds(*rides)
    assert found["total"]["activities"] == 2
    assert (found["from"], found["to"]) == ("2025-12", "2026-11")


def test_a_ride_and_a_meal_share_no_figure_so_their_range_is_the_root_of_squares(beijinger):
    ride = log(beijinger)["reduction"]
    meal = beijinger.post("/v1/activities", VEGAN).json["reduction"]
    total = range_of(beijinger)["total"]
    both = ride["reduction_g"] + meal["reduction_g"]
    down = sum((one["reduction_g"] - one["low_g"]) ** 2 for one in (ride, meal)) ** 0.5
    up = sum((one["high_g"] - one["reduction_g"]) ** 2 for one in (ride, meal)) ** 0.5
    assert (total["reduction_g"], total["low_g"], total["high_g"]) == (both, both - ceil(down), both + ceil(up))
    shown = account(beijinger)["reductions"]["total"]
    assert shown["low_g"] < total["low_g"]  # of the months, where bounds are added up
    assert (shown["reduction_g"], shown["credited_g"]) == (total["reduction_g"], total["credited_g"])


def test_grams_of_carbon_dioxide_stand_apart_from_those_of_all_gases(beijinger):
    ride, meal = log(beijinger)["reduction"], beijinger.post("/v1/activities", VEGAN).json["reduction"]
    found = range_of(beijinger)
    of_gas = {tuple(part["scopes"]): part for part in found["by_gas"]}
    assert {scopes: part["reduction_g"] for scopes, part in of_gas.items()} == {
        ("CO2",): ride["reduction_g"],
        ("GHG",): meal["reduction_g"],
    }
    assert found["gases"]["scopes"] == ["CO2", "GHG"]
    assert found["gases"]["text"].startswith("Some of these grams count carbon dioxide alone")
    assert [part["key"] for part in found["by_category"]] == ["food", "transport"]


def test_of_one_kind_the_sum_says_which_in_the_readers_language(beijinger):
    assert range_of(beijinger)["gases"] == {"scopes": [], "text": "There are no grams here."}
    log(beijinger)
    answer = beijinger.get("/v1/account/range", headers={"Accept-Language": "zh-CN"}).json
    assert answer["gases"] == {"scopes": ["CO2"], "text": "计入：仅二氧化碳（CO₂）。"}


def test_what_was_withdrawn_or_lies_outside_the_months_is_in_no_range(beijinger):
    gone = log(beijinger)
    assert range_of(beijinger, **{"from": "2026-09", "to": "2026-10"})["total"]["activities"] == 0
    beijinger.post(f"/v1/activities/{gone['id']}/withdraw")
    assert range_of(beijinger)["total"]["activities"] == 0
    assert beijinger.get("/v1/account/range", query_string={"from": "2026-11", "to": "2026-10"}).status_code == 422


def test_the_account_and_the_first_screen_say_what_their_sums_may_hold(beijinger):
    assert account(beijinger)["reductions"]["gases"]["scopes"] == []
    beijinger.post("/v1/activities", VEGAN)
    assert account(beijinger)["reductions"]["gases"]["scopes"] == ["GHG"]
    log(beijinger)
    shown = account(beijinger)["reductions"]
    assert shown["gases"]["scopes"] == ["CO2", "GHG"]
    assert {one["id"]: one["scopes"] for one in shown["by_methodology"]} == {
        "food.meal": ["GHG"],
        "transport.low_carbon_trip": ["CO2", "GHG"],
    }
    home = beijinger.get("/v1/home").json
    assert home["month_gases"] == shown["gases"]


def test_a_statement_carries_the_range_of_its_sum_and_its_gases_on_paper_too(beijinger):
    log(beijinger)
    beijinger.post("/v1/activities", VEGAN)
    facts = json.loads(beijinger.get("/v1/account/statements/2026-11").data)["statement"]["reductions"]
    found = range_of(beijinger)
    assert facts["range"] == {name: found["total"][name] for name in ("low_g", "high_g")}
    assert facts["by_gas"] == found["by_gas"]
    assert beijinger.get("/v1/account/statements/2026-11/pdf").status_code == 200


def test_a_statement_from_before_there_were_ranges_of_sums_is_printed_with_the_bounds_it_has(beijinger):
    log(beijinger)
    file = json.loads(beijinger.get("/v1/account/statements/2026-11").data)
    reductions = file["statement"]["reductions"]
    del reductions["range"], reductions["by_gas"]
    read = read_statement(json.dumps(file).encode())
    assert (read.total.low_g, read.total.high_g) == (reductions["total"]["low_g"], reductions["total"]["high_g"])
    assert read.by_gas == ()
