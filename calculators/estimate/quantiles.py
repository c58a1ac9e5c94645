"""Quantiles of a difference from its cumulants, where it is near symmetric: the expansion of Cornish and Fisher.

Promise: mean, variance, third and fourth cumulant give the 95 % range and the lower bound, in decimals, the same digits
everywhere; with normal figures in a sum that is `mean - 0.344 x half-width` exactly. Beyond the policy's bounds of
skewness and excess kurtosis there is no answer. Source: Cornish and Fisher 1938 (Review of the International
Statistical Institute 5, 307), to the fourth cumulant. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from calculators.figures.lower_bound import LowerBound
from calculators.rounding import EXACT, ONE

_Coefficients = tuple[Decimal, Decimal, Decimal, Decimal]
_NONE = Decimal("1e-36")  # a variance below it is the noise of sixty digits
_SIX, _TWENTY_FOUR, _THIRTY_SIX = Decimal(6), Decimal(24), Decimal(36)


@dataclass(frozen=True, slots=True)
class Quantiles:
    """The lower end of the 95 % range, the quantile that is credited, and the upper end."""

    low: Decimal
    lower: Decimal
    high: Decimal


def near_symmetric(cumulants: Sequence[Decimal], policy: LowerBound) -> Quantiles | None:
    """The quantiles of a distribution with these cumulants; None where it is not near symmetric."""
    multiply, add, subtract = EXACT.multiply, EXACT.add, EXACT.subtract
    mean, variance, third, fourth = cumulants
    if variance <= _NONE:
        return Quantiles(mean, mean, mean)
    deviation = EXACT.sqrt(variance)
    skewness = EXACT.divide(third, multiply(variance, deviation))
    excess = EXACT.divide(fourth, multiply(variance, variance))
    if EXACT.abs(skewness) > policy.most_skewness or not policy.least_excess <= excess <= policy.most_excess:
        return None
    squared = multiply(skewness, skewness)
    expansion_range, expansion_credit = _expansions(policy)

    def parts(expansion: _Coefficients) -> tuple[Decimal, Decimal]:
        step, by_skewness, by_excess, by_square = expansion
        odd = add(step, subtract(multiply(by_excess, excess), multiply(by_square, squared)))
        return multiply(deviation, odd), add(mean, multiply(deviation, multiply(by_skewness, skewness)))

    reach, middle = parts(expansion_range)
    credited, about = parts(expansion_credit)
    return Quantiles(subtract(middle, reach), subtract(about, credited), add(middle, reach))


@lru_cache(maxsize=16)
def _expansions(policy: LowerBound) -> tuple[_Coefficients, _Coefficients]:
    return _coefficients(policy.range_quantile), _coefficients(policy.credit_quantile)


def _coefficients(step: Decimal) -> _Coefficients:
    """A quantile of the normal distribution, and what skewness, excess kurtosis and squared skewness add to it.

    Of the quantile on the other side those of excess and square change their sign with it, that of skewness does not.
    """
    square = EXACT.multiply(step, step)
    cube = EXACT.multiply(square, step)
    return (
        step,
        EXACT.divide(EXACT.subtract(square, ONE), _SIX),
        EXACT.divide(EXACT.subtract(cube, EXACT.multiply(Decimal(3), step)), _TWENTY_FOUR),
        EXACT.divide(EXACT.subtract(EXACT.multiply(Decimal(2), cube), EXACT.multiply(Decimal(5), step)), _THIRTY_SIX),
    )
