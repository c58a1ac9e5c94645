"""The statements of decisions and appeals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    FromClause,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from backend.activities.domain import ActivityStatus, Appeal, RecordedDecision, RulePattern
from backend.activities.models import Appeal as AppealRow
from backend.activities.models import Decision as DecisionRow
from backend.activities.sql.activities import ACTIVITIES, OF_ITS_ACTIVITY, REDUCTIONS
from backend.platform.data.batch import Question, read_as, read_column
from backend.platform.data.transactions import Write
from calculators import ACCEPT, BELIEVED

APPEALS = AppealRow.__table__
DECISIONS = DecisionRow.__table__

_STORED = select(DECISIONS)
_NOTHING_FOUND = {"rules": list[str](), "params": dict[str, str]()}
# What every rule accepted has no row, only the version of the limits: it is read as the decision that it was.
_BELIEVED = select(
    ACTIVITIES.c.user_id,
    ACTIVITIES.c.id.label("activity_id"),
    literal(1).label("number"),
    literal(ACCEPT, String()).label("outcome"),
    literal(BELIEVED, String()).label("rule"),
    ACTIVITIES.c.limits_version.label("rule_version"),
    literal(_NOTHING_FOUND, DECISIONS.c.found.type).label("found"),
    cast(null(), DECISIONS.c.decided_by.type).label("decided_by"),
    cast(null(), DECISIONS.c.sealed_reason.type).label("sealed_reason"),
    ACTIVITIES.c.created_at.label("decided_at"),
).where(ACTIVITIES.c.limits_version.is_not(None))
_MADE = union_all(_STORED, _BELIEVED).subquery("made")

INSERT_DECISION = DECISIONS.insert()
_INSERT_APPEAL = APPEALS.insert()
_LAST_NUMBER = select(func.max(_MADE.c.number).label("number")).where(
    _MADE.c.user_id == bindparam("owner"), _MADE.c.activity_id == bindparam("wanted")
)
_OF_ACTIVITY = (
    select(_MADE)
    .where(_MADE.c.user_id == bindparam("owner"), _MADE.c.activity_id == bindparam("wanted"))
    .order_by(_MADE.c.number)
)
_APPEAL = select(APPEALS).where(APPEALS.c.user_id == bindparam("owner"), APPEALS.c.activity_id == bindparam("wanted"))
_ANSWER_APPEAL = (
    APPEALS.update()
    .where(APPEALS.c.user_id == bindparam("owner"), APPEALS.c.activity_id == bindparam("wanted"))
    .values(answered_at=bindparam("answered", type_=APPEALS.c.answered_at.type))
)
FORGET_WORDS = APPEALS.update().where(APPEALS.c.user_id == bindparam("owner")).values(sealed_words=None)
_DELETE_APPEAL = APPEALS.delete().where(
    APPEALS.c.user_id == bindparam("owner"), APPEALS.c.activity_id == bindparam("wanted")
)
# Each activity once, however often it was corrected and found again.
_FOUND = (
    select(_MADE.c.user_id, _MADE.c.activity_id)
    .where(
        _MADE.c.user_id == bindparam("owner"),
        _MADE.c.rule == bindparam("of_rule"),
        _MADE.c.decided_by.is_(None),
        _MADE.c.decided_at >= bindparam("since", type_=_MADE.c.decided_at.type),
    )
    .distinct()
    .subquery("found_by_rule")
)
_PATTERN = (
    select(
        func.count().label("activities"),
        func.coalesce(func.sum(REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points), 0).label("amount"),
    )
    .select_from(_FOUND)
    .join(
        REDUCTIONS,
        and_(
            REDUCTIONS.c.user_id == _FOUND.c.user_id,
            REDUCTIONS.c.activity_id == _FOUND.c.activity_id,
            REDUCTIONS.c.superseded_at.is_(None),
        ),
    )
)
_IS_APPEALED = exists().where(
    APPEALS.c.user_id == ACTIVITIES.c.user_id,
    APPEALS.c.activity_id == ACTIVITIES.c.id,
    APPEALS.c.answered_at.is_(None),
)

# The key of a decision in an export.
DECISION_NAME = (_MADE.c.activity_id + "." + cast(_MADE.c.number, String)).label("name")

read_decision: Callable[[Mapping[str, Any]], RecordedDecision] = read_as(RecordedDecision)
read_pattern: Callable[[Mapping[str, Any]], RulePattern] = read_as(RulePattern)
read_appeal: Callable[[Mapping[str, Any]], Appeal] = read_as(Appeal)


def page_of_waiting(after: Sequence[Any] | None, most: int, *, appealed: bool | None = None) -> Select[Any]:
    """At most `most` activities of anybody that wait for an operator, held or appealed, by id: those behind the id in
    `after`, each with the `amount` at stake; only those with an open appeal, or without one, where `appealed` says."""
    page = (
        select(ACTIVITIES, (REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points).label("amount"))
        .join(REDUCTIONS, OF_ITS_ACTIVITY & REDUCTIONS.c.superseded_at.is_(None))
        .where(
            or_(
                ACTIVITIES.c.status == ActivityStatus.HELD,
                and_(ACTIVITIES.c.status != ActivityStatus.WITHDRAWN, _IS_APPEALED),
            )
        )
        .order_by(ACTIVITIES.c.id)
        .limit(most)
    )
    if appealed is not None:
        page = page.where(_IS_APPEALED if appealed else ~_IS_APPEALED)
    return page if after is None else page.where(ACTIVITIES.c.id > after[0])


def decisions_question(user_id: str, activity_id: str) -> Question[RecordedDecision]:
    """Every decision on an activity, the first one first."""
    return Question(_OF_ACTIVITY, {"owner": user_id, "wanted": activity_id}, read_decision)


def decisions_of(user_id: str) -> Select[Any]:
    """Every decision on a person's activities, with its `DECISION_NAME`, in no order."""
    return select(_MADE, DECISION_NAME).where(_MADE.c.user_id == user_id)


def appeals_of(user_id: str) -> Select[Any]:
    """Every appeal of a person, in no order."""
    return select(APPEALS).where(APPEALS.c.user_id == user_id)


def decisions_on(user_id: str, activity_ids: Sequence[str]) -> Select[Any]:
    """Every decision on some activities, by their numbers."""
    return _on(_MADE, user_id, activity_ids)


def stored_decisions_on(user_id: str, activity_ids: Sequence[str]) -> Select[Any]:
    """Those of them that have rows of their own: the others come along with the activity."""
    return _on(DECISIONS, user_id, activity_ids)


def _on(decisions: FromClause, user_id: str, activity_ids: Sequence[str]) -> Select[Any]:
    of_person = select(decisions).where(decisions.c.user_id == user_id)
    return of_person.where(decisions.c.activity_id.in_(activity_ids)).order_by(decisions.c.number)


def pattern_question(user_id: str, rule: str, since: datetime) -> Question[RulePattern]:
    """How many of a person's activities that still stand a rule found something against since an instant, and what
    they come to together.
    """
    return Question(_PATTERN, {"owner": user_id, "of_rule": rule, "since": since}, read_pattern)


def last_number_question(user_id: str, activity_id: str) -> Question[int | None]:
    """The number of the last decision on an activity."""
    return Question(_LAST_NUMBER, {"owner": user_id, "wanted": activity_id}, read_column("number"))


def appeal_question(user_id: str, activity_id: str) -> Question[Appeal]:
    """The appeal against the decision on an activity."""
    return Question(_APPEAL, {"owner": user_id, "wanted": activity_id}, read_appeal)


def appeals_about(user_id: str, activity_ids: Sequence[str]) -> Select[Any]:
    """The appeals about some activities."""
    return select(APPEALS).where(APPEALS.c.user_id == user_id, APPEALS.c.activity_id.in_(activity_ids))


def insert_decision(decision: RecordedDecision) -> Write:
    """Store a decision."""
    return Write(INSERT_DECISION, vars(decision))


def insert_appeal(appeal: Appeal) -> Write:
    """Store an appeal."""
    return Write(_INSERT_APPEAL, vars(appeal))


def answer_appeal(user_id: str, activity_id: str, now: datetime) -> Write:
    """Note when the appeal about an activity, if there is one, was answered."""
    return Write(_ANSWER_APPEAL, {"owner": user_id, "wanted": activity_id, "answered": now})


def delete_appeal(user_id: str, activity_id: str) -> Write:
    """Remove the one appeal about an activity."""
    return Write(_DELETE_APPEAL, {"owner": user_id, "wanted": activity_id}, rows=1)
