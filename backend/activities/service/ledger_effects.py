"""Writing what an activity is worth: its reduction, the total of its day, and its points. Everything is queued."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from backend.activities.models import HELD
from backend.activities.service.notices import tell_replaced
from backend.activities.service.totals import add_to_month, take_from_month
from backend.activities.sql import ADD_TO_DAY, CHANGE_STATUS, INSERT_REDUCTION, SUPERSEDE, TAKE_FROM_DAY
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.transactions import enqueue_write
from backend.points import service as points
from backend.points.domain import ActivityCredit
from calculators import Estimate

Row = dict[str, Any]

LOGGED, RESETTLED = "logged", "resettled"

# What a reduction carries over from one revision to the next.
LINEAGE = ("user_id", "activity_id", "occurred_on", "methodology_id", "version", "version_id", "content_sha256")


def write_reduction(
    session: Session,
    lineage: Mapping[str, Any],
    found: Estimate,
    record: Mapping[str, Any],
    *,
    revision: int,
    cause: str,
    now: datetime,
    held: bool,
) -> Row:
    """The row of a reduction, queued; its month counts it, and whoever's credit it changes is told.

    `lineage` names the activity and the version it rests on; for a later revision it is the reduction whose place it
    takes. `record` is that of the estimate `found`. While its activity is `held`, its month counts no credit.
    """
    row = {name: lineage[name] for name in LINEAGE} | {
        "id": ids.new_id("reduction"),
        "revision": revision,
        "cause": cause,
        "baseline_g": found.baseline_g,
        "project_g": found.project_g,
        "reduction_g": found.reduction_g,
        "credited_g": found.credited_g,
        "low_g": found.low_g,
        "high_g": found.high_g,
        "behaviour_points": found.behaviour_points,
        "working": orjson.dumps(record).decode(),
        "created_at": now,
        "superseded_at": None,
    }
    enqueue_write(session, INSERT_REDUCTION, row)
    add_to_month(session, row, held=held)
    if cause != LOGGED:
        tell_replaced(session, lineage, row)
    return row


def supersede(session: Session, reduction: Mapping[str, Any], now: datetime, *, held: bool) -> None:
    """End the life of a reduction, queued; another took its place, or its activity, `held` until now, was withdrawn."""
    take_from_month(session, reduction, held=held)
    named = {"owner": reduction["user_id"], "of_reduction": reduction["id"], "superseded": now}
    enqueue_write(session, SUPERSEDE, named, rows=1, otherwise=_crossed)


def add_to_day(session: Session, user_id: str, on: date, methodology_id: str, difference: int) -> None:
    """Count a difference in what a day was credited, queued."""
    if difference > 0:
        row = {"user_id": user_id, "occurred_on": on, "methodology_id": methodology_id, "credited": difference}
        enqueue_write(session, ADD_TO_DAY, row, adds=("credited",))
    elif difference < 0:
        named = {"owner": user_id, "day": on, "of_methodology": methodology_id, "taken": -difference}
        enqueue_write(session, TAKE_FROM_DAY, named, rows=1, otherwise=_crossed)


def settle_points(session: Session, row: Mapping[str, Any], activity_id: str, revision: int, amount: int) -> None:
    """Bring the points of an activity to `amount`, queued; `row` names owner, methodology, day, zone and status."""
    points.set_activity_points(
        session,
        ActivityCredit(
            row["user_id"],
            activity_id,
            revision,
            row["methodology_id"],
            row["occurred_on"],
            row["zone"],
            amount,
            is_held=row["status"] == HELD,
        ),
    )


def change_status(
    session: Session, activity: Mapping[str, Any], status: str, reason: str | None, withdrawn_at: datetime | None = None
) -> None:
    """Give an activity another status and the reason for it, queued; only if it still has the one that was read."""
    enqueue_write(
        session,
        CHANGE_STATUS,
        {
            "owner": activity["user_id"],
            "of_activity": activity["id"],
            "from_status": activity["status"],
            "to_status": status,
            "because": reason,
            "withdrawn": withdrawn_at,
        },
        rows=1,
        otherwise=lambda: Refusal("service.busy", retry_after_s=1),
    )


def credit_of(reduction: Mapping[str, Any]) -> int:
    """What a stored reduction counts towards the caps and is paid in points; see `judging.amount_of`."""
    return int(reduction["credited_g"]) + int(reduction["behaviour_points"])


def _crossed() -> Refusal:
    # the book is locked, so nobody else can have superseded it; without the lock this stops a second credit
    return Refusal("service.busy", retry_after_s=1)
