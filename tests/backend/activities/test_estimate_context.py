"""What the rule book does not know by itself: which day, which room, which place. No database is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.activities.domain import EstimateContext, LogActivity
from backend.activities.service.estimates import cap_room, judge, period_of, span_of
from backend.methodology.service import InForce
from backend.platform.core.errors import InvalidFields
from calculators import Regions, freeze, load_library, thaw

LIBRARY = load_library()
TRIP = LIBRARY.methodologies["transport.low_carbon_trip"]
ON = date(2026, 11, 20)
COMMAND = LogActivity(TRIP.id, datetime(2026, 11, 20, tzinfo=UTC), {"mode": "metro", "distance": "10"})


def in_force(tables=None) -> InForce:
    return InForce("mev_1", TRIP.id, 1, "0" * 64, TRIP, tables or thaw(freeze(TRIP, LIBRARY.tables)))


def with_caps(**caps: int):
    return replace(TRIP, caps=caps)


@pytest.mark.parametrize(
    "cap, first, last",
    [
        ("per_day_g", date(2026, 11, 20), date(2026, 11, 20)),
        ("per_month_g", date(2026, 11, 1), date(2026, 11, 30)),
        ("per_year_points", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_cap_counts_over_its_own_period(cap, first, last):
    assert period_of(cap, ON) == (first, last)
    assert period_of("per_activity_g", ON) is None


def test_a_month_ends_on_its_last_day_in_leap_years_too():
    assert period_of("per_month_g", date(2028, 2, 29)) == (date(2028, 2, 1), date(2028, 2, 29))
    assert period_of("per_month_g", date(2026, 12, 31)) == (date(2026, 12, 1), date(2026, 12, 31))


def test_the_room_is_what_each_period_has_left():
    methodology = with_caps(per_activity_g=500, per_day_g=1000, per_month_g=3000)
    used = {date(2026, 11, 19): 1000, ON: 400, date(2026, 10, 31): 900}
    assert cap_room(methodology, used, ON) == {"per_day_g": 600, "per_month_g": 1600}


def test_days_that_bear_on_a_day_are_those_of_its_longest_cap():
    assert span_of(with_caps(per_activity_g=1, per_day_g=1), ON) == (ON, ON)
    assert span_of(with_caps(per_day_g=1, per_year_g=1), ON) == (date(2026, 1, 1), date(2026, 12, 31))


def test_a_place_added_to_the_map_later_is_computed_as_the_place_around_it():
    tables = thaw(freeze(TRIP, LIBRARY.tables))
    regions = tables.regions
    older_map = {code: region for code, region in regions.by_code.items() if code != "CN-BJ"}
    older = replace(tables, regions=Regions(older_map, {}, {code: regions.chains[code] for code in older_map}))
    found = judge(in_force(older), COMMAND, EstimateContext("CN-BJ", ON), {})
    assert found.record()["context"]["region"] == "CN"


def test_a_place_nobody_knows_is_refused_by_its_field():
    with pytest.raises(InvalidFields) as refused:
        judge(in_force(), replace(COMMAND, region="XX-NOWHERE"), EstimateContext("CN-BJ", ON), {})
    assert [error["field"] for error in refused.value.errors] == ["region"]


@given(st.lists(st.integers(1, 500_000), min_size=1, max_size=8))
def test_the_order_of_logging_changes_no_days_total(metres):
    """Each activity takes what the ones before it left, so a day ends at the cap or at the sum, in any order."""

    def total(distances: list[int]) -> int:
        used: dict[date, int] = {}
        for metre in distances:
            told = replace(COMMAND, inputs={"mode": "metro", "distance": {"value": str(metre), "unit": "m"}})
            found = judge(in_force_once, told, EstimateContext("CN-BJ", ON, "fare_record"), used)
            used[ON] = used.get(ON, 0) + found.credited_g
        return used[ON]

    in_force_once = in_force()
    assert total(metres) == total(metres[::-1]) == total(sorted(metres)) <= TRIP.caps["per_day_g"]


def test_an_activity_of_another_day_takes_no_room():
    found = judge(in_force(), COMMAND, EstimateContext("CN-BJ", ON), {ON - timedelta(days=1): TRIP.caps["per_day_g"]})
    assert found.credited_g == 320
