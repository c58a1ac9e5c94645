"""The quantiles of a difference that is far from symmetric, or no sum of products: from draws that are always the same.

Promise: a figure is drawn once from each of 4,096 slices of equal probability, at the slice's middle; which slices meet
is a lattice of whole numbers (Korobov 1959), so there is no seed and no generator. The figures' draws are rounded
decimals and the formulas add, multiply, divide and compare floats, which IEEE 754 fixes to the last bit, so that the
same draws give the same bits on every machine. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np

from calculators.estimate.batch_formulas import choice_codes
from calculators.estimate.columns import Floats
from calculators.estimate.parameters import Figures
from calculators.estimate.quantiles import Quantiles
from calculators.figures.distributions import Ratio, ratio_quantile
from calculators.figures.lower_bound import LowerBound
from calculators.formula import compile_columns
from calculators.formula.polynomial import Term
from calculators.formula.readings import ColumnReading
from calculators.methodology.document import Methodology
from calculators.methodology.program import Scenario
from calculators.rounding import EXACT, ONE, ZERO

SLICES = 4096
_GENERATOR = 2643  # odd, so that every figure meets each of its slices once; the best of all for three to five figures
_SHIFT = 2531  # about 0.618 of the slices: no draw has every figure at its lowest
_FINE = Decimal("0.000000000001")
_TWO, _SIXTEEN = Decimal(2), Decimal("1E-16")


def draw_quantiles(
    methodology: Methodology, scenario: Scenario, arguments: tuple[Any, ...], figures: Figures, policy: LowerBound
) -> Quantiles:
    """The quantiles of a scenario's difference in formula units, with the inputs as they are."""
    drawn: list[Any] = []
    dimensions: dict[str, int] = {}
    for name, value in zip(methodology.program.arguments, arguments, strict=True):
        spreading = figures.spreading.get(name)
        if name in methodology.choices:
            drawn.append(methodology.choices[name].options.index(value))
        elif value is None:
            drawn.append(float("nan"))
        elif spreading is None or name not in scenario.uncertain:
            drawn.append(float(value))
        else:
            dimension = dimensions.setdefault(spreading.variable, len(dimensions))
            drawn.append(float(value) * _ratios(spreading.ratio, dimension, policy))
    with np.errstate(invalid="ignore", divide="ignore"):
        baseline, project = _reading(methodology, scenario)(*drawn)
    return _quantiles(baseline - project, policy)


def draw_polynomial(terms: Sequence[Term], figures: Figures, policy: LowerBound) -> Quantiles:
    """The quantiles of a sum of products of figures, whatever its inputs' part is."""
    dimensions: dict[str, int] = {}
    total = np.zeros(SLICES)
    for term in terms:
        product = np.full(SLICES, float(term.number))
        for name, power in term.figures:
            spreading = figures.spreading.get(name)
            value: Any = float(figures.values[name])
            if spreading is not None:
                dimension = dimensions.setdefault(spreading.variable, len(dimensions))
                value = value * _ratios(spreading.ratio, dimension, policy)
            for _ in range(abs(power)):
                product = product * value if power > 0 else product / value
        total = total + product
    return _quantiles(total, policy)


def _quantiles(drawn: Floats, policy: LowerBound) -> Quantiles:
    found = np.sort(np.broadcast_to(drawn, (SLICES,)))
    outside = int(EXACT.divide(EXACT.multiply(Decimal(SLICES), EXACT.subtract(ONE, policy.range_share)), _TWO))
    below = int(EXACT.multiply(Decimal(SLICES), EXACT.subtract(ONE, policy.credit_share)))
    return Quantiles(*(_decimal(found[place]) for place in (outside, max(below, 1) - 1, SLICES - 1 - outside)))


def _decimal(value: np.float64) -> Decimal:
    return EXACT.quantize(Decimal(float(value)), _SIXTEEN)


@lru_cache(maxsize=256)
def _reading(methodology: Methodology, scenario: Scenario) -> ColumnReading:
    program, trees = methodology.program, (scenario.baseline.tree, scenario.project.tree)
    return compile_columns(trees, program.arguments, program.literals, choice_codes(methodology))


@lru_cache(maxsize=1024)
def _ratios(ratio: Ratio, dimension: int, policy: LowerBound) -> Floats:
    """The draws of one ratio in the order in which the figure of this place meets its slices."""
    numbers = pow(_GENERATOR, dimension, SLICES) * np.arange(SLICES, dtype=np.int64) + _SHIFT * dimension
    met: Floats = _slices(ratio, policy)[numbers % SLICES]
    return met


@lru_cache(maxsize=256)
def _slices(ratio: Ratio, policy: LowerBound) -> Floats:
    """The ratio at the middle of each slice, from the lowest to the highest."""
    middles = zip(slice_middles(), normal_quantiles(), strict=True)
    found = [ratio_quantile(ratio, share, normal, policy) for share, normal in middles]
    return np.array([float(EXACT.quantize(one, _FINE)) for one in found])


@lru_cache(maxsize=1)
def slice_middles() -> tuple[Decimal, ...]:
    """The part of one that lies below the middle of each slice."""
    return tuple(EXACT.divide(Decimal(2 * number + 1), Decimal(2 * SLICES)) for number in range(SLICES))


@lru_cache(maxsize=1)
def normal_quantiles() -> tuple[Decimal, ...]:
    """The standard normal distribution at the middle of each slice, to twelve decimals."""
    upper = [_normal_quantile(share) for share in slice_middles()[SLICES // 2 :]]
    return (*(EXACT.minus(one) for one in reversed(upper)), *upper)


def _normal_quantile(share: Decimal) -> Decimal:
    """One step of Newton's from a float, whose last digits are the machine's own, to far beyond twelve decimals."""
    guess = Decimal(NormalDist().inv_cdf(float(share)))
    density = EXACT.divide(EXACT.exp(EXACT.divide(EXACT.multiply(guess, guess), Decimal(-2))), _ROOT)
    # the distribution is one half and density x (z + z^3/3 + z^5/(3 x 5) + ...) (Abramowitz and Stegun 26.2.11)
    total, term, odd = ZERO, guess, 1
    while term > Decimal("1E-40"):
        total = EXACT.add(total, term)
        odd += 2
        term = EXACT.divide(EXACT.multiply(term, EXACT.multiply(guess, guess)), Decimal(odd))
    missing = EXACT.subtract(EXACT.subtract(share, Decimal("0.5")), EXACT.multiply(density, total))
    return EXACT.quantize(EXACT.add(guess, EXACT.divide(missing, density)), _FINE)


_ROOT = EXACT.sqrt(EXACT.multiply(_TWO, Decimal("3.14159265358979323846264338327950288419716939937510582097494")))
