"""Logging an activity: everything it changes in one transaction and two round trips, one to ask and one to write.

The person's book is locked first, so that two activities of one person never see the same room under a cap. Behind it
the `LoggingState` is read and kept true, so that the next of a transaction finds the room that this one has left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.domain import (
    LOGGED,
    SELF_DECLARED,
    Activity,
    ActivityStatus,
    EstimateContext,
    EvidencePiece,
    FlowClaim,
    LiveReduction,
    LogActivity,
    RecordedDecision,
    Reduction,
)
from backend.activities.domain.views import LoggedActivity
from backend.activities.service import allowance, asset_claims, count_bounds, evidence, rolling_year, screening, weeks
from backend.activities.service.estimates import check_time, judge, judge_by_profiles
from backend.activities.service.flow_rivals import (
    Contender,
    Contest,
    HeldClaims,
    contest,
    counted_by,
    holds_claims,
)
from backend.activities.service.history import read_history, read_told
from backend.activities.service.ledger_effects import NETTED_RULES, Revision, reduction_of
from backend.activities.service.logging_state import LIVES, LoggingKnowledge, LoggingState, RecordedActivity
from backend.activities.service.neighbours import (
    ask_around,
    ask_fullest_day,
    least_of,
    read_neighbourhood,
)
from backend.activities.service.queries import view_stored
from backend.activities.service.reallocation import displace, reallocate_displaced
from backend.activities.service.repeated_reports import refuse_another
from backend.activities.service.views import FreshEstimate, present
from backend.activities.sql.evidence import piece_question
from backend.activities.sql.logging import (
    HELD_AROUND,
    NewActivity,
    credited_in,
    insert_logged,
    logging_question,
)
from backend.ledger import service as ledger
from backend.methodology import service as methodology
from backend.methodology.service import InForce
from backend.platform.core import clock
from backend.platform.core.errors import invalid_field
from backend.platform.core.i18n import Language
from backend.platform.data import ids
from backend.platform.data.batch import Question, Questions, fetch, fetch_one
from backend.platform.data.transactions import enqueue_writes, join_writes
from backend.platform.ops import switches
from backend.points import service as points
from backend.points.domain import ActivityCredit
from backend.profiles import service as profiles
from backend.profiles.domain import Profile, Timeline
from calculators import BELIEVED, Allowance, ClaimedElsewhere, Decision, Estimate, Methodology
from config import Policy


def log(session: Session, user_id: str, command: LogActivity, language: Language, rules: Policy) -> LoggedActivity:
    """Store an activity with its reduction and pending points; the same `client_id` again answers with the first.

    Raises `request.invalid` for what cannot be (a time, an input, a methodology nobody knows), `activity.mismatch` for
    another report under a `client_id` that is known, and `methodology.not_in_force`. While crediting is paused it is
    stored with the reason `crediting_paused`, and credited later (ADR 0112).
    """
    join_writes(session)
    activity_id, day = ids.new_id("activity"), command.occurred_at.date()
    around = ask_around(user_id, command)
    answers = _ask(session, user_id, command, around.question)
    now = clock.database_now(session)  # it came along with the answers
    [behind] = answers.logged
    if behind.same:
        refuse_another(session, behind.same[0], command, behind.intervals)
        return view_stored(session, behind.same[0], language)
    [profile] = behind.profile
    state = LoggingState(
        user_id,
        read_timeline(session, user_id, profile, settling_since(command.occurred_at, rules)),
        now,
        (day, day),
        read_neighbourhood(session, around, profile.zone, behind.around),
        rules,
        allowance.use_of(behind.unattested),
        behind.created[0],
        HeldClaims(day - HELD_AROUND, day + HELD_AROUND, {user_id: list(behind.claims)}),
        {command.methodology_id: behind.intervals},
        {command.methodology_id: credited_in(behind.used)},
        lives=answers.weeks[0].get(LIVES),
    )
    usable: Sequence[EvidencePiece] = ()
    if command.evidence:
        usable = evidence.check_usable([next(iter(pieces), None) for pieces in answers.pieces[0].values()])
    points_before = points.PointsBefore(rules.points, answers.openings, behind.balances)
    recorded = record(session, state, activity_id, command, usable, points_before)
    return present(recorded.activity, recorded.reduction, recorded.rule, recorded.worth, language, recorded.fresh)


def _ask(session: Session, user_id: str, command: LogActivity, around: Question[Any]) -> LoggingKnowledge:
    """Lock the person's book and read everything else behind the lock, in one round trip."""
    day = command.occurred_at.date()
    pieces = {str(place): piece_question(user_id, name) for place, name in enumerate(command.evidence)}
    lives: dict[str, Question[LiveReduction]] = {}
    if weeks.is_weekly(command.methodology_id):
        lives[LIVES] = weeks.lives_around(user_id, command.methodology_id, day)
    parts: dict[str, Question[Any] | Questions[Any]] = {
        "circle": accounts.circle_lock(user_id),
        "openings": ledger.opening(user_id),
        "logged": logging_question(user_id, command.methodology_id, command.client_id, day, around),
        "pieces": Questions(pieces, dict),
        "weeks": Questions(lives, dict),
    }
    answers = fetch_one(session, Questions(parts, LoggingKnowledge))
    if answers.openings[0].heads:
        return answers
    ledger.open_book(session, user_id)
    return _ask(session, user_id, command, around)  # behind the lock that there is now


def read_timeline(session: Session, user_id: str, profile: Profile, since: datetime) -> Timeline:
    """What `profile` said from `since` on; asks only when something has changed since then."""
    if not profile.has_changed_since(since):
        return Timeline(profile)
    return Timeline(profile, fetch(session, profiles.pasts_since(user_id, since)).all())


def settling_since(occurred_at: datetime, rules: Policy) -> datetime:
    """Since when what a profile said may still count for something at an instant."""
    return occurred_at - timedelta(days=rules.activities.settles_days)


def record(
    session: Session,
    state: LoggingState,
    activity_id: str,
    command: LogActivity,
    pieces: Sequence[EvidencePiece],
    points_before: points.PointsBefore | None,
) -> RecordedActivity:
    """Judge what was reported and queue it with its reduction and pending points; `state` does not change.

    `points_before` is what `points` has to know of a new activity, where it holds. Raises `request.invalid` for what
    cannot be, and `methodology.not_in_force`; then nothing is queued.
    """
    user_id, since = state.user_id, settling_since(command.occurred_at, state.policy)
    # the profile that holds at the instant comes first, behind it what was said lately
    stated = state.timeline.said_lately(since, command.occurred_at)
    profile = stated[0]
    on = check_time(command, profile.zone, state.now, state.policy)
    in_force = _in_force(session, state, command.methodology_id, on)
    rule = in_force.methodology
    support = evidence.summarize(session, pieces) if pieces else evidence.EvidenceSummary()
    if support.track:
        command = screening.with_track(command, support.track)
    told = command.inputs
    if support.papers:
        support = evidence.examine_papers(support, rule, told, on)
        command = replace(command, inputs={**told, **evidence.age_told_by(support, rule, told, on)})
    days = [on] if rule.covers is None else asset_claims.days_of(rule, command.inputs, on)
    near, zones = state.neighbourhood.around(command.occurred_at)
    context = EstimateContext(
        region=profile.region,
        on=on,
        evidence_tier=support.strongest(rule, SELF_DECLARED) if pieces else SELF_DECLARED,
        household_size=profile.household_size,
        diet=profile.diet,
        history=read_history(session, user_id, rule, on) if rule.history_days else {},
        days_counted=allowance.days_counted(days, clock.local_day(state.created_at, profile.zone)),
        allowance=_allowance(session, state, rule, support, stated, on),
        regions=screening.places_of(support.track, profile.region, command.region) if support.track else (),
    )
    used = state.used[command.methodology_id]
    used_today = _used_today(session, user_id, command, zones | {profile.zone})
    judgement = judge_by_profiles(in_force, command, context, used, used_today, stated)
    oldest = timedelta(days=state.policy.activities.oldest_days)
    earlier = read_told(session, user_id, rule, on) if support.readings else None
    circumstances = screening.Circumstances(rule, command, profile.zone, state.now, support, near, oldest, earlier)
    screened = screening.screen(circumstances, judgement.estimate)
    is_late = state.follows is not None and state.follows.is_late_credit
    if switches.is_crediting_paused(session, rule.id) and not is_late:
        screened = screening.with_credit_paused(screened, rule)
    things, elsewhere = _take_things(session, user_id, rule, days, screened)
    if elsewhere is not None:
        without = replace(judgement.context, claimed_elsewhere=elsewhere)
        screened = screening.with_status(judge(in_force, command, without, used, used_today), screened.decision)
    least_s = least_of(rule.id, command.inputs, command.duration_s)
    contender = Contender(user_id, activity_id, command.occurred_at, profile.zone, rule, screened.estimate, least_s)
    found = contest(session, contender, state.held)
    if found.weaker:
        asset_claims.give_back_unused(session, user_id, things)
        return _record_first(session, state, activity_id, found, command, pieces)
    if found.stronger:
        without = replace(judgement.context, counted_already=counted_by(session, found.stronger))
        screened = screening.screen(circumstances, judge(in_force, command, without, used, used_today))
    ends: str | None = None
    if is_metered := rule.id in NETTED_RULES:
        period = rolling_year.NewPeriod(user_id, activity_id, rule, on, profile.zone)
        ends = rolling_year.meter_ends(period, screened.estimate, support)
        screened = screening.with_estimate(screened, rolling_year.with_netted(session, period, screened.estimate, ends))
    moves_week = False
    if rule.week is not None:
        left, moves_week = weeks.with_week(session, contender, screened.estimate, state.lives)
        screened = screening.with_estimate(screened, left)
    fresh = FreshEstimate(screened.estimate, screened.estimate.record())
    activity = _activity(state, contender, replace(command, inputs=told), profile, context, screened)
    new = NewActivity(
        activity=activity,
        reduction=_reduction(activity, in_force, fresh, ends),
        decision=None if activity.limits_version else _decision(activity, screened.decision),
        evidence_ids=command.evidence,
        claims=_claims_of(found, screened.estimate),
        things=things,
    )
    if state.follows is not None:
        new = state.follows.follow(session, new)
    recorded = _write(session, new, fresh, rule, pieces, points_before)
    has_moved = (is_metered or moves_week) and rolling_year.net_again(session, user_id, state.now)
    return replace(recorded, has_moved_others=True) if has_moved else recorded


def _claims_of(found: Contest, estimate: Estimate) -> Sequence[FlowClaim]:
    """What an activity claims; nothing where it is not paid and would not be."""
    return found.claims if holds_claims(estimate) else ()


def _take_things(
    session: Session, user_id: str, rule: Methodology, days: Sequence[date], screened: screening.Screened
) -> tuple[asset_claims.Things, ClaimedElsewhere | None]:
    """What of a household an activity rests on, where it needs to; or what somebody else has claimed."""
    if not rule.claims or not asset_claims.might_count(rule, screened.estimate):
        return {}, None
    return asset_claims.take(session, user_id, rule, days)


def _record_first(
    session: Session,
    state: LoggingState,
    activity_id: str,
    found: Contest,
    command: LogActivity,
    pieces: Sequence[EvidencePiece],
) -> RecordedActivity:
    """Record an activity that is stronger than what is paid for its flow, and let that count no longer."""
    displaced = displace(session, found, state.now)
    state.ask_again(session)
    recorded = record(session, state, activity_id, command, pieces, None)
    reallocate_displaced(session, displaced, state.now)
    rolling_year.net_all_again(session, state.user_id, recorded.rule, state.now)
    return replace(recorded, has_moved_others=True)


def _write(
    session: Session,
    new: NewActivity,
    fresh: FreshEstimate,
    rule: Methodology,
    pieces: Sequence[EvidencePiece],
    points_before: points.PointsBefore | None,
) -> RecordedActivity:
    """Queue a new activity with everything it changes."""
    activity, reduction = new.activity, new.reduction
    is_held = activity.status == ActivityStatus.HELD
    enqueue_writes(session, insert_logged(new, is_held=is_held))
    if pieces and not is_held:
        evidence.coarsen_later(session, activity.user_id, pieces, activity.created_at)
    credit = ActivityCredit(
        activity.user_id,
        activity.id,
        reduction.revision,
        activity.methodology_id,
        activity.occurred_on,
        activity.zone,
        reduction.credited_g + reduction.behaviour_points,
        is_held,
    )
    worth = points.set_activity_points(session, credit, points_before)
    return RecordedActivity(activity, reduction, rule, worth, fresh, new.claims)


def _activity(
    state: LoggingState,
    contender: Contender,
    command: LogActivity,
    profile: Profile,
    context: EstimateContext,
    screened: screening.Screened,
) -> Activity:
    working = screened.estimate.working
    entered = working.data.entered
    return Activity(
        user_id=state.user_id,
        id=contender.activity_id,
        client_id=command.client_id,
        methodology_id=command.methodology_id,
        occurred_at=command.occurred_at,
        occurred_on=context.on,
        duration_s=command.duration_s,
        least_s=contender.least_s,
        zone=profile.zone,
        region=profile.region,
        given_region=command.region,
        inputs={name: entered[name]["entered"] for name in command.inputs if name in entered},
        declared_alternative=command.declared_alternative,
        evidence_tier=working.context.evidence,
        status=screened.status,
        reason=screened.reason,
        created_at=state.now,
        limits_version=screened.decision.version if screened.decision.rule == BELIEVED else None,
    )


def _reduction(activity: Activity, in_force: InForce, fresh: FreshEstimate, ends: str | None) -> Reduction:
    """The first reduction of an activity: what it rests on is the version, by its content hash."""
    lineage = {
        "user_id": activity.user_id,
        "activity_id": activity.id,
        "occurred_on": activity.occurred_on,
        "methodology_id": in_force.methodology_id,
        "version": in_force.version,
        "version_id": in_force.version_id,
        "content_sha256": in_force.sha256,
        "meter_ends": ends,
    }
    first = Revision(1, LOGGED, activity.created_at, activity.status == ActivityStatus.HELD)
    return reduction_of(lineage, fresh.estimate, fresh.record, first)


def _decision(activity: Activity, decision: Decision) -> RecordedDecision:
    return RecordedDecision(
        user_id=activity.user_id,
        activity_id=activity.id,
        number=1,
        outcome=decision.outcome,
        rule=decision.rule,
        rule_version=decision.version,
        found={"rules": list(decision.found), "params": dict(decision.params)},
        decided_by=None,
        sealed_reason=None,
        decided_at=activity.created_at,
    )


def _in_force(session: Session, state: LoggingState, methodology_id: str, on: date) -> InForce:
    """The version that counts on a day; a methodology nobody knows is a fault of the field that names it."""
    intervals = state.intervals[methodology_id]
    if not intervals:
        raise invalid_field("methodology", "unknown_methodology")
    return methodology.choose(session, intervals, methodology_id, on)


def _allowance(
    session: Session,
    state: LoggingState,
    rule: Methodology,
    support: evidence.EvidenceSummary,
    stated: Sequence[Profile],
    on: date,
) -> Allowance | None:
    if allowance.is_attested(rule, support):
        return None
    place = stated[0].region
    ordinary = allowance.allowance_for(rule, support, state.use, place, on, state.policy.unattested)
    if rule.id in count_bounds.COUNTED_RULES:
        people = min((one.household_size for one in stated if one.household_size), default=None)
        return count_bounds.with_count(session, state.user_id, rule.id, on, people, ordinary)
    if not allowance.is_attested_by_paper(support):
        return ordinary
    return allowance.wider(allowance.allowance_by_papers(session, state.user_id, rule, place, on), ordinary)


def _used_today(session: Session, user_id: str, command: LogActivity, zones: set[str]) -> int:
    """What a day of another clock that holds this instant was credited; 0 for whoever kept to one."""
    if len(zones) == 1:
        return 0
    return ask_fullest_day(session, user_id, command.methodology_id, command.occurred_at, zones)
