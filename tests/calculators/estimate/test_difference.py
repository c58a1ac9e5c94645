"""How a difference spreads: exact moments, one variable for one row, else draws that are the same everywhere."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

import numpy as np
import pytest

from calculators import compute_estimate, estimate_columns, verify
from calculators.estimate import difference, exact
from calculators.estimate.difference import expand_difference, find_spread
from calculators.estimate.draws import draw_polynomial, draw_quantiles, normal_quantiles
from calculators.estimate.parameters import read_entries
from calculators.estimate.samples import sample_reduction
from calculators.formula import expand_formula, parse_formula
from tests.calculators.estimate.lower_bound_documents import constant, trip_of
from tests.calculators.shipped_library import REDUCTIONS, TABLES, context

POLICY = TABLES.lower_bound
assert POLICY is not None
FARE = context("CN-BJ", "fare_record")
ON_FOOT = {"mode": "walk", "distance": "10"}
PER_KM = "kgGHG/passenger-km"
FIELDS = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g")

USED = """
[parameters.used]
from = "factors.trip_mode"
item = "metro"
unit = "kgGHG/passenger-km"
"""
SAME = USED.replace("used", "same")


def half_width(found) -> float:
    return (found.high_g - found.low_g) / 2


def test_two_names_for_one_row_are_one_random_variable() -> None:
    """Twice a figure less once the same figure is that figure, ±30 %."""
    document = trip_of("distance * used * 2", "distance * same", USED + SAME)
    found = compute_estimate(document, TABLES, {"mode": "walk", "distance": "100"}, FARE)
    assert (found.reduction_g, found.low_g, found.high_g) == (3200, 2240, 4160)
    other = trip_of(
        "distance * used * 2", "distance * apart", USED + constant("apart", "0.032", "30", "normal", PER_KM)
    )
    apart = compute_estimate(other, TABLES, {"mode": "walk", "distance": "100"}, FARE)
    assert apart.reduction_g == 3200
    assert half_width(apart) > 2 * half_width(found)  # the control: another row of the same value


@pytest.mark.parametrize("kinds", [("normal", "normal"), ("log_normal", "uniform"), ("triangular", "log_normal")])
def test_the_range_of_a_product_of_wide_figures_is_that_of_samples(kinds: tuple[str, str]) -> None:
    first, second = (constant(name, value, "50", kind, unit) for name, value, kind, unit in zip(
        ("first", "second"), ("0.4", "0.5"), kinds, (PER_KM, "1"), strict=True))  # fmt: skip
    document = trip_of("distance * first * second", "0", first + second)
    found = compute_estimate(document, TABLES, {"mode": "walk", "distance": "100"}, FARE)
    low, lower, high = np.percentile(sample_reduction(found, 400_000), [2.5, 25, 97.5])
    assert abs(half_width(found) / ((high - low) / 2) - 1) < 0.05  # the law's bar
    assert abs(found.credited_g - lower) < 0.015 * (high - low)


def wide(value: str, uncertainty_pct: str, distribution: str = "normal", unit: str = PER_KM) -> str:
    return constant("wide", value, uncertainty_pct, distribution, unit)


OTHER = constant("other", "0.5", "40", "normal", "1")
DRAWN = {
    "skewed": trip_of("distance * wide", "0", wide("0.5", "400", "log_normal")),
    "flat": trip_of("distance * wide", "0", wide("0.5", "50", "uniform")),
    "skewed, of two inputs": trip_of(
        "distance * wide",
        "distance / occupancy * least",
        wide("0.5", "400", "log_normal") + constant("least", "0.1", "30", "normal", "kgGHG/vehicle-km"),
    ),
    "no sum of products": trip_of("distance * max(wide, wide * other)", "0", wide("0.5", "60") + OTHER),
    "normal below": trip_of("distance * wide / other", "0", wide("0.5", "30") + OTHER),
}
drawn_documents = pytest.mark.parametrize("document", DRAWN.values(), ids=DRAWN)


@drawn_documents
def test_what_is_far_from_symmetric_or_no_sum_of_products_is_drawn(document, monkeypatch) -> None:
    drawn = []
    monkeypatch.setattr(exact, "draw_quantiles", lambda *given: drawn.append(1) or draw_quantiles(*given))
    monkeypatch.setattr(difference, "draw_polynomial", lambda *given: drawn.append(1) or draw_polynomial(*given))
    find_spread.cache_clear()
    found = compute_estimate(document, TABLES, ON_FOOT, FARE)
    assert drawn == [1]
    low, lower, high = np.percentile(sample_reduction(found, 400_000), [2.5, 25, 97.5])
    assert abs(found.credited_g - lower) < 0.015 * (high - low)
    assert abs(half_width(found) / ((high - low) / 2) - 1) < 0.03
    assert verify(json.loads(json.dumps(found.record())), document.text).results() == found.results()


A, B, C, D = (
    constant(name, "0.5", "100", "log_normal", unit)
    for name, unit in (("a", PER_KM), ("b", "1"), ("c", "1"), ("d", PER_KM))
)


@pytest.mark.parametrize(
    ("formula", "figures"),
    [
        ("distance * a * c / b", A + B + C),
        ("distance * (3 * a - d) - distance * a * b", A + B + D),
        ("distance * (2 * a * b - d * c)", A + B + C + D),
        ("distance * a * max(b, c)", A + B + C),
    ],
)
def test_draws_of_three_and_four_figures_are_as_good_as_samples(formula: str, figures: str, monkeypatch) -> None:
    """A lattice whose points lie on a few planes in three dimensions was off by a fifth of the quartile."""
    monkeypatch.setattr(exact, "expand_difference", lambda *given: None)
    found = compute_estimate(trip_of(formula, "0", figures), TABLES, ON_FOOT, FARE)
    samples = sample_reduction(found, 400_000)
    assert abs(found.credited_g - np.percentile(samples, 25)) < 0.03 * samples.std()


def test_draws_give_the_same_bits_on_every_machine() -> None:
    """Pinned: another machine, interpreter or library that gives another integer here would not recompute records."""
    text = ",".join(format(one, "f") for one in normal_quantiles())
    assert hashlib.sha256(text.encode()).hexdigest() == NORMAL_QUANTILES
    found = [compute_estimate(document, TABLES, ON_FOOT, FARE) for document in DRAWN.values()]
    assert [(one.low_g, one.credited_g, one.high_g) for one in found] == PINNED


NORMAL_QUANTILES = "3427fe15ba67240877f91199928e00102d980f969e5ad6388b28c04c0118f534"
PINNED = [(1000, 2872, 24991), (2500, 3683, 7500), (-16, 1870, 23948), (2000, 3967, 8000), (6113, 8449, 17755)]


def test_no_decimal_of_the_normal_quantiles_hangs_on_the_float_they_begin_with() -> None:
    quantiles = normal_quantiles()
    assert len(quantiles) == 4096
    assert sum(quantiles) == 0
    assert list(quantiles) == sorted(set(quantiles))
    mean_square = sum(float(one) ** 2 for one in quantiles) / 4096
    assert abs(mean_square - 1) < 0.002


@drawn_documents
def test_columns_read_exactly_what_only_draws_can_tell(document) -> None:
    distances = [0.3, 1.0, 7.77, 10.0, 250.0]
    found = estimate_columns(document, TABLES, {"mode": ["walk"] * 5, "distance": np.array(distances)}, FARE)
    exactly = [compute_estimate(document, TABLES, {"mode": "walk", "distance": str(one)}, FARE) for one in distances]
    for field in FIELDS:
        assert getattr(found, field).tolist() == [getattr(one, field) for one in exactly]


@pytest.mark.parametrize("methodology", REDUCTIONS, ids=lambda one: one.id)
def test_every_shipped_difference_is_a_sum_of_products(methodology) -> None:
    scenarios = [methodology.program.scenario, *methodology.program.alternatives.values()]
    choices = tuple((name, choice.options[0]) for name, choice in methodology.choices.items())
    assert all(expand_difference(methodology, scenario, choices) is not None for scenario in scenarios)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("x * a", [(1, {"x": 1}, {"a": 1})]),
        ("x * (a - b)", [(1, {"x": 1}, {"a": 1}), (-1, {"x": 1}, {"b": 1})]),
        ("(x + y) * a", [(1, {"x + y": 1}, {"a": 1})]),
        ("x / a * 3", [(3, {"x": 1}, {"a": -1})]),
        ("x * a - a * x", []),
        ("if_else(mode == 'car', x * a, y * b)", [(1, {"x": 1}, {"a": 1})]),
        ("min(x, y) * a", [(1, {"min(x, y)": 1}, {"a": 1})]),
        (
            "if_else(x < y, x * a, y * b)",
            [
                (1, {"if_else(x < y, _one, _zero)": 1, "x": 1}, {"a": 1}),
                (1, {"if_else(x < y, _zero, _one)": 1, "y": 1}, {"b": 1}),
            ],
        ),
    ],
)
def test_a_formula_becomes_a_sum_of_products(text: str, terms: list) -> None:
    formula = parse_formula(text)
    found = expand_formula(formula.tree, {"a", "b"}, formula.literals, {"mode": "car"})
    assert [(int(term.number), dict(term.inputs), dict(term.figures)) for term in found or ()] == terms


@pytest.mark.parametrize("text", ["x / (a + b)", "min(a, x)", "if_else(a < x, a, b)", "x * max(a, b)"])
def test_a_formula_that_is_no_sum_of_products_says_so(text: str) -> None:
    formula = parse_formula(text)
    assert expand_formula(formula.tree, {"a", "b"}, formula.literals, {}) is None


def test_a_working_from_before_there_were_distributions_reads_as_it_was() -> None:
    entry = {"value": "2", "uncertainty_pct": "50"}
    found = read_entries(
        {
            "class": {**entry, "uncertainty_basis": "class"},
            "scored": {**entry, "uncertainty_basis": "pedigree 3/2/4/3/2"},
        }
    )
    assert found.spreading["class"].ratio.distribution == "normal"
    assert found.spreading["scored"].ratio.distribution == "log_normal"
    assert found.spreads["class"] == Decimal("0.5")
