"""The own segment as a baseline: of people with the same drivers, in their own region, only where it credits less."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calculators import (
    Context,
    by_segment,
    compute_estimate,
    explain,
    load_library,
    parse_methodology,
    recompute,
    segmented_regions,
    verify,
)
from calculators.estimate.segments import INPUTS, TABLE
from calculators.figures.terms import Mark

LIBRARY = load_library()
TABLES = LIBRARY.tables
TRIP = LIBRARY.methodologies["transport.low_carbon_trip"]
HOME = LIBRARY.methodologies["housing.household_electricity"]
ROWS = TABLES.tables[TABLE].rows
ON = date(2026, 11, 20)


def german(document: str) -> Any:
    """The rule of a home with a grid factor for everywhere: today none of its family is published for Germany."""
    constant = 'value = "0.4"\nunit = "kgCO2/kWh"\nreason = { en = "a test", zh = "测试" }\n'
    return parse_methodology(re.sub(r"(\[parameters\.grid_factor\]\n)(?:[^\n]+\n)+", rf"\1{constant}", document))


def trip(distance: str, region: str = "GB-ENG", mode: str = "walk", **given: Any) -> Any:
    return compute_estimate(
        TRIP, TABLES, {"mode": mode, "distance": distance}, Context(region, ON, "gps_trace", **given)
    )


def read_again(table: str, region: str) -> Any:
    """The tables as if somebody had read the figures of a place: today's German mean is known from the press."""
    known = TABLES.tables[table]
    by_item = {
        item: tuple(replace(row, mark=Mark.REPORTED) if row.region == region else row for row in rows)
        for item, rows in known.by_item.items()
    }
    return replace(TABLES, tables={**TABLES.tables, table: replace(known, by_item=by_item)})


def home(people: str, consumption: str = "150", region: str = "DE") -> Any:
    before = date(2024, 11, 20)  # the German mean is due for review after 2024
    context = Context(region, before, "meter_reading", household_size=Decimal(people))
    tables = read_again("baselines.electricity_per_person", region)
    return compute_estimate(german(HOME.text), tables, {"consumption": consumption, "days": "28"}, context)


def with_value(key: str, value: str) -> Any:
    """The tables with another figure for a segment."""
    rows = tuple(replace(row, value=Decimal(value)) if row.key == key else row for row in ROWS)
    table = replace(TABLES.tables[TABLE], rows=rows)
    return replace(TABLES, tables={**TABLES.tables, TABLE: table})


def test_a_short_trip_is_compared_with_short_trips():
    regional = trip("1.2")
    own = by_segment(regional, TABLES)
    ratio = Decimal(ROWS[0].value) / Decimal("0.0881")
    assert own.baseline_g == pytest.approx(regional.baseline_g * float(ratio), abs=1)
    assert 0 < own.credited_g < regional.credited_g


@pytest.mark.parametrize("distance", ["1.61", "2", "10"])
def test_a_longer_one_with_those_of_the_region(distance):
    regional = trip(distance)
    assert by_segment(regional, TABLES) is regional


def test_a_unit_of_the_person_is_no_way_out():
    context = Context("GB-ENG", ON, "gps_trace")
    miles = compute_estimate(TRIP, TABLES, {"mode": "walk", "distance": {"value": "1000", "unit": "m"}}, context)
    assert by_segment(miles, TABLES).basis_code == "segment"


@pytest.mark.parametrize(("people", "each"), [("2", 1445), ("3", 1240), ("4", 1021), ("5", 1086), ("8", 1086)])
def test_a_home_is_compared_with_homes_of_its_size(people, each):
    regional = home(people, str(60 * int(people)))
    own = by_segment(regional, TABLES)
    assert own.baseline_g / regional.baseline_g == pytest.approx(each / 1548, abs=0.001)
    assert own.credited_g < regional.credited_g


def test_of_one_person_the_mean_of_all_is_lower_and_counts():
    alone = home("1", "50")
    assert by_segment(alone, TABLES) is alone


def test_a_segment_above_the_region_lifts_no_baseline():
    higher = with_value("segment_electricity_per_person_4", "1700")
    regional = home("4")
    assert by_segment(regional, higher) is regional


def test_nobody_is_compared_with_people_of_another_place():
    for region in ("CN-BJ", "FR", "GB"):
        elsewhere = trip("1.2", region)
        assert by_segment(elsewhere, TABLES) is elsewhere
    assert segmented_regions(TRIP, TABLES) == {"GB-ENG"}
    assert "CN-BJ" not in segmented_regions(HOME, TABLES)
    assert not segmented_regions(LIBRARY.methodologies["food.meal"], TABLES)


def test_what_the_segment_leaves_is_never_more():
    """Less than a tenth of the regional mean looks like an empty home; of a lower mean it would not."""
    empty = home("4", "40")
    assert empty.reason == "home_looks_empty"
    assert by_segment(empty, TABLES).credited_g == 0


def test_the_working_names_the_driver_and_recomputes_alone():
    own = by_segment(trip("1.2"), TABLES)
    record = json.loads(json.dumps(own.record()))
    used = record["parameters"]["baseline_factor"]
    assert used["fallback"]["rule"] == "segment"
    assert (used["segment"]["driver"], used["segment"]["told"]) == ("trip_length", "1.2")
    assert used["segment"]["instead_of"]["value"] == "0.0881"
    assert used["publisher"] == "UK DfT"
    assert verify(record, TRIP.text).credited_g == own.credited_g
    freed = recompute(record | {"context": record["context"] | {"cap_room": {}}}, TRIP.text)
    assert freed.credited_g == own.credited_g


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "trips of less than a mile: lower than the mean of all in GB-ENG, 0.0881"),
        ("zh", "不足一英里的出行：低于 GB-ENG 全体平均的 0.0881"),
    ],
)
def test_the_explanation_names_the_segment_and_what_it_stands_for(language, says):
    lines = explain(by_segment(trip("1.2"), TABLES).record(), TRIP.text, language).lines
    assert any(says in line for line in lines)


def test_a_document_that_measures_the_driver_otherwise_has_no_segment():
    regional = trip("1.2")
    distance = replace(TRIP.quantities["distance"], entered_as="hour")
    methodology = replace(TRIP, quantities={**TRIP.quantities, "distance": distance})
    other = replace(regional, working=replace(regional.working, methodology=methodology))
    assert by_segment(other, TABLES) is other


def test_every_row_names_a_table_a_driver_and_its_bounds():
    assert len(ROWS) > 4
    for row in ROWS:
        table, driver, least, most = row.item.split("/")
        assert TABLES.find_table(f"baselines.{table}") is not None
        assert driver in INPUTS
        assert Decimal(least) <= Decimal(most)
        assert row.creditable


def test_a_figure_past_its_day_credits_less_too():
    late = replace(ROWS[0], review_by=date(2026, 1, 1))
    old = replace(TABLES, tables={**TABLES.tables, TABLE: replace(TABLES.tables[TABLE], rows=(late, *ROWS[1:]))})
    fresh, overdue = by_segment(trip("1.2"), TABLES), by_segment(trip("1.2"), old)
    assert fresh.working.age.state == "fresh"
    assert overdue.working.age.due == "2026-01-01"
