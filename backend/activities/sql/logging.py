"""What logging an activity asks and writes: one question behind the lock, and one list of writes.

The question is about the days of the activity and its methodology, and about what else somebody did around it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Integer,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    text,
)

from backend.accounts import service as accounts
from backend.activities.domain import Activity, ActivityStatus, FlowClaim, RecordedDecision, Reduction
from backend.activities.sql import (
    activities,
    allowance,
    asset_claims,
    corrections,
    decisions,
    evidence,
    flow_claims,
)
from backend.activities.sql.activities import ACTIVITIES, OF_ITS_ACTIVITY, REDUCTIONS
from backend.activities.sql.stored_reductions import TOTALS, insert_counted
from backend.activities.sql.stored_reductions import around as around_days
from backend.ledger import service as ledger
from backend.methodology import service as methodology
from backend.methodology.service import Interval
from backend.platform.data.batch import Question, Questions, read_as, read_column
from backend.platform.data.transactions import Write
from backend.profiles import service as profiles
from backend.profiles.domain import Profile
from calculators import LONG_TRIP, told_within

# The days of the months around a day one by one, every other month of its years as a sum on its first day.
_written_day = cast(TOTALS.c.occurred_on, String(10))
_period = case(
    (TOTALS.c.occurred_on.between(bindparam("first_near"), bindparam("last_near")), _written_day),
    else_=func.substr(_written_day, 1, 7) + "-01",
)
_USED = (
    select(
        _period.label("period"),
        TOTALS.c.methodology_id,
        func.sum(TOTALS.c.credited).label("credited"),
    )
    .where(
        TOTALS.c.user_id == bindparam("owner"),
        TOTALS.c.methodology_id == bindparam("wanted_methodology"),
        TOTALS.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
    )
    .group_by(text("period"), TOTALS.c.methodology_id)
)
# Whoever did something lately may have claimed the day before, or a trip may reach into the day after.
HELD_AROUND = timedelta(days=2)
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


_CREATED = select(accounts.created_at_of(bindparam("owner")).label("created_at"))
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

Things = Mapping[tuple[str, date], str]  # the keyed hash of each thing on each day


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


@dataclass(frozen=True)
class PeriodUsed:
    """What a day, or a month by its first day, was credited; `period` is that day as text."""

    period: str
    methodology_id: str
    credited: int


@dataclass(frozen=True)
class LoggingAnswers:
    """What there is behind the lock, read at one instant.

    What bears on the caps, what nobody attested, what is claimed on the days around, what a device sent
    before by the same name, what is near, how the person lives, when each version counts, and what lies on the
    person's accounts.
    """

    created: Sequence[datetime]
    used: Sequence[PeriodUsed]
    unattested: Sequence[allowance.UnattestedUsed]
    claims: Sequence[FlowClaim]
    same: Sequence[Activity]
    around: Sequence[NearActivity | ClockUsed]
    profile: Sequence[Profile]
    intervals: Sequence[Interval]
    balances: Sequence[Mapping[str, int]]


@dataclass(frozen=True)
class NewActivity:
    """A new activity with everything it brings: the `claims` for which it is paid, `things` what it rests on.

    A correction is written over the activity that it corrects.
    """

    activity: Activity
    reduction: Reduction
    decision: RecordedDecision | None  # none where every rule accepted it
    evidence_ids: Sequence[str]
    claims: Sequence[FlowClaim]
    things: Things
    is_correction: bool = False


_read_period: Callable[[Mapping[str, Any]], PeriodUsed] = read_as(PeriodUsed)
_read_near: Callable[[Mapping[str, Any]], NearActivity] = read_as(NearActivity)
_read_clock: Callable[[Mapping[str, Any]], ClockUsed] = read_as(ClockUsed)


def created_question(user_id: str) -> Question[datetime]:
    """Since when a person has the account."""
    return Question(_CREATED, {"owner": user_id}, read_column("created_at"))


def logging_question(
    user_id: str, methodology_id: str, client_id: str | None, day: date, around: Question[Any]
) -> Questions[LoggingAnswers]:
    """What to know before an activity of a day is logged, behind the locks."""
    sent_before = {"owner": user_id, "wanted": client_id}
    return Questions(
        {
            "created": created_question(user_id),
            "used": used_question(user_id, methodology_id, day, day),
            "unattested": allowance.use_question(user_id, day, day),
            "claims": flow_claims.held_question(user_id, day - HELD_AROUND, day + HELD_AROUND),
            "same": Question(activities.BY_CLIENT_ID, sent_before, activities.read_activity),
            "around": around,
            "profile": profiles.question(user_id),
            "intervals": methodology.question(methodology_id),
            "balances": ledger.balances_question(user_id),
        },
        LoggingAnswers,
        merged=True,
    )


def used_question(user_id: str, methodology_id: str, earliest: date, latest: date) -> Question[PeriodUsed]:
    """What was credited under a methodology in the longest period a cap may count over, around two days in UTC."""
    asked = {**around_days(user_id, earliest, latest), "wanted_methodology": methodology_id}
    return Question(_USED, asked, _read_period)


def credited_in(answers: Iterable[PeriodUsed]) -> defaultdict[date, int]:
    """What was credited on each day, or in each month on its first day, among the answers to such a question."""
    credited: defaultdict[date, int] = defaultdict(int)
    for one in answers:
        if one.credited:
            credited[date.fromisoformat(one.period)] += int(one.credited)
    return credited


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


def insert_logged(new: NewActivity, *, is_held: bool) -> list[Write]:
    """Store a new activity and count what it is credited with."""
    activity, reduction = new.activity, new.reduction
    user_id, activity_id = activity.user_id, activity.id
    return [
        corrections.correct_activity(activity)
        if new.is_correction
        else Write(activities.INSERT_ACTIVITY, vars(activity)),
        *([] if new.decision is None else [decisions.insert_decision(new.decision)]),
        *(evidence.use_piece(user_id, evidence_id, activity_id) for evidence_id in new.evidence_ids),
        *(Write(flow_claims.INSERT_CLAIM, vars(claim)) for claim in new.claims),
        *(asset_claims.insert_claimed(user_id, activity_id, thing, day) for (_, day), thing in new.things.items()),
        *insert_counted(reduction, is_held=is_held),
    ]
