"""A guest's record joins an account: every live activity changes hands, once (ADR 0053).

An activity keeps its id under its new owner, so the keys themselves refuse to bring it a second time. The account's
caps decide what it is worth there; the guest's book nets to zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.models import HELD, WITHDRAWN
from backend.activities.service import day_caps, evidence, exclusions, guest_transfer, household_claims
from backend.activities.service.estimates import amount_of, span_of
from backend.activities.service.ledger_effects import (
    Row,
    add_to_day,
    change_status,
    credit_of,
    supersede,
    write_reduction,
)
from backend.activities.service.reallocation import counted_now, cover_days, with_room
from backend.activities.service.routines import bring_routines
from backend.activities.service.withdrawal import open_book
from backend.activities.sql import ACTIVITIES, INSERT_ACTIVITY, REDUCTIONS, USED
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.data.transactions import enqueue_write, fetch_many
from backend.platform.ops import outbox
from backend.points import service as points
from backend.points.domain import ActivityCredit
from backend.profiles import service as profiles

# Both the cause of the account's reduction and the reason why the guest's activity counts there no longer.
BROUGHT = "brought"
# The reason where the account had the same activity already.
ALREADY_THERE = "already_there"
# One transaction moves so many, about half a second on SQLite, where everyone else waits for it.
AT_ONCE = 50

Used = dict[date, int]
Content = tuple[str, datetime, bytes]


@dataclass(frozen=True)
class _There:
    """What the account has already: the names its devices gave, and how many live activities say the same."""

    client_ids: frozenset[str]
    contents: Counter[Content]

    def holds(self, activity: Row) -> bool:
        """Whether `activity` is one of these; each of them is only one activity."""
        if activity["client_id"] in self.client_ids:
            return True
        content = _content(activity)
        self.contents[content] -= 1
        return self.contents[content] >= 0


def adopt(session: Session, guest_id: str, user_id: str) -> None:
    """Let an account take over what a merged guest recorded; done again, it changes nothing.

    Activities come in the order in which they happened and get the room that the account's own have left under each
    cap. More than `AT_ONCE` are continued through the outbox, each part whole in itself.
    """
    _lock(session, guest_id, user_id)
    live = _list_live(session, guest_id)
    there = _find_there(session, guest_id, user_id, [activity for activity, _ in live])
    used, now, brought = (
        _read_used(session, user_id, [reduction for _, reduction in live]),
        clock.database_now(session),
        [],
    )
    for activity, reduction in live:
        if there.holds(activity):
            reason, amount = ALREADY_THERE, 0
        else:
            reason, amount = BROUGHT, _bring(session, user_id, activity, reduction, used, now)
            brought.append(activity["id"])
        _leave(session, activity, reduction, reason, now)
        _settle_points(session, user_id, activity, reduction, amount)
    guest_transfer.bring(session, guest_id, user_id, brought)
    if len(live) == AT_ONCE:
        outbox.enqueue(session, user_id, accounts.TOPIC_MERGED, {"guest_id": guest_id, "user_id": user_id})
        return
    evidence.bring(session, guest_id, user_id)
    bring_routines(session, guest_id, user_id)
    profiles.transfer_guest(session, guest_id, user_id)
    # nobody acts as the guest any more, and told again it must not bring back what the account has unsaid since
    profiles.forget(session, guest_id)
    points.close_book(session, guest_id, user_id)


def _lock(session: Session, guest_id: str, user_id: str) -> None:
    for owner in sorted((guest_id, user_id)):
        open_book(session, owner)
    points.open_both_books(session, guest_id, user_id)


def _list_live(session: Session, guest_id: str) -> list[tuple[Row, Row]]:
    """The guest's next activities that count, in the order in which they happened, each with its live reduction."""
    of_guest = (
        select(ACTIVITIES)
        .where(ACTIVITIES.c.user_id == guest_id, ACTIVITIES.c.status != WITHDRAWN)
        .order_by(ACTIVITIES.c.occurred_at, ACTIVITIES.c.id)
        .limit(AT_ONCE)
    )
    activities = [dict(row) for row in session.execute(of_guest).mappings()]
    theirs = select(REDUCTIONS).where(
        REDUCTIONS.c.user_id == guest_id,
        REDUCTIONS.c.activity_id.in_([activity["id"] for activity in activities]),
        REDUCTIONS.c.superseded_at.is_(None),
    )
    reductions = {row["activity_id"]: dict(row) for row in session.execute(theirs).mappings()}
    return [(activity, reductions[activity["id"]]) for activity in activities]


def _find_there(session: Session, guest_id: str, user_id: str, arriving: Sequence[Row]) -> _There:
    names = [activity["client_id"] for activity in arriving if activity["client_id"] is not None]
    named = select(ACTIVITIES.c.client_id).where(ACTIVITIES.c.user_id == user_id, ACTIVITIES.c.client_id.in_(names))
    same_time = select(ACTIVITIES.c.methodology_id, ACTIVITIES.c.occurred_at, ACTIVITIES.c.inputs).where(
        ACTIVITIES.c.user_id == user_id,
        ACTIVITIES.c.status != WITHDRAWN,
        ACTIVITIES.c.occurred_at.in_({activity["occurred_at"] for activity in arriving}),
        or_(ACTIVITIES.c.client_id.is_(None), ACTIVITIES.c.client_id.not_in(names)),
        # what an earlier part brought is no second telling of what this part brings
        ACTIVITIES.c.id.not_in(select(ACTIVITIES.c.id).where(ACTIVITIES.c.user_id == guest_id)),
    )
    contents = Counter(_content(dict(row)) for row in session.execute(same_time).mappings())
    return _There(frozenset(session.scalars(named)), contents)


def _content(activity: Row) -> Content:
    inputs = orjson.dumps(activity["inputs"], option=orjson.OPT_SORT_KEYS)
    return activity["methodology_id"], activity["occurred_at"], inputs


def _read_used(session: Session, user_id: str, reductions: Sequence[Row]) -> dict[str, Used]:
    """What each day that bears on these reductions was credited in the account, by methodology."""
    spans: dict[str, list[date]] = {}
    for reduction in reductions:
        pinned = methodology.get_pinned(session, reduction["version_id"], reduction["content_sha256"])
        days = spans.setdefault(reduction["methodology_id"], [])
        days.extend(span_of(pinned.methodology, reduction["occurred_on"]))
    asks = [(USED, _days(user_id, methodology_id, days)) for methodology_id, days in spans.items()]
    answers = fetch_many(session, asks) if asks else []
    return {
        methodology_id: {row["occurred_on"]: row["credited"] for row in rows}
        for methodology_id, rows in zip(spans, answers, strict=True)
    }


def _days(user_id: str, methodology_id: str, days: Sequence[date]) -> dict[str, Any]:
    span = {"first_day": min(days), "last_day": max(days)}
    return {"owner": user_id, "wanted_methodology": methodology_id} | span


def _bring(
    session: Session, user_id: str, activity: Row, reduction: Row, used: Mapping[str, Used], now: datetime
) -> int:
    """Write the activity into the account with what the room left there makes of it; return its points."""
    of_days = used[activity["methodology_id"]]
    rule = methodology.get_pinned(session, reduction["version_id"], reduction["content_sha256"]).methodology
    counted = counted_now(session, user_id, rule, reduction)
    today = day_caps.used_by_any_clock(session, user_id, rule.id, activity["occurred_at"], activity["zone"])
    found = with_room(session, reduction, of_days, today, counted_already=counted and counted.record())
    amount, on = amount_of(found), activity["occurred_on"]
    row = _owned_by(activity, user_id)
    if activity["status"] != HELD and not found.working.context.refused:
        row |= {"status": found.status, "reason": found.reason}
    enqueue_write(session, INSERT_ACTIVITY, row)
    lineage = reduction | {"user_id": user_id, "activity_id": row["id"]}
    # counted on from the guest's revision, which it replaces
    revision = reduction["revision"] + 1
    of_revision = {"revision": revision, "cause": BROUGHT, "now": now, "held": activity["status"] == HELD}
    write_reduction(session, lineage, found, found.record(), **of_revision)
    add_to_day(session, user_id, on, activity["methodology_id"], amount)
    if amount:
        cover_days(session, user_id, row["id"], rule, reduction)
    if household_claims.might_count(rule, found):
        household_claims.pass_on(session, activity["user_id"], user_id, row["id"])
    of_days[on] = of_days.get(on, 0) + amount
    return amount


def _owned_by(activity: Row, user_id: str) -> Row:
    return activity | {"user_id": user_id}


def _leave(session: Session, activity: Row, reduction: Row, reason: str, now: datetime) -> None:
    """End an activity's life with the guest, where its record and every revision stay readable."""
    change_status(session, activity, WITHDRAWN, reason, withdrawn_at=now)
    supersede(session, reduction, now, held=activity["status"] == HELD)
    exclusions.uncover(session, activity["user_id"], activity["id"])
    household_claims.give_back(session, activity["user_id"], activity["id"])
    methodology_id, on = activity["methodology_id"], activity["occurred_on"]
    add_to_day(session, activity["user_id"], on, methodology_id, -credit_of(reduction))


def _settle_points(session: Session, user_id: str, activity: Row, reduction: Row, amount: int) -> None:
    credit = ActivityCredit(
        user_id,
        activity["id"],
        reduction["revision"] + 1,
        activity["methodology_id"],
        activity["occurred_on"],
        activity["zone"],
        amount,
        is_held=activity["status"] == HELD,
    )
    points.bring_activity(session, activity["user_id"], credit)
