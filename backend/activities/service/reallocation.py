"""Allocating again what shared a cap or a day with an activity that counts less or no longer.

A day is allocated in the order in which things happened. Each activity whose credit changes gets a new revision of
its reduction, recomputed from the recorded working with the new room, and a posting of the difference. What found its
days counted already, and finds them free now, counts within the room that is left.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import RESETTLED, Activity, ActivityStatus, LiveReduction, Reduction
from backend.activities.service import allowance, flow_claims
from backend.activities.service.estimates import amount_of, cap_room, span_of
from backend.activities.service.ledger_effects import Revision, replace_reduction, settle_points, unattested_of
from backend.activities.service.neighbours import Credited, ask_used_by_any_clock, fullest_day
from backend.activities.sql import activities as sql
from backend.activities.sql.allowance import withheld_between
from backend.activities.sql.days import cover, uncover, used_question
from backend.methodology import service as methodology
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import Write, enqueue_writes
from calculators import CountedAlready, Estimate, Methodology, recompute

# No document lets one activity cover more days; what lies further from a freed day cannot have been kept out by it.
LONGEST_COVERED = timedelta(days=62)


@dataclass(frozen=True)
class Room:
    """What was credited of the room under an activity's caps: by day, and on its fullest day by any clock."""

    used: Mapping[date, int]
    used_today: int = 0


def reallocate(session: Session, user_id: str, reduction: Reduction, now: datetime) -> None:
    """Allocate again everything that shares a cap or a day with `reduction`, in the order in which it happened."""
    rule = rule_of(session, reduction)
    first, last = span_of(rule, reduction.occurred_on)
    _reallocate_caps(session, user_id, rule, (first, last), now)
    if rule.excludes:
        _count_what_was_excluded(session, user_id, rule, (first - LONGEST_COVERED, last + LONGEST_COVERED), now)
    if reduction.unattested:
        _count_what_was_withheld(session, user_id, reduction.occurred_on, now)


def recompute_with(rule: Methodology, reduction: Reduction, room: Room, context: Mapping[str, Any]) -> Estimate:
    """The recorded working again, with the room that is left now; `context` holds what else was asked anew."""
    working = json.loads(reduction.working)
    left = cap_room(rule, room.used, reduction.occurred_on, room.used_today)
    return recompute(working | {"context": working["context"] | {"cap_room": left} | dict(context)}, rule.text)


def room_beside(session: Session, rule: Methodology, activity: Activity | LiveReduction, reduction: Reduction) -> Room:
    """What bears on the caps of an activity, itself left out."""
    user_id, on, own = reduction.user_id, reduction.occurred_on, reduction.amount
    days = fetch(session, used_question(user_id, rule.id, *span_of(rule, on))).all()
    used = {one.occurred_on: one.credited for one in days}
    today = ask_used_by_any_clock(session, user_id, rule.id, activity.occurred_at, activity.zone)
    return Room(used | {on: used.get(on, 0) - own}, max(0, today - own))


def counted_now(session: Session, user_id: str, rule: Methodology, reduction: Reduction) -> CountedAlready | None:
    """What of `user_id` counts already on the days of a recorded working, and cannot count beside it."""
    if not rule.excludes:
        return None
    return flow_claims.ask_counted(session, user_id, rule, flow_claims.days_of_reduction(rule, reduction))


def cover_days(rule: Methodology, reduction: Reduction, user_id: str) -> list[Write]:
    """Take the days of a recorded working for an activity of `user_id` that is credited from now on."""
    return cover(user_id, reduction.activity_id, rule.id, flow_claims.days_of_reduction(rule, reduction))


def rule_of(session: Session, reduction: Reduction) -> Methodology:
    """The methodology, in the version that a reduction rests on."""
    return methodology.get_pinned(session, reduction.version_id, reduction.content_sha256).methodology


def _reallocate_caps(session: Session, user_id: str, rule: Methodology, span: tuple[date, date], now: datetime) -> None:
    live = fetch(session, sql.live_between(user_id, rule.id, *span)).all()
    used: dict[date, int] = {}
    credited: list[Credited] = []
    use = allowance.ask_use(session, user_id, *span)
    zones = {one.zone for one in live}
    for one in live:
        room = Room(used, fullest_day(credited, one.occurred_at, zones) if len(zones) > 1 else 0)
        own, bounded = rule_of(session, one), allowance_beside(one, use)
        estimate = recompute_with(own, one, room, bounded)
        if amount_of(estimate) and not one.amount:
            counted = counted_now(session, user_id, rule, one)
            estimate = recompute_with(own, one, room, bounded | {"counted_already": counted and counted.record()})
        if amount_of(estimate) != one.amount:
            _replace(session, own, one, estimate, now)
        use.add(own.id, one.occurred_on.isoformat(), unattested_of(estimate) - one.unattested)
        used[one.occurred_on] = used.get(one.occurred_on, 0) + amount_of(estimate)
        credited.append((one.occurred_at, amount_of(estimate)))


def _count_what_was_excluded(
    session: Session, user_id: str, rule: Methodology, span: tuple[date, date], now: datetime
) -> None:
    for one in fetch(session, sql.uncredited_because(user_id, flow_claims.COUNTED_ALREADY, *span)).all():
        excluded = rule_of(session, one)
        if excluded.id not in rule.excludes or counted_now(session, user_id, excluded, one) is not None:
            continue
        room = room_beside(session, excluded, one, one)
        estimate = recompute_with(excluded, one, room, {"counted_already": None})
        if amount_of(estimate):
            _replace(session, excluded, one, estimate, now)


def _count_what_was_withheld(session: Session, user_id: str, on: date, now: datetime) -> None:
    """Let what the allowance kept back count within what is left of it now; nobody loses what they have."""
    first, last = on.replace(month=1, day=1), on.replace(month=12, day=31)
    use = allowance.ask_use(session, user_id, first, last)
    for one in fetch(session, withheld_between(user_id, first, last)).all():
        rule = rule_of(session, one)
        estimate = recompute_with(rule, one, room_beside(session, rule, one, one), allowance_beside(one, use))
        if amount_of(estimate) > one.amount:
            _replace(session, rule, one, estimate, now)
            use.add(rule.id, one.occurred_on.isoformat(), unattested_of(estimate) - one.unattested)


def allowance_beside(reduction: Reduction, use: allowance.UnattestedUse) -> dict[str, Any]:
    """The allowance in the recorded context of a reduction with what is left now, itself left out; {} without one."""
    recorded = json.loads(reduction.working)["context"].get("allowance")
    if recorded is None:
        return {}
    methodology_id, on = reduction.methodology_id, reduction.occurred_on
    use.add(methodology_id, on.isoformat(), -reduction.unattested)
    room = use.room(recorded["bounds"], allowance.category_of(methodology_id), on)
    use.add(methodology_id, on.isoformat(), reduction.unattested)
    return {"allowance": recorded | {"room": recorded["room"] | room}}


def _replace(session: Session, rule: Methodology, before: LiveReduction, estimate: Estimate, now: datetime) -> None:
    replace_live(session, rule, before, estimate, (RESETTLED, now))


def replace_live(
    session: Session, rule: Methodology, before: LiveReduction, estimate: Estimate, because: tuple[str, datetime]
) -> None:
    """Put another result in the place of a live one, with its days, status and points; `because`: cause and instant."""
    cause, now = because
    amount, is_held = amount_of(estimate), before.status == ActivityStatus.HELD
    user_id, activity_id = before.user_id, before.activity_id
    revision = Revision(before.revision + 1, cause, now, is_held)
    replace_reduction(session, before, estimate, revision, was_held=is_held)
    if amount and not before.amount:
        enqueue_writes(session, cover_days(rule, before, user_id))
    elif not amount:
        enqueue_writes(session, [uncover(user_id, activity_id)])
    status = ActivityStatus(estimate.status)
    if not is_held and before.status != status:
        change = sql.change_status(user_id, activity_id, before.status, status, estimate.reason)
        enqueue_writes(session, [change])
    settle_points(session, before, revision.number, amount, is_held=is_held)
