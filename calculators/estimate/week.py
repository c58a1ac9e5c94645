"""A week of one rule: what somebody tells of it is set against all of it, told or not (ADR 0127).

Promise: a pure function of a set of activities, so the order in which they were told does not matter. What lies above
the mean is taken from what lies below it, at its lower bound, rounded up. Of the rest no more is credited than the part
that the whole week shows: what was not told is taken to be what the mean week has left, first the choices that are
common anyway, then the others, which lie above the mean. So somebody average who tells only what is common anyway has
avoided nothing, but for the few that stand alone. Taken from the latest first. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from calculators.methodology.week import WeekRule
from calculators.rounding import EXACT

_NOTHING = Decimal(0)
_GRAMS = Decimal(1000)


@dataclass(frozen=True, slots=True)
class WeekEntry:
    """One activity of a week: when, how many instances, and its grams.

    `credit` is what it is credited before the week takes anything, `above` how far it lies above the mean at the lower
    bound, `reduction` its signed grams. `mean` and `common` are the grams of a mean instance and of a common one,
    `share` the part of a mean week that is common. `is_common`: it is one of the choices that are common anyway.
    """

    key: str
    at: datetime
    count: int
    is_common: bool
    credit: int
    above: int
    reduction: int
    mean: Decimal
    common: Decimal
    share: Decimal


def first_of_week(on: date) -> date:
    """The Monday of the week that holds a day."""
    return on - timedelta(days=on.weekday())


def last_of_week(on: date) -> date:
    """The Sunday of the week that holds a day."""
    return first_of_week(on) + timedelta(days=6)


def read_week_entry(
    rule: WeekRule, record: Mapping[str, Any], key: str, at: datetime, credit: int, above: int
) -> WeekEntry | None:
    """What an activity brings into its week, by its recorded working; None where it is not believed or counts already.

    `record` is of the document with this `rule`; its figures are those that were in force on the day.
    """
    context, figures, inputs = record["context"], record["parameters"], record["inputs"]
    if record["unresolved"] or context["refused"] or context["counted_already"]:
        return None
    return WeekEntry(
        key=key,
        at=at,
        count=int(Decimal(inputs[rule.count]["value"])),
        is_common=inputs[rule.by]["value"] in rule.common,
        credit=credit,
        above=above,
        reduction=record["results"]["reduction_g"],
        mean=Decimal(figures[rule.mean]["value"]) * _GRAMS,
        common=Decimal(figures[rule.factor]["value"]) * _GRAMS,
        share=Decimal(figures[rule.share]["value"]),
    )


def net_week(entries: Sequence[WeekEntry], rule: WeekRule) -> dict[str, int]:
    """What the week takes of the credit of each activity, by its key; those of which nothing is taken are left out."""
    credited = sum(entry.credit for entry in entries)
    left = min(credited - sum(entry.above for entry in entries), _shown(entries, rule, credited))
    over, taken = credited - max(0, left), {}
    for entry in sorted(entries, key=lambda one: (one.at, one.key), reverse=True):
        part = min(over, entry.credit)
        over -= part
        if part:
            taken[entry.key] = part
    return taken


def _shown(entries: Sequence[WeekEntry], rule: WeekRule, credited: int) -> int:
    """What of the credit the week as a whole shows, and at least that of the instances that stand alone."""
    below = sum(max(0, entry.reduction) for entry in entries)
    if not below:
        return 0
    whole = sum((Decimal(entry.reduction) for entry in entries), _untold(entries, rule))
    part = EXACT.divide(EXACT.multiply(Decimal(credited), max(_NOTHING, whole)), Decimal(below))
    alone = max(entry.credit * rule.alone // entry.count for entry in entries)
    return max(alone, int(part))


def _untold(entries: Sequence[WeekEntry], rule: WeekRule) -> Decimal:
    """How far below the mean, or above it, lies what was not told, in grams: what the mean week has left."""
    told = sum(entry.count for entry in entries)
    untold = Decimal(max(0, rule.instances - told))
    share = max(entry.share for entry in entries)
    common = EXACT.multiply(share, Decimal(rule.instances))
    of_common = Decimal(sum(entry.count for entry in entries if entry.is_common))
    left = min(untold, max(_NOTHING, EXACT.subtract(common, of_common)))
    # by how much a common instance lies below the mean; the others lie above it by what these are below, together
    below = max(_NOTHING, *(entry.mean - entry.common for entry in entries))
    above = EXACT.divide(EXACT.multiply(below, share), EXACT.subtract(Decimal(1), share))
    return EXACT.subtract(EXACT.multiply(left, below), EXACT.multiply(EXACT.subtract(untold, left), above))
