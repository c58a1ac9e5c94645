"""Whether somebody's trips fit beside one another, where some of them name neither a duration nor a track.

Such a trip has no end, but it has a least: its distance at the fastest mean speed of its mode. And it has no exact
beginning: people tell when they left, when they arrived, or the full hour. So it lies somewhere within the hour before
and after (`told_within_s`), and takes at least its least there. Two legs of one commute told for 08:00 sharp fit.
What does not fit, however it is laid, cannot all have happened. That is the processor demand criterion of scheduling:
work whose windows lie within a span must not exceed the span. It lets a trip pause for another, so it errs for the
person. Still it is arithmetic on hours that people tell from memory, so it holds and does not refuse.

Touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from calculators.plausibility.claim import HOLD, Claim, Finding, Neighbour
from calculators.plausibility.limits import Limits, load_limits
from calculators.rounding import EXACT

_SECONDS_PER_HOUR = Decimal(3600)
# What takes longer may have begun earlier than any bound that is the same for all.
LONG_TRIP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Trip:
    """A trip that took `takes` somewhere between two instants; `is_told` where its time is known and fills them."""

    earliest: datetime
    latest: datetime
    takes: timedelta
    is_told: bool = False


def least_seconds(mode: str | None, distance_km: Decimal, limits: Limits | None = None) -> int | None:
    """The least time a distance takes by a mode, in whole seconds rounded down; None for a mode without a limit."""
    given = (limits or load_limits()).modes.get(mode or "")
    if given is None:
        return None
    return int(EXACT.divide(EXACT.multiply(distance_km, _SECONDS_PER_HOUR), Decimal(given.mean_kmh)))


def told_within(limits: Limits | None = None) -> timedelta:
    """How far from the instant that is told a trip without a duration may have begun or ended."""
    return timedelta(seconds=(limits or load_limits()).trip["told_within_s"])


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
        if other.ends_at is not None:
            yield _told(other.occurred_at, other.ends_at)
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
