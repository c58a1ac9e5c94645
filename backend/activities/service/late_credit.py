"""What was told while crediting under its rule was paused: stored, and credited once it is paused no longer (ADR 0112).

The report is judged again from its beginning, in the order in which it was told, by the version in force on its day, so
that it comes to what it would have come to at once. New reports under the rule are stored too until those of the pause
are through: nobody finds room under a cap that belongs to what was told while it was paused. Nothing is credited to
whoever was erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from backend.activities.domain import ActivityStatus
from backend.activities.service.activity_log import record
from backend.activities.service.ledger_effects import end_reduction
from backend.activities.service.rolling_year import net_all_again
from backend.activities.service.stored_activity import Stored, open_state, read_stored, report_of
from backend.activities.service.succession import CREDITED_LATE, Succession
from backend.activities.service.withdrawal import open_book
from backend.activities.sql import late_credit as sql
from backend.activities.sql.late_credit import WaitingCount
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.data.batch import fetch
from backend.platform.ops import outbox, switches
from calculators import CREDITING_PAUSED
from config import Policy

TOPIC_CREDIT_LATE = "activities.credit_late"
# One transaction credits so many: each takes about as long as logging it.
AT_ONCE = 20
# So long after the switch was turned every process knows; what is told later need not be through before a rule opens.
KNOWN_WITHIN = timedelta(seconds=10)
JOB = "job activities.credit_late"


def list_waiting_people(session: Session, after: str, limit: int) -> list[str]:
    """Up to so many people behind an id with something that waits and may be credited now."""
    return sql.list_people(session, _paused(session), after, limit)


def count_waiting(session: Session) -> Sequence[WaitingCount]:
    """How many activities of how many people wait under each rule."""
    return fetch(session, sql.COUNTED).all()


def credit_late(session: Session, user_id: str) -> int:
    """Credit what a person told while crediting was paused, in the order in which it was told; how many were credited.

    Done again, it changes nothing, and nothing for whoever was erased. More than `AT_ONCE` are continued through the
    outbox.
    """
    open_book(session, user_id)
    waiting = sql.list_waiting(session, user_id, _paused(session), AT_ONCE)
    now, rules = clock.database_now(session), policy()
    for activity_id in waiting:
        stored = read_stored(session, user_id, activity_id)
        if stored.activity.status == ActivityStatus.UNCREDITED and stored.activity.reason == CREDITING_PAUSED:
            _credit(session, stored, now, rules)
    if len(waiting) == AT_ONCE:
        outbox.enqueue(session, user_id, TOPIC_CREDIT_LATE, {})
    return len(waiting)


def open_rules(session: Session, failed: Select[Any]) -> int:
    """Let what is told be credited at once again under each rule of which what was told in the pause is through.

    Neither what was told since nor what waits for the people that `failed` selects keeps a rule shut for everybody.
    Returns how many were opened.
    """
    late = switches.list_crediting_late(session)
    still_waiting = sql.list_rules_waiting(session, {rule: at + KNOWN_WITHIN for rule, at in late.items()}, failed)
    opened = [rule for rule in late if rule not in still_waiting]
    for rule in opened:
        switches.end_crediting_late(session, rule, who=JOB, reason="what was stored while it was paused is credited")
    return len(opened)


def _paused(session: Session) -> list[str]:
    return sorted(switches.list_paused_rules(session))


def _credit(session: Session, stored: Stored, now: datetime, rules: Policy) -> None:
    """Judge a report as it would have been when it was told: what was in time then is not too late now."""
    activity, before = stored.activity, stored.reduction
    waited = timedelta(days=rules.activities.oldest_days + 1) + (now - activity.created_at)
    in_time = replace(rules, activities=replace(rules.activities, oldest_days=waited.days))
    end_reduction(session, before, now, was_held=False)
    succession = Succession(activity, before, len(stored.decisions), CREDITED_LATE, now)
    report = report_of(stored)
    state = open_state(session, stored, report, succession, in_time)
    recorded = record(session, state, activity.id, report, stored.pieces, None)
    net_all_again(session, activity.user_id, recorded.rule, now)
