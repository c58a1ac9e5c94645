"""The statements about what else somebody did around an activity, and what the days of other clocks were credited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, and_, bindparam, case, func, or_, select

from backend.activities.domain import ActivityStatus
from backend.activities.sql.activities import ACTIVITIES, OF_ITS_ACTIVITY, REDUCTIONS
from backend.platform.data.batch import Question, read_as, read_column
from calculators import LONG_TRIP, told_within

# Two instants of one civil day are less than this apart, also where the clocks go back.
REACH = timedelta(hours=25)
MOST_NEIGHBOURS = 5000
MOST_BESIDE = 100

# Whatever else counts around an instant, under whatever methodology.
_AROUND = (
    ACTIVITIES.c.user_id == bindparam("owner"),
    ACTIVITIES.c.occurred_at.between(
        bindparam("from_instant", type_=ACTIVITIES.c.occurred_at.type),
        bindparam("to_instant", type_=ACTIVITIES.c.occurred_at.type),
    ),
    or_(ACTIVITIES.c.status == ActivityStatus.CREDITED, ACTIVITIES.c.status == ActivityStatus.HELD),
)
_COLUMNS = (
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


def _credited(activities: Any) -> Any:
    """Activities with what each is credited with."""
    return select(
        *(column for column in activities.c if column.name != "user_id"),
        (REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points).cast(Integer).label("amount"),
    ).join_from(
        activities,
        REDUCTIONS,
        and_(
            REDUCTIONS.c.user_id == activities.c.user_id,
            REDUCTIONS.c.activity_id == activities.c.id,
            REDUCTIONS.c.superseded_at.is_(None),
        ),
    )


_NEAR = _credited(
    select(*_COLUMNS).where(*_AROUND).order_by(ACTIVITIES.c.occurred_at.desc()).limit(MOST_NEIGHBOURS).subquery("near")
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
    .where(*_AROUND)
    .group_by(ACTIVITIES.c.zone)
)
_ZONES = select(ACTIVITIES.c.zone).where(*_AROUND).distinct()
# The longest first: whoever tells a hundred short trips hides no long one behind them.
_BESIDE = _credited(
    select(*_COLUMNS)
    .where(*_AROUND, ACTIVITIES.c.least_s.is_not(None), _MAY_SHARE_TIME)
    .order_by(ACTIVITIES.c.least_s.desc())
    .limit(MOST_BESIDE)
    .subquery("beside")
)
_CREDITED_IN_SPAN = (
    select(func.coalesce(func.sum(REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points), 0).label("credited"))
    .join(ACTIVITIES, OF_ITS_ACTIVITY)
    .where(
        ACTIVITIES.c.user_id == bindparam("owner"),
        ACTIVITIES.c.methodology_id == bindparam("wanted_methodology"),
        ACTIVITIES.c.occurred_at >= bindparam("begins", type_=ACTIVITIES.c.occurred_at.type),
        ACTIVITIES.c.occurred_at < bindparam("ends", type_=ACTIVITIES.c.occurred_at.type),
        REDUCTIONS.c.superseded_at.is_(None),
    )
)


@dataclass(frozen=True)
class NearActivity:
    """A credited or held activity around an instant, with what it is credited with."""

    id: str
    methodology_id: str
    occurred_at: datetime
    zone: str
    duration_s: int | None
    least_s: int | None
    inputs: Mapping[str, Any]
    status: str
    amount: int


@dataclass(frozen=True)
class ClockUsed:
    """A zone under which something was logged, and how long the trips take that one may share time with."""

    zone: str
    least_s: int = 0


_read_near: Callable[[Mapping[str, Any]], NearActivity] = read_as(NearActivity)
_read_clock: Callable[[Mapping[str, Any]], ClockUsed] = read_as(ClockUsed)


def near_question(user_id: str, earliest: datetime, latest: datetime) -> Question[NearActivity]:
    """The activities around those between two instants, at most `MOST_NEIGHBOURS`."""
    return Question(_NEAR, _span(user_id, earliest, latest), _read_near)


def beside_question(user_id: str, occurred_at: datetime, least_s: int) -> Question[NearActivity]:
    """The longest of the trips that one which takes `least_s` may share time with."""
    return Question(_BESIDE, _beside(user_id, occurred_at, least_s), _read_near)


def clocks_question(user_id: str, occurred_at: datetime, least_s: int | None) -> Question[ClockUsed]:
    """Under which clocks something was logged around an instant; of a trip with the hours it may share time with."""
    if least_s is None:
        return Question(_ZONES, _span(user_id, occurred_at, occurred_at), _read_clock)
    return Question(_CLOCKS_AND_HOURS, _beside(user_id, occurred_at, least_s), _read_clock)


def credited_in_span(user_id: str, methodology_id: str, begins: datetime, ends: datetime) -> Question[Any]:
    """What was credited under a methodology from one instant to before another."""
    parameters = {"owner": user_id, "wanted_methodology": methodology_id, "begins": begins, "ends": ends}
    return Question(_CREDITED_IN_SPAN, parameters, read_column("credited"))


def _span(user_id: str, earliest: datetime, latest: datetime) -> dict[str, Any]:
    return {"owner": user_id, "from_instant": earliest - REACH, "to_instant": latest + REACH}


def _beside(user_id: str, occurred_at: datetime, least_s: int) -> dict[str, Any]:
    """Where to look for what a trip that takes `least_s` may share time with."""
    apart = 2 * told_within()
    return _span(user_id, occurred_at, occurred_at) | {
        "lately": occurred_at - LONG_TRIP - apart,
        "until": occurred_at + timedelta(seconds=least_s) + apart,
    }
