"""A person's own past is a baseline that a spike does not lift."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators import Context, DocumentRefused, compute_estimate, parse_methodology
from calculators.estimate.history import PastActivity, own_history
from tests.calculators.shipped_library import ELECTRICITY, LIBRARY

ON = date(2026, 11, 20)
OWN = LIBRARY.methodologies["housing.electricity_below_own_mean"]
HEAT = LIBRARY.methodologies["housing.heat_below_own_history"]
STOPPED = LIBRARY.methodologies["transport.stop_driving_day"]


def used(*kilowatt_hours: str | int, days: int = 1, since: int = 1, is_shown: bool = True) -> list[PastActivity]:
    """Daily readings up to so many days ago, the last one first."""
    return [
        PastActivity(ON - timedelta(days=ago), {"consumption": Decimal(kwh), "days": Decimal(days)}, is_shown)
        for ago, kwh in enumerate(kilowatt_hours, since)
    ]


def told(*kilowatt_hours: str | int, since: int = 1) -> list[PastActivity]:
    """The same on nothing but the person's word."""
    return used(*kilowatt_hours, since=since, is_shown=False)


def test_a_steady_week_gives_its_mean() -> None:
    assert own_history(OWN, used(*[6] * 7), ON) == {"own_mean": Decimal(6)}


def test_a_spike_before_the_drop_lifts_nothing() -> None:
    assert own_history(OWN, used(60, 5, 5, 5, 5, 5, 5), ON) == {"own_mean": Decimal(5)}


def test_a_low_mean_is_not_hidden_by_the_median() -> None:
    assert own_history(OWN, used(6, 6, 6, 6, 0, 0, 0), ON)["own_mean"] == Decimal("3.42")


def test_too_few_days_give_nothing() -> None:
    assert own_history(OWN, used(6, 6, 6, 6), ON) == {}


def test_what_lies_outside_the_window_does_not_count() -> None:
    old = [PastActivity(ON - timedelta(days=30), {"consumption": Decimal(90), "days": Decimal(1)}, True)]
    today = [PastActivity(ON, {"consumption": Decimal(90), "days": Decimal(1)}, True)]
    assert own_history(OWN, [*used(*[6] * 7), *old, *today], ON) == {"own_mean": Decimal(6)}
    assert OWN.history_days == 7
    assert ELECTRICITY.history_days == 0


def test_an_odometer_gives_the_usual_day_from_its_differences() -> None:
    readings = [(90, 10_000), (60, 10_600), (30, 11_200), (1, 11_780)]
    past = [PastActivity(ON - timedelta(days=ago), {"odometer_first": Decimal(km)}, True) for ago, km in readings]
    assert own_history(STOPPED, past, ON) == {"usual_day": Decimal(20), "recent_day": Decimal(20)}


def test_inflated_weeks_told_before_honest_ones_are_no_baseline() -> None:
    assert own_history(OWN, told(*[20] * 7), ON) == {}
    assert own_history(OWN, used(6, 6, 6, 6) + told(20, 20, 20, since=5), ON) == {}  # four days are shown, five needed


def test_what_is_only_told_lowers_the_baseline_and_never_lifts_it() -> None:
    assert own_history(OWN, used(6, 6, 6, 6, 6) + told(20, 20, since=6), ON) == {"own_mean": Decimal(6)}
    # (5 × 6 + 2 × 3) / 7, rounded down to the step
    assert own_history(OWN, used(6, 6, 6, 6, 6) + told(3, 3, since=6), ON) == {"own_mean": Decimal("5.14")}


def test_a_winter_told_at_three_times_the_truth_pays_nothing_this_winter() -> None:
    """0.1 GJ a day in truth, 0.3 told; this winter the meter shows 3 GJ in thirty days, as ever.

    Nine tenths of 0.3 in thirty days are 8.1 GJ: 5.1 GJ at 110 kg would have been 561 kg, 150 kg under the cap.
    """
    inputs = {"consumption": Decimal(9), "days": Decimal(30)}
    inflated = [PastActivity(ON - timedelta(days=ago), inputs, is_shown=False) for ago in (405, 375, 345)]
    this_winter = {"consumption": "3", "days": "30"}

    def credited(history: dict[str, Decimal]) -> tuple[int, int]:
        context = Context(region="CN-BJ", on=ON, evidence="meter_reading", history=history)
        found = compute_estimate(HEAT, LIBRARY.tables, this_winter, context)
        return found.reduction_g, found.credited_g

    assert credited(own_history(HEAT, inflated, ON)) == (0, 0)
    believed = [replace(one, is_shown=True) for one in inflated]
    assert credited(own_history(HEAT, believed, ON)) == (561_000, 150_000)


@given(st.lists(st.integers(0, 40), min_size=7, max_size=7), st.integers(0, 7), st.integers(1, 400))
def test_whatever_is_told_beside_what_is_shown_never_lifts_it(days, from_day, times) -> None:
    shown, rest = days[:from_day], days[from_day:]
    alone = own_history(OWN, used(*shown), ON)
    beside = own_history(OWN, used(*shown) + told(*(times * kwh for kwh in rest), since=from_day + 1), ON)
    assert beside.keys() == alone.keys()
    assert all(beside[name] <= alone[name] for name in alone)


@given(st.lists(st.integers(0, 40), min_size=7, max_size=7), st.integers(0, 6), st.integers(0, 4000))
def test_one_day_of_any_size_cannot_lift_the_baseline_above_the_other_days(days, which, spike) -> None:
    lifted = list(days)
    lifted[which] = days[which] + spike
    others = [kwh for position, kwh in enumerate(days) if position != which]
    found = own_history(OWN, used(*lifted), ON)["own_mean"]
    assert found <= max(others)


@given(st.permutations(used(3, 9, 4, 4, 8, 5, 7)))
def test_the_order_of_the_past_does_not_matter(past) -> None:
    assert own_history(OWN, past, ON) == own_history(OWN, used(3, 9, 4, 4, 8, 5, 7), ON)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('of = "consumption"', 'of = "nothing"', "is not a quantity"),
        ("from_days_ago = 7", "from_days_ago = 0", "before the activity"),
        ("at_least_days = 5", "at_least_days = 8", "holds fewer days"),
        ('given_by = "history"', 'given_by = "person"', "says which"),
    ],
)
def test_a_history_that_cannot_be_taken_is_refused(old: str, new: str, why: str) -> None:
    assert old in OWN.text
    with pytest.raises(DocumentRefused, match=why):
        parse_methodology(OWN.text.replace(old, new))
