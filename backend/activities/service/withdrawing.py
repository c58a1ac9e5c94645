"""Withdrawing an activity, and settling again whatever shared a cap with it.

The day is settled in the order in which things happened. Each activity whose credit changes gets a new revision of
its reduction, recomputed from the recorded working with the new room, and a posting of the difference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from backend import clock
from backend.activities.models import CREDITED, UNCREDITED, WITHDRAWN
from backend.activities.service.judging import amount_of, cap_room, span_of
from backend.activities.service.presenting import View
from backend.activities.service.reading import get_activity, get_rows
from backend.activities.service.settling import (
    RESETTLED,
    Row,
    add_to_day,
    credit_of,
    supersede,
    write_reduction,
)
from backend.activities.service.statements import CHANGE_STATUS, LIVE_BETWEEN, OPEN_BOOK
from backend.db import ask_together, write_later
from backend.errors import Refusal
from backend.methodology import service as methodology
from backend.points import service as points
from calculators import Estimate, recompute


def withdraw(session: Session, user_id: str, activity_id: str, language: str) -> View:
    """Take an activity back: it nets to zero, and what it had kept from others under a cap is theirs now.

    Withdrawing it again changes nothing. Raises `not_found.activity`.
    """
    open_book(session, user_id)
    activity, reduction = get_rows(session, user_id, activity_id)
    if activity["status"] != WITHDRAWN:
        now = clock.now()
        change_status(session, activity, WITHDRAWN, activity["reason"], withdrawn_at=now)
        supersede(session, reduction, now)
        _settle_points(session, activity | {"activity_id": activity_id}, reduction["revision"] + 1, 0)
        add_to_day(session, user_id, activity["occurred_on"], activity["methodology_id"], -credit_of(reduction))
        resettle(session, user_id, reduction, now)
    return get_activity(session, user_id, activity_id, language)


def open_book(session: Session, user_id: str) -> None:
    """Lock a person's book: whoever changes their activities does this first."""
    ask_together(session, [(OPEN_BOOK[session.get_bind().dialect.name], {"user_id": user_id, "revision": 1})])


def resettle(session: Session, user_id: str, reduction: Row, now: datetime) -> None:
    """Settle again everything that shares a cap with `reduction`, in the order in which it happened."""
    pinned = methodology.get_pinned(session, reduction["version_id"], reduction["content_sha256"])
    first, last = span_of(pinned.methodology, reduction["occurred_on"])
    named = {
        "owner": user_id,
        "wanted_methodology": reduction["methodology_id"],
        "first_day": first,
        "last_day": last,
    }
    (rows,) = ask_together(session, [(LIVE_BETWEEN, named)])
    used: dict[date, int] = {}
    for row in rows:
        found = with_room(session, row, used)
        if amount_of(found) != credit_of(row):
            _replace(session, row, found, now)
        used[row["occurred_on"]] = used.get(row["occurred_on"], 0) + amount_of(found)


def with_room(session: Session, row: Row, used: Mapping[date, int]) -> Estimate:
    """The recorded working again, with the room that is left now: nothing else is asked anew."""
    pinned = methodology.get_pinned(session, row["version_id"], row["content_sha256"])
    working = json.loads(row["working"])
    context = working["context"] | {"cap_room": cap_room(pinned.methodology, used, row["occurred_on"])}
    return recompute(working | {"context": context}, pinned.methodology.text)


def _replace(session: Session, row: Row, found: Estimate, now: datetime) -> None:
    revision, amount = row["revision"] + 1, amount_of(found)
    supersede(session, row, now)
    write_reduction(session, row, found, found.record(), revision=revision, cause=RESETTLED, now=now)
    add_to_day(session, row["user_id"], row["occurred_on"], row["methodology_id"], amount - credit_of(row))
    if row["status"] in (CREDITED, UNCREDITED) and row["status"] != found.status:
        change_status(session, row | {"id": row["activity_id"]}, found.status, found.reason)
    _settle_points(session, row, revision, amount)


def _settle_points(session: Session, row: Row, revision: int, amount: int) -> None:
    points.settle_activity(
        session,
        row["user_id"],
        row["activity_id"],
        revision,
        row["methodology_id"],
        row["occurred_on"],
        row["zone"],
        amount,
    )


def change_status(
    session: Session, activity: Mapping[str, Any], status: str, reason: str | None, withdrawn_at: datetime | None = None
) -> None:
    """Give an activity another status and the reason for it, queued; only if it still has the one that was read."""
    write_later(
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
