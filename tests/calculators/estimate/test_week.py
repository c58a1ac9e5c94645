"""A week of one rule: no more is credited than the whole of it shows, whoever tells only part of it (ADR 0127)."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators import Context, WeekEntry, compute_estimate, excess_of, load_library, net_week, read_week_entry
from tests.calculators.shipped_library import LIBRARY, MEAL

MONDAY = datetime(2026, 11, 16, 4, tzinfo=UTC)
RULE = MEAL.week
KINDS = ("vegan", "vegetarian", "chicken", "oily_fish", "pork", "white_fish", "veal", "beef")
FRENCH_WEEK = ["vegetarian"] * 5 + ["pork"] * 4 + ["beef"] * 3 + ["oily_fish"] * 2
assert RULE is not None


def eaten(place: int, kind: str, meals: str = "1", *, region: str = "FR", evidence: str = "receipt") -> WeekEntry:
    """A lunch or dinner of the week, the first at place 0."""
    at = MONDAY + timedelta(hours=12 * place)
    estimate = compute_estimate(
        MEAL, LIBRARY.tables, {"meal": kind, "meals": meals}, Context(region, at.date(), evidence)
    )
    entry = read_week_entry(RULE, estimate.record(), f"act_{place}", at, estimate.credited_g, excess_of(estimate))
    assert entry is not None
    return entry


def week(*kinds: str, region: str = "FR") -> list[WeekEntry]:
    return [eaten(place, kind, region=region) for place, kind in enumerate(kinds)]


def left_g(entries: list[WeekEntry]) -> int:
    return sum(entry.credit for entry in entries) - sum(net_week(entries, RULE).values())


@pytest.mark.parametrize("region", ["FR", "CN-BJ", "US", "IN"])
def test_one_meal_a_week_counts_by_itself(region):
    (only,) = week("vegetarian", region=region)
    assert net_week([only], RULE) == {}
    assert only.credit > 300


def test_whoever_tells_only_the_meatless_meals_that_everybody_has_is_credited_one_of_them():
    told = week(*["vegetarian"] * 5)
    assert left_g(told) == told[0].credit
    assert net_week(told, RULE) == {entry.key: entry.credit for entry in told[1:]}  # the earliest keeps its own


def test_meatless_meals_beyond_those_of_the_mean_week_count_as_the_week_shows():
    """Seven of fourteen: two meals with meat less than the mean week of France has, of 2.73 kg, not of 2.06."""
    told = week(*["vegetarian"] * 7)
    replaced = Fraction(14 * 2060 - 5 * 850, 9) - 850
    shown = sum(entry.credit for entry in told) * 2 * replaced / (7 * 1210)
    assert abs(left_g(told) - shown) < 10


def test_a_week_told_whole_is_credited_whole():
    told = week(*["vegetarian"] * 14)
    assert net_week(told, RULE) == {}
    mixed = week(*["vegan"] * 10, *["chicken"] * 4)
    assert net_week(mixed, RULE) == {}


def test_the_mean_week_told_whole_is_credited_next_to_nothing():
    told = week(*FRENCH_WEEK)
    assert left_g(told) <= told[0].credit


def test_a_meal_above_the_mean_is_taken_from_those_below_it():
    told = week("vegetarian", "beef")
    assert told[1].above > 2910
    assert left_g(told) == 0


def test_in_a_country_of_much_meat_meatless_meals_count_sooner():
    assert left_g(week(*["vegetarian"] * 5, region="US")) > left_g(week(*["vegetarian"] * 5, region="FR"))


def test_what_is_not_believed_or_counts_already_takes_no_part():
    record = compute_estimate(MEAL, LIBRARY.tables, {"meal": "beef"}, Context("FR", MONDAY.date())).record()
    for said in ({"refused": "noise"}, {"counted_already": {"methodology": "x", "title": {}, "on": "2026-11-16"}}):
        told = record | {"context": record["context"] | said}
        assert read_week_entry(RULE, told, "act_1", MONDAY, 0, 3000) is None


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from(KINDS), st.sampled_from("123")), max_size=14), st.data())
@settings(max_examples=60)
def test_the_order_of_telling_does_not_matter_and_more_is_never_taken_than_there_is(told, data):
    entries = [eaten(place, kind, meals) for place, kind, meals in {one[0]: one for one in told}.values()]
    shuffled = data.draw(st.permutations(entries))
    taken = net_week(entries, RULE)
    assert net_week(shuffled, RULE) == taken
    by_key = {entry.key: entry.credit for entry in entries}
    assert all(0 < amount <= by_key[key] for key, amount in taken.items())


@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=14))
@settings(max_examples=60)
def test_no_more_is_credited_than_what_was_told_comes_to_net(kinds):
    told = week(*kinds)
    assert left_g(told) <= max(0, sum(entry.credit - entry.above for entry in told))


def test_leaving_out_meat_earns_less_than_eating_it_not():
    """A person who tells a random part of a mean week, in which all meatless meals are: no year of it pays."""
    rng, pays, whole = random.Random(127), 0, 0
    for _ in range(40):
        kinds = ["vegetarian"] * 5 + rng.sample(["pork"] * 4 + ["oily_fish"] * 2, rng.randint(0, 3))
        told = week(*kinds)
        pays += left_g(told)
        whole += sum(entry.credit for entry in told)
    assert pays * 3 < whole


def test_the_shares_of_meatless_meals_add_up_to_the_published_means():
    """The mean meal of a place is its meatless part and what meat and fish add: 0.85, and more the fewer those are."""
    tables = load_library().tables
    shares = {row.region: row.value for row in tables.find_table("baselines.meatless_share").rows}
    means = {row.region: row.value for row in tables.find_table("baselines.meal_mix").rows}
    assert shares.keys() == means.keys()
    assert shares["FR"] == Decimal("35.72")
    assert shares["US"] < shares["FR"] < shares["CN"]
    assert all(0 < share < 60 for share in shares.values())
    assert date(2026, 11, 16).weekday() == 0
