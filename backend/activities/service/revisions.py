"""Putting another result in the place of an activity's present one: a decision was made, or better evidence arrived.

Always by entries: the reduction gets a new revision, its day and its points the difference. Points that were held are
taken back and issued anew, so that the ledger tells both.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.models import HELD
from backend.activities.service import exclusions, household_claims
from backend.activities.service.estimates import amount_of
from backend.activities.service.ledger_effects import (
    Row,
    add_to_day,
    change_status,
    credit_of,
    settle_points,
    supersede,
    write_reduction,
)
from backend.activities.service.notices import tell_confirmed
from backend.activities.service.reallocation import counted_now, cover_days, resettle, used_by_others, with_room
from calculators import Estimate, Methodology


def judge_anew(
    session: Session, rule: Methodology, activity: Row, reduction: Row, **asked_anew: Any
) -> tuple[Estimate, household_claims.Things]:
    """The recorded working with what was asked anew and the room there is now, and what it rests on from now on.

    What counted nothing must find its days and its household's things free now.
    """
    room, user_id = used_by_others(session, rule, activity, reduction), reduction["user_id"]
    if credit_of(reduction):
        return with_room(session, reduction, *room, **asked_anew), {}
    counted = counted_now(session, user_id, rule, reduction)
    asked_anew |= {"counted_already": counted and counted.record(), "claimed_elsewhere": None}
    found = with_room(session, reduction, *room, **asked_anew)
    if not household_claims.might_count(rule, found):
        return found, {}
    household_claims.give_back(session, user_id, reduction["activity_id"])
    days = exclusions.days_recorded(rule, json.loads(reduction["working"]), reduction["occurred_on"])
    things, elsewhere = household_claims.take(session, user_id, rule, days)
    if elsewhere is not None:
        found = with_room(session, reduction, *room, **asked_anew | {"claimed_elsewhere": elsewhere.record()})
    return found, things


def put_in_place(
    session: Session,
    rule: Methodology,
    activity: Row,
    reduction: Row,
    found: Estimate,
    *,
    things: household_claims.Things | None = None,
    status: str,
    reason: str | None,
    cause: str,
    now: datetime,
) -> Row:
    """Write `found` as the activity's result with its `status`; return the row of its reduction."""
    revision, amount, before = reduction["revision"] + 1, amount_of(found), credit_of(reduction)
    activity_id = activity["id"]
    if activity["status"] == HELD and status != HELD:
        settle_points(session, activity, activity_id, revision, 0)
        revision += 1
    supersede(session, reduction, now, held=activity["status"] == HELD)
    of_revision = {"revision": revision, "cause": cause, "now": now, "held": status == HELD}
    written = write_reduction(session, reduction, found, found.record(), **of_revision)
    if amount == before:
        tell_confirmed(session, reduction, written)
    add_to_day(session, activity["user_id"], activity["occurred_on"], activity["methodology_id"], amount - before)
    if (status, reason) != (activity["status"], activity["reason"]):
        change_status(session, activity, status, reason)
    settle_points(session, activity | {"status": status}, activity_id, revision, amount)
    if amount and not before:
        cover_days(session, activity["user_id"], activity_id, rule, reduction)
    elif before and not amount:
        exclusions.uncover(session, activity["user_id"], activity_id)
    household_claims.rest_on(session, activity["user_id"], activity_id, things or {})
    if not household_claims.might_count(rule, found):
        household_claims.give_back(session, activity["user_id"], activity_id)
    if amount < before:
        resettle(session, activity["user_id"], reduction, now)
    return written
