"""Allocating again what shared a cap or a flow with an activity that counts less or no longer.

A day is allocated in the order in which things happened. Each activity whose credit changes gets a new revision of
its reduction, recomputed from the recorded working with the new room, and a posting of the difference. What found its
flow counted already, and finds it free now, counts within the room that is left; the strongest claim comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.domain import RESETTLED, Activity, ActivityStatus, FlowClaim, LiveReduction, Reduction
from backend.activities.service import allowance, asset_claims
from backend.activities.service.count_bounds import counts_beside
from backend.activities.service.estimates import amount_of, cap_room, span_of
from backend.activities.service.flow_rivals import Contest, HeldClaims, contender_of, contest, holds_claims, is_of_home
from backend.activities.service.ledger_effects import Revision, replace_reduction, settle_points, unattested_of
from backend.activities.service.neighbours import Credited, ask_used_by_any_clock, fullest_day
from backend.activities.sql import activities as sql
from backend.activities.sql.allowance import papers_question, withheld_between
from backend.activities.sql.flow_claims import delete_claims, insert_claims
from backend.activities.sql.stored_reductions import used_question
from backend.methodology import service as methodology
from backend.platform.data.batch import fetch, fetch_one
from backend.platform.data.transactions import enqueue_writes
from calculators import COUNT, CountedAlready, Estimate, Methodology, flows_of, recompute

# No document lets one activity cover more days; what lies further from a freed day cannot have been kept out by it.
LONGEST_COVERED = timedelta(days=62)
ONE_DAY = timedelta(days=1)
FREE: Mapping[str, Any] = {"counted_already": None}  # of a recorded context: as if nothing else claimed the flow


@dataclass(frozen=True)
class Room:
    """What was credited of the room under an activity's caps: by day, and on its fullest day by any clock."""

    used: Mapping[date, int]
    used_today: int = 0


def reallocate(session: Session, user_id: str, reduction: Reduction, now: datetime) -> None:
    """Allocate again everything that shares a cap or a flow with `reduction`, which counts less or no longer."""
    dropped = _reallocate_caps(session, user_id, reduction, now)
    for freed in (reduction, *dropped):
        _count_what_was_kept_out(session, user_id, freed, now)
    if reduction.unattested:
        _count_what_was_withheld(session, user_id, reduction.occurred_on, now)


def displace(session: Session, found: Contest, now: datetime) -> list[LiveReduction]:
    """Let what is weaker than an activity count no longer, and return it as it was; reallocate each of them after it.

    By reversing entries, in the books of those who told it.
    """
    if not found.weaker:
        return []
    by = found.claims[0]
    assert found.rule is not None
    counted = CountedAlready(by.methodology_id, found.rule.title, by.claimed_on)
    displaced = []
    for user_id, activity_id in sorted({(claim.user_id, claim.activity_id) for claim in found.weaker}):
        one = fetch_one(session, sql.live_question(user_id, activity_id))
        rule = rule_of(session, one)
        estimate = recompute_with(rule, one, Room({}), {"counted_already": counted.record()})
        replace_live(session, one, estimate, (RESETTLED, now))
        displaced.append(one)
    return displaced


def reallocate_displaced(session: Session, displaced: Iterable[LiveReduction], now: datetime) -> None:
    """Allocate again what these had kept from others; what several of one rule and the same days had kept, once."""
    alike = {(one.user_id, one.methodology_id, *_days_of(session, one)): one for one in displaced}
    for one in alike.values():
        span = span_of(rule_of(session, one), one.occurred_on)
        if fetch_one(session, sql.cut_by_cap(one.user_id, one.methodology_id, *span)):
            reallocate(session, one.user_id, one, now)
        else:
            _count_what_was_kept_out(session, one.user_id, one, now)
            if one.unattested:
                _count_what_was_withheld(session, one.user_id, one.occurred_on, now)


def recompute_with(rule: Methodology, reduction: Reduction, room: Room, context: Mapping[str, Any]) -> Estimate:
    """The recorded working again, with the room that is left now; `context` holds what else was asked anew."""
    working = reduction.working
    left = cap_room(rule, room.used, reduction.occurred_on, room.used_today)
    return recompute(working | {"context": working["context"] | {"cap_room": left} | dict(context)}, rule.text)


def room_beside(session: Session, rule: Methodology, activity: Activity | LiveReduction, reduction: Reduction) -> Room:
    """What bears on the caps of an activity, itself left out."""
    user_id, on, own = reduction.user_id, reduction.occurred_on, reduction.amount
    days = fetch(session, used_question(user_id, rule.id, *span_of(rule, on))).all()
    used = {one.occurred_on: one.credited for one in days}
    today = ask_used_by_any_clock(session, user_id, rule.id, activity.occurred_at, activity.zone)
    return Room(used | {on: used.get(on, 0) - own}, max(0, today - own))


def rule_of(session: Session, reduction: Reduction) -> Methodology:
    """The methodology, in the version that a reduction rests on."""
    return methodology.get_pinned(session, reduction.version_id, reduction.content_sha256).methodology


def _days_of(session: Session, reduction: Reduction) -> list[date]:
    return asset_claims.days_of_reduction(rule_of(session, reduction), reduction)


def _reallocate_caps(session: Session, user_id: str, reduction: Reduction, now: datetime) -> list[LiveReduction]:
    """Fill the caps anew that `reduction` counted towards; what counts no longer is returned as it was."""
    rule = rule_of(session, reduction)
    span = span_of(rule, reduction.occurred_on)
    live = fetch(session, sql.live_between(user_id, rule.id, *span)).all()
    dropped = []
    used: dict[date, int] = {}
    credited: list[Credited] = []
    use = allowance.ask_use(session, user_id, *span)
    zones = {one.zone for one in live}
    for one in live:
        room = Room(used, fullest_day(credited, one.occurred_at, zones) if len(zones) > 1 else 0)
        own, bounded = rule_of(session, one), allowance_beside(session, one, use)
        estimate, found = recompute_with(own, one, room, bounded), Contest()
        if amount_of(estimate) and not one.amount:
            found = contest(session, contender_of(one, own, estimate))
            if counted := found.counted(session):  # a weaker one too: what counts stays until the flows are looked at
                estimate = recompute_with(own, one, room, bounded | {"counted_already": counted.record()})
        if amount_of(estimate) != one.amount:
            replace_live(session, one, estimate, (RESETTLED, now), found.claims)
            dropped += [] if amount_of(estimate) else [one]
        use.add(own.id, one.occurred_on.isoformat(), unattested_of(estimate) - one.unattested)
        used[one.occurred_on] = used.get(one.occurred_on, 0) + amount_of(estimate)
        credited.append((one.occurred_at, amount_of(estimate)))
    return dropped


def _count_what_was_kept_out(session: Session, user_id: str, freed: Reduction, now: datetime) -> None:
    """Let what found its flow counted already, and may find it free now, count; the strongest first.

    Of what a household shares also that of those who live there: the lock on the circle holds them all.
    """
    rule = rule_of(session, freed)
    people = {user_id, *accounts.list_circle(session, user_id)} if is_of_home(rule) else {user_id}
    days = _days_of(session, freed)
    first, last = days[0] - ONE_DAY, days[-1] + LONGEST_COVERED
    flows = {use.flow for use in flows_of(rule)}
    waiting = []
    for person in sorted(people):
        kept_out = fetch(session, sql.uncredited_because(person, asset_claims.COUNTED_ALREADY, first, last)).all()
        rules = [rule_of(session, one) for one in kept_out]
        wanted = [
            (one, other)
            for one, other in zip(kept_out, rules, strict=True)
            if flows & {use.flow for use in flows_of(other)}
        ]
        held = HeldClaims(first - LONGEST_COVERED, last + ONE_DAY)
        for one, other in wanted:
            found = contest(session, contender_of(one, other, recompute_with(other, one, Room({}), FREE)), held)
            if found.claims and not found.stronger:
                waiting.append((found.claims[0].rank, one))
    for _, one in sorted(waiting, key=lambda ranked: ranked[0]):
        _count_if_free(session, one, now)


def _count_what_was_withheld(session: Session, user_id: str, on: date, now: datetime) -> None:
    """Let what the allowance kept back count within what is left of it now; nobody loses what they have."""
    first, last = on.replace(month=1, day=1), on.replace(month=12, day=31)
    use = allowance.ask_use(session, user_id, first, last)
    for one in fetch(session, withheld_between(user_id, first, last)).all():
        bounded = allowance_beside(session, one, use)
        left = bounded["allowance"]["room"]
        if min((room for name, room in left.items() if not name.startswith(COUNT)), default=0) <= one.unattested:
            continue
        rule = rule_of(session, one)
        estimate = recompute_with(rule, one, room_beside(session, rule, one, one), bounded)
        if amount_of(estimate) > one.amount:
            _count_if_free(session, one, now)
            use = allowance.ask_use(session, user_id, first, last)


def _count_if_free(session: Session, stored: LiveReduction, now: datetime) -> None:
    """Credit an activity with more than it has, unless something stronger claims its flow; displace what is weaker."""
    one = fetch_one(session, sql.live_question(stored.user_id, stored.activity_id))
    rule, on = rule_of(session, one), one.occurred_on

    def judged() -> Estimate:
        bounded = allowance_beside(session, one, allowance.ask_use(session, one.user_id, on, on))
        return recompute_with(rule, one, room_beside(session, rule, one, one), {**FREE, **bounded})

    estimate = judged()
    found = Contest() if one.amount else contest(session, contender_of(one, rule, estimate))
    if found.stronger:
        return
    displaced = displace(session, found, now)
    estimate = judged() if displaced else estimate
    is_new = holds_claims(estimate) and not one.amount + one.netted  # netted to nothing, it holds its flow all the same
    if amount_of(estimate) > one.amount or is_new:
        replace_live(session, one, estimate, (RESETTLED, now), found.claims)
    reallocate_displaced(session, displaced, now)


def allowance_beside(
    session: Session, reduction: Reduction, use: allowance.UnattestedUse, joining: str = ""
) -> dict[str, Any]:
    """The allowance in the recorded context of a reduction with what is left now, itself left out; {} without one.

    `joining`: the guest from whom it comes to its owner.
    """
    recorded = reduction.working["context"].get("allowance")
    if recorded is None:
        return {}
    methodology_id, on, bounds = reduction.methodology_id, reduction.occurred_on, recorded["bounds"]
    category = allowance.category_of(methodology_id)
    use.add(methodology_id, on.isoformat(), -reduction.unattested)
    room = use.room(bounds, category, on)
    use.add(methodology_id, on.isoformat(), reduction.unattested)
    papers = papers_question(reduction.user_id, category, on, reduction.activity_id, joining)
    room |= allowance.room_by_papers(session, bounds, papers, on)
    room |= counts_beside(session, reduction, bounds)
    return {"allowance": recorded | {"room": recorded["room"] | room}}


def replace_live(
    session: Session,
    before: LiveReduction,
    estimate: Estimate,
    because: tuple[str, datetime],
    claims: Sequence[FlowClaim] = (),
) -> None:
    """Put another result in the place of a live one, with its status and points; `because`: cause and instant.

    What counts from now on holds `claims`, what counts no longer holds nothing.
    """
    cause, now = because
    amount, is_held = amount_of(estimate), before.status == ActivityStatus.HELD
    user_id, activity_id = before.user_id, before.activity_id
    revision = Revision(before.revision + 1, cause, now, is_held)
    holds = holds_claims(estimate)
    if not holds or (claims and before.netted and not before.amount):
        enqueue_writes(session, [delete_claims(user_id, activity_id)])
    replace_reduction(session, before, estimate, revision, was_held=is_held)
    if holds and not before.amount:
        enqueue_writes(session, insert_claims(claims))
    status = ActivityStatus(estimate.status)
    if not is_held and before.status != status:
        change = sql.change_status(user_id, activity_id, before.status, status, estimate.reason)
        enqueue_writes(session, [change])
    settle_points(session, before, revision.number, amount, is_held=is_held)
