"""How a figure may differ from its published value: four distributions, each with its moments and its quantiles.

Promise: a figure of value `x` and relative half-width `u` is `x` times a ratio, and the ratio's moments and quantiles
follow from the kind and `u` alone, in decimals, the same digits everywhere. `u` is always what the table says: the
95 % half-width as a part of one; of a log-normal figure it is the upper arm, the value its median. Touches nothing.

Sources: JCGM 101:2008, 6.4 (uniform, triangular, normal); IPCC 2006 Guidelines vol. 1, 3.2.2.4 (log-normal where a
quantity cannot be negative and its range is wide), as the pedigree matrix has it (`pedigree.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import comb

from calculators.figures.lower_bound import LowerBound
from calculators.figures.terms import Distribution
from calculators.rounding import EXACT, ONE

NORMAL, LOG_NORMAL = Distribution.NORMAL, Distribution.LOG_NORMAL
UNIFORM, TRIANGULAR = Distribution.UNIFORM, Distribution.TRIANGULAR
DISTRIBUTIONS = frozenset(Distribution)
_TWO = Decimal(2)


@dataclass(frozen=True, slots=True)
class Ratio:
    """What a figure is multiplied by: a distribution about one, of relative half-width `half_width` at 95 %."""

    distribution: str
    half_width: Decimal


@lru_cache(maxsize=4096)
def ratio_moment(ratio: Ratio, power: int, policy: LowerBound) -> Decimal | None:
    """The mean of the ratio raised to `power`; None where it has none (a normal figure below a fraction line)."""
    if power == 0 or not ratio.half_width:
        return ONE
    reach = _reach(ratio, policy)
    if ratio.distribution == LOG_NORMAL:
        return EXACT.exp(EXACT.divide(EXACT.multiply(EXACT.multiply(reach, reach), Decimal(power * power)), _TWO))
    if power < 0 and (ratio.distribution == NORMAL or reach >= ONE):
        return None
    if ratio.distribution == UNIFORM:
        return _uniform_moment(reach, power)
    if ratio.distribution == TRIANGULAR:
        return _triangular_moment(reach, power)
    return _normal_moment(reach, power)


def _reach(ratio: Ratio, policy: LowerBound) -> Decimal:
    """What the distribution is made of: the standard deviation (log-normal: of the logarithm), or half its breadth."""
    half = ratio.half_width
    match ratio.distribution:
        case "log_normal":
            return EXACT.divide(EXACT.ln(EXACT.add(ONE, half)), policy.range_quantile)
        case "uniform":
            return EXACT.divide(half, policy.range_share)
        case "triangular":
            return EXACT.divide(half, EXACT.subtract(ONE, EXACT.sqrt(EXACT.subtract(ONE, policy.range_share))))
        case _:
            return EXACT.divide(half, policy.range_quantile)


def _normal_moment(deviation: Decimal, power: int) -> Decimal:
    total, odd = ONE, 1
    for even in range(2, power + 1, 2):
        odd *= even - 1
        total = EXACT.add(total, EXACT.multiply(Decimal(comb(power, even) * odd), EXACT.power(deviation, even)))
    return total


def _uniform_moment(reach: Decimal, power: int) -> Decimal:
    low, high = EXACT.subtract(ONE, reach), EXACT.add(ONE, reach)
    breadth = EXACT.multiply(_TWO, reach)
    if power == -1:
        return EXACT.divide(EXACT.ln(EXACT.divide(high, low)), breadth)
    step = power + 1
    risen = EXACT.subtract(EXACT.power(high, step), EXACT.power(low, step))
    return EXACT.divide(risen, EXACT.multiply(breadth, Decimal(step)))


def _triangular_moment(reach: Decimal, power: int) -> Decimal:
    low, high, square = EXACT.subtract(ONE, reach), EXACT.add(ONE, reach), EXACT.multiply(reach, reach)
    if power == -1:
        risen = EXACT.add(EXACT.multiply(high, EXACT.ln(high)), EXACT.multiply(low, EXACT.ln(low)))
        return EXACT.divide(risen, square)
    if power == -2:
        return EXACT.divide(EXACT.minus(EXACT.ln(EXACT.multiply(high, low))), square)
    step = power + 2
    risen = EXACT.subtract(EXACT.add(EXACT.power(high, step), EXACT.power(low, step)), _TWO)
    return EXACT.divide(risen, EXACT.multiply(square, Decimal((power + 1) * step)))


def ratio_quantile(ratio: Ratio, share: Decimal, normal: Decimal, policy: LowerBound) -> Decimal:
    """The ratio that a part `share` lies below; `normal` is that quantile of the standard normal distribution."""
    if not ratio.half_width:
        return ONE
    reach = _reach(ratio, policy)
    match ratio.distribution:
        case "log_normal":
            return EXACT.exp(EXACT.multiply(reach, normal))
        case "uniform":
            return EXACT.add(ONE, EXACT.multiply(reach, EXACT.subtract(EXACT.multiply(_TWO, share), ONE)))
        case "triangular":
            doubled = EXACT.multiply(_TWO, share)
            upper = doubled > ONE
            tail = EXACT.sqrt(EXACT.subtract(_TWO, doubled) if upper else doubled)
            moved = EXACT.multiply(reach, EXACT.subtract(ONE, tail))
            return EXACT.add(ONE, moved) if upper else EXACT.subtract(ONE, moved)
        case _:
            return EXACT.add(ONE, EXACT.multiply(reach, normal))
