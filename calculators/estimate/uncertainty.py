"""How sure a reduction is, and what that costs it.

Promise: analytic, in decimals, the same digits everywhere. First-order propagation of independent figures:
`h = sqrt(sum((slope_i * x_i * u_i)^2))`, where a figure that stands in baseline and project counts once, with the
slope of their difference. Uncertainties are 95 % half-widths. Sources: IPCC 2006 Guidelines vol. 1 ch. 3 (error
propagation), JCGM 100:2008 5.1; the weights come from a table (`library/conservativeness.csv`). Touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from calculators.figures.factors import Band
from calculators.rounding import EXACT, ZERO

_SETTLED = Decimal("0.000000001")  # digits past this are noise of the sixty-digit arithmetic
_TENTH = Decimal("0.1")
_HUNDRED = Decimal(100)


def half_width(terms: Iterable[tuple[Decimal, Decimal, Decimal]]) -> Decimal:
    """The 95 % half-width of a value that moves by `slope` with each figure `(slope, figure, relative half-width)`."""
    total = ZERO
    for slope, figure, relative in terms:
        moved = EXACT.multiply(EXACT.multiply(slope, figure), relative)
        total = EXACT.add(total, EXACT.multiply(moved, moved))
    return EXACT.sqrt(total)


def relative_pct(half: Decimal, value: Decimal) -> Decimal:
    """`half` in per cent of `value` (which is not zero), to 0.1 %: the figure that is looked up and shown."""
    ratio = EXACT.divide(EXACT.multiply(half, _HUNDRED), value)
    return EXACT.quantize(EXACT.quantize(EXACT.abs(ratio), _SETTLED), _TENTH)


def find_band(bands: Sequence[Band], pct: Decimal) -> Band | None:
    """The band that covers this uncertainty (0 % belongs to the first), or None."""
    for band in bands:
        if band.holds(pct) or (pct == 0 and band.above_pct == 0):
            return band
    return None
