"""What counts: distances that are too short, speeds nobody reaches, conditions a document sets, who is excluded.

Promise: the first reason why an activity does not count, with the numbers that show it; never an exception. Touches
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from calculators.estimate.context import Context
from calculators.methodology.document import Methodology
from calculators.methodology.parts import Exclusion
from calculators.rounding import EXACT, decimal_text, short_text
from calculators.units import conversion

_SECONDS_PER_HOUR = Decimal(3600)
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an activity does not count: a stable code and the numbers behind it."""

    reason: str
    params: Mapping[str, str]


def find_exclusion(methodology: Methodology, values: Mapping[str, Decimal | str], context: Context) -> Exclusion | None:
    """The exclusion this person and these choices fall under, or None."""
    for exclusion in methodology.eligibility.exclusions:
        if exclusion.diets and context.diet not in exclusion.diets:
            continue
        if all(values.get(name) in options for name, options in exclusion.choices.items()):
            return exclusion
    return None


def find_ineligibility(
    methodology: Methodology,
    values: Mapping[str, Decimal | str],
    arguments: tuple[Any, ...],
    context: Context,
) -> Verdict | None:
    """The first rule of eligibility this activity breaks, or None."""
    return (
        _too_short(methodology, values)
        or _too_fast(methodology, values, context)
        or _requirement(methodology, arguments)
    )


def _too_short(methodology: Methodology, values: Mapping[str, Decimal | str]) -> Verdict | None:
    minimum = methodology.eligibility.minimum_distance
    if minimum is None:
        return None
    distance = values["distance"]
    if isinstance(distance, Decimal) and distance < minimum:
        unit = methodology.quantities["distance"].entered_as
        return Verdict("too_short", {"distance": short_text(distance), "minimum": short_text(minimum), "unit": unit})
    return None


def _too_fast(methodology: Methodology, values: Mapping[str, Decimal | str], context: Context) -> Verdict | None:
    limits = methodology.eligibility.speed_limits_kmh
    mode, distance = values.get("mode"), values.get("distance")
    if context.duration_s is None or mode not in limits or not isinstance(distance, Decimal):
        return None
    speed = speed_kmh(distance, methodology.quantities["distance"].entered_as, context.duration_s)
    limit = limits[str(mode)]
    if speed <= limit:
        return None
    shown = decimal_text(EXACT.quantize(speed, _TENTH))
    return Verdict("too_fast", {"mode": str(mode), "speed_kmh": shown, "limit_kmh": decimal_text(limit)})


def speed_kmh(distance: Decimal, unit: str, duration_s: int) -> Decimal:
    """Mean speed in km/h of a distance given in `unit`."""
    ratio = conversion(unit, "km")
    kilometers = EXACT.multiply(distance, Decimal(ratio.numerator))
    hours = EXACT.multiply(Decimal(duration_s), Decimal(ratio.denominator))
    return EXACT.divide(EXACT.multiply(kilometers, _SECONDS_PER_HOUR), hours)


def _requirement(methodology: Methodology, arguments: tuple[Any, ...]) -> Verdict | None:
    rules = methodology.eligibility.requirements
    for rule, (_, holds) in zip(rules, methodology.program.requirements, strict=True):
        if not holds(*arguments)[0]:
            return Verdict(rule.reason, {})
    return None
