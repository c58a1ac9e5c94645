"""Putting another result in the place of an activity's present one: a decision was made, or better evidence arrived.

Always by entries: the reduction gets a new revision, its day and its points the difference. Points that were held are
taken back and issued anew, so that the ledger tells both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import Activity, ActivityStatus, LiveReduction, Reduction
from backend.activities.service import allowance, asset_claims
from backend.activities.service.estimates import amount_of
from backend.activities.service.flow_rivals import Contender, Contest, contest, counted_by, holds_claims, least_by
from backend.activities.service.ledger_effects import Revision, replace_reduction, settle_points
from backend.activities.service.notices import notify_confirmed
from backend.activities.service.reallocation import (
    FREE,
    allowance_beside,
    displace,
    reallocate,
    reallocate_displaced,
    recompute_with,
    room_beside,
)
from backend.activities.service.rolling_year import net_all_again
from backend.activities.sql import activities as sql
from backend.activities.sql.flow_claims import delete_claims, insert_claims
from backend.platform.core import clock
from backend.platform.data.transactions import enqueue_writes
from calculators import ClaimedElsewhere, Estimate, Methodology


@dataclass(frozen=True)
class Present:
    """An activity as it stands: its live reduction, and the methodology in the version that this rests on."""

    activity: Activity
    reduction: Reduction
    rule: Methodology


@dataclass(frozen=True)
class Judged:
    """What an activity comes to now: its claims, what is `displaced` by them, and the things it rests on."""

    estimate: Estimate
    found: Contest
    displaced: Sequence[LiveReduction] = ()
    things: asset_claims.Things = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """Another result for an activity, why and when."""

    judged: Judged
    status: ActivityStatus
    reason: str | None
    cause: str
    now: datetime


def judge_anew(session: Session, present: Present, context: Mapping[str, Any]) -> Judged:
    """The recorded working with what was asked anew (`context`) and the room there is now, and what it rests on.

    What counted nothing must find its flow and its household's things free now; what is weaker than it counts no
    longer from here on, and `put_in_place` allocates again what that had kept out.
    """
    reduction = present.reduction
    context = {**FREE, **_allowance_now(session, reduction), **context}
    things: asset_claims.Things = {}
    if not reduction.amount:
        context |= {"claimed_elsewhere": None}
        things, elsewhere = _take_things(session, present, _recomputed(session, present, context))
        context |= {"claimed_elsewhere": elsewhere and elsewhere.record()}
    estimate = _recomputed(session, present, context)
    found = contest(session, contender(present, estimate))
    if found.stronger:
        counted = counted_by(session, found.stronger)
        return Judged(_recomputed(session, present, context | {"counted_already": counted.record()}), found, (), things)
    displaced = displace(session, found, clock.database_now(session))
    return Judged(_recomputed(session, present, context) if displaced else estimate, found, displaced, things)


def _recomputed(session: Session, present: Present, context: Mapping[str, Any]) -> Estimate:
    rule, reduction = present.rule, present.reduction
    return recompute_with(rule, reduction, room_beside(session, rule, present.activity, reduction), context)


def _take_things(
    session: Session, present: Present, estimate: Estimate
) -> tuple[asset_claims.Things, ClaimedElsewhere | None]:
    """What of a household an activity rests on that counted nothing; or what somebody else has claimed."""
    rule, reduction = present.rule, present.reduction
    if not asset_claims.might_count(rule, estimate):
        return {}, None
    asset_claims.give_back(session, reduction.user_id, reduction.activity_id)
    return asset_claims.take(session, reduction.user_id, rule, asset_claims.days_of_reduction(rule, reduction))


def contender(present: Present, estimate: Estimate) -> Contender:
    """An activity as it stands, with what it would come to."""
    activity = present.activity
    return Contender(
        activity.user_id, activity.id, activity.occurred_at, activity.zone, present.rule, estimate, least_by(estimate)
    )


def _allowance_now(session: Session, reduction: Reduction) -> dict[str, Any]:
    on = reduction.occurred_on
    return allowance_beside(session, reduction, allowance.ask_use(session, reduction.user_id, on, on))


def put_in_place(session: Session, present: Present, result: Result) -> None:
    """Write a result as the activity's, with its status, points and everything that shares its caps."""
    activity, before = present.activity, present.reduction
    estimate, judged = result.judged.estimate, result.judged
    user_id, activity_id, amount = activity.user_id, activity.id, amount_of(estimate)
    number, is_held = before.revision + 1, result.status == ActivityStatus.HELD
    if activity.is_held and not is_held:
        settle_points(session, activity, number, 0, is_held=True)
        number += 1
    revision = Revision(number, result.cause, result.now, is_held)
    enqueue_writes(session, [delete_claims(user_id, activity_id)])
    after = replace_reduction(session, before, estimate, revision, was_held=activity.is_held)
    if holds_claims(estimate):
        enqueue_writes(session, insert_claims(judged.found.claims))
    if amount == before.amount:
        notify_confirmed(session, before, after)
    if (result.status, result.reason) != (activity.status, activity.reason):
        change = sql.change_status(user_id, activity_id, activity.status, result.status, result.reason)
        enqueue_writes(session, [change])
    settle_points(session, activity, number, amount, is_held=is_held)
    enqueue_writes(session, asset_claims.rest_on(user_id, activity_id, judged.things))
    if not asset_claims.might_count(present.rule, estimate):
        asset_claims.give_back(session, user_id, activity_id)
    if amount < before.amount or after.unattested < before.unattested:
        reallocate(session, user_id, before, result.now)
    reallocate_displaced(session, judged.displaced, result.now)
    net_all_again(session, user_id, present.rule, result.now)
