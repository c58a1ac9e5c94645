"""What else somebody did around an activity, asked as narrowly as the rules allow.

Whoever logs thousands within a day must not make each next one read them all. Of a trip that names neither its time nor
a track the database first answers in one row by which clocks that day was logged, and how long the trips that it may
share time with take together. Only where they could leave it no time are they read, the longest of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from backend.activities.models import HELD
from backend.activities.service import day_caps
from backend.activities.service.estimates import Told
from backend.activities.sql import ACTIVITIES, REDUCTIONS
from backend.platform.data.batch import Question, fetch
from calculators import LONG_TRIP, Neighbour, is_own_strength, kilometres_of, least_seconds, mode_of, told_within

Row = Mapping[str, Any]
TRIPS = "transport."
FAR = timedelta(days=1)
MOST_NEIGHBOURS = 5000
MOST_BESIDE = 100

_SEEN = (
    ACTIVITIES.c.user_id,
    ACTIVITIES.c.id,
    ACTIVITIES.c.methodology_id,
    ACTIVITIES.c.occurred_at,
    ACTIVITIES.c.zone,
    ACTIVITIES.c.duration_s,
    ACTIVITIES.c.least_s,
    ACTIVITIES.c.inputs,
    ACTIVITIES.c.status,
)


def _credited(found: Any) -> Any:
    """`found` activities with what each is credited with."""
    return select(
        *found.c, (REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points).cast(Integer).label("amount")
    ).join_from(
        found,
        REDUCTIONS,
        and_(
            REDUCTIONS.c.user_id == found.c.user_id,
            REDUCTIONS.c.activity_id == found.c.id,
            REDUCTIONS.c.superseded_at.is_(None),
        ),
    )


_NEAR = _credited(
    select(*_SEEN)
    .where(*day_caps.AROUND)
    .order_by(ACTIVITIES.c.occurred_at.desc())
    .limit(MOST_NEIGHBOURS)
    .subquery("near")
)
# Of trips that are not long only those told for about the same time.
_MAY_SHARE_TIME = and_(
    ACTIVITIES.c.occurred_at <= bindparam("until", type_=ACTIVITIES.c.occurred_at.type),
    or_(
        ACTIVITIES.c.occurred_at >= bindparam("lately", type_=ACTIVITIES.c.occurred_at.type),
        ACTIVITIES.c.least_s >= int(LONG_TRIP.total_seconds()),
    ),
)
_CLOCKS_AND_HOURS = (
    select(
        ACTIVITIES.c.zone,
        func.coalesce(func.sum(case((_MAY_SHARE_TIME, ACTIVITIES.c.least_s))), 0).cast(Integer).label("least_s"),
    )
    .where(*day_caps.AROUND)
    .group_by(ACTIVITIES.c.zone)
)
# The longest first: whoever tells a hundred short trips hides no long one behind them.
_BESIDE = _credited(
    select(*_SEEN)
    .where(*day_caps.AROUND, ACTIVITIES.c.least_s.is_not(None), _MAY_SHARE_TIME)
    .order_by(ACTIVITIES.c.least_s.desc())
    .limit(MOST_BESIDE)
    .subquery("beside")
)


@dataclass
class Around:
    """What else a person did, in the order of time; it follows what is recorded."""

    neighbours: list[Neighbour] = field(default_factory=list)
    clocks: list[tuple[datetime, str]] = field(default_factory=list)  # when they did it, and in which zone

    def learn(self, rows: Sequence[Row]) -> None:
        """Take in the answer to `question`, or what `answered` made of that to `question_for`."""
        self.neighbours = sorted(map(neighbour_of, rows), key=_when)
        self.clocks = [(row["occurred_at"], row["zone"]) for row in rows]

    def add(self, neighbour: Neighbour, zone: str) -> None:
        """Take in what was recorded just now, in `zone`."""
        insort(self.neighbours, neighbour, key=_when)
        self.clocks.append((neighbour.occurred_at, zone))

    def zones(self, occurred_at: datetime) -> set[str]:
        """The zones under which something was logged whose day may hold an instant."""
        return {zone for when, zone in self.clocks if abs(when - occurred_at) <= day_caps.REACH}

    def near(self, occurred_at: datetime) -> list[Neighbour]:
        """What was at most a day away from an instant."""
        first = bisect_left(self.neighbours, occurred_at - FAR, key=_when)
        return self.neighbours[first : bisect_right(self.neighbours, occurred_at + FAR, key=_when)]


def question(user_id: str, earliest: datetime, latest: datetime) -> Question[dict[str, Any]]:
    """What to ask about the activities around those between two instants, together with other questions."""
    named = {"owner": user_id, "from_instant": earliest - day_caps.REACH, "to_instant": latest + day_caps.REACH}
    return Question(_NEAR, named, dict)


def question_for(user_id: str, told: Told) -> Question[dict[str, Any]]:
    """What to ask about the activities around one: of a trip whose time or strength is told, all of them.

    Of any other trip how long those take that it may share time with, and of everything only under which clocks it
    was logged; `answered` asks on where that leaves a doubt.
    """
    if _needs_all(told):
        return question(user_id, told.occurred_at, told.occurred_at)
    least_s = least_of(told.methodology_id, told.inputs, None)
    if least_s is None:
        return day_caps.zones_question(user_id, told.occurred_at)
    return Question(_CLOCKS_AND_HOURS, _beside(user_id, told.occurred_at, least_s), dict)


def answered(session: Session, user_id: str, told: Told, zone: str, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows for `Around.learn` from the answer to `question_for`, by somebody whose clock shows `zone`."""
    if _needs_all(told):
        return rows
    if any(row["zone"] != zone for row in rows):
        return fetch(session, question(user_id, told.occurred_at, told.occurred_at)).all()
    least_s = least_of(told.methodology_id, told.inputs, None)
    # what fits into the time by which a trip may be told off leaves room for it, however it is laid
    if least_s is None or sum(row["least_s"] for row in rows) <= 2 * told_within().total_seconds():
        return ()
    return fetch(session, Question(_BESIDE, _beside(user_id, told.occurred_at, least_s), dict)).all()


def neighbour_of(row: Row) -> Neighbour:
    """An activity as the rules see it beside another; `row` is one of the answer to `question`."""
    inputs = row["inputs"]
    return Neighbour(
        methodology_id=row["methodology_id"],
        occurred_at=row["occurred_at"],
        zone_offset_s=offset_s(row["occurred_at"], row["zone"]),
        amount=int(row["amount"]),
        mode=mode_of(row["methodology_id"], inputs.get("mode")),
        distance_km=kilometres_of(inputs) if row["methodology_id"].startswith(TRIPS) else None,
        duration_s=row["duration_s"],
        least_s=row["least_s"],
        is_held=row["status"] == HELD,
    )


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


def _beside(user_id: str, occurred_at: datetime, least_s: int) -> dict[str, Any]:
    """Where to look for what a trip that takes `least_s` may share time with."""
    apart = 2 * told_within()
    return {
        "owner": user_id,
        "from_instant": occurred_at - day_caps.REACH,
        "to_instant": occurred_at + day_caps.REACH,
        "lately": occurred_at - LONG_TRIP - apart,
        "until": occurred_at + timedelta(seconds=least_s) + apart,
    }


def _needs_all(told: Told) -> bool:
    if not told.methodology_id.startswith(TRIPS):
        return False
    has_time = told.duration_s is not None or bool(told.evidence)
    return has_time or is_own_strength(mode_of(told.methodology_id, told.inputs.get("mode")))


def _when(neighbour: Neighbour) -> datetime:
    return neighbour.occurred_at
