"""A guest's record joins an account: every live activity changes hands, once (ADR 0053).

An activity keeps its id under its new owner, so the keys themselves refuse to bring it a second time. The account's
caps decide what it is worth there; the guest's book nets to zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.domain import Activity, ActivityStatus, LiveReduction, Reduction
from backend.activities.service import allowance, asset_claims, evidence, guest_transfer
from backend.activities.service.estimates import amount_of, span_of
from backend.activities.service.flow_rivals import Contender, contest, counted_by, holds_claims, least_by
from backend.activities.service.ledger_effects import Revision, end_reduction, lineage_of, reduction_of, touch_week
from backend.activities.service.neighbours import ask_used_by_any_clock
from backend.activities.service.notices import notify_replaced
from backend.activities.service.reallocation import (
    Room,
    allowance_beside,
    displace,
    reallocate_displaced,
    recompute_with,
    rule_of,
)
from backend.activities.service.rolling_year import net_again
from backend.activities.service.routines import transfer_routines
from backend.activities.service.withdrawal import open_book
from backend.activities.sql import activities as sql
from backend.activities.sql.flow_claims import delete_claims, insert_claims
from backend.activities.sql.stored_reductions import add_to_day, add_to_month, insert_reduction, used_question
from backend.platform.core import clock
from backend.platform.data.batch import Batch, read_rows
from backend.platform.data.transactions import enqueue_writes
from backend.platform.ops import outbox
from backend.points import service as points
from backend.points.domain import ActivityCredit
from backend.profiles import service as profiles
from calculators import CountedAlready, Estimate, Methodology

# Both the cause of the account's reduction and the reason why the guest's activity counts there no longer.
BROUGHT = "brought"
# The reason where the account had the same activity already.
ALREADY_THERE = "already_there"
# One transaction moves so many, about half a second on SQLite, where everyone else waits for it.
AT_ONCE = 50

Used = dict[date, int]
Content = tuple[str, datetime, bytes]
Live = tuple[Activity, Reduction]


@dataclass(frozen=True)
class _AccountRecord:
    """What the account has already: the names its devices gave, and how many live activities say the same."""

    client_ids: frozenset[str | None]
    contents: Counter[Content]

    def holds(self, activity: Activity) -> bool:
        """Whether `activity` is one of these; each of them is only one activity."""
        if activity.client_id in self.client_ids:
            return True
        content = _content(activity.methodology_id, activity.occurred_at, activity.inputs)
        self.contents[content] -= 1
        return self.contents[content] >= 0


@dataclass(frozen=True)
class _Joining:
    """Whose account it is, whether the guest is in its circle already, and what of it the guest's record displaced."""

    user_id: str
    is_linked: bool
    displaced: list[LiveReduction] = field(default_factory=list)


def merge_guest(session: Session, guest_id: str, user_id: str) -> None:
    """Let an account take over what a merged guest recorded; done again, it changes nothing.

    Activities come in the order in which they happened and get the room that the account's own have left under each
    cap. More than `AT_ONCE` are continued through the outbox, each part whole in itself.
    """
    _lock(session, guest_id, user_id)
    live = _list_live(session, guest_id)
    account = _read_account(session, guest_id, user_id, [activity for activity, _ in live])
    used = _read_used(session, user_id, [reduction for _, reduction in live])
    now, brought = clock.database_now(session), []
    joining = _Joining(user_id, guest_id in accounts.list_circle(session, user_id))
    for activity, reduction in live:
        if account.holds(activity):
            reason, amount = ALREADY_THERE, 0
        else:
            reason, amount = BROUGHT, _bring(session, joining, (activity, reduction), used, now)
            brought.append(activity.id)
        _leave(session, activity, reduction, reason, now)
        _bring_points(session, user_id, activity, reduction, amount)
    reallocate_displaced(session, joining.displaced, now)
    guest_transfer.transfer(session, guest_id, user_id, brought)
    for person in sorted({user_id, *(one.user_id for one in joining.displaced)}):
        net_again(session, person, now)
    if len(live) == AT_ONCE:
        outbox.enqueue(session, user_id, accounts.TOPIC_MERGED, {"guest_id": guest_id, "user_id": user_id})
        return
    evidence.transfer(session, guest_id, user_id)
    transfer_routines(session, guest_id, user_id)
    profiles.transfer_guest(session, guest_id, user_id)
    # nobody acts as the guest any more, and told again it must not bring back what the account has unsaid since
    profiles.forget(session, guest_id)
    points.close_book(session, guest_id, user_id)


def _lock(session: Session, guest_id: str, user_id: str) -> None:
    for owner in sorted((guest_id, user_id)):
        open_book(session, owner)
    points.open_both_books(session, guest_id, user_id)


def _list_live(session: Session, guest_id: str) -> list[Live]:
    """The guest's next activities that count, in the order in which they happened, each with its live reduction."""
    activities = read_rows(session, sql.live_of_guest(guest_id, AT_ONCE), sql.read_activity)
    theirs = sql.live_reductions_of(guest_id, [activity.id for activity in activities])
    reductions = {one.activity_id: one for one in read_rows(session, theirs, sql.read_reduction)}
    return [(activity, reductions[activity.id]) for activity in activities]


def _read_account(session: Session, guest_id: str, user_id: str, arriving: Sequence[Activity]) -> _AccountRecord:
    names = [activity.client_id for activity in arriving if activity.client_id is not None]
    same_time = sql.same_times(user_id, guest_id, {activity.occurred_at for activity in arriving}, but=names)
    contents = Counter(_content(*row) for row in session.execute(same_time))
    return _AccountRecord(frozenset(session.scalars(sql.known_names(user_id, names))), contents)


def _content(methodology_id: str, occurred_at: datetime, inputs: Mapping[str, Any]) -> Content:
    return methodology_id, occurred_at, orjson.dumps(inputs, option=orjson.OPT_SORT_KEYS)


def _read_used(session: Session, user_id: str, reductions: Sequence[Reduction]) -> dict[str, Used]:
    """What each day that bears on these reductions was credited in the account, by methodology."""
    spans: dict[str, list[date]] = {}
    for reduction in reductions:
        days = spans.setdefault(reduction.methodology_id, [])
        days.extend(span_of(rule_of(session, reduction), reduction.occurred_on))
    batch = Batch(session)
    used = {one: batch.fetch(used_question(user_id, one, min(days), max(days))) for one, days in spans.items()}
    if used:
        batch.run()
    return {one: {day.occurred_on: day.credited for day in handle.all()} for one, handle in used.items()}


def _bring(session: Session, joining: _Joining, live: Live, used: dict[str, Used], now: datetime) -> int:
    """Write the activity into the account with what the room left there makes of it; return its points.

    What the account was paid for the same flow, and is weaker, counts there no longer.
    """
    activity, reduction = live
    user_id, rule = joining.user_id, rule_of(session, reduction)
    estimate = _judge(session, joining, live, rule, used)
    told = activity.occurred_at, activity.zone
    found = contest(session, Contender(user_id, activity.id, *told, rule, estimate, least_by(estimate)))
    displaced = [] if found.stronger else displace(session, found, now)
    if found.stronger or displaced:
        used |= _read_used(session, user_id, [reduction])
        counted = counted_by(session, found.stronger) if found.stronger else None
        estimate = _judge(session, joining, live, rule, used, counted)
    brought, amount = _owned_by(activity, user_id), amount_of(estimate)
    if not activity.is_held and not estimate.working.context.refused:
        brought = replace(brought, status=ActivityStatus(estimate.status), reason=estimate.reason)
    # counted on from the guest's revision, which it replaces
    revision = Revision(reduction.revision + 1, BROUGHT, now, activity.is_held)
    lineage = lineage_of(reduction) | {"user_id": user_id, "activity_id": brought.id}
    after = reduction_of(lineage, estimate, estimate.record(), revision)
    enqueue_writes(
        session,
        [
            sql.insert_activity(brought),
            *insert_reduction(after),
            add_to_month(after, is_held=activity.is_held),
            *add_to_day(after, amount=amount, unattested=after.unattested),
            delete_claims(activity.user_id, activity.id),  # of a meter that both have declared they are the same
            *insert_claims(found.claims if holds_claims(estimate) else ()),
        ],
    )
    touch_week(session, after)
    notify_replaced(session, reduction, after)
    if asset_claims.might_count(rule, estimate):
        asset_claims.pass_on(session, activity.user_id, user_id, brought.id)
    of_days, on = used[activity.methodology_id], activity.occurred_on
    of_days[on] = of_days.get(on, 0) + amount
    joining.displaced.extend(displaced)
    return amount


def _judge(
    session: Session,
    joining: _Joining,
    live: Live,
    rule: Methodology,
    used: Mapping[str, Used],
    counted: CountedAlready | None = None,
) -> Estimate:
    """What an activity of the guest comes to in the account."""
    activity, reduction = live
    on, user_id = activity.occurred_on, joining.user_id
    today = ask_used_by_any_clock(session, user_id, rule.id, activity.occurred_at, activity.zone)
    # what the guest used of a circle that both are in is among what the circle used, and about to leave it
    unattested = reduction.unattested if joining.is_linked else 0
    arriving = replace(reduction, user_id=user_id, unattested=unattested)
    context = allowance_beside(session, arriving, allowance.ask_use(session, user_id, on, on), reduction.user_id)
    context |= {"counted_already": counted and counted.record()}
    return recompute_with(rule, reduction, Room(used[activity.methodology_id], today), context)


def _owned_by(activity: Activity, user_id: str) -> Activity:
    return replace(activity, user_id=user_id)


def _leave(session: Session, activity: Activity, reduction: Reduction, reason: str, now: datetime) -> None:
    """End an activity's life with the guest, where its record and every revision stay readable."""
    guest_id, activity_id = activity.user_id, activity.id
    change = sql.change_status(
        guest_id, activity_id, activity.status, ActivityStatus.WITHDRAWN, reason, withdrawn_at=now
    )
    enqueue_writes(session, [change])
    end_reduction(session, reduction, now, was_held=activity.is_held)
    asset_claims.give_back(session, guest_id, activity_id)


def _bring_points(session: Session, user_id: str, activity: Activity, reduction: Reduction, amount: int) -> None:
    credit = ActivityCredit(
        user_id,
        activity.id,
        reduction.revision + 1,
        activity.methodology_id,
        activity.occurred_on,
        activity.zone,
        amount,
        activity.is_held,
    )
    points.bring_activity(session, activity.user_id, credit)
