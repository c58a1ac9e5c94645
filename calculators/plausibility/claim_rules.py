"""Deciding whether to believe an activity: the rules asked of every claim, and what all rules together decide.

Promise: the same facts give the same decision, named by a stable rule id and its version; both are stored with the
activity. A rule whose meaning changes gets a new version, never a new meaning. Each rule is a pure function of a claim
and the limits; None where it holds nothing against it. Touches the file of limits.

The rules here are about an activity in its time and among the others of the same person; those in `evidence_rules` and
`trace_rules` are asked where there are readings, pictures or a trace. The one that weighs most decides.

A trip that names neither a duration nor a track has no end, but it has a least: its distance at the fastest mean speed
of its mode. And it has no exact beginning: people tell when they left, when they arrived, or the full hour. So it lies
somewhere within the hour before and after (`told_within_s`), and takes at least its least there. Two legs of one
commute told for 08:00 sharp fit. What does not fit, however it is laid, cannot all have happened. That is the processor
demand criterion of scheduling: work whose windows lie within a span must not exceed the span. It lets a trip pause for
another, so it errs for the person. Still it is arithmetic on hours that people tell from memory, so it holds and does
not refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from calculators.errors import UnitRefused
from calculators.plausibility.claim import (
    A_DAY,
    ACCEPT,
    HOLD,
    REFUSE,
    Claim,
    Decision,
    Finding,
    Neighbour,
    Objection,
)
from calculators.plausibility.evidence_rules import (
    EVIDENCE_RULES,
    PICTURE_RULES,
    find_evidence_objections,
    find_picture_objections,
)
from calculators.plausibility.limits import Limits, load_limits
from calculators.plausibility.series_rules import SERIES_RULES
from calculators.plausibility.trace_rules import TRACE_RULES, find_trace_objections
from calculators.rounding import EXACT, short_text
from calculators.units import conversion

WAKING_DAY = timedelta(hours=16)
# What takes longer may have begun earlier than any bound that is the same for all.
LONG_TRIP = timedelta(hours=1)
DISTANCE_NAMES = ("distance", "kilometres")
KEPT_DISTANCES, LONGEST_KEPT = 4_096, 40
_TENTH = Decimal("0.1")
_PERCENT = 100
_FARTHEST_KM = Decimal(1_000_000)  # a thousand times what any document takes as one trip
_SECONDS_PER_HOUR = Decimal(3600)


def mode_of(methodology_id: str, named: object, limits: Limits | None = None) -> str | None:
    """The mode of a trip: as the person named it, else the one mode of its methodology."""
    modes = (limits or load_limits()).mode_of
    return named if isinstance(named, str) else modes.get(methodology_id)


def kilometres_of(inputs: Mapping[str, Any], names: tuple[str, ...] = DISTANCE_NAMES) -> Decimal | None:
    """The distance among inputs, the first of `names` that is there, in km; None where there is none.

    They may be as they were typed, before anybody has read them: what is no distance on earth is none.
    """
    entered = next((inputs[name] for name in names if name in inputs), None)
    value, unit = (entered.get("value"), entered.get("unit")) if isinstance(entered, Mapping) else (entered, None)
    if value is None:
        return None
    told = str(value)
    # what somebody sends may be of any kind and length
    is_kept = len(told) <= LONGEST_KEPT and (unit is None or (isinstance(unit, str) and len(unit) <= LONGEST_KEPT))
    return _kept_kilometres(told, unit) if is_kept else _kilometres(told, unit)


def _kilometres(value: str, unit: Any) -> Decimal | None:
    try:
        ratio = conversion(unit or "km", "km")
        kilometres = EXACT.multiply(Decimal(value), Decimal(ratio.numerator))
        if ratio.denominator != 1:
            kilometres = EXACT.divide(kilometres, Decimal(ratio.denominator))
        return kilometres if kilometres.is_finite() and abs(kilometres) <= _FARTHEST_KM else None
    except (UnitRefused, InvalidOperation):
        return None


_kept_kilometres = lru_cache(maxsize=KEPT_DISTANCES)(_kilometres)


def least_seconds(mode: str | None, distance_km: Decimal, limits: Limits | None = None) -> int | None:
    """The least time a distance takes by a mode, in whole seconds rounded down; None for a mode without a limit."""
    given = (limits or load_limits()).modes.get(mode or "")
    if given is None:
        return None
    return int(EXACT.divide(EXACT.multiply(distance_km, _SECONDS_PER_HOUR), Decimal(given.mean_kmh)))


def told_within(limits: Limits | None = None) -> timedelta:
    """How far from the instant that is told a trip without a duration may have begun or ended."""
    return timedelta(seconds=(limits or load_limits()).trip["told_within_s"])


def is_own_strength(mode: str | None, limits: Limits | None = None) -> bool:
    """Whether a way of travelling has a most that a body makes in a day."""
    given = (limits or load_limits()).modes.get(mode or "")
    return given is not None and given.day_km is not None


def yet_to_come(claim: Claim, limits: Limits) -> Finding | None:
    """It is said to happen after the moment it was told."""
    ahead_s = (claim.occurred_at - claim.told_at).total_seconds()
    return Finding(REFUSE, {"ahead_s": str(int(ahead_s))}) if ahead_s > limits.trace["ahead_s"] else None


def too_long_ago(claim: Claim, limits: Limits) -> Finding | None:
    """It is told later than anything may be told."""
    late = claim.told_at - claim.occurred_at
    return Finding(REFUSE, {"days": str(late.days)}) if late > claim.oldest + A_DAY else None


def too_fast_on_average(claim: Claim, limits: Limits) -> Finding | None:
    """The whole way in the whole time is faster than the mode goes; far faster, and it is refused."""
    mode = limits.modes.get(claim.mode or "")
    duration_s = lasted_s(claim)
    if mode is None or claim.distance_km is None or not duration_s:
        return None
    speed = EXACT.divide(EXACT.multiply(claim.distance_km, _SECONDS_PER_HOUR), Decimal(duration_s))
    limit = mode.mean_limit_kmh(is_shown=claim.trace is not None)
    if speed * _PERCENT <= limit * (_PERCENT + limits.speed["tolerance_percent"]):
        return None
    outcome = REFUSE if speed > limit * limits.speed["impossible_ratio"] else HOLD
    shown = {"speed_kmh": short_text(speed.quantize(_TENTH)), "limit_kmh": str(limit)}
    return Finding(outcome, {"mode": str(claim.mode)} | shown)


def overlapping(claim: Claim, limits: Limits) -> Finding | None:
    """The person was on another trip at the same time."""
    begins_at, ends_at = span_of(claim)
    if ends_at is None:
        return None
    allowed = timedelta(seconds=limits.trip["overlap_s"])
    for other in claim.neighbours:
        if other.duration_s is None or other.distance_km is None:
            continue
        lasted = timedelta(seconds=other.duration_s)
        shared = min(ends_at, other.occurred_at + lasted) - max(begins_at, other.occurred_at)
        shorter = min(ends_at - begins_at, lasted)
        # even of two short trips, more than half at the same time is no difference of clocks
        if shared > allowed or (shared > timedelta() and shared * 2 > shorter):
            return Finding(REFUSE, {"shared_s": str(int(shared.total_seconds()))})
    return None


def cut_up(claim: Claim, limits: Limits) -> Finding | None:
    """It follows, without a pause, on several of the same mode: one trip told as many."""
    begins_at, ends_at = span_of(claim)
    if ends_at is None or claim.mode is None:
        return None
    same = [
        (other.occurred_at, other.occurred_at + timedelta(seconds=other.duration_s))
        for other in claim.neighbours
        if other.mode == claim.mode and other.duration_s is not None
    ]
    chained = _count_chained(same, begins_at, ends_at, timedelta(seconds=limits.trip["chained_within_s"]))
    return Finding(HOLD, {"trips": str(chained + 1)}) if chained >= limits.trip["most_chained"] else None


def beyond_a_days_strength(claim: Claim, limits: Limits) -> Finding | None:
    """More kilometres within a day than a body makes."""
    mode = limits.modes.get(claim.mode or "")
    if mode is None or mode.day_km is None or claim.distance_km is None:
        return None
    others = sum(
        (
            other.distance_km
            for other in claim.neighbours
            if other.mode == claim.mode
            and other.distance_km
            and abs(other.occurred_at - claim.occurred_at) < WAKING_DAY
        ),
        Decimal(0),
    )
    whole = claim.distance_km + others
    if whole <= mode.day_km:
        return None
    return Finding(HOLD, {"mode": str(claim.mode), "km": short_text(whole), "limit_km": str(mode.day_km)})


def hopping_zones(claim: Claim, limits: Limits) -> Finding | None:
    """Within a day, under two clocks, it would be credited with more than a day's cap."""
    if claim.day_cap is None or all(other.zone_offset_s == claim.zone_offset_s for other in claim.neighbours):
        return None
    near = [
        other
        for other in claim.neighbours
        if other.methodology_id == claim.methodology_id and abs(other.occurred_at - claim.occurred_at) < A_DAY
    ]
    if all(other.zone_offset_s == claim.zone_offset_s for other in near):
        return None
    whole = claim.amount + sum(other.amount for other in near)
    return Finding(HOLD, {"amount": str(whole), "cap": str(claim.day_cap)}) if whole > claim.day_cap else None


def lasted_s(claim: Claim) -> int | None:
    """How long it took: as the trace shows, else as told."""
    return claim.trace.measured.duration_s if claim.trace else claim.duration_s


def span_of(claim: Claim) -> tuple[datetime, datetime | None]:
    """From when to when the person was under way, where that is known."""
    if claim.trace:
        return claim.trace.measured.started_at, claim.trace.measured.ended_at
    ends_at = None if claim.duration_s is None else claim.occurred_at + timedelta(seconds=claim.duration_s)
    return claim.occurred_at, None if claim.distance_km is None else ends_at


def _count_chained(
    spans: Sequence[tuple[datetime, datetime]], begins_at: datetime, ends_at: datetime, within: timedelta
) -> int:
    """How many of `spans` follow on one another up to, or from, the given span."""
    count, left = 0, list(spans)
    while True:
        touching = [
            (begun_at, ended_at)
            for begun_at, ended_at in left
            if abs(begins_at - ended_at) <= within or abs(begun_at - ends_at) <= within
        ]
        if not touching:
            return count
        for span in touching:
            left.remove(span)
            count += 1
            begins_at, ends_at = min(begins_at, span[0]), max(ends_at, span[1])


@dataclass(frozen=True, slots=True)
class _Trip:
    """A trip that took `takes` somewhere between two instants; `is_told` where its time is known and fills them."""

    earliest: datetime
    latest: datetime
    takes: timedelta
    is_told: bool = False


def no_time_left(claim: Claim, limits: Limits) -> Finding | None:
    """With the person's other trips around it, it takes more time than there was, at the fastest of every mode."""
    own = _own(claim, limits)
    if own is None:
        return None
    if _has_room(own, claim.neighbours, limits):
        return None
    beside = [trip for trip in _others(claim, limits) if trip.earliest < own.latest and own.earliest < trip.latest]
    if all(trip.is_told for trip in (own, *beside)):
        return None  # their very overlap speaks: `trip.overlaps`
    return _find_too_full(own, beside)


def _own(claim: Claim, limits: Limits) -> _Trip | None:
    if claim.distance_km is None:
        return None
    if claim.trace:
        return _told(claim.trace.measured.started_at, claim.trace.measured.ended_at)
    if claim.duration_s is not None:
        return _told(claim.occurred_at, claim.occurred_at + timedelta(seconds=claim.duration_s))
    return _somewhere(claim.occurred_at, least_seconds(claim.mode, claim.distance_km, limits), limits)


def _has_room(own: _Trip, neighbours: Sequence[Neighbour], limits: Limits) -> bool:
    """Whether all that may lie beside a trip without a known time fits beside it into its own hours: nearly always.

    A queue asks this of hundreds of neighbours for each of hundreds of trips, so it only adds up seconds.
    """
    if own.is_told:
        return False
    around = told_within(limits)
    until, lately = own.latest + around, own.earliest - around - LONG_TRIP
    spare_s, seconds = int((own.latest - own.earliest - own.takes).total_seconds()), 0
    long_s = int(LONG_TRIP.total_seconds())
    for other in neighbours:
        takes_s = other.least_s or other.duration_s
        if takes_s and other.occurred_at < until and (takes_s >= long_s or other.occurred_at > lately):
            seconds += takes_s
    return seconds <= spare_s


def _others(claim: Claim, limits: Limits) -> Iterator[_Trip]:
    # what is held counts nowhere yet; it would pull down whatever honest lies around it
    for other in claim.neighbours:
        if other.is_held or other.distance_km is None:
            continue
        if other.duration_s is not None:
            yield _told(other.occurred_at, other.occurred_at + timedelta(seconds=other.duration_s))
        elif trip := _somewhere(other.occurred_at, other.least_s, limits):
            yield trip


def _told(begins_at: datetime, ends_at: datetime) -> _Trip:
    return _Trip(begins_at, ends_at, ends_at - begins_at, is_told=True)


def _somewhere(occurred_at: datetime, least_s: int | None, limits: Limits) -> _Trip | None:
    if least_s is None:
        return None
    around, takes = told_within(limits), timedelta(seconds=least_s)
    return _Trip(occurred_at - around, occurred_at + takes + around, takes)


def _find_too_full(own: _Trip, beside: Sequence[_Trip]) -> Finding | None:
    """The first span around `own` into which what lies within does not fit."""
    blocks = _merged([trip for trip in (own, *beside) if trip.is_told])
    held_in = next((block for block in blocks if own.is_told and block.earliest <= own.earliest < block.latest), own)
    trips = sorted([*blocks, *(trip for trip in (own, *beside) if not trip.is_told)], key=lambda trip: trip.latest)
    for begins_at in sorted({trip.earliest for trip in trips if trip.earliest <= held_in.earliest}):
        needed = timedelta()
        for trip in trips:
            if trip.earliest < begins_at:
                continue
            needed += trip.takes
            there_was = trip.latest - begins_at
            if trip.latest >= held_in.latest and needed > there_was:
                seconds = int(needed.total_seconds()), int(there_was.total_seconds())
                return Finding(HOLD, dict(zip(("needed_s", "there_was_s"), map(str, seconds), strict=True)))
    return None


def _merged(told: Sequence[_Trip]) -> list[_Trip]:
    """The spans during which the person was on some trip of known time, none of them twice."""
    spans: list[_Trip] = []
    for trip in sorted(told, key=lambda trip: trip.earliest):
        if spans and trip.earliest <= spans[-1].latest:
            last = spans.pop()
            trip = _told(last.earliest, max(last.latest, trip.latest))
        spans.append(trip)
    return spans


BELIEVED = "believed"
# id: (version, rule). The order decides between rules that weigh the same.
CLAIM_RULES: Mapping[str, tuple[int, Callable[[Claim, Limits], Finding | None]]] = {
    "time.future": (1, yet_to_come),
    "time.too_long_ago": (1, too_long_ago),
    "trip.too_fast": (2, too_fast_on_average),
    "trip.overlaps": (1, overlapping),
    "trip.no_time_left": (1, no_time_left),
    "trip.cut_up": (1, cut_up),
    "day.beyond_strength": (1, beyond_a_days_strength),
    "day.zone_hopping": (1, hopping_zones),
}


RULES = (*CLAIM_RULES, *PICTURE_RULES, *EVIDENCE_RULES, *SERIES_RULES, *TRACE_RULES)
_WEIGHT = {REFUSE: 2, HOLD: 1}


def decide(claim: Claim, limits: Limits | None = None) -> Decision:
    """What to do with a claim: accept it, hold it for somebody to look at, or refuse it credit."""
    limits = limits or load_limits()
    asked = ((name, version, rule(claim, limits)) for name, (version, rule) in CLAIM_RULES.items())
    objections = [Objection(name, version, finding) for name, version, finding in asked if finding]
    if claim.papers or claim.alike_picture is not None:
        objections += find_picture_objections(claim, limits)
    if claim.readings is not None:
        objections += find_evidence_objections(claim, claim.readings, limits)
    if claim.trace is not None:
        objections += find_trace_objections(claim, claim.trace, limits)
    if not objections:
        return Decision(ACCEPT, BELIEVED, limits.version)
    heaviest = max(objections, key=lambda objection: _WEIGHT[objection.finding.outcome])
    finding, rules = heaviest.finding, tuple(objection.rule for objection in objections)
    return Decision(finding.outcome, heaviest.rule, heaviest.version, finding.params, rules)
