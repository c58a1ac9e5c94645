"""Logging an activity: everything it changes in one transaction and two round trips, one to ask and one to write.

The person's book is locked first, so that two activities of one person never see the same room under a cap. The
`LoggingState` is read behind that lock and kept true as activities are added, so that the next one of the same
transaction finds the room and the days that this one has left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import (
    LOGGED,
    SELF_DECLARED,
    Activity,
    ActivityStatus,
    EstimateContext,
    EvidencePiece,
    LogActivity,
    RecordedDecision,
    Reduction,
)
from backend.activities.domain.views import LoggedActivity
from backend.activities.service import allowance, evidence, flow_claims, rolling_year, screening
from backend.activities.service.estimates import check_time, judge, judge_by_profiles
from backend.activities.service.history import read_history, read_told
from backend.activities.service.ledger_effects import NETTED_RULES, Revision, reduction_of
from backend.activities.service.neighbours import (
    Neighbourhood,
    ask_around,
    ask_fullest_day,
    least_of,
    read_neighbourhood,
)
from backend.activities.service.queries import view_stored
from backend.activities.service.repeated_reports import refuse_another
from backend.activities.service.views import FreshEstimate, present
from backend.activities.sql.days import PeriodUsed
from backend.activities.sql.evidence import piece_question
from backend.activities.sql.logging import LoggingAnswers, NewActivity, insert_logged, logging_question
from backend.methodology import service as methodology
from backend.methodology.service import InForce, Interval
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.core.i18n import Language
from backend.platform.data import ids
from backend.platform.data.batch import Question, Questions, fetch
from backend.platform.data.transactions import enqueue_writes
from backend.platform.ops import switches
from backend.points import service as points
from backend.points.domain import ActivityCredit, ActivityPoints
from backend.profiles import service as profiles
from backend.profiles.service import Profile, Timeline
from calculators import Allowance, CountedAlready, Decision, Methodology
from config import Policy


@dataclass
class LoggingState:
    """What is known of a person behind their lock; it follows what is recorded."""

    user_id: str
    timeline: Timeline
    now: datetime
    taken_from: date  # `taken` knows the days from here on
    neighbourhood: Neighbourhood
    policy: Policy
    use: allowance.UnattestedUse
    created_at: datetime
    intervals: dict[str, Sequence[Interval]] = field(default_factory=dict)  # by methodology, when each version counts
    used: defaultdict[str, defaultdict[date, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )  # by methodology, what days and whole months were credited
    taken: defaultdict[date, set[str]] = field(default_factory=lambda: defaultdict(set))  # which rules take which day

    def add_methodology(
        self, methodology_id: str, intervals: Sequence[Interval], used_and_claimed: Iterable[PeriodUsed]
    ) -> None:
        """Take in the answers about one methodology; about the days, every one of them says the same."""
        self.intervals[methodology_id] = intervals
        used = self.used[methodology_id] = defaultdict(int)
        for one in used_and_claimed:
            if one.unattested:
                continue
            on = date.fromisoformat(one.period)
            if one.methodology_id == methodology_id:
                used[on] += int(one.credited)
            if one.credited or one.is_covered:
                self.taken[on].add(one.methodology_id)

    def add_activity(self, recorded: RecordedActivity) -> None:
        """Take in what was recorded just now."""
        if amount := recorded.reduction.amount:
            activity = recorded.activity
            self.neighbourhood.add(activity, amount)
            self.used[activity.methodology_id][activity.occurred_on] += amount
            self.use.add(activity.methodology_id, activity.occurred_on.isoformat(), recorded.reduction.unattested)
            for day in recorded.days:
                self.taken[day].add(activity.methodology_id)


@dataclass(frozen=True)
class RecordedActivity:
    """A new activity as it was queued, with all that its view is made of; `days` are those it covers."""

    activity: Activity
    reduction: Reduction
    rule: Methodology
    worth: ActivityPoints
    fresh: FreshEstimate
    days: Sequence[date]
    has_moved_others: bool = False  # what the year takes of others is another now


@dataclass(frozen=True)
class _Answers:
    """What one round trip tells before an activity is judged; `pieces` are by the place at which they were named."""

    behind_lock: Sequence[LoggingAnswers]
    profile: Sequence[Profile]
    intervals: Sequence[Interval]
    pieces: Sequence[Mapping[str, Sequence[EvidencePiece]]]
    points_before: Sequence[points.PointsBefore]


def log(session: Session, user_id: str, command: LogActivity, language: Language) -> LoggedActivity:
    """Store an activity with its reduction and pending points; the same `client_id` again answers with the first.

    Raises `request.invalid` for what cannot be (a time, an input, a methodology nobody knows), `activity.mismatch` for
    another report under a `client_id` that is known, `methodology.not_in_force`, and `service.paused` while crediting
    is paused.
    """
    refuse_when_paused(session, command.methodology_id)
    activity_id, day = ids.new_id("activity"), command.occurred_at.date()
    around = ask_around(user_id, command)
    answers = _ask(session, user_id, command, around.question)
    now = clock.database_now(session)  # it came along with the answers
    behind, profile = answers.behind_lock[0], answers.profile[0]
    if behind.same:
        refuse_another(behind.same[0], command)
        return view_stored(session, behind.same[0], language)
    rules = policy()
    state = LoggingState(
        user_id,
        profiles.read_timeline(session, user_id, profile, settling_since(command.occurred_at, rules)),
        now,
        day - timedelta(days=1),
        read_neighbourhood(session, around, profile.zone, behind.around),
        rules,
        allowance.use_of(behind.used_and_claimed),
        behind.created[0],
    )
    state.add_methodology(command.methodology_id, answers.intervals, behind.used_and_claimed)
    usable: Sequence[EvidencePiece] = ()
    if command.evidence:
        usable = evidence.check_usable([next(iter(pieces), None) for pieces in answers.pieces[0].values()])
    recorded = record(session, state, activity_id, command, usable, answers.points_before[0])
    return present(recorded.activity, recorded.reduction, recorded.rule, recorded.worth, language, recorded.fresh)


def refuse_when_paused(session: Session, methodology_id: str) -> None:
    """Raise `service.paused` while nothing may be credited under a methodology."""
    if switches.is_crediting_paused(session, methodology_id):
        raise Refusal("service.paused", retry_after_s=600)


def _ask(session: Session, user_id: str, command: LogActivity, around: Question[Any]) -> _Answers:
    """Lock the person's book and read everything else behind the lock, in one round trip."""
    day = command.occurred_at.date()
    pieces = {str(place): piece_question(user_id, name) for place, name in enumerate(command.evidence)}
    parts: dict[str, Question[Any] | Questions[Any]] = {
        "behind_lock": logging_question(user_id, command.methodology_id, command.client_id, day, around),
        "profile": profiles.question(user_id),
        "intervals": methodology.question(command.methodology_id),
        "pieces": Questions(pieces, dict),
        "points_before": points.new_activity_question(user_id),
    }
    return fetch(session, Questions(parts, _Answers)).one()


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

    `points_before` is the answer to `points.new_activity_question` where it holds. Raises `request.invalid` for what
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
    if support.papers:
        support = evidence.examine_papers(support, rule, command.inputs, on)
    days = [on] if rule.covers is None else flow_claims.days_of(rule, command.inputs, on)
    near, zones = state.neighbourhood.around(command.occurred_at)
    context = EstimateContext(
        region=profile.region,
        on=on,
        evidence_tier=support.strongest(rule, SELF_DECLARED) if pieces else SELF_DECLARED,
        household_size=profile.household_size,
        diet=profile.diet,
        history=read_history(session, user_id, rule, on) if rule.history_days else {},
        counted_already=_counted_already(session, state, rule, days) if rule.excludes else None,
        days_counted=allowance.days_counted(days, clock.local_day(state.created_at, profile.zone)),
        allowance=_allowance(session, state, rule, support, profile.region, on),
        regions=screening.places_of(support.track, profile.region, command.region) if support.track else (),
    )
    used = state.used[command.methodology_id]
    used_today = _used_today(session, user_id, command, zones | {profile.zone})
    judgement = judge_by_profiles(in_force, command, context, used, used_today, stated)
    oldest = timedelta(days=state.policy.activities.oldest_days)
    told = read_told(session, user_id, rule, on) if support.readings else None
    circumstances = screening.Circumstances(rule, command, profile.zone, state.now, support, near, oldest, told)
    screened = screening.screen(circumstances, judgement.estimate)
    things: flow_claims.Things = {}
    if rule.claims and flow_claims.might_count(rule, screened.estimate):
        things, elsewhere = flow_claims.take(session, user_id, rule, days)
        if elsewhere is not None:
            without = replace(judgement.context, claimed_elsewhere=elsewhere)
            estimate = judge(in_force, command, without, used, used_today)
            screened = screening.with_status(estimate, screened.decision)
    ends: str | None = None
    if is_metered := rule.id in NETTED_RULES:
        period = rolling_year.NewPeriod(user_id, activity_id, rule, on, profile.zone)
        ends = rolling_year.meter_ends(period, screened.estimate, support)
        screened = screening.with_estimate(screened, rolling_year.with_netted(session, period, screened.estimate, ends))
    fresh = FreshEstimate(screened.estimate, screened.estimate.record())
    activity = _activity(state, activity_id, command, profile, context, screened)
    new = NewActivity(
        activity=activity,
        reduction=_reduction(activity, in_force, fresh, ends),
        decision=_decision(activity, screened.decision),
        evidence_ids=command.evidence,
        days=days,
        things=things,
    )
    recorded = _write(session, new, fresh, rule, pieces, points_before)
    if is_metered and rolling_year.net_again(session, user_id, state.now):
        return replace(recorded, has_moved_others=True)
    return recorded


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
    return RecordedActivity(activity, reduction, rule, worth, fresh, new.days)


def _activity(
    state: LoggingState,
    activity_id: str,
    command: LogActivity,
    profile: Profile,
    context: EstimateContext,
    screened: screening.Screened,
) -> Activity:
    working = screened.estimate.working
    entered = working.data.entered
    return Activity(
        user_id=state.user_id,
        id=activity_id,
        client_id=command.client_id,
        methodology_id=command.methodology_id,
        occurred_at=command.occurred_at,
        occurred_on=context.on,
        duration_s=command.duration_s,
        least_s=least_of(command.methodology_id, command.inputs, command.duration_s),
        zone=profile.zone,
        region=profile.region,
        given_region=command.region,
        inputs={name: entered[name]["entered"] for name in command.inputs if name in entered},
        declared_alternative=command.declared_alternative,
        evidence_tier=working.context.evidence,
        status=screened.status,
        reason=screened.reason,
        created_at=state.now,
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
    session: Session, state: LoggingState, rule: Methodology, support: evidence.EvidenceSummary, place: str, on: date
) -> Allowance | None:
    if allowance.is_attested(rule, support):
        return None
    if allowance.is_attested_by_paper(support):
        return allowance.allowance_by_papers(session, state.user_id, rule, place, on)
    return allowance.allowance_for(rule, support, state.use, place, on, state.policy.unattested)


def _counted_already(
    session: Session, state: LoggingState, rule: Methodology, days: Sequence[date]
) -> CountedAlready | None:
    if days[0] < state.taken_from:
        return flow_claims.ask_counted(session, state.user_id, rule, days)
    if all(state.taken[day].isdisjoint(rule.excludes) for day in days):
        return None
    return flow_claims.find_counted(session, rule, days, state.taken)


def _used_today(session: Session, user_id: str, command: LogActivity, zones: set[str]) -> int:
    """What a day of another clock that holds this instant was credited; 0 for whoever kept to one."""
    if len(zones) == 1:
        return 0
    return ask_fullest_day(session, user_id, command.methodology_id, command.occurred_at, zones)
