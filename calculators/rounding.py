"""Exact decimals and the few ways this house rounds grams.

Promise: the same digits on every machine. Every operation names its own decimal context, so whatever a caller
did to the ambient one has no effect. Touches nothing: no clock, no locale, no environment.

What we grant rounds down, what we charge rounds up, and a reported range is rounded outward.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from fractions import Fraction

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]


def _context(rounding: str) -> Context:
    return Context(prec=60, rounding=rounding, Emin=-9999, Emax=9999, capitals=1, clamp=0, flags=[], traps=_TRAPS)


EXACT = _context(ROUND_HALF_EVEN)
_FLOOR = _context(ROUND_FLOOR)
_CEILING = _context(ROUND_CEILING)

ZERO = Decimal(0)
ONE = Decimal(1)
_MICRO = Decimal("0.000001")


def to_micrograms(grams: Decimal) -> Decimal:
    """`grams` to six decimals, half to even: the step before every whole-gram rounding."""
    return EXACT.quantize(grams, _MICRO)


def floor_grams(grams: Decimal) -> int:
    """Whole grams, down, after the micro-gram step: what is granted."""
    return int(_FLOOR.to_integral_value(EXACT.quantize(grams, _MICRO)))


def ceil_grams(grams: Decimal) -> int:
    """Whole grams, up, after the micro-gram step: what is charged."""
    return int(_CEILING.to_integral_value(EXACT.quantize(grams, _MICRO)))


def nearest_grams(grams: Decimal) -> int:
    """Whole grams, half to even, after the micro-gram step: what is only reported."""
    return int(EXACT.to_integral_value(EXACT.quantize(grams, _MICRO)))


def nearest_each(amounts: Iterable[Decimal]) -> list[int]:
    """`nearest_grams` of each."""
    return [nearest_grams(grams) for grams in amounts]


def round_outward(low: Decimal, high: Decimal) -> tuple[int, int]:
    """The smallest interval of whole grams that holds `low`..`high`."""
    return floor_grams(low), ceil_grams(high)


def to_step(value: Decimal, step: Decimal, *, up: bool = False) -> Decimal:
    """`value` brought to a multiple of `step` (a power of ten), down unless `up`.

    Rounding down is what makes one trip in two pieces never worth more than the trip.
    """
    return (_CEILING if up else _FLOOR).quantize(value, step)


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """`total` split in proportion to `weights` so that the parts sum to it exactly.

    Largest remainder first, ties to the earlier part. Raises ValueError on a negative or all-zero weight list.
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must be zero or more, with a positive sum")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def scaled(value: Decimal, ratio: Fraction) -> Decimal:
    """`value` times an exact ratio; one rounding at sixty digits, and only where the ratio does not end."""
    product = EXACT.multiply(value, Decimal(ratio.numerator))
    return product if ratio.denominator == 1 else EXACT.divide(product, Decimal(ratio.denominator))


def scaled_each(values: Iterable[Decimal], ratio: Fraction) -> list[Decimal]:
    """`scaled` for each of `values`."""
    return [scaled(value, ratio) for value in values]


def short_text(value: Decimal) -> str:
    """Plain digits without trailing zeros and never an exponent: for reading."""
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
