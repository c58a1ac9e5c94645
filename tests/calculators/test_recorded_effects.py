"""The effects of a version over what was recorded equal the exact reading, row by row, to the gram."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from calculators import Context, compute_estimate, load_library, parse_methodology
from calculators.estimate.working import Allowance, CountedAlready, DaysCounted
from calculators.recorded_credits import RecordedActivity, Version
from calculators.recorded_effects import EffectsScope, compare_recorded

LIBRARY = load_library()
TABLES = LIBRARY.tables
TRIP = LIBRARY.methodologies["transport.low_carbon_trip"]
FIRST = date(2026, 11, 28)  # so that a month ends within
PLACES = ("CN-BJ", "CN-SH", "FR")
TIERS = ("fare_record", "gps_trace", "self_declared")


def with_caps(day: int, month: int, weight: str) -> Version:
    """The trip rule with other caps, and another weight of what nobody attests."""
    text = TRIP.text.replace('self_declared = "0.5"', f'self_declared = "{weight}"')
    changed = replace(parse_methodology(text), caps={"per_activity_g": 900, "per_day_g": day, "per_month_g": month})
    return changed, TABLES


NOW, DRAFT = with_caps(2_000, 6_000, "0.5"), with_caps(2_500, 5_000, "0.4")


def recorded(person: str, on: date, drawn: random.Random) -> RecordedActivity:
    distance = f"{drawn.randrange(200, 30_000) / 1000:.3f}"
    mode = drawn.choice(TRIP.choices["mode"].options)
    context = Context(
        region=drawn.choice(PLACES),
        on=on,
        evidence=drawn.choice(TIERS),
        duration_s=drawn.choice((None, 600, 3600)),
        refused=drawn.choice((None,) * 9 + ("trace.no_scatter",)),
        days_counted=drawn.choice((None,) * 9 + (DaysCounted(0, 1),)),
        counted_already=drawn.choice((None,) * 9 + (CountedAlready("other", {}, on),)),
    )
    if context.evidence == "self_declared":
        bounds = {"category_day": 700, "all_year": 20_000}
        context = replace(context, allowance=Allowance(bounds, {"category_day": 650, "all_year": 9_000}))
    inputs = {
        "mode": {"entered": mode, "value": mode},
        "distance": {"entered": {"value": distance, "unit": "km"}, "value": distance},
    }
    return RecordedActivity(person, context, inputs, drawn.randrange(0, 400))


def days_of(days: int, a_day: int, people: int) -> list[RecordedActivity]:
    drawn = random.Random("what was recorded")
    return [
        recorded(f"person {drawn.randrange(people)}", FIRST + timedelta(days=day), drawn)
        for day in range(days)
        for _ in range(a_day)
    ]


def in_exact_steps(version: Version, activities: list[RecordedActivity], versions: Any = None) -> list[int]:
    """The same by the exact reading, one after the other, each with the room that those before it left."""
    credited: list[int] = []
    used: dict[tuple[Any, ...], int] = defaultdict(int)
    beyond: dict[tuple[Any, ...], int] = defaultdict(int)
    for one in activities:
        rule, tables = versions(one.context.on) if versions else version
        on, allowance = one.context.on, one.context.allowance
        day, month, year = (one.person, on), (one.person, on.year, on.month), (one.person, on.year)
        room = {
            "per_day_g": max(0, rule.caps["per_day_g"] - used[day]),
            "per_month_g": max(0, rule.caps["per_month_g"] - used[month]),
        }
        context = replace(one.context, cap_room=room)
        if allowance is not None:
            left = {"category_day": 650 - beyond[day], "all_year": 9_000 - beyond[year]}
            context = replace(context, allowance=replace(allowance, room={k: max(0, v) for k, v in left.items()}))
        inputs = {name: entry["entered"] for name, entry in one.inputs.items()}
        amount = compute_estimate(rule, tables, inputs, context).credited_g
        for period in (day, month, year):
            used[period] += amount
            beyond[period] += amount - one.amount if allowance is not None else 0
        credited.append(amount)
    return credited


@pytest.mark.parametrize("most", [7, 1 << 15])
def test_totals_equal_the_exact_reading_row_by_row_to_the_gram(most, monkeypatch):
    monkeypatch.setattr("calculators.recorded_effects.AT_ONCE", most)
    activities = days_of(days=6, a_day=60, people=12)
    before, after = in_exact_steps(NOW, activities), in_exact_steps(DRAFT, activities)
    found = compare_recorded(DRAFT, lambda _: NOW, EffectsScope(FIRST, FIRST + timedelta(days=9)), activities)
    pairs = list(zip(before, after, strict=True))
    assert (found.total.before, found.total.after) == (sum(before), sum(after))
    assert found.total.gained == sum(max(0, new - old) for old, new in pairs) > 0
    assert found.total.lost == sum(max(0, old - new) for old, new in pairs) > 0
    assert found.total.changed == sum(old != new for old, new in pairs)
    for place in PLACES:
        own = [pair for pair, one in zip(pairs, activities, strict=True) if one.context.region == place]
        assert (found.by_region[place].before, found.by_region[place].after) == tuple(map(sum, zip(*own, strict=True)))
    people: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (old, new), one in zip(pairs, activities, strict=True):
        people[one.person][0] += old
        people[one.person][1] += new
    assert found.people == len(people)
    assert found.people_gaining == sum(new > old for old, new in people.values())
    assert found.people_losing == sum(new < old for old, new in people.values())
    most_affected = max(people.values(), key=lambda sums: abs(sums[1] - sums[0]))
    assert abs(found.most_affected[0].after - found.most_affected[0].before) == abs(most_affected[1] - most_affected[0])


def test_days_before_the_first_count_towards_the_caps_by_the_version_in_force_then():
    activities = days_of(days=6, a_day=40, people=8)
    since = FIRST + timedelta(days=1)

    def version(on: date) -> Version:
        return NOW if on < since else DRAFT

    after = in_exact_steps(DRAFT, activities, version)
    found = compare_recorded(DRAFT, lambda _: NOW, EffectsScope(since, since + timedelta(days=9)), activities)
    assert found.total.activities == 200
    assert found.total.after == sum(after[40:])


def test_a_place_narrows_what_is_added_up_and_not_what_the_caps_count():
    activities = days_of(days=2, a_day=60, people=4)
    whole = EffectsScope(FIRST, FIRST + timedelta(days=9))
    everywhere = compare_recorded(DRAFT, lambda _: NOW, whole, activities)
    there = compare_recorded(DRAFT, lambda _: NOW, replace(whole, places=frozenset({"FR"})), activities)
    assert there.total == everywhere.by_region["FR"]


def test_what_the_version_refuses_is_counted_and_credited_nothing():
    rule, tables = NOW
    far = replace(rule.inputs["distance"], maximum=Decimal(10))
    draft = replace(rule, inputs={**rule.inputs, "distance": far}), tables
    activities = days_of(days=2, a_day=60, people=12)
    found = compare_recorded(draft, lambda _: NOW, EffectsScope(FIRST, FIRST + timedelta(days=9)), activities)
    assert found.unread > 0
    assert found.total.gained == 0 or found.total.lost > 0


def test_days_out_of_their_order_are_refused():
    activities = days_of(days=2, a_day=2, people=1)
    with pytest.raises(ValueError, match="order"):
        compare_recorded(DRAFT, lambda _: NOW, EffectsScope(FIRST, FIRST), activities[::-1])
