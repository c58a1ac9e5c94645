"""What logging an activity asks and writes: one question behind the lock, and one list of writes."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import String, bindparam, case, cast, func, literal, select, text, union_all

from backend.accounts import service as accounts
from backend.activities.domain import Activity, RecordedDecision, Reduction
from backend.activities.sql import activities, allowance, claims, days, decisions, evidence
from backend.activities.sql.days import PeriodUsed
from backend.activities.sql.neighbours import ClockUsed, NearActivity
from backend.platform.data.batch import Question, Questions
from backend.platform.data.transactions import Write

# The days of the months around a day one by one, every other month of its years as a sum on its first day.
_written_day = cast(days.TOTALS.c.occurred_on, String(10))
_period = case(
    (days.TOTALS.c.occurred_on.between(bindparam("first_near"), bindparam("last_near")), _written_day),
    else_=func.substr(_written_day, 1, 7) + "-01",
)
_used_in_year = (
    select(
        _period.label("period"),
        days.TOTALS.c.methodology_id,
        func.sum(days.TOTALS.c.credited).label("credited"),
        literal(0).label("is_covered"),
    )
    .where(
        days.TOTALS.c.user_id == bindparam("owner"),
        days.TOTALS.c.methodology_id == bindparam("wanted_methodology"),
        days.TOTALS.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
    )
    .group_by(text("period"), days.TOTALS.c.methodology_id)
)
# What counts on the days around an activity, and what bears on the caps of its methodology, in one question.
_USED_AND_CLAIMED_PARTS = (
    _used_in_year,
    days.CREDITED_BETWEEN.where(days.TOTALS.c.methodology_id != bindparam("wanted_methodology")),
    days.COVERED_BETWEEN,
)
_USED_AND_CLAIMED = union_all(*_USED_AND_CLAIMED_PARTS)
_USE = allowance.USED.subquery()

_NONE = literal(0)
# The same with what nobody attested, which only one activity at a time asks in the same statement.
_WITH_USE = union_all(
    *(one.add_columns(_NONE.label("unattested")) for one in _USED_AND_CLAIMED_PARTS),
    select(
        _USE.c.period,
        _USE.c.methodology_id,
        _NONE.label("credited"),
        _NONE.label("is_covered"),
        _USE.c.unattested,
    ),
)

Things = Mapping[tuple[str, date], str]  # the keyed hash of each thing on each day


@dataclass(frozen=True)
class LoggingAnswers:
    """What there is behind the lock: the days used, what a device sent before by the same name, and what is near."""

    book: Sequence[int]
    circle: Sequence[str]
    created: Sequence[datetime]
    used_and_claimed: Sequence[PeriodUsed]
    same: Sequence[Activity]
    around: Sequence[NearActivity | ClockUsed]


@dataclass(frozen=True)
class NewActivity:
    """A new activity with everything it brings: `days` are those it covers, `things` what it rests on."""

    activity: Activity
    reduction: Reduction
    decision: RecordedDecision
    evidence_ids: Sequence[str]
    days: Sequence[date]
    things: Things


def logging_question(
    user_id: str, methodology_id: str, client_id: str | None, day: date, around: Question[Any]
) -> Questions[LoggingAnswers]:
    """What to know before an activity of a day is logged; the lock on the person's book comes first."""
    sent_before = {"owner": user_id, "wanted": client_id}
    return Questions(
        {
            "book": Question(activities.OPEN_BOOK, {"user_id": user_id, "revision": 1}, activities.read_revision),
            "circle": accounts.circle_lock(user_id),
            "created": accounts.created_question(user_id),
            "used_and_claimed": _all_used(user_id, methodology_id, day),
            "same": Question(activities.BY_CLIENT_ID, sent_before, activities.read_activity),
            "around": around,
        },
        LoggingAnswers,
    )


def used_and_claimed_question(user_id: str, methodology_id: str, earliest: date, latest: date) -> Question[PeriodUsed]:
    """What to know about a methodology for activities between two days in UTC.

    What was credited in the longest period a cap may count over, and what takes the days around. The civil day,
    whatever the zone, is at most one away from UTC's.
    """
    before, after = earliest - timedelta(days=1), latest + timedelta(days=1)
    parameters = {
        "owner": user_id,
        "wanted_methodology": methodology_id,
        "first_near": before.replace(day=1),
        "last_near": after.replace(day=monthrange(after.year, after.month)[1]),
        "first_day": before.replace(month=1, day=1),
        "last_day": after.replace(month=12, day=31),
        "first_claimed": before,
        "last_claimed": after,
    }
    return Question(_USED_AND_CLAIMED, parameters, days.read_period)


def _all_used(user_id: str, methodology_id: str, day: date) -> Question[PeriodUsed]:
    question = used_and_claimed_question(user_id, methodology_id, day, day)
    parameters = {**question.parameters, **allowance.use_parameters(user_id, day, day)}
    return Question(_WITH_USE, parameters, days.read_period)


def insert_logged(new: NewActivity, *, is_held: bool) -> list[Write]:
    """Store a new activity and count what it is credited with."""
    activity, reduction = new.activity, new.reduction
    user_id, activity_id = activity.user_id, activity.id
    writes = [
        Write(activities.INSERT_ACTIVITY, vars(activity)),
        Write(decisions.INSERT_DECISION, vars(new.decision)),
        *(evidence.use_piece(user_id, evidence_id, activity_id) for evidence_id in new.evidence_ids),
        *(claims.insert_claimed(user_id, activity_id, thing, day) for (_, day), thing in new.things.items()),
        Write(activities.INSERT_REDUCTION, vars(reduction)),
        *days.count(reduction, is_held=is_held),
    ]
    if len(new.days) > 1 and reduction.credited_g + reduction.behaviour_points:
        writes += days.cover(user_id, activity_id, activity.methodology_id, new.days)
    return writes
