"""Photographs of a meter bound what is claimed of it, also that of the week before."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.backend.activities.test_evidence_upload import handed_in, picture
from tests.backend.activities.test_exclusions import METER, OWN_WEEK

WATER, GAS = "housing.household_water", "housing.gas_below_own_history"

_PICTURES = itertools.count(300)


@pytest.fixture
def household(new_beijinger):
    return new_beijinger(household_size=1)


def photo(person: Any, day: int, value: str, device: str = "SGCC 7", unit: str = "kWh", minute: int = 0) -> str:
    """The id of a photograph of a meter, taken at nine in the morning of that day of November, or minutes later."""
    told = {"value": value, "unit": unit, "device": device, "read_at": f"2026-11-{day:02}T09:{minute:02}:00+08:00"}
    return handed_in(person, picture(next(_PICTURES)), "meter_reading", **told)["id"]


def claim(person: Any, day: int, consumption: Any, photos: list[str], days: str = "7") -> tuple[str, str | None]:
    """The status of a claim for the days up to that one, and the reason where there is one."""
    body = {"methodology": METER, "occurred_at": f"2026-11-{day:02}T09:30:00+08:00", "evidence": photos}
    answer = person.post("/v1/activities", body | {"inputs": {"consumption": consumption, "days": days}})
    assert answer.status_code == 201, answer.json
    return answer.json["status"], answer.json["reason"] and answer.json["reason"]["code"]


@pytest.mark.parametrize("consumption, outcome", [("16", ("credited", None)), ("10", ("held", "evidence.reading"))])
def test_two_photographs_bound_what_is_claimed(consumption, outcome, household):
    photos = [photo(household, 13, "1000"), photo(household, 20, "1016")]
    assert claim(household, 20, consumption, photos) == outcome


@pytest.mark.parametrize("consumption, outcome", [("14", ("credited", None)), ("8", ("held", "evidence.reading"))])
def test_a_single_photograph_is_held_against_the_one_before_it(consumption, outcome, household):
    assert claim(household, 13, "16", [photo(household, 13, "1016")]) == ("credited", None)
    assert claim(household, 20, consumption, [photo(household, 20, "1030")]) == outcome


@pytest.mark.parametrize("consumption, outcome", [("16", ("credited", None)), ("10", ("held", "evidence.reading"))])
@pytest.mark.parametrize("unit", ["度", "千瓦时", "kW·h", "KWH", "ｋＷｈ"])
def test_a_photograph_and_a_claim_are_told_in_the_same_words(unit, consumption, outcome, household):
    photos = [photo(household, 13, "１０００", unit=unit), photo(household, 20, " 1016 ", unit=unit)]
    assert claim(household, 20, {"value": consumption, "unit": unit}, photos) == outcome


@pytest.mark.parametrize("unit", ["吨", "立方米", "方", "m³", "m3"])
def test_a_tonne_of_water_is_a_cubic_metre_in_a_claim_and_on_a_photograph(unit, household):
    photos = [photo(household, day, value, unit=unit, device="W 9") for day, value in ((13, "200"), (20, "201"))]
    body = {"methodology": WATER, "occurred_at": "2026-11-20T09:30:00+08:00", "evidence": photos}
    answer = household.post(
        "/v1/activities", body | {"inputs": {"consumption": {"value": "1", "unit": unit}, "days": "7"}}
    )
    assert answer.status_code == 201, answer.json
    assert answer.json["reason"] is None or answer.json["reason"]["code"] != "evidence.reading"


@pytest.mark.parametrize(("methodology", "amount"), [(GAS, "consumption"), (METER, "consumption")])
def test_a_tonne_of_anything_else_is_no_cubic_metre_and_no_energy(methodology, amount, household):
    body = {"methodology": methodology, "occurred_at": "2026-11-20T09:30:00+08:00"}
    answer = household.post("/v1/activities", body | {"inputs": {amount: {"value": "1", "unit": "吨"}, "days": "7"}})
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [
        ("inputs.consumption", "input_unit")
    ]


def test_another_meter_says_nothing_of_this_one(household):
    claim(household, 13, "16", [photo(household, 13, "1016")])
    assert claim(household, 20, "14", [photo(household, 20, "88", device="Solar")])[0] == "credited"


def test_photographs_that_refute_what_was_told_are_no_better_evidence(household):
    body = {"methodology": METER, "occurred_at": "2026-11-20T09:30:00+08:00"}
    made = household.post("/v1/activities", body | {"inputs": {"consumption": "10", "days": "7"}}).json
    assert made["status"] == "credited"
    photos = [photo(household, 13, "1000"), photo(household, 20, "1016")]
    answer = household.post(f"/v1/activities/{made['id']}/evidence", {"evidence": photos})
    assert (answer.status_code, answer.json["code"]) == (409, "evidence.not_believed")


def test_a_first_photograph_shows_nothing_yet_and_the_third_is_below_the_second(household, frozen_clock):
    """Sixteen kilowatt hours in the second week, fourteen in the third: 1.96 below seven days at 2.28, 50 each."""
    weeks = []
    for number, (day, value, consumption) in enumerate([(6, "984", "90"), (13, "1000", "16"), (20, "1014", "14")]):
        body = {"methodology": OWN_WEEK, "occurred_at": f"2026-11-{day:02}T09:30:00+08:00"}
        inputs = {"consumption": consumption, "days": "7"}
        sent = body | {"inputs": inputs, "evidence": [photo(household, day, value)]}
        weeks.append(household.post("/v1/activities", sent).json)
        assert weeks[number]["evidence_tier"] == ("self_declared", "meter_reading", "meter_reading")[number]
    assert [week["points"]["amount"] for week in weeks] == [0, 0, 98]


def test_what_ran_through_an_exchanged_meter_adds_up(household):
    """Ten through the old one until Monday, six through the new one that was read the same morning."""
    old = [photo(household, 13, "1000"), photo(household, 16, "1010")]
    new = [photo(household, 16, "0", device="SGCC 8"), photo(household, 20, "6", device="SGCC 8")]
    assert claim(household, 20, "16", [*old, *new]) == ("credited", None)


@pytest.mark.parametrize(("gone", "come"), [(30, 30), (30, 31), (35, 30), (0, 59)])
def test_a_fitter_reads_both_meters_within_the_hour_in_either_order(gone, come, household):
    old = [photo(household, 13, "1000"), photo(household, 16, "1010", minute=gone)]
    new = [photo(household, 16, "0", device="SGCC 8", minute=come), photo(household, 20, "6", device="SGCC 8")]
    assert claim(household, 20, "16", [*new, *old]) == ("credited", None)


@pytest.mark.parametrize("consumption, outcome", [("16", ("credited", None)), ("10", ("held", "evidence.reading"))])
@pytest.mark.parametrize("spelling", ["ＳＧＣＣ－７", "sgcc–7", " SGCC - 7 ", "SGCC−7"])
def test_a_meter_is_the_same_however_its_number_is_typed(spelling, consumption, outcome, household):
    photos = [photo(household, 13, "1000", device="SGCC-7"), photo(household, 20, "1016", device=spelling)]
    assert claim(household, 20, consumption, photos) == outcome


def test_only_what_ran_through_the_new_meter_is_too_little(household):
    old = [photo(household, 13, "1000"), photo(household, 16, "1010")]
    new = [photo(household, 16, "0", device="SGCC 8"), photo(household, 20, "6", device="SGCC 8")]
    assert claim(household, 20, "6", [*old, *new]) == ("held", "evidence.reading")


def test_two_meters_at_one_time_do_not_add_up(household):
    """Of the two the one that was photographed most often is looked at: six, not sixteen."""
    often = [photo(household, day, value) for day, value in ((13, "1000"), (16, "1003"), (20, "1006"))]
    beside = [photo(household, 14, "0", device="SGCC 8"), photo(household, 19, "10", device="SGCC 8")]
    assert claim(household, 20, "16", [*often, *beside]) == ("held", "evidence.reading")


def test_a_meter_that_passed_the_end_of_its_figures_is_held_with_that_reason(household):
    photos = [photo(household, 13, "99990"), photo(household, 20, "6")]
    assert claim(household, 20, "16", photos) == ("held", "evidence.rollover")


def test_the_first_meters_earlier_reading_is_carried_over_an_exchange(household):
    """The last week's reading of the old one, what it showed when it was taken down, and the new one."""
    assert claim(household, 13, "16", [photo(household, 13, "1016")]) == ("credited", None)
    new = [photo(household, 16, "0", device="SGCC 8"), photo(household, 20, "6", device="SGCC 8")]
    photos = [photo(household, 16, "1026"), *new]
    assert claim(household, 20, "16", photos) == ("credited", None)
