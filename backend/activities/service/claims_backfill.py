"""Claims on flows for what was credited before there were any (migration 0031).

Each gets the claims that it would have got, behind the lock of its circle, so that nothing told later is paid for the
same instance. Where two of them meet, both were paid by the rules of their time: they are left as they are and counted,
unless whoever runs this wants the weaker reversed, by entries that its owner is told of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backend.activities.domain import RESETTLED, LiveReduction
from backend.activities.service.flow_rivals import contender_of, contest, counted_by
from backend.activities.service.reallocation import (
    Room,
    displace,
    reallocate_displaced,
    recompute_with,
    replace_live,
    rule_of,
)
from backend.activities.service.withdrawal import open_book
from backend.activities.sql.activities import live_question
from backend.activities.sql.flow_claims import insert_claims, people_without_claims, without_claims
from backend.platform.core import clock
from backend.platform.data.batch import fetch, fetch_one
from backend.platform.data.transactions import enqueue_writes
from calculators import recompute

BACKFILLED, REVERSED = "activities.claims_backfilled", "activities.claims_reversed"
BACKFILLS = (BACKFILLED, REVERSED)  # as they are audited


@dataclass(frozen=True)
class Backfilled:
    """How many activities got their claims, how many were reversed for a stronger one, and how many were left."""

    claimed: int = 0
    reversed: int = 0
    left: int = 0

    def __add__(self, other: Backfilled) -> Backfilled:
        return Backfilled(self.claimed + other.claimed, self.reversed + other.reversed, self.left + other.left)


def list_without_claims(session: Session, after: str, limit: int) -> list[str]:
    """Up to `limit` people, sorted behind the id `after`, who are credited with something that claims no flow."""
    return fetch(session, people_without_claims(after, limit)).all()


def backfill_claims(session: Session, user_id: str, *, reverses: bool) -> Backfilled:
    """Give what a person was credited with before there were claims what it would have claimed; done again, nothing.

    What meets a claim that is held is left as it is, or the weaker of the two is reversed where `reverses`.
    """
    open_book(session, user_id)
    now, total = clock.database_now(session), Backfilled()
    for one in fetch(session, without_claims(user_id)).all():
        still = fetch_one(session, live_question(user_id, one.activity_id))  # one before it may have reversed it
        if still.revision == one.revision:
            total += _backfill(session, one, now, reverses=reverses)
    return total


def is_left(session: Session, user_id: str, activity_id: str) -> bool:
    """Whether the backfill leaves a credit without claims: what it would claim is paid for elsewhere, or nothing is."""
    one = fetch_one(session, live_question(user_id, activity_id))
    rule = rule_of(session, one)
    found = contest(session, contender_of(one, rule, recompute(one.working, rule.text)))
    return bool(found.stronger or found.weaker or not found.claims)


def _backfill(session: Session, one: LiveReduction, now: datetime, *, reverses: bool) -> Backfilled:
    rule = rule_of(session, one)
    found = contest(session, contender_of(one, rule, recompute(one.working, rule.text)))
    if (found.stronger or found.weaker) and not reverses:
        return Backfilled(left=1)
    if found.stronger:
        counted = counted_by(session, found.stronger).record()
        replace_live(session, one, recompute_with(rule, one, Room({}), {"counted_already": counted}), (RESETTLED, now))
        reallocate_displaced(session, [one], now)
        return Backfilled(reversed=1)
    if not found.claims:
        return Backfilled()
    displaced = displace(session, found, now)
    enqueue_writes(session, insert_claims(found.claims))
    reallocate_displaced(session, displaced, now)
    return Backfilled(claimed=1, reversed=len(displaced))
