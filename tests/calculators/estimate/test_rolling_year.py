"""Metered credit is netted within a rolling year, so that who only varies around the mean earns next to nothing."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import pytest

from calculators import (
    DaysCounted,
    Estimate,
    MeteredPeriod,
    MeterPoint,
    compute_estimate,
    estimate_columns,
    excess_of,
    explain,
    find_gaps,
    net_periods,
    recompute,
    sentences,
)
from calculators.estimate.exact import amounts_of
from tests.calculators.shipped_library import ELECTRICITY, TABLES, context

YEARS, SEED = 1000, 13
HOME = context("CN-BJ", "meter_reading", household_size=Decimal(2))


def month(number: int, amount: int, year: int = 2026) -> MeteredPeriod:
    """A month of so many grams below the baseline, or above it where negative."""
    first, last = date(year, number, 1), date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)
    return MeteredPeriod(f"{year}-{number:02}", first, last, max(0, amount), max(0, -amount))


def credited(periods: Sequence[MeteredPeriod]) -> dict[str, int]:
    """What is left of the credit of each, where anything is."""
    taken = net_periods(periods, {})
    left = {one.key: one.credit - taken.get(one.key, 0) for one in periods}
    return {key: amount for key, amount in left.items() if amount}


def read(start: date, days: int, consumed: str, at: str, meter: str = "7", **amounts: int) -> MeteredPeriod:
    """A period that ends with a reading of `at`."""
    last, value = start + timedelta(days=days - 1), Decimal(at)
    opens = MeterPoint(meter, value - Decimal(consumed), start - timedelta(days=1))
    return MeteredPeriod(start.isoformat(), start, last, opens=opens, closes=MeterPoint(meter, value, last), **amounts)


def test_a_month_above_takes_from_the_oldest_months_below() -> None:
    assert credited([month(1, 50), month(2, 30), month(3, -60)]) == {"2026-02": 20}


def test_what_is_left_above_is_set_against_later_months() -> None:
    assert credited([month(1, 50), month(2, -60), month(3, 30)]) == {"2026-03": 20}


def test_within_a_year_the_net_is_credited_and_never_less_than_nothing() -> None:
    amounts = [40, -10, 0, 25, -30, 5, 60, -20, 10, -5, 15, -8]
    assert sum(credited([month(n, amount) for n, amount in enumerate(amounts, 1)]).values()) == sum(amounts)
    assert credited([month(n, -amount) for n, amount in enumerate(amounts, 1)]) == {}


def test_the_order_in_which_months_are_told_does_not_matter() -> None:
    months = [month(1, 50), month(2, -60), month(3, 30), month(4, -15)]
    assert all(credited(told) == {"2026-03": 5} for told in itertools.permutations(months))


def test_after_twelve_months_a_credit_is_final() -> None:
    year_later = [month(n, 0, 2027) for n in range(1, 3)]
    before, between = month(1, 50), [month(n, 0) for n in range(2, 13)]
    assert credited([before, *between, *year_later[:1], month(2, -60, 2027)]) == {"2026-01": 50}
    assert credited([before, *between[:-1], month(12, -60)]) == {}


def test_after_twelve_months_a_month_above_is_forgotten() -> None:
    rest = [month(n, 0) for n in range(2, 13)]
    assert credited([month(1, -60), *rest, month(1, 50, 2027)]) == {"2027-01": 50}


def test_a_day_above_that_is_credited_otherwise_counts_once() -> None:
    """A week above the baseline lies in a month that is below it as a whole: the month has it already."""
    week = MeteredPeriod("week", date(2026, 1, 8), date(2026, 1, 14), 0, 70)
    assert credited([month(1, 50), week]) == {"2026-01": 50}
    over = MeteredPeriod("over", date(2026, 1, 30), date(2026, 2, 2), 0, 40)
    assert credited([month(1, 50), over]) == {"2026-01": 30}  # two of its four days
    again = replace(over, key="again")
    assert credited([month(1, 50), over, again]) == {"2026-01": 30}


def test_months_left_out_follow_from_the_readings_around_them() -> None:
    january = read(date(2026, 1, 1), 31, "100", "1100", credit=50)
    march = read(date(2026, 3, 1), 31, "100", "1500", credit=50)
    (gap,) = find_gaps([march, january])
    assert (gap.days, gap.used, gap.before) == (28, Decimal(300), march.key)
    assert net_periods([january, march], {march.key: 70}) == {january.key: 50, march.key: 20}
    assert net_periods([january, march], {march.key: 0}) == {}


def test_told_later_a_month_closes_the_gap() -> None:
    january = read(date(2026, 1, 1), 31, "100", "1100", credit=50)
    february = read(date(2026, 2, 1), 28, "300", "1400", excess=70)
    march = read(date(2026, 3, 1), 31, "100", "1500", credit=50)
    assert find_gaps([march, january, february]) == []
    assert net_periods([march, february, january], {}) == {january.key: 50, march.key: 20}


def test_a_first_reading_without_days_closes_nothing_and_is_where_the_next_begins() -> None:
    first = MeteredPeriod("first", date(2026, 1, 1), date(2026, 1, 1), is_shown=False,
                          closes=MeterPoint("7", Decimal(1000), date(2026, 1, 1)))  # fmt: skip
    march = read(date(2026, 3, 1), 31, "100", "1500", credit=50)
    (gap,) = find_gaps([first, march])
    assert (gap.days, gap.used) == (58, Decimal(400))


def test_a_gap_that_no_reading_covers_costs_what_the_best_month_earned_for_at_most_two_months() -> None:
    assert credited([month(1, 62), month(3, 31)]) == {"2026-01": 6, "2026-03": 31}  # 28 days at 2 g
    assert credited([month(1, 62), month(7, 62), month(8, 62)]) == {"2026-08": 62}  # 62 days at 2 g
    other = read(date(2026, 3, 1), 31, "100", "1500", meter="8", credit=31)
    january = read(date(2026, 1, 1), 31, "100", "1100", credit=62)
    assert net_periods([january, other], {other.key: 0}) == {january.key: 56}


def test_what_lies_above_counts_at_its_lower_bound_rounded_up() -> None:
    found = compute_estimate(ELECTRICITY, TABLES, {"consumption": "170", "days": "30"}, HOME)
    amounts = amounts_of(found)
    assert amounts is not None
    assert amounts.lower < amounts.reduction < 0
    assert excess_of(found) == math.ceil(-amounts.lower)
    # near a normal difference that is 0.344 of the half-width more than what lies above
    half = Decimal(found.high_g - found.low_g) / 2
    assert abs(excess_of(found) - (Decimal("0.344") * half - found.reduction_g)) < half / 50
    below = compute_estimate(ELECTRICITY, TABLES, {"consumption": "150", "days": "30"}, HOME)
    assert excess_of(below) == 0


def test_of_days_before_the_account_nothing_is_above() -> None:
    there = replace(HOME, days_counted=DaysCounted(10, 30))
    whole = compute_estimate(ELECTRICITY, TABLES, {"consumption": "300", "days": "30"}, HOME)
    part = compute_estimate(ELECTRICITY, TABLES, {"consumption": "300", "days": "30"}, there)
    assert excess_of(whole) / 3 <= excess_of(part) + 1 < excess_of(whole) / 3 + 2


@pytest.mark.parametrize("netted, left", [(0, 28684), (8, 28676), (28684, 0), (50000, 0)])
def test_what_is_netted_is_said_recorded_and_recomputes(netted, left) -> None:
    found = compute_estimate(ELECTRICITY, TABLES, {"consumption": "100", "days": "30"}, replace(HOME, netted=netted))
    again = recompute(found.record(), ELECTRICITY.text)
    assert (found.credited_g, again.results()) == (left, found.results())
    assert found.reduction_g == 31924
    columns = estimate_columns(
        ELECTRICITY, TABLES, {"consumption": [100.0], "days": [30.0]}, replace(HOME, netted=netted)
    )
    assert (columns.credited_g[0], columns.reasons[columns.reason[0]] or None) == (left, found.reason)


def test_it_is_explained_in_both_languages() -> None:
    found = compute_estimate(ELECTRICITY, TABLES, {"consumption": "100", "days": "30"}, replace(HOME, netted=8))
    words = sentences(found.record(), ELECTRICITY.text, "en")["deductions"][-1]
    assert words == "8 of 28684 are set against what you used above the baseline in other periods within twelve months"
    assert "28684 中的 8" in str(explain(found.record(), ELECTRICITY.text, "zh"))


@cache
def estimated(tenths: int) -> Estimate:
    """A month of thirty days in Beijing with so many tenths of a kilowatt hour, by its meter."""
    return compute_estimate(ELECTRICITY, TABLES, {"consumption": str(Decimal(tenths) / 10), "days": "30"}, HOME)


def mean_month() -> tuple[Decimal, int]:
    """The kilowatt hours of a month that equal the baseline, and its grams."""
    one = estimated(1000)
    return Decimal(one.baseline_g) / one.project_g * 100, one.baseline_g


def drawn(sd: str, years: int, seed: int = SEED) -> Iterator[list[Estimate]]:
    """Years of twelve months that vary independently around the baseline."""
    mean, rng = float(mean_month()[0]), random.Random(seed)
    for _ in range(years):
        yield [estimated(max(0, round(10 * rng.gauss(mean, float(sd) * mean)))) for _ in range(12)]


def in_months(year: Sequence[Estimate], begun: int = 2026) -> list[MeteredPeriod]:
    return [
        replace(month(1 + n % 12, 0, begun + n // 12), credit=one.credited_g, excess=excess_of(one))
        for n, one in enumerate(year)
    ]


def percent_credited(years: Iterator[list[Estimate]], kept: Callable[[list[MeteredPeriod]], int]) -> float:
    """What is credited of the grams that a household of these years emits for its electricity."""
    credited_g = used_g = 0
    for year in years:
        credited_g += kept(in_months(year))
        used_g += sum(one.project_g for one in year)
    return 100 * credited_g / used_g


def after_netting(periods: list[MeteredPeriod]) -> int:
    return sum(credited(periods).values())


def without_netting(periods: list[MeteredPeriod]) -> int:
    return sum(one.credit for one in periods)


def without_the_bad_months(periods: list[MeteredPeriod]) -> int:
    """Whoever tells only what is below the baseline, by bills that nobody's readings continue."""
    return sum(credited([one for one in periods if one.credit]).values())


def test_who_varies_by_a_fifth_is_credited_at_most_two_per_cent_of_a_thousand_years() -> None:
    assert percent_credited(drawn("0.2", YEARS), after_netting) <= 2


def test_who_varies_by_a_half_is_credited_a_sixth_of_what_it_would_be(record_property) -> None:
    """No bar: the figure for a household that hardly any is like stands beside the other."""
    netted = percent_credited(drawn("0.5", YEARS), after_netting)
    record_property("percent credited at a deviation of 50 %", round(netted, 2))
    assert netted * 5 < percent_credited(drawn("0.5", YEARS), without_netting)


def test_without_netting_chance_would_be_paid() -> None:
    """The control: about 7 % where months vary by a fifth, and about a sixth where they vary by a half."""
    assert 6 < percent_credited(drawn("0.2", YEARS), without_netting) < 8
    assert 13 < percent_credited(drawn("0.5", YEARS), without_netting) < 17


def test_who_leaves_out_the_bad_months_is_credited_at_most_two_per_cent() -> None:
    """One by one the years show what the months at their ends hide; in a row next to nothing is left."""
    assert percent_credited(drawn("0.2", YEARS), without_the_bad_months) <= 2
    rows = (list(itertools.chain.from_iterable(drawn("0.2", 40, SEED + n))) for n in range(5))
    assert percent_credited(rows, without_the_bad_months) < 0.1


def test_year_after_year_no_more_is_paid_than_in_single_years() -> None:
    """One household of forty years in a row, twenty-five times."""
    rows = (list(itertools.chain.from_iterable(drawn("0.2", 40, SEED + n))) for n in range(25))
    assert percent_credited(rows, after_netting) <= 2
