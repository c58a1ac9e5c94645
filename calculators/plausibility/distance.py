"""The kilometres of a trip, whatever its document calls them and whatever unit was entered. Touches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from calculators.errors import UnitRefused
from calculators.rounding import EXACT
from calculators.units import conversion

NAMES = ("distance", "kilometres")


def kilometres_of(inputs: Mapping[str, Any], names: tuple[str, ...] = NAMES) -> Decimal | None:
    """The distance among recorded inputs, the first of `names` that is there, in km; None where there is none."""
    entered = next((inputs[name] for name in names if name in inputs), None)
    value, unit = (entered.get("value"), entered.get("unit")) if isinstance(entered, Mapping) else (entered, None)
    if value is None:
        return None
    try:
        ratio = conversion(unit or "km", "km")
        return EXACT.divide(EXACT.multiply(Decimal(str(value)), Decimal(ratio.numerator)), Decimal(ratio.denominator))
    except (UnitRefused, InvalidOperation):
        return None
