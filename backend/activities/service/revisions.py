"""Putting another result in the place of an activity's present one: a decision was made, or better evidence arrived.

Always by entries: the reduction gets a new revision, its day and its points the difference. Points that were held are
taken back and issued anew, so that the ledger tells both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import Activity, ActivityStatus, Reduction
from backend.activities.service import allowance, flow_claims
from backend.activities.service.estimates import amount_of
from backend.activities.service.ledger_effects import Revision, replace_reduction, settle_points
from backend.activities.service.notices import notify_confirmed
from backend.activities.service.reallocation import (
    allowance_beside,
    counted_now,
    cover_days,
    reallocate,
    recompute_with,
    room_beside,
)
from backend.activities.service.rolling_year import net_again
from backend.activities.sql import activities as sql
from backend.activities.sql.claims import give_back
from backend.activities.sql.days import uncover
from backend.platform.data.transactions import enqueue_writes
from calculators import Estimate, Methodology


@dataclass(frozen=True)
class Present:
    """An activity as it stands: its live reduction, and the methodology in the version that this rests on."""

    activity: Activity
    reduction: Reduction
    rule: Methodology


@dataclass(frozen=True)
class Result:
    """Another result for an activity, why and when; `things` are what it rests on from now on."""

    estimate: Estimate
    status: ActivityStatus
    reason: str | None
    cause: str
    now: datetime
    things: flow_claims.Things = field(default_factory=dict)


def judge_anew(session: Session, present: Present, context: Mapping[str, Any]) -> tuple[Estimate, flow_claims.Things]:
    """The recorded working with what was asked anew (`context`) and the room there is now, and what it rests on.

    What counted nothing must find its days and its household's things free now.
    """
    rule, reduction = present.rule, present.reduction
    context = _allowance_now(session, reduction) | dict(context)
    room, user_id = room_beside(session, rule, present.activity, reduction), reduction.user_id
    if reduction.amount:
        return recompute_with(rule, reduction, room, context), {}
    counted = counted_now(session, user_id, rule, reduction)
    free = {**context, "counted_already": counted and counted.record(), "claimed_elsewhere": None}
    estimate = recompute_with(rule, reduction, room, free)
    if not flow_claims.might_count(rule, estimate):
        return estimate, {}
    enqueue_writes(session, give_back(user_id, reduction.activity_id))
    days = flow_claims.days_of_reduction(rule, reduction)
    things, elsewhere = flow_claims.take(session, user_id, rule, days)
    if elsewhere is not None:
        estimate = recompute_with(rule, reduction, room, free | {"claimed_elsewhere": elsewhere.record()})
    return estimate, things


def _allowance_now(session: Session, reduction: Reduction) -> dict[str, Any]:
    on = reduction.occurred_on
    return allowance_beside(reduction, allowance.ask_use(session, reduction.user_id, on, on))


def put_in_place(session: Session, present: Present, result: Result) -> None:
    """Write a result as the activity's, with its status, points and everything that shares its caps."""
    activity, before = present.activity, present.reduction
    user_id, activity_id, amount = activity.user_id, activity.id, amount_of(result.estimate)
    number, is_held = before.revision + 1, result.status == ActivityStatus.HELD
    if activity.is_held and not is_held:
        settle_points(session, activity, number, 0, is_held=True)
        number += 1
    revision = Revision(number, result.cause, result.now, is_held)
    after = replace_reduction(session, before, result.estimate, revision, was_held=activity.is_held)
    if amount == before.amount:
        notify_confirmed(session, before, after)
    if (result.status, result.reason) != (activity.status, activity.reason):
        change = sql.change_status(user_id, activity_id, activity.status, result.status, result.reason)
        enqueue_writes(session, [change])
    settle_points(session, activity, number, amount, is_held=is_held)
    if amount and not before.amount:
        enqueue_writes(session, cover_days(present.rule, before, user_id))
    elif before.amount and not amount:
        enqueue_writes(session, [uncover(user_id, activity_id)])
    enqueue_writes(session, flow_claims.rest_on(user_id, activity_id, result.things))
    if not flow_claims.might_count(present.rule, result.estimate):
        enqueue_writes(session, give_back(user_id, activity_id))
    if amount < before.amount or after.unattested < before.unattested:
        reallocate(session, user_id, before, result.now)
    net_again(session, user_id, result.now)
