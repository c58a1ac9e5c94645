"""Meters that were logged replace an answer for the days they cover, each day once; trips for stated months."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from calculators import (
    Reading,
    StandIn,
    compute_footprint,
    list_logged,
    load_library,
    measure_year,
    read_answers,
    read_logged,
    tell_measured,
)
from tests.calculators.footprint.test_must_show import FRANCE

ELECTRICITY = "housing.household_electricity"


def measured(readings: list[Reading], year: int = 2026, **answers: str) -> dict[str, StandIn]:
    return measure_year(FRANCE, read_answers(FRANCE.survey, answers), readings, year, {})


def january(amount: str, days: int = 31, on: date = date(2026, 1, 31), question: str = "electricity") -> Reading:
    return Reading(question, on, days, Decimal(amount))


def test_a_month_of_readings_stands_for_its_days_and_the_answer_for_the_rest() -> None:
    found = measured([january("310")], electricity="3650")["electricity"]
    assert (found.days, found.months, found.is_whole) == (31, (1,), False)
    assert found.instead_of == 3650
    assert found.value == 310 + 334 * 10  # 10 kWh a day in the months nobody measured


def test_a_reading_says_nothing_about_another_year_but_for_its_own_days() -> None:
    across = january("310", on=date(2026, 1, 11))  # 11 days of 2026 and 20 of 2025
    assert measured([across], electricity="3650")["electricity"].days == 11
    assert measured([across], 2025, electricity="3650")["electricity"].days == 20
    assert measured([across], 2024, electricity="3650") == {}


def test_a_day_that_two_readings_cover_counts_once() -> None:
    twice = measured([january("310"), january("620")], electricity="3650")["electricity"]
    assert twice.days == 31
    assert twice.value == 310 + 3340


def test_a_year_that_is_measured_throughout_leaves_nothing_to_the_answer() -> None:
    found = measured([january("3650", days=365, on=date(2026, 12, 31))], electricity="9000")["electricity"]
    assert found.is_whole
    assert found.value == 3650


def test_without_an_answer_the_default_keeps_the_days_nobody_measured_and_stays_open() -> None:
    found = measured([january("0")])["electricity"]
    default = FRANCE.default_of("electricity")
    assert isinstance(default, Decimal)
    assert found.value == (default * 334 / 365).quantize(Decimal(1))
    part = compute_footprint(FRANCE, {"electricity": found.value}, frozenset({"electricity"}))
    assert part.categories["housing"].default_share_pct == 100
    assert compute_footprint(FRANCE, {"electricity": found.value}).categories["housing"].default_share_pct < 100


def test_water_of_a_household_becomes_that_of_one_person_and_day() -> None:
    litres = january(str(31 * 2 * 100), question="water")  # two people, 100 litres each a day
    found = measured([litres], household_size="2", water="200")["water"]
    assert found.value == Decimal(round((31 * 100 + 334 * 200) / 365))


@pytest.mark.parametrize(
    ("methodology_id", "inputs", "question", "amount"),
    [
        (ELECTRICITY, {"consumption": "70", "days": "7"}, "electricity", "70"),
        (ELECTRICITY, {"consumption": {"value": "0.07", "unit": "MWh"}, "days": 7}, "electricity", "70"),
        ("housing.gas_below_own_history", {"consumption": "10", "days": "7"}, "gas", "108"),
        ("housing.heat_below_own_history", {"consumption": "3.6", "days": "7"}, "district_heat", "1000"),
        ("housing.household_water", {"consumption": "1", "days": "7"}, "water", "1000"),
    ],
)
def test_a_logged_reading_is_read_in_the_units_of_its_question(methodology_id, inputs, question, amount) -> None:
    reading = read_logged(methodology_id, date(2026, 3, 7), inputs)
    assert reading is not None
    assert (reading.question, reading.days) == (question, 7)
    assert reading.amount.normalize() == Decimal(amount).normalize()


def test_what_carries_no_reading_says_nothing() -> None:
    assert read_logged("food.meal", date(2026, 3, 7), {"meal": "vegan"}) is None
    assert read_logged(ELECTRICITY, date(2026, 3, 7), {"days": 7}) is None
    assert set(list_logged()) <= set(load_library().methodologies)


def test_what_was_replaced_is_said_in_both_languages() -> None:
    found = measured([january("310")], electricity="3650")["electricity"]
    assert tell_measured(found, FRANCE, "en") == (
        "Electricity your household buys in a year: meters measured 31 days, in the months 1; for these they stand"
        " instead of 3650 kWh, the rest of the year keeps it. Counted: 3650 kWh."
    )
    assert "31 天" in tell_measured(found, FRANCE, "zh")
