"""Rules about evidence without a track: readings of a meter or an odometer, and papers that a machine read.

Promise: each is a pure function of a claim with readings and the limits; None where it holds nothing against it. Which
of a methodology's inputs a meter shows, in what unit, and how closely they must agree, is data (`[metered]` and
`[reading]` in the file of limits). Touches nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from calculators.errors import UnitRefused
from calculators.plausibility.claim import HOLD, Claim, Finding, MeterReading, Objection, Readings
from calculators.plausibility.limits import Limits, Metered, load_limits
from calculators.plausibility.series_rules import SERIES_RULES, most_between, without_corrected
from calculators.rounding import EXACT, short_text
from calculators.units import conversion

_PERCENT, _SECONDS_PER_DAY = Decimal(100), Decimal(24 * 3600)
_SERIES = 3  # readings


def metered_by(methodology_id: str, limits: Limits | None = None) -> Metered | None:
    """What of a methodology a meter or an odometer shows; None where nothing does."""
    return (limits or load_limits()).metered.get(methodology_id)


def in_unit(value: Decimal, said: str, unit: str) -> Decimal | None:
    """A reading as it was said, in another unit; None where it measures something else."""
    try:
        ratio = conversion(said, unit)
    except UnitRefused:
        return None
    return EXACT.divide(EXACT.multiply(value, Decimal(ratio.numerator)), Decimal(ratio.denominator))


def readings_that_differ(claim: Claim, seen: Readings, limits: Limits) -> Finding | None:
    """What the readings show is not what is claimed: other readings, days or amounts.

    What ran through two meters in a row adds up. A fall near the turn of a meter is read as its rollover.
    """
    values = [reading.value for reading in seen.shown if reading.value is not None]
    if len(values) < len(seen.shown):
        return Finding(HOLD, {"unit": seen.unit})
    if len(values) < 2:
        return None
    return (
        _not_as_named(seen, limits)
        or _exchanged_too_often(seen, limits)
        or _of_other_days(claim, seen, limits)
        or _of_another_amount(seen, limits)
    )


def picture_of_before(claim: Claim, limits: Limits) -> Finding | None:
    """A picture was made from an earlier one: saved again, made smaller, cropped."""
    return Finding(HOLD, {"whose": claim.alike_picture}) if claim.alike_picture else None


def readings_that_roll_over(claim: Claim, seen: Readings, limits: Limits) -> Finding | None:
    """A meter passed the end of its figures: two photographs cannot tell how often.

    A series can, where a home does not use a whole turn in its days.
    """
    for run in _runs(seen):
        for earlier, later in itertools.pairwise(run):
            if (turn := _turn(earlier, later, limits)) and not _turned_once(claim, seen, turn):
                turned = {"earlier": short_text(earlier), "later": short_text(later), "turn": short_text(turn)}
                return Finding(HOLD, turned | {"unit": seen.unit})
    return None


def _turned_once(claim: Claim, seen: Readings, turn: Decimal) -> bool:
    most = most_between(claim, seen, _days_between(seen.shown))
    return most is not None and len(seen.shown) >= _SERIES and turn > most


def _runs(seen: Readings) -> list[list[Decimal]]:
    """What each meter in the row shows, the earliest first."""
    by_device = itertools.groupby(seen.shown, key=lambda reading: reading.device)
    return [[reading.value for reading in run if reading.value is not None] for _, run in by_device]


def _turn(earlier: Decimal, later: Decimal, limits: Limits) -> Decimal | None:
    """The power of ten at which a meter began again between two readings; None where it did not, or fell otherwise."""
    digits = earlier.adjusted() + 1
    if later >= earlier or digits < limits.reading["rollover_digits"]:
        return None
    turn = Decimal(10) ** digits
    near = turn * limits.reading["rollover_percent"] / _PERCENT
    return turn if earlier >= turn - near and later <= near else None


def _through(seen: Readings, limits: Limits) -> Decimal:
    """What ran through the meters, one after the other."""
    steps = (step for run in _runs(seen) for step in itertools.pairwise(run))
    return sum((later - earlier + (_turn(earlier, later, limits) or 0) for earlier, later in steps), Decimal(0))


def _not_as_named(seen: Readings, limits: Limits) -> Finding | None:
    runs = _runs(seen)
    for told, shown in zip(seen.told, (runs[0][0], runs[-1][-1]), strict=False):
        if abs(told - shown) > limits.reading["least"][seen.unit]:
            return Finding(HOLD, _shown(seen, limits) | {"told": short_text(told)})
    steps = (step for run in runs for step in itertools.pairwise(run))
    falls = any(later < earlier and _turn(earlier, later, limits) is None for earlier, later in steps)
    return Finding(HOLD, _shown(seen, limits)) if falls else None


def _exchanged_too_often(seen: Readings, limits: Limits) -> Finding | None:
    """More meters in a row than a home is given, or so long between two that nobody knows what ran meanwhile."""
    changes = [pair for pair in itertools.pairwise(seen.shown) if pair[0].device != pair[1].device]
    longest = max((_days_in(after.at - before.at) for before, after in changes), default=Decimal(0))
    if len(changes) <= limits.reading["most_exchanged"] and longest <= limits.reading["exchange_within_days"]:
        return None
    return Finding(HOLD, _shown(seen, limits) | {"days_between": short_text(round(longest, 1))})


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
    claimed = seen.made if seen.used is None else seen.used
    if claimed is None:
        return None
    through = _through(seen, limits)
    # each meter in the row has a first and a last reading, and a last digit that people write down
    least = limits.reading["least"][seen.unit] * len(_runs(seen))
    allowed = max(least, through * limits.reading["percent"] / _PERCENT)
    between, apart = _days_between(seen.shown), limits.reading["days_apart"]
    # of a shorter time they show a part of what is claimed, of a longer one more than it
    is_part = seen.days is None or between <= seen.days + apart
    is_whole = seen.days is None or between >= seen.days - apart
    too_little = seen.used is not None and is_part and claimed < through - allowed
    too_much = is_whole and claimed > through + allowed
    if too_little or too_much:
        return Finding(HOLD, _shown(seen, limits) | {"claimed": short_text(claimed)})
    return None


def _days_between(shown: tuple[MeterReading, ...]) -> Decimal:
    return _days_in(shown[-1].at - shown[0].at)


def _days_in(span: timedelta) -> Decimal:
    return EXACT.divide(Decimal(int(span.total_seconds())), _SECONDS_PER_DAY)


def _shown(seen: Readings, limits: Limits) -> dict[str, str]:
    runs = _runs(seen)
    shown = {"first": short_text(runs[0][0]), "last": short_text(runs[-1][-1]), "unit": seen.unit}
    if len(runs) > 1:
        shown |= {"meters": str(len(runs)), "through": short_text(_through(seen, limits))}
    return shown


def papers_that_differ(claim: Claim, limits: Limits) -> Finding | None:
    """A paper states something else than is claimed, or its number is that of a paper handed in before."""
    del limits  # how closely they must agree is in the file of words
    for paper in claim.papers:
        if paper.used_by is not None:
            return Finding(HOLD, {"statement": "number"})  # whose it is, is for whoever decides to see
        if (one := paper.differing) is not None:
            return Finding(HOLD, {"statement": one.name, "read": one.read, "claimed": one.claimed})
    return None


# id: (version, rule). The order decides between rules that weigh the same.
PICTURE_RULES: Mapping[str, tuple[int, Callable[[Claim, Limits], Finding | None]]] = {
    "evidence.look_alike": (1, picture_of_before),
    "evidence.paper": (1, papers_that_differ),
}
EVIDENCE_RULES: Mapping[str, tuple[int, Callable[[Claim, Readings, Limits], Finding | None]]] = {
    "evidence.rollover": (2, readings_that_roll_over),
    "evidence.reading": (4, readings_that_differ),
}


def find_picture_objections(claim: Claim, limits: Limits) -> list[Objection]:
    """What these rules hold against a claim by the pictures and papers that were handed in, in their order."""
    asked = ((name, version, rule(claim, limits)) for name, (version, rule) in PICTURE_RULES.items())
    return [Objection(name, version, finding) for name, version, finding in asked if finding]


def find_evidence_objections(claim: Claim, seen: Readings, limits: Limits) -> list[Objection]:
    """What these rules and those of a series hold against a claim by its readings, in their order.

    An estimate that the next reading corrects is left out before.
    """
    is_whole = all(reading.value is not None for reading in seen.shown)
    seen = without_corrected(seen) if is_whole else seen
    asked = [(name, version, rule(claim, seen, limits)) for name, (version, rule) in EVIDENCE_RULES.items()]
    if is_whole:
        asked += [(name, version, rule(claim, seen)) for name, (version, rule) in SERIES_RULES.items()]
    return [Objection(name, version, finding) for name, version, finding in asked if finding]
