"""What else somebody did around an activity, asked as narrowly as the rules allow, and by which clocks.

Whoever logs thousands within a day must not make each next one read them all. Of a trip that names neither its time nor
a track the database first answers in one row by which clocks that day was logged, and how long the trips that it may
share time with take together. Only where they could leave it no time are they read, the longest of them.

By one clock a day's cap is measured against the day's total. Whoever was in Kiritimati at noon and is in Baker Island
a minute later would find two days with room in one: so the day of every zone they kept, as a span of instants, is
measured too, and the fullest counts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backend.activities.domain import Activity, ActivityStatus, LogActivity
from backend.activities.sql.logging import (
    REACH,
    ClockUsed,
    NearActivity,
    beside_question,
    clocks_question,
    credited_in_span,
    near_question,
)
from backend.platform.core import clock
from backend.platform.data.batch import Batch, Question, fetch
from calculators import Neighbour, is_own_strength, kilometres_of, least_seconds, mode_of, told_within

TRIPS = "transport."
FAR = timedelta(days=1)

Credited = tuple[datetime, int]  # when something happened, and what it is credited with


@dataclass
class Neighbourhood:
    """What else a person did, in the order of time; it follows what is recorded."""

    neighbours: list[Neighbour] = field(default_factory=list)
    clocks: list[tuple[datetime, str]] = field(default_factory=list)  # when they did it, and in which zone

    def add(self, activity: Activity, amount: int) -> None:
        """Take in what was recorded just now."""
        insort(self.neighbours, _neighbour_of(activity, amount), key=_when)
        self.clocks.append((activity.occurred_at, activity.zone))

    def around(self, occurred_at: datetime) -> tuple[list[Neighbour], set[str]]:
        """What was at most a day away from an instant, and the zones under which something was logged whose day may
        hold it.
        """
        first = bisect_left(self.neighbours, occurred_at - FAR, key=_when)
        near = self.neighbours[first : bisect_right(self.neighbours, occurred_at + FAR, key=_when)]
        return near, {zone for when, zone in self.clocks if abs(when - occurred_at) <= REACH}


@dataclass(frozen=True)
class AskedAround:
    """What is asked about the activities around one: all of them, or what those take beside a trip of `least_s`."""

    user_id: str
    occurred_at: datetime
    question: Question[NearActivity] | Question[ClockUsed]
    is_all: bool
    least_s: int | None = None


def neighbourhood_of(activities: Iterable[NearActivity]) -> Neighbourhood:
    """What the answer to `near_question` says."""
    rows = list(activities)
    neighbours = sorted((_neighbour_of(row, row.amount) for row in rows), key=_when)
    return Neighbourhood(neighbours, [(row.occurred_at, row.zone) for row in rows])


def ask_around(user_id: str, command: LogActivity) -> AskedAround:
    """What to ask about the activities around one: of a trip whose time or strength is told, all of them.

    Of any other trip how long those take that it may share time with, and of everything only under which clocks it
    was logged; `read_neighbourhood` asks on where that leaves a doubt.
    """
    at = command.occurred_at
    if _needs_all(command):
        return AskedAround(user_id, at, near_question(user_id, at, at), is_all=True)
    least_s = least_of(command.methodology_id, command.inputs, None)
    return AskedAround(user_id, at, clocks_question(user_id, at, least_s), is_all=False, least_s=least_s)


def read_neighbourhood(
    session: Session, asked: AskedAround, zone: str, answer: Sequence[NearActivity | ClockUsed]
) -> Neighbourhood:
    """The neighbourhood by the answer to what was asked, for somebody whose clock shows `zone`; may ask more."""
    return neighbourhood_of(_ask_on(session, asked, zone, answer))


def least_of(methodology_id: str, inputs: Mapping[str, Any], duration_s: int | None) -> int | None:
    """The least time a trip takes, in seconds: as told or shown, else at its fastest; None for what is no trip."""
    distance_km = kilometres_of(inputs) if methodology_id.startswith(TRIPS) else None
    if distance_km is None:
        return None
    return duration_s or least_seconds(mode_of(methodology_id, inputs.get("mode")), distance_km)


def offset_s(instant: datetime, zone: str) -> int:
    """How far ahead of UTC the clocks of a zone were at an instant."""
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def ask_fullest_day(session: Session, user_id: str, methodology_id: str, at: datetime, zones: Set[str]) -> int:
    """What the fullest of the days that hold `at`, one for each of `zones`, was credited; one round trip.

    0 where the zone is one: then the total of the civil day says it all.
    """
    if len(zones) == 1:
        return 0
    batch = Batch(session)
    spans = [span_in(zone, at) for zone in sorted(zones)]
    credited = [batch.fetch(credited_in_span(user_id, methodology_id, begins, ends)) for begins, ends in spans]
    batch.run()
    return max((int(one.one()) for one in credited), default=0)


def ask_used_by_any_clock(session: Session, user_id: str, methodology_id: str, at: datetime, zone: str) -> int:
    """`ask_fullest_day` for `zone` and every other under which something was logged around then."""
    clocks = fetch(session, clocks_question(user_id, at, None)).all()
    return ask_fullest_day(session, user_id, methodology_id, at, {zone, *(one.zone for one in clocks)})


def fullest_day(credited: Iterable[Credited], at: datetime, zones: Iterable[str]) -> int:
    """The same of what is known already."""
    known = list(credited)
    spans = [span_in(zone, at) for zone in zones]
    return max((sum(amount for when, amount in known if begins <= when < ends) for begins, ends in spans), default=0)


def span_in(zone: str, at: datetime) -> tuple[datetime, datetime]:
    """The first instant of the civil day of `zone` that holds `at`, and the first one after it."""
    return clock.span_of_day(clock.local_day(at, zone), zone)


def _ask_on(
    session: Session, asked: AskedAround, zone: str, answer: Sequence[NearActivity | ClockUsed]
) -> Sequence[NearActivity]:
    user_id, at, least_s = asked.user_id, asked.occurred_at, asked.least_s
    if asked.is_all:
        return [one for one in answer if isinstance(one, NearActivity)]
    if any(one.zone != zone for one in answer):
        return fetch(session, near_question(user_id, at, at)).all()
    # what fits into the time by which a trip may be told off leaves room for it, however it is laid
    if least_s is None or sum(one.least_s or 0 for one in answer) <= 2 * told_within().total_seconds():
        return ()
    return fetch(session, beside_question(user_id, at, least_s)).all()


def _neighbour_of(activity: Activity | NearActivity, amount: int) -> Neighbour:
    """An activity as the rules see it beside another."""
    methodology_id = activity.methodology_id
    return Neighbour(
        methodology_id=methodology_id,
        occurred_at=activity.occurred_at,
        zone_offset_s=offset_s(activity.occurred_at, activity.zone),
        amount=amount,
        mode=mode_of(methodology_id, activity.inputs.get("mode")),
        distance_km=kilometres_of(activity.inputs) if methodology_id.startswith(TRIPS) else None,
        duration_s=activity.duration_s,
        least_s=activity.least_s,
        is_held=activity.status == ActivityStatus.HELD,
    )


def _needs_all(command: LogActivity) -> bool:
    if not command.methodology_id.startswith(TRIPS):
        return False
    has_time = command.duration_s is not None or bool(command.evidence)
    return has_time or is_own_strength(mode_of(command.methodology_id, command.inputs.get("mode")))


def _when(neighbour: Neighbour) -> datetime:
    return neighbour.occurred_at
