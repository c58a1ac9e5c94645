"""Logging an activity: everything it changes in one transaction and two round trips, one to ask and one to write.

The person's book is locked first, so that two activities of one person never see the same room under a cap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend import clock, ids, switches
from backend.activities.service import evidence, excluding
from backend.activities.service.estimating import fault_of_field
from backend.activities.service.judging import (
    SELF_DECLARED,
    Circumstances,
    Told,
    amount_of,
    check_time,
    judge,
    last_of_month,
)
from backend.activities.service.presenting import View, present
from backend.activities.service.reading import find_by_client_id
from backend.activities.service.remembering import read_history
from backend.activities.service.settling import LOGGED, Row, add_to_day, write_reduction
from backend.activities.service.statements import BY_CLIENT_ID, INSERT_ACTIVITY, OPEN_BOOK, USED_AND_CLAIMED
from backend.current import policy
from backend.db import ask_together, write_later
from backend.errors import Refusal
from backend.methodology import service as methodology
from backend.methodology.service import InForce
from backend.points import service as points
from backend.profiles import service as profiles
from backend.profiles.service import Profile
from calculators import CountedAlready, Estimate, Methodology

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Answers:
    """What one round trip tells before an activity is judged, each as rows."""

    profile: list[Row]
    versions: list[Row]
    same: list[Row]  # the activity this device has sent before under the same client_id
    used: list[Row]  # what the days and months around it were credited, and what its days are taken by
    evidence: Sequence[list[Row]]
    settling: Sequence[list[Row]]


def log(session: Session, user_id: str, told: Told, language: str) -> View:
    """Store an activity with its reduction and pending points; the same `client_id` again answers with the first.

    Raises `request.invalid` for what cannot be (a time, an input, a methodology nobody knows),
    `methodology.not_in_force`, and `service.paused` while crediting is paused.
    """
    if switches.is_crediting_paused(session, told.methodology_id):
        raise Refusal("service.paused", retry_after_s=600)
    activity_id, now = ids.new_id("activity"), clock.now()
    answers = _ask(session, user_id, activity_id, told)
    if answers.same:
        return find_by_client_id(session, answers.same[0], language)
    profile = profiles.from_row(answers.profile[0] if answers.profile else None)
    on = check_time(told, profile.zone, now, policy())
    with fault_of_field():
        in_force = methodology.choose(session, answers.versions, told.methodology_id, on)
    rule = in_force.methodology
    tiers = evidence.tiers_of(session, evidence.read_pieces(answers.evidence))
    days = excluding.days_of(rule, told.inputs, on)
    known = Circumstances(
        region=profile.region,
        on=on,
        evidence_tier=evidence.strongest(rule, tiers, SELF_DECLARED),
        household_size=profile.household_size,
        diet=profile.diet,
        history=read_history(session, user_id, rule, on),
        counted_already=_counted_already(session, user_id, rule, days, answers),
    )
    found = judge(in_force, told, known, _used(answers, told.methodology_id))

    activity = _activity_row(user_id, activity_id, told, profile, on, found) | {"created_at": now}
    write_later(session, INSERT_ACTIVITY, activity)
    evidence.use(session, user_id, told.evidence, activity_id)
    lineage, record = _lineage(activity, in_force), found.record()
    reduction = write_reduction(session, lineage, found, record, revision=1, cause=LOGGED, now=now)
    amount = amount_of(found)
    add_to_day(session, user_id, on, told.methodology_id, amount)
    if amount:
        excluding.cover(session, user_id, activity_id, told.methodology_id, days)
    settled = points.settle_activity(
        session,
        user_id,
        activity_id,
        1,
        told.methodology_id,
        on,
        profile.zone,
        amount,
        answers=answers.settling,
    )
    return present(activity, reduction, in_force.methodology, settled, language, fresh=(found, record))


def _ask(session: Session, user_id: str, activity_id: str, told: Told) -> Answers:
    """Lock the person's book and read what is needed behind the lock, in one round trip."""
    near = told.occurred_at.date()  # the civil day, whatever the zone, is at most one away from UTC's
    book = {"user_id": user_id, "revision": 1}
    _, profile, versions, same, used, *others = ask_together(
        session,
        [
            (OPEN_BOOK[session.get_bind().dialect.name], book),
            profiles.question(user_id),
            methodology.question(told.methodology_id),
            (BY_CLIENT_ID, {"owner": user_id, "wanted": told.client_id}),
            _used_around(user_id, told.methodology_id, near),
            *evidence.questions(user_id, told.evidence),
            *points.settling_questions(user_id, activity_id, 1),
        ],
    )
    pieces = len(told.evidence)
    return Answers(profile, versions, same, used, others[:pieces], others[pieces:])


def _used(answers: Answers, methodology_id: str) -> dict[date, int]:
    used: defaultdict[date, int] = defaultdict(int)
    for row in answers.used:
        if row["methodology_id"] == methodology_id:
            used[date.fromisoformat(row["period"])] += int(row["credited"])
    return used


def _counted_already(
    session: Session, user_id: str, rule: Methodology, days: Sequence[date], answers: Answers
) -> CountedAlready | None:
    if not rule.excludes:
        return None
    if len(days) == 1:
        claims = excluding.read_claims(row for row in answers.used if row["credited"] or row["is_covered"])
    else:
        claims = excluding.ask_claims(session, user_id, days)
    return excluding.find_counted(session, rule, days, claims)


def _used_around(user_id: str, methodology_id: str, near: date) -> tuple[Any, dict[str, Any]]:
    """What was credited in the longest period a cap may count over, and what the days around are taken by.

    A second question would cost another trip.
    """
    before, after = near - A_DAY, near + A_DAY
    return USED_AND_CLAIMED, {
        "owner": user_id,
        "wanted_methodology": methodology_id,
        "first_near": before.replace(day=1),
        "last_near": last_of_month(after),
        "first_day": before.replace(month=1, day=1),
        "last_day": after.replace(month=12, day=31),
        "first_claimed": before,
        "last_claimed": after,
    }


def _activity_row(
    user_id: str, activity_id: str, told: Told, profile: Profile, on: date, found: Estimate
) -> dict[str, Any]:
    entered = found.working.data.entered
    return {
        "user_id": user_id,
        "id": activity_id,
        "client_id": told.client_id,
        "methodology_id": told.methodology_id,
        "occurred_at": told.occurred_at,
        "occurred_on": on,
        "duration_s": told.duration_s,
        "zone": profile.zone,
        "region": profile.region,
        "given_region": told.region,
        "inputs": {name: entered[name]["entered"] for name in told.inputs if name in entered},
        "declared_alternative": told.declared_alternative,
        "evidence_tier": found.working.context.evidence,
        "status": found.status,
        "reason": found.reason,
        "withdrawn_at": None,
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
