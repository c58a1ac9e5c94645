"""How sure a reduction is: analytic, checked against samples, and what it costs."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from calculators import compute_estimate
from calculators.estimate.credit import relative_pct
from calculators.estimate.exact import half_width
from calculators.estimate.samples import sample_reduction
from calculators.methodology.examples import read_example_context
from tests.calculators.shipped_library import ELECTRICITY, REDUCTIONS, TABLES, context, trip

DRAWS = 200_000
EXAMPLES = [
    pytest.param(methodology, example, id=f"{methodology.id}: {example.name}")
    for methodology in REDUCTIONS
    for example in methodology.examples
]


@pytest.mark.parametrize(("methodology", "example"), EXAMPLES)
def test_the_analytic_range_is_within_five_percent_of_samples(methodology, example) -> None:
    found = compute_estimate(methodology, TABLES, example.inputs, read_example_context(example.context))
    if found.basis_code in (None, "habit"):
        assert (found.low_g, found.high_g) == (0, 0)
        return
    samples = sample_reduction(found, DRAWS)
    low, high = np.percentile(samples, [2.5, 97.5])
    analytic = found.high_g - found.low_g
    # whole grams add up to two
    assert abs((high - low) - analytic) <= 0.05 * (high - low) + 2


def test_the_metro_trips_range_comes_from_both_figures() -> None:
    # (104 g x 20 %) and (32 g x 30 %) per kilometre
    half = half_width([(Decimal(10), Decimal(104), Decimal("0.2")), (Decimal(-10), Decimal(32), Decimal("0.3"))])
    assert relative_pct(half, Decimal(720)) == Decimal("31.8")


def test_a_small_difference_of_two_large_numbers_is_credited_less() -> None:
    bus, walk = trip("bus", "10"), trip("walk", "10")
    assert bus.credited_g / bus.reduction_g < 0.9 < walk.credited_g / walk.reduction_g


def test_seventy_eight_of_seventy_eight_point_seven_kilowatt_hours_earn_nothing() -> None:
    """It was credited 299 g with an even chance that nothing was avoided."""
    alone = context("CN-BJ", "meter_reading", household_size=Decimal(1))
    found = compute_estimate(ELECTRICITY, TABLES, {"consumption": "78", "days": "30"}, alone)
    assert found.reduction_g > 400
    assert found.low_g < 0
    assert (found.credited_g, found.reason) == (0, "too_uncertain")


def test_a_figure_on_both_sides_of_the_difference_is_counted_once() -> None:
    """The grid factor stands in baseline and project: it moves their difference, not each on its own."""
    home = context("CN-BJ", "meter_reading", household_size=Decimal(3))
    found = compute_estimate(ELECTRICITY, TABLES, {"consumption": "5"}, home)
    mean_g, used_g = 958 / 365 * 3 * 555.4, 5 * 555.4
    expected = np.hypot(0.1 * mean_g, 0.1 * (mean_g - used_g))
    assert abs((found.high_g - found.low_g) / 2 - expected) < 1
