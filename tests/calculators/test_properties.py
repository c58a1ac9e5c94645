"""Laws of the arithmetic, tried on whatever hypothesis can think of."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from calculators import Context, compute_estimate, recompute, share_out
from calculators.methodology.examples import read_example_context
from tests.calculators.shipped_library import ELECTRICITY, GARMENT, LIBRARY, MEAL, TABLES, TRIP, context, trip

MODES = st.sampled_from(["walk", "cycle", "bus", "metro", "car"])
TIERS = st.sampled_from(["fare_record", "gps_trace", "self_declared"])
PLACES = st.sampled_from(["CN-BJ", "CN-HE", "CN-SH", "CN-HB/wuhan", "FR", "KE"])


def kilometres(low: str = "0", high: str = "250") -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=6, allow_nan=False, allow_infinity=False)


@given(MODES, TIERS, PLACES, kilometres(), kilometres())
def test_splitting_a_trip_never_earns_more(mode, tier, place, first, second) -> None:
    whole = trip(mode, first + second, tier, place).credited_g
    earlier = trip(mode, first, tier, place).credited_g
    room = {"per_day_g": TRIP.caps["per_day_g"] - earlier}
    assert earlier + trip(mode, second, tier, place, cap_room=room).credited_g <= whole


@given(MODES, TIERS, st.lists(kilometres("0", "3"), min_size=2, max_size=12))
def test_splitting_a_trip_into_many_never_earns_more(mode, tier, pieces) -> None:
    assert sum(trip(mode, piece, tier).credited_g for piece in pieces) <= trip(mode, sum(pieces), tier).credited_g


@given(st.sampled_from(MEAL.inputs["meal"].options), st.sampled_from(["receipt", "photo", "self_declared"]))
def test_splitting_a_meal_never_earns_more(kind, tier) -> None:
    def credited(meals: int) -> int:
        return compute_estimate(MEAL, TABLES, {"meal": kind, "meals": meals}, context("FR", tier)).credited_g

    assert credited(1) + credited(2) <= credited(3)


@given(MODES, TIERS, kilometres(), kilometres())
def test_a_longer_trip_never_earns_less(mode, tier, first, second) -> None:
    short, long = sorted((first, second))
    assert trip(mode, short, tier).credited_g <= trip(mode, long, tier).credited_g


@given(st.decimals(Decimal(0), Decimal(200), places=3), st.decimals(Decimal(0), Decimal(200), places=3))
def test_a_household_that_uses_less_never_earns_less_until_it_looks_empty(first, second) -> None:
    less, more = sorted((first, second))
    home = context("CN-BJ", "meter_reading", household_size=Decimal(3))
    by_less, by_more = (
        compute_estimate(ELECTRICITY, TABLES, {"consumption": used, "days": 7}, home) for used in (less, more)
    )
    assert by_less.reason == "home_looks_empty" or by_less.credited_g >= by_more.credited_g


@given(MODES, kilometres("0", "500"))
def test_credit_is_never_more_than_the_reduction_nor_below_zero(mode, distance) -> None:
    found = trip(mode, distance)
    assert 0 <= found.credited_g <= max(0, found.reduction_g)
    assert found.low_g <= found.reduction_g <= found.high_g
    assert found.reduction_g == found.baseline_g - found.project_g


@given(MODES, st.integers(0, 500_000))
def test_the_unit_a_distance_is_typed_in_changes_nothing(mode, metres) -> None:
    in_metres = trip(mode, {"value": str(metres), "unit": "m"})
    in_kilometres = trip(mode, {"value": str(Decimal(metres).scaleb(-3)), "unit": "km"})
    in_li = trip(mode, {"value": str(Decimal(metres) / 500), "unit": "里"})
    bare = trip(mode, Decimal(metres).scaleb(-3))
    assert in_metres.results() == in_kilometres.results() == in_li.results() == bare.results()


@given(st.integers(0, 300_000))
def test_a_mile_is_exactly_1609_344_metres(thousandths) -> None:
    miles = Decimal(thousandths).scaleb(-3)
    in_miles = trip("bus", {"value": str(miles), "unit": "mi"})
    in_metres = trip("bus", {"value": str(miles * Decimal("1609.344")), "unit": "m"})
    assert in_miles.results() == in_metres.results()


def test_ten_thousand_tiny_trips_mint_nothing() -> None:
    assert sum(trip("walk", "0.004").credited_g for _ in range(10_000)) == 0


def test_ten_thousand_tiny_readings_mint_nothing() -> None:
    at_the_mean = context("CN-BJ", "meter_reading", household_size=Decimal(1))  # 958 / 365 = 2.6246... kWh a day
    results = [compute_estimate(ELECTRICITY, TABLES, {"consumption": "2.6242"}, at_the_mean) for _ in range(10_000)]
    assert sum(found.credited_g for found in results) == 0


@given(MODES, TIERS, PLACES, kilometres("0", "500"), st.none() | st.integers(60, 7200), st.integers(-400, 900))
def test_a_record_recomputes_to_the_same_integers_after_a_trip_through_json(
    mode, tier, place, distance, duration_s, days
) -> None:
    on = date(2026, 11, 20) + timedelta(days=days)
    found = compute_estimate(
        TRIP,
        TABLES,
        {"mode": mode, "distance": distance},
        Context(region=place, on=on, evidence=tier, duration_s=duration_s, cap_room={"per_day_g": 500}),
    )
    stored = json.loads(json.dumps(found.record()))
    again = recompute(stored, TRIP.text)
    assert again.results() == found.results()
    assert again.record() == found.record()


@given(st.sampled_from(sorted(LIBRARY.methodologies)), st.data())
def test_every_shipped_example_recomputes_from_its_record(name, data) -> None:
    methodology = LIBRARY.methodologies[name]
    example = data.draw(st.sampled_from(methodology.examples))
    found = compute_estimate(methodology, TABLES, example.inputs, read_example_context(example.context))
    assert recompute(json.loads(json.dumps(found.record())), methodology.text).results() == found.results()


@given(st.sampled_from(GARMENT.inputs["garment"].options), st.integers(1, 10), st.integers(0, 80_000))
def test_credit_never_exceeds_the_room_under_any_cap(garment, items, room) -> None:
    bought = context("FR", "purchase_record", cap_room={"per_year_g": room})
    found = compute_estimate(GARMENT, TABLES, {"garment": garment, "items": items}, bought)
    assert found.credited_g <= min(room, *GARMENT.caps.values())


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_what_is_shared_out_sums_to_the_whole(total, weights) -> None:
    parts = share_out(total, weights)
    assert sum(parts) == total
    assert all(part >= 0 for part in parts)
