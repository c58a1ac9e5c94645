"""What a version would have credited of what was recorded: each activity again, under it and under the one in force.

Promise: what every activity is credited under each of the two is what the exact reading credits it, to the gram, with
the caps of a day, a month and a year counted by person in the order given. Activities are read a part at a time; kept
are sums, two numbers per person, and what each person used of the caps of the current periods. Touches nothing.

What lies outside of a methodology is taken as it was recorded: the place, the evidence, the profile, what did not count
(it counts under neither), what the rest of the year took. What nobody attested stays within the room that it found,
less what its version would have used of it before, beyond what was recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from calculators.estimate.credit import COUNT, amounts_left
from calculators.estimate.working import Context
from calculators.recorded_credits import REFUSED, RecordedActivity, Version, credit_each

AT_ONCE = 1 << 15  # activities that are computed together
MOST_AFFECTED = 20
QUANTILES = (0, 5, 25, 50, 75, 95, 100)  # in per cent
_PERIODS = ("day", "month", "year")


@dataclass(frozen=True, slots=True)
class EffectsScope:
    """What is added up: from the first day to the last, and of these places (None: all)."""

    first: date
    last: date
    places: frozenset[str] | None = None

    def covers(self, context: Context) -> bool:
        """Whether an activity is added up, and not only counted towards the caps."""
        return self.first <= context.on <= self.last and (self.places is None or context.region in self.places)


@dataclass(slots=True)
class EffectSum:
    """Grams (or points, where nothing avoided can be observed) of some activities, under both versions."""

    activities: int = 0
    changed: int = 0
    before: int = 0
    after: int = 0
    gained: int = 0
    lost: int = 0

    def add(self, before: int, after: int) -> None:
        """Count one activity."""
        self.activities += 1
        self.changed += before != after
        self.before += before
        self.after += after
        if after > before:
            self.gained += after - before
        else:
            self.lost += before - after


@dataclass(frozen=True, slots=True)
class Affected:
    """What one person was credited under both versions; nobody says who it is."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class RecordedEffects:
    """The effects of a version over what was recorded.

    `unread` activities have inputs that the version refuses: it credits them nothing. `distribution` is of the
    difference by person, of those with one, by the per cent of them that lie at or below it.
    """

    total: EffectSum
    people: int
    people_gaining: int
    people_losing: int
    unread: int
    by_region: Mapping[str, EffectSum]
    by_evidence: Mapping[str, EffectSum]
    distribution: Mapping[int, int]
    most_affected: Sequence[Affected]


@dataclass(slots=True)
class _Used:
    """What each person was credited in the current day, month and year, and how far beyond what was recorded."""

    credited: dict[str, dict[str, int]] = field(default_factory=lambda: {period: {} for period in _PERIODS})
    beyond: dict[str, dict[str, int]] = field(default_factory=lambda: {period: {} for period in _PERIODS})

    def begin(self, periods: Iterable[str]) -> None:
        for period in periods:
            self.credited[period].clear()
            self.beyond[period].clear()

    def credit(self, one: RecordedActivity, alone: int, caps: Sequence[tuple[str, int]]) -> int:
        """What the caps, the allowance and the rest of the year leave of what it is credited alone; counted as used."""
        amount = alone
        for period, cap in caps:
            amount = min(amount, cap - self.credited[period].get(one.person, 0))
        amount = max(0, amount)
        if one.context.allowance is not None:
            values = _values_of(one)
            amount = min(amount, *amounts_left(self._room(one, values), amount, values).values())
        amount -= min(one.context.netted, amount)
        for period in _PERIODS:
            used = self.credited[period]
            used[one.person] = used.get(one.person, 0) + amount
        if one.context.allowance is not None and amount != one.amount:
            for period in _PERIODS:
                beyond = self.beyond[period]
                beyond[one.person] = beyond.get(one.person, 0) + amount - one.amount
        return amount

    def _room(self, one: RecordedActivity, values: Mapping[str, Decimal | str]) -> dict[str, int]:
        """The room that it found under its bounds, less what was credited before beyond what was recorded."""
        assert one.context.allowance is not None
        room = {}
        for name, left in one.context.allowance.room.items():
            if not name.startswith(COUNT):
                beyond = self.beyond.get(name.rpartition("_")[2], {}).get(one.person, 0)
                room[name] = max(0, left - beyond)
            elif name.removeprefix(COUNT) in values:
                room[name] = left
        return room


def _values_of(one: RecordedActivity) -> dict[str, Decimal | str]:
    """What was told of how often, as it was counted."""
    allowance = one.context.allowance
    counts = [name.removeprefix(COUNT) for name in (allowance.room if allowance else ()) if name.startswith(COUNT)]
    return {name: Decimal(one.inputs[name]["value"]) for name in counts if name in one.inputs}


class RecordedComparison:
    """Adds up what `draft` would change; `in_force` says what counts on a day (None: nothing)."""

    def __init__(self, draft: Version, in_force: Callable[[date], Version | None], scope: EffectsScope) -> None:
        self._draft, self._in_force, self._scope = draft, in_force, scope
        self._on: date | None = None
        self._before, self._after = _Used(), _Used()
        self._total, self._unread = EffectSum(), 0
        self._by_region: dict[str, EffectSum] = {}
        self._by_evidence: dict[str, EffectSum] = {}
        self._people: dict[str, Affected] = {}

    def add(self, activities: Sequence[RecordedActivity]) -> None:
        """Count some activities of one day, those of each person in the order in which they happened.

        Days come in their order. Those before the first day of the scope count towards the caps, as they were.
        """
        if not activities:
            return
        on = activities[0].context.on
        self._begin(on)
        now = self._in_force(on)
        then = self._draft if on >= self._scope.first else now
        before = credit_each(now, activities)
        after = before if then is now else credit_each(then, activities)
        caps = _caps(now), _caps(then)
        for one, old, new in zip(activities, before, after, strict=True):
            was = self._before.credit(one, max(0, old), caps[0])
            becomes = self._after.credit(one, max(0, new), caps[1])
            if self._scope.covers(one.context):
                self._unread += new == REFUSED
                self._count(one, was, becomes)

    def effects(self) -> RecordedEffects:
        """What was added up so far."""
        differences = np.array([one.after - one.before for one in self._people.values()], dtype=np.int64)
        changed = np.sort(differences[differences != 0])
        ranked = sorted(self._people.values(), key=lambda one: (-abs(one.after - one.before), one.after, one.before))
        return RecordedEffects(
            total=self._total,
            people=len(self._people),
            people_gaining=int((differences > 0).sum()),
            people_losing=int((differences < 0).sum()),
            unread=self._unread,
            by_region=dict(sorted(self._by_region.items())),
            by_evidence=dict(sorted(self._by_evidence.items())),
            distribution=_distribution(changed),
            most_affected=[one for one in ranked[:MOST_AFFECTED] if one.after != one.before],
        )

    def _begin(self, on: date) -> None:
        last, self._on = self._on, on
        if last is None or last == on:
            return
        if on < last:
            raise ValueError(f"{on} comes after {last}: give the days in their order")
        ended = ["day"]
        ended += ["month"] if (on.year, on.month) != (last.year, last.month) else []
        ended += ["year"] if on.year != last.year else []
        self._before.begin(ended)
        self._after.begin(ended)

    def _count(self, one: RecordedActivity, was: int, becomes: int) -> None:
        self._total.add(was, becomes)
        self._by_region.setdefault(one.context.region, EffectSum()).add(was, becomes)
        self._by_evidence.setdefault(one.context.evidence, EffectSum()).add(was, becomes)
        person = self._people.get(one.person, _NOTHING)
        self._people[one.person] = Affected(person.before + was, person.after + becomes)


_NOTHING = Affected(0, 0)


def compare_recorded(
    draft: Version,
    in_force: Callable[[date], Version | None],
    scope: EffectsScope,
    activities: Iterable[RecordedActivity],
) -> RecordedEffects:
    """The effects of `draft` over activities in the order of their days, read `AT_ONCE` at a time."""
    comparison = RecordedComparison(draft, in_force, scope)
    for part in list_parts(activities):
        comparison.add(part)
    return comparison.effects()


def list_parts(activities: Iterable[RecordedActivity]) -> Iterator[list[RecordedActivity]]:
    """Activities in the order of their days, in parts of one day that fit into memory."""
    part: list[RecordedActivity] = []
    for one in activities:
        if part and (one.context.on != part[0].context.on or len(part) == AT_ONCE):
            yield part
            part = []
        part.append(one)
    if part:
        yield part


def _distribution(changed: Any) -> dict[int, int]:
    if not changed.size:
        return {}
    last = changed.size - 1
    return {share: int(changed[-(-last * share // 100)]) for share in QUANTILES}


def _caps(version: Version | None) -> list[tuple[str, int]]:
    """The caps over periods, each by its period."""
    caps = {} if version is None else version[0].caps
    return [(period, cap) for name, cap in caps.items() for period in _PERIODS if name.startswith(f"per_{period}")]
