"""How sure a figure is that nobody gave a range for: five scores to a geometric standard deviation.

Promise: the published coefficients, in decimals. Scores run from 1 (worst) to 5 (best) for reliability, technical,
geographic and temporal representativeness, and completeness; `GSD^2 = exp(sqrt(sum of ln(c)^2))`, and the 95 % interval
is `[x / GSD^2, x * GSD^2]`. Source: Bilan Carbone (Association pour la transition Bas Carbone), pedigree matrix after
Weidema and Wesnaes 1996, quoted from a secondary copy. Touches nothing.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

from calculators.rounding import EXACT, ONE, ZERO

COEFFICIENTS: dict[str, tuple[str, ...]] = {
    "reliability": ("1.5", "1.2", "1.1", "1.05", "1"),
    "technical": ("2", "1.5", "1.2", "1.1", "1"),
    "geographic": ("1.1", "1.05", "1.02", "1.01", "1"),
    "temporal": ("1.5", "1.2", "1.1", "1.03", "1"),
    "completeness": ("1.2", "1.1", "1.05", "1.02", "1"),
}
_TEXT = re.compile(r"pedigree ([1-5])/([1-5])/([1-5])/([1-5])/([1-5])", re.ASCII)
_TENTH = Decimal("0.1")


def find_scores(text: str) -> tuple[int, ...] | None:
    """The scores in a text such as `pedigree 3/3/4/3/2`, in the order of COEFFICIENTS; None where it holds none."""
    match = _TEXT.fullmatch(text)
    return None if match is None else tuple(int(score) for score in match.groups())


def squared_deviation(scores: tuple[int, ...]) -> Decimal:
    """GSD^2 of five scores."""
    total = ZERO
    for coefficients, score in zip(COEFFICIENTS.values(), scores, strict=True):
        logarithm = EXACT.ln(Decimal(coefficients[score - 1]))
        total = EXACT.add(total, EXACT.multiply(logarithm, logarithm))
    return EXACT.exp(EXACT.sqrt(total))


def half_width_pct(scores: tuple[int, ...]) -> Decimal:
    """The wider arm of the 95 % interval in per cent, rounded up to 0.1 %: what propagation takes as half-width."""
    above = EXACT.multiply(EXACT.subtract(squared_deviation(scores), ONE), Decimal(100))
    return above.quantize(_TENTH, rounding=ROUND_CEILING, context=EXACT)


@lru_cache(maxsize=1024)  # two logarithms and an exponential in 34 digits, for the few half-widths there are
def borrowed_half_width_pct(percent: Decimal) -> Decimal:
    """The half-width of a figure taken from another place: its own, with the worst geographic score beside it.

    Rounded up to 0.1 %, as every half-width; scores of a matrix are independent, so their logarithms add in squares.
    """
    own = EXACT.ln(EXACT.add(ONE, EXACT.divide(percent, Decimal(100))))
    other_place = EXACT.ln(Decimal(COEFFICIENTS["geographic"][0]))
    total = EXACT.add(EXACT.multiply(own, own), EXACT.multiply(other_place, other_place))
    above = EXACT.multiply(EXACT.subtract(EXACT.exp(EXACT.sqrt(total)), ONE), Decimal(100))
    return above.quantize(_TENTH, rounding=ROUND_CEILING, context=EXACT)
