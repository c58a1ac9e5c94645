"""How sure a reduction is: analytic, checked against samples, and what it costs."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from calculators import compute_estimate
from calculators.estimate.caution import find_band, relative_pct
from calculators.estimate.exact import half_width
from calculators.estimate.samples import sample_reduction
from calculators.methodology.examples import read_example_context
from tests.calculators.estimate.lower_bound_documents import DOCUMENTS
from tests.calculators.shipped_library import TABLES, trip

DRAWS = 200_000
EXAMPLES = [
    pytest.param(methodology, example, id=f"{methodology.id}: {example.name}")
    for methodology in DOCUMENTS
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
    weights = [found.deductions[0]["weight"] for found in (bus, walk)]
    assert weights == ["0.89", "0.94"]


@pytest.mark.parametrize(
    ("pct", "weight"),
    [("0", "0.98"), ("10", "0.98"), ("10.1", "0.94"), ("30", "0.94"), ("30.1", "0.89"), ("50", "0.89"),
     ("50.1", "0.82"), ("100", "0.82"), ("100.1", "0.73"), ("5000", "0.73")],
)  # fmt: skip
def test_every_uncertainty_has_its_published_weight(pct: str, weight: str) -> None:
    band = find_band(TABLES.bands.bands, Decimal(pct))
    assert band is not None
    assert band.weight == Decimal(weight)


def test_the_percentage_is_rounded_to_a_tenth_before_it_is_looked_up() -> None:
    assert relative_pct(Decimal("30.04"), Decimal(100)) == Decimal("30.0")
    assert relative_pct(Decimal("30.05"), Decimal(100)) == Decimal("30.0")
    assert relative_pct(Decimal("30.0500001"), Decimal(100)) == Decimal("30.1")


def test_a_figure_on_both_sides_of_the_difference_is_counted_once() -> None:
    """The grid factor stands in baseline and project: it moves their difference, not each on its own."""
    from tests.calculators.shipped_library import ELECTRICITY, context

    home = context("CN-BJ", "meter_reading", household_size=Decimal(3))
    found = compute_estimate(ELECTRICITY, TABLES, {"consumption": "5"}, home)
    mean_g, used_g = 958 / 365 * 3 * 555.4, 5 * 555.4
    expected = np.hypot(0.1 * mean_g, 0.1 * (mean_g - used_g))
    assert abs((found.high_g - found.low_g) / 2 - expected) < 1
