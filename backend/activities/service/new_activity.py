"""One new activity: judged by what is known of its person, and everything it changes queued.

`Known` is read behind the lock on the person's book and kept true as activities are added, so that the next one of the
same transaction finds the room and the days that this one has left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.models import HELD
from backend.activities.service import (
    day_caps,
    evidence,
    exclusions,
    household_claims,
    meter_readings,
    screening,
)
from backend.activities.service import (
    neighbours as around,
)
from backend.activities.service.estimates import (
    SELF_DECLARED,
    Circumstances,
    Told,
    amount_of,
    check_time,
    judge,
    last_of_month,
)
from backend.activities.service.history import read_history
from backend.activities.service.ledger_effects import LOGGED, Row, add_to_day, write_reduction
from backend.activities.service.neighbours import Around
from backend.activities.service.previews import fault_of_field
from backend.activities.sql import INSERT_ACTIVITY, USED_AND_CLAIMED
from backend.methodology import service as methodology
from backend.methodology.service import InForce, Interval
from backend.platform.core.context import policy
from backend.platform.data.batch import Question
from backend.platform.data.transactions import enqueue_write
from backend.points import service as points
from backend.points.domain import ActivityCredit, ActivityPoints
from backend.profiles.service import Profile, Timeline
from calculators import CountedAlready, Decision, Estimate, Methodology

Rows = Sequence[Mapping[str, Any]]


@dataclass
class Known:
    """What is known of a person: `used` and `claims` follow what is recorded."""

    user_id: str
    timeline: Timeline
    now: datetime
    claimed_from: date  # `claims` knows the days from here on
    versions: dict[str, Sequence[Interval]] = field(default_factory=dict)  # by methodology, the answers to its question
    used: defaultdict[str, defaultdict[date, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )  # by methodology, what days and whole months were credited
    claims: defaultdict[date, set[str]] = field(default_factory=lambda: defaultdict(set))  # what takes which day
    around: Around = field(default_factory=Around)  # what else they did

    def learn(self, methodology_id: str, versions: Sequence[Interval], used_and_claimed: Rows) -> None:
        """Take in the answers about one methodology; about the days, every one of them says the same."""
        self.versions[methodology_id] = versions
        used = self.used[methodology_id] = defaultdict(int)
        for row in used_and_claimed:
            day = date.fromisoformat(row["period"])
            if row["methodology_id"] == methodology_id:
                used[day] += int(row["credited"])
            if row["credited"] or row["is_covered"]:
                self.claims[day].add(row["methodology_id"])


@dataclass(frozen=True)
class Recorded:
    """A new activity as it was queued, with all that its view is made of."""

    activity: Row
    reduction: Row
    rule: Methodology
    worth: ActivityPoints
    fresh: tuple[Estimate, Row]


def used_and_claimed_question(
    user_id: str, methodology_id: str, earliest: date, latest: date
) -> Question[dict[str, Any]]:
    """What to ask about a methodology for activities between two days in UTC: the answer is for `Known.learn`.

    What was credited in the longest period a cap may count over, and what takes the days around. The civil day,
    whatever the zone, is at most one away from UTC's.
    """
    before, after = earliest - timedelta(days=1), latest + timedelta(days=1)
    named = {
        "owner": user_id,
        "wanted_methodology": methodology_id,
        "first_near": before.replace(day=1),
        "last_near": last_of_month(after),
        "first_day": before.replace(month=1, day=1),
        "last_day": after.replace(month=12, day=31),
        "first_claimed": before,
        "last_claimed": after,
    }
    return Question(USED_AND_CLAIMED, named, dict)


def record(
    session: Session,
    known: Known,
    activity_id: str,
    told: Told,
    pieces: Rows,
    before: points.PointsBefore | None,
) -> Recorded:
    """Judge what was told and queue it with its reduction and pending points.

    `pieces` are the rows of its evidence, `before` the answer to `points.points_question` where it holds. Raises
    `request.invalid` for what cannot be, and `methodology.not_in_force`; then nothing is queued.
    """
    profile = known.timeline.at(told.occurred_at)
    on = check_time(told, profile.zone, known.now, policy())
    with fault_of_field():
        in_force = methodology.choose(session, known.versions[told.methodology_id], told.methodology_id, on)
    rule = in_force.methodology
    shows = screening.read_trace(session, pieces)
    told = screening.with_trace(told, shows)
    days = exclusions.days_of(rule, told.inputs, on)
    read, is_carried = evidence.readings(session, pieces)
    circumstances = Circumstances(
        region=profile.region,
        on=on,
        evidence_tier=evidence.strongest(rule, evidence.tiers_of(pieces, read), SELF_DECLARED),
        household_size=profile.household_size,
        diet=profile.diet,
        history=read_history(session, known.user_id, rule, on),
        counted_already=_counted_already(session, known, rule, days),
        regions=screening.places_of(shows, profile.region, told.region),
    )
    used, near, things = known.used[told.methodology_id], known.around.near(told.occurred_at), {}
    today = _used_today(session, known, told, profile.zone)
    found, circumstances = _least_of_what_was_said(in_force, told, known, circumstances, used, today)
    readings = meter_readings.readings_of(rule, found, read, is_carried)
    found, decision = screening.weigh(rule, told, found, profile, known.now, pieces, shows, readings, near)
    if household_claims.might_count(rule, found):
        things, elsewhere = household_claims.take(session, known.user_id, rule, days)
        if elsewhere is not None:
            found = judge(in_force, told, replace(circumstances, claimed_elsewhere=elsewhere), used, today)
    return _queue(session, known, profile, activity_id, told, in_force, days, pieces, found, decision, things, before)


def settling_since(occurred_at: datetime) -> datetime:
    """Since when what a profile said may still count for something at an instant."""
    return occurred_at - timedelta(days=policy().activities.settles_days)


def _least_of_what_was_said(
    in_force: InForce, told: Told, known: Known, circumstances: Circumstances, used: Mapping[date, int], today: int
) -> tuple[Estimate, Circumstances]:
    """The estimate by what the profile says, or by what it said lately where that credits less: no word for a day."""
    lately = known.timeline.said_lately(settling_since(told.occurred_at), told.occurred_at)
    said = [
        replace(circumstances, region=one.region, household_size=one.household_size, diet=one.diet) for one in lately
    ]
    judged = [(judge(in_force, told, one, used, today), one) for one in said]
    return min(judged, key=lambda found: amount_of(found[0]))


def _queue(
    session: Session,
    known: Known,
    profile: Profile,
    activity_id: str,
    told: Told,
    in_force: InForce,
    days: Sequence[date],
    pieces: Rows,
    found: Estimate,
    decision: Decision,
    things: household_claims.Things,
    before: points.PointsBefore | None,
) -> Recorded:
    on, amount, written = days[-1], amount_of(found), found.record()
    activity = _activity_row(known, profile, activity_id, told, on, found, decision)
    is_held = activity["status"] == HELD
    enqueue_write(session, INSERT_ACTIVITY, activity)
    screening.write_decision(session, activity, decision, known.now)
    evidence.use(session, known.user_id, told.evidence, activity_id)
    household_claims.rest_on(session, known.user_id, activity_id, things)
    reduction = write_reduction(
        session, _lineage(activity, in_force), found, written, revision=1, cause=LOGGED, now=known.now, held=is_held
    )
    add_to_day(session, known.user_id, on, told.methodology_id, amount)
    if not is_held:
        screening.coarsen_later(session, known.user_id, pieces, known.now)
    if amount:
        known.around.add(around.neighbour_of(activity | {"amount": amount}), profile.zone)
        exclusions.cover(session, known.user_id, activity_id, told.methodology_id, days)
        known.used[told.methodology_id][on] += amount
        for day in days:
            known.claims[day].add(told.methodology_id)
    credit = ActivityCredit(
        known.user_id, activity_id, 1, told.methodology_id, on, profile.zone, amount, is_held=is_held
    )
    worth = points.set_activity_points(session, credit, before)
    return Recorded(activity, reduction, in_force.methodology, worth, (found, written))


def _counted_already(session: Session, known: Known, rule: Methodology, days: Sequence[date]) -> CountedAlready | None:
    if not rule.excludes:
        return None
    if days[0] >= known.claimed_from:
        return exclusions.find_counted(session, rule, days, known.claims)
    return exclusions.find_counted(session, rule, days, exclusions.ask_claims(session, known.user_id, days))


def _used_today(session: Session, known: Known, told: Told, zone: str) -> int:
    """What a day of another clock that holds this instant was credited; 0 for whoever kept to one."""
    zones = known.around.zones(told.occurred_at) | {zone}
    return day_caps.ask_fullest(session, known.user_id, told.methodology_id, told.occurred_at, zones)


def _activity_row(
    known: Known, profile: Profile, activity_id: str, told: Told, on: date, found: Estimate, decision: Decision
) -> Row:
    entered = found.working.data.entered
    status, reason = screening.status_of(found, decision)
    return {
        "user_id": known.user_id,
        "id": activity_id,
        "client_id": told.client_id,
        "methodology_id": told.methodology_id,
        "occurred_at": told.occurred_at,
        "occurred_on": on,
        "duration_s": told.duration_s,
        "least_s": around.least_of(told.methodology_id, told.inputs, told.duration_s),
        "zone": profile.zone,
        "region": profile.region,
        "given_region": told.region,
        "inputs": {name: entered[name]["entered"] for name in told.inputs if name in entered},
        "declared_alternative": told.declared_alternative,
        "evidence_tier": found.working.context.evidence,
        "status": status,
        "reason": reason,
        "withdrawn_at": None,
        "created_at": known.now,
    }


def _lineage(activity: Row, in_force: InForce) -> Row:
    """What a reduction rests on: the activity, and the version by its content hash."""
    return {
        "user_id": activity["user_id"],
        "activity_id": activity["id"],
        "occurred_on": activity["occurred_on"],
        "methodology_id": in_force.methodology_id,
        "version": in_force.version,
        "version_id": in_force.version_id,
        "content_sha256": in_force.sha256,
    }
