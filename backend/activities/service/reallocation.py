"""Settling again what shared a cap or a day with an activity that was taken back.

The day is settled in the order in which things happened. Each activity whose credit changes gets a new revision of
its reduction, recomputed from the recorded working with the new room, and a posting of the difference. What found its
days counted already, and finds them free now, counts within the room that is left.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.models import CREDITED, HELD, UNCREDITED
from backend.activities.service import day_caps, exclusions
from backend.activities.service.estimates import amount_of, cap_room, span_of
from backend.activities.service.ledger_effects import (
    RESETTLED,
    Row,
    add_to_day,
    change_status,
    credit_of,
    settle_points,
    supersede,
    write_reduction,
)
from backend.activities.sql import COUNTED_ELSEWHERE, LIVE_BETWEEN, USED
from backend.methodology import service as methodology
from backend.platform.data.transactions import fetch_many
from calculators import CountedAlready, Estimate, Methodology, recompute

# No document lets one activity cover more days; what lies further from a freed day cannot have been kept out by it.
LONGEST_COVERED = timedelta(days=62)


def resettle(session: Session, user_id: str, reduction: Row, now: datetime) -> None:
    """Settle again everything that shares a cap or a day with `reduction`, in the order in which it happened."""
    rule = _rule_of(session, reduction)
    first, last = span_of(rule, reduction["occurred_on"])
    _resettle_caps(session, user_id, rule, first, last, now)
    if rule.excludes:
        _count_what_was_excluded(session, user_id, rule, first - LONGEST_COVERED, last + LONGEST_COVERED, now)


def with_room(session: Session, row: Row, used: Mapping[date, int], used_today: int = 0, **asked_anew: Any) -> Estimate:
    """The recorded working again, with the room that is left now, and whatever else of its context was asked anew."""
    rule = _rule_of(session, row)
    working = json.loads(row["working"])
    context = working["context"] | {"cap_room": cap_room(rule, used, row["occurred_on"], used_today)} | asked_anew
    return recompute(working | {"context": context}, rule.text)


def used_by_others(session: Session, rule: Methodology, activity: Row, reduction: Row) -> tuple[dict[date, int], int]:
    """What bears on the caps of an activity, by day and on its fullest day by any clock, itself left out."""
    user_id, on, own = reduction["user_id"], reduction["occurred_on"], credit_of(reduction)
    first, last = span_of(rule, on)
    named = {"owner": user_id, "wanted_methodology": rule.id, "first_day": first, "last_day": last}
    (rows,) = fetch_many(session, [(USED, named)])
    used = {row["occurred_on"]: row["credited"] for row in rows}
    today = day_caps.used_by_any_clock(session, user_id, rule.id, activity["occurred_at"], activity["zone"])
    return used | {on: used.get(on, 0) - own}, max(0, today - own)


def counted_now(session: Session, user_id: str, rule: Methodology, row: Row) -> CountedAlready | None:
    """What of `user_id` counts already on the days of a recorded working, and cannot count beside it."""
    if not rule.excludes:
        return None
    days = exclusions.days_recorded(rule, json.loads(row["working"]), row["occurred_on"])
    return exclusions.find_counted(session, rule, days, exclusions.ask_claims(session, user_id, days))


def cover_days(session: Session, user_id: str, activity_id: str, rule: Methodology, row: Row) -> None:
    """Take the days of a recorded working for an activity that is credited from now on, queued."""
    days = exclusions.days_recorded(rule, json.loads(row["working"]), row["occurred_on"])
    exclusions.cover(session, user_id, activity_id, rule.id, days)


def _resettle_caps(session: Session, user_id: str, rule: Methodology, first: date, last: date, now: datetime) -> None:
    named = {"owner": user_id, "wanted_methodology": rule.id, "first_day": first, "last_day": last}
    (rows,) = fetch_many(session, [(LIVE_BETWEEN, named)])
    used: dict[date, int] = {}
    credited: list[day_caps.Credited] = []
    zones = {row["zone"] for row in rows}
    for row in rows:
        today = day_caps.fullest(credited, row["occurred_at"], zones) if len(zones) > 1 else 0
        found = with_room(session, row, used, today)
        if amount_of(found) and not credit_of(row):
            counted = counted_now(session, user_id, rule, row)
            found = with_room(session, row, used, today, counted_already=counted and counted.record())
        if amount_of(found) != credit_of(row):
            _replace(session, row, found, now)
        used[row["occurred_on"]] = used.get(row["occurred_on"], 0) + amount_of(found)
        credited.append((row["occurred_at"], amount_of(found)))


def _count_what_was_excluded(
    session: Session, user_id: str, rule: Methodology, first: date, last: date, now: datetime
) -> None:
    named = {"owner": user_id, "because": exclusions.COUNTED_ALREADY, "first_day": first, "last_day": last}
    (rows,) = fetch_many(session, [(COUNTED_ELSEWHERE, named)])
    for row in rows:
        kept_out = _rule_of(session, row)
        if kept_out.id not in rule.excludes or counted_now(session, user_id, kept_out, row) is not None:
            continue
        used, today = used_by_others(session, kept_out, row, row)
        found = with_room(session, row, used, today, counted_already=None)
        if amount_of(found):
            _replace(session, row, found, now)


def _replace(session: Session, row: Row, found: Estimate, now: datetime) -> None:
    revision, amount = row["revision"] + 1, amount_of(found)
    user_id, activity_id = row["user_id"], row["activity_id"]
    is_held = row["status"] == HELD
    supersede(session, row, now, held=is_held)
    of_revision = {"revision": revision, "cause": RESETTLED, "now": now, "held": is_held}
    write_reduction(session, row, found, found.record(), **of_revision)
    add_to_day(session, user_id, row["occurred_on"], row["methodology_id"], amount - credit_of(row))
    if amount and not credit_of(row):
        cover_days(session, user_id, activity_id, _rule_of(session, row), row)
    elif not amount:
        exclusions.uncover(session, user_id, activity_id)
    if row["status"] in (CREDITED, UNCREDITED) and row["status"] != found.status:
        change_status(session, row | {"id": activity_id}, found.status, found.reason)
    settle_points(session, row, activity_id, revision, amount)


def _rule_of(session: Session, row: Row) -> Methodology:
    return methodology.get_pinned(session, row["version_id"], row["content_sha256"]).methodology
