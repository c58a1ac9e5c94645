"""Rules about evidence without a track: readings of a meter or an odometer, and documents that nobody examined.

Promise: each is a pure function of a claim and the limits; None where it holds nothing against it. Which of a
methodology's inputs a meter shows, in what unit, and how closely they must agree, is data (`[metered]` and `[reading]`
in the file of limits). Touches nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from calculators.errors import UnitRefused
from calculators.plausibility.claim import HOLD, Claim, Finding, MeterReading, Objection, Readings
from calculators.plausibility.limits import Limits, Metered, load_limits
from calculators.rounding import EXACT, short_text
from calculators.units import conversion

_PERCENT, _SECONDS_PER_DAY = Decimal(100), Decimal(24 * 3600)


def metered_by(methodology_id: str, limits: Limits | None = None) -> Metered | None:
    """What of a methodology a meter or an odometer shows; None where nothing does."""
    return (limits or load_limits()).metered.get(methodology_id)


def in_unit(value: Decimal, said: str, unit: str, limits: Limits | None = None) -> Decimal | None:
    """A reading as it was said, in another unit; None where it measures something else."""
    named = (limits or load_limits()).reading["words"].get(said, said)
    try:
        ratio = conversion(named, unit)
    except UnitRefused:
        return None
    return EXACT.divide(EXACT.multiply(value, Decimal(ratio.numerator)), Decimal(ratio.denominator))


def readings_that_differ(claim: Claim, limits: Limits) -> Finding | None:
    """What the readings show is not what is claimed: other readings, days or amounts."""
    seen = claim.readings
    if seen is None:
        return None
    values = [reading.value for reading in seen.shown if reading.value is not None]
    if len(values) < len(seen.shown):
        return Finding(HOLD, {"unit": seen.unit})
    if len(values) < 2:
        return None
    return (
        _not_as_named(seen, values, limits) or _of_other_days(claim, seen, limits) or _of_another_amount(seen, limits)
    )


def _not_as_named(seen: Readings, values: list[Decimal], limits: Limits) -> Finding | None:
    first, last = values[0], values[-1]
    for told, shown in zip(seen.told, (first, last), strict=False):
        if abs(told - shown) > limits.reading["least"][seen.unit]:
            return Finding(HOLD, _shown(seen, first, last) | {"told": short_text(told)})
    falls = any(later < earlier for earlier, later in itertools.pairwise(values))
    return Finding(HOLD, _shown(seen, first, last)) if falls else None


def _of_other_days(claim: Claim, seen: Readings, limits: Limits) -> Finding | None:
    if seen.days is None:
        return None
    late = abs(_days_in(seen.shown[-1].at - claim.occurred_at))
    apart = abs(_days_between(seen.shown) - seen.days)
    # an earlier activity's reading may well lie further back than this one's days
    if late > limits.reading["read_within_days"] or (not seen.is_carried and apart > limits.reading["days_apart"]):
        return Finding(HOLD, {"days": str(seen.days), "days_shown": short_text(round(_days_between(seen.shown), 1))})
    return None


def _of_another_amount(seen: Readings, limits: Limits) -> Finding | None:
    first, last = seen.shown[0].value, seen.shown[-1].value
    claimed = seen.made if seen.used is None else seen.used
    if claimed is None or first is None or last is None:
        return None
    through = last - first
    allowed = max(limits.reading["least"][seen.unit], through * limits.reading["percent"] / _PERCENT)
    between, apart = _days_between(seen.shown), limits.reading["days_apart"]
    # of a shorter time they show a part of what is claimed, of a longer one more than it
    is_part = seen.days is None or between <= seen.days + apart
    is_whole = seen.days is None or between >= seen.days - apart
    too_little = seen.used is not None and is_part and claimed < through - allowed
    too_much = is_whole and claimed > through + allowed
    if too_little or too_much:
        return Finding(HOLD, _shown(seen, first, last) | {"claimed": short_text(claimed)})
    return None


def _days_between(shown: tuple[MeterReading, ...]) -> Decimal:
    return _days_in(shown[-1].at - shown[0].at)


def _days_in(span: timedelta) -> Decimal:
    return EXACT.divide(Decimal(int(span.total_seconds())), _SECONDS_PER_DAY)


def _shown(seen: Readings, first: Decimal, last: Decimal) -> dict[str, str]:
    return {"first": short_text(first), "last": short_text(last), "unit": seen.unit}


# id: (version, rule). The order decides between rules that weigh the same.
EVIDENCE_RULES: Mapping[str, tuple[int, Callable[[Claim, Limits], Finding | None]]] = {
    "evidence.reading": (2, readings_that_differ),
}


def find_evidence_objections(claim: Claim, limits: Limits) -> list[Objection]:
    """What these rules hold against a claim, in their order."""
    asked = ((name, version, rule(claim, limits)) for name, (version, rule) in EVIDENCE_RULES.items())
    return [Objection(name, version, finding) for name, version, finding in asked if finding]
