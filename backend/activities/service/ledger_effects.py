"""Writing what an activity is worth: its reduction, the totals of its day and month, and its points. All is queued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import LINEAGE, SELF_DECLARED, Activity, LiveReduction, Reduction
from backend.activities.service.allowance import is_unattested
from backend.activities.service.notices import notify_replaced
from backend.activities.sql import activities as sql
from backend.activities.sql.flow_claims import delete_claims
from backend.activities.sql.stored_reductions import add_to_day, add_to_month, insert_reduction, take_from_month
from backend.methodology import service as methodology
from backend.platform.data import ids
from backend.platform.data.transactions import enqueue_writes
from backend.points import service as points
from backend.points.domain import ActivityCredit, ActivityPoints
from calculators import ALLOWANCE, NETTED, Estimate, Methodology, excess_of, first_of_week, load_limits

# What the meter of each rule shows whose credit is netted: a meter shows what was used.
NETTED_RULES = {rule: metered for rule, metered in load_limits().metered.items() if metered.used is not None}


_TOUCHED = "activities.touched_weeks"  # of a session's `info`: those of this transaction


@dataclass(frozen=True, order=True)
class TouchedWeek:
    """A week of a person in which something of a rule that is netted by the week was written."""

    user_id: str
    methodology_id: str
    monday: date


@dataclass(frozen=True)
class Revision:
    """A later result of an activity: the cause, when, and whether the activity is held from then on."""

    number: int
    cause: str
    now: datetime
    is_held: bool


def reduction_of(
    lineage: Mapping[str, Any], estimate: Estimate, record: dict[str, Any], revision: Revision
) -> Reduction:
    """The reduction of an estimate with its working `record`; `lineage` names the activity and the version."""
    return Reduction(
        **lineage,
        id=ids.new_id("reduction"),
        revision=revision.number,
        cause=revision.cause,
        baseline_g=estimate.baseline_g,
        project_g=estimate.project_g,
        reduction_g=estimate.reduction_g,
        credited_g=estimate.credited_g,
        low_g=estimate.low_g,
        high_g=estimate.high_g,
        behaviour_points=estimate.behaviour_points,
        unattested=unattested_of(estimate),
        withheld=withheld_of(estimate),
        above=above_of(estimate),
        netted=_netted_of(estimate),
        metered_days=metered_days(estimate),
        working=record,
        created_at=revision.now,
        superseded_at=None,
    )


def touched_weeks(session: Session) -> set[TouchedWeek]:
    """The weeks that this transaction has touched and nobody has netted yet; whoever nets one takes it out."""
    weeks: set[TouchedWeek] = session.info.setdefault(_TOUCHED, set())
    return weeks


def touch_week(session: Session, reduction: Reduction) -> None:
    """Remember the week of a reduction that is written or ends, where its rule is netted by the week."""
    pinned = methodology.get_pinned(session, reduction.version_id, reduction.content_sha256)
    if pinned.methodology.week is not None:
        monday = first_of_week(reduction.occurred_on)
        touched_weeks(session).add(TouchedWeek(reduction.user_id, reduction.methodology_id, monday))


def replace_reduction(
    session: Session, before: Reduction, estimate: Estimate, revision: Revision, *, was_held: bool
) -> Reduction:
    """Put a later result in the place of a live reduction: day, month and owner learn the difference."""
    after = reduction_of(lineage_of(before), estimate, estimate.record(), revision)
    touch_week(session, after)
    enqueue_writes(
        session,
        [
            take_from_month(before, is_held=was_held),
            sql.supersede(before, revision.now),
            *insert_reduction(after),
            add_to_month(after, is_held=revision.is_held),
            *add_to_day(after, amount=after.amount - before.amount, unattested=after.unattested - before.unattested),
        ],
    )
    notify_replaced(session, before, after)
    return after


def end_reduction(session: Session, reduction: Reduction, now: datetime, *, was_held: bool) -> None:
    """End the life of a reduction whose activity is withdrawn: neither its day nor its month counts it any more."""
    touch_week(session, reduction)
    enqueue_writes(
        session,
        [
            take_from_month(reduction, is_held=was_held),
            sql.supersede(reduction, now),
            *add_to_day(reduction, amount=-reduction.amount, unattested=-reduction.unattested),
            delete_claims(reduction.user_id, reduction.activity_id),
        ],
    )


def lineage_of(reduction: Reduction) -> dict[str, Any]:
    """What a reduction carries over from one revision to the next."""
    return {name: getattr(reduction, name) for name in LINEAGE}


def unattested_of(estimate: Estimate) -> int:
    """What of an estimate's credit nobody attested: all of it where an allowance bounds it that is not for papers."""
    return estimate.credited_g + estimate.behaviour_points if is_unattested(estimate.working.context.allowance) else 0


def withheld_of(estimate: Estimate) -> int:
    """What an estimate would credit beyond the allowance for what nobody attested."""
    return _taken_by(ALLOWANCE, estimate)


def is_netted(rule: Methodology) -> bool:
    """Whether what a rule credits is netted."""
    return rule.id in NETTED_RULES


def metered_days(estimate: Estimate) -> int | None:
    """How many days an estimate under a metered rule takes part with; None of another rule.

    0 for a bare word that earns nothing, and for what was refused: these show nothing.
    """
    working = estimate.working
    metered, context = NETTED_RULES.get(working.methodology.id), working.context
    if metered is None:
        return None
    is_credited = estimate.credited_g + estimate.behaviour_points + _netted_of(estimate) > 0
    if context.refused or (context.evidence == SELF_DECLARED and not is_credited):
        return 0
    days = working.data.values.get(metered.days or "")
    return int(days) if isinstance(days, Decimal) else 1


def above_of(estimate: Estimate) -> int:
    """How far an estimate that is netted lies above its baseline, as far as it is believed, or something shows it."""
    if estimate.working.methodology.week is not None:
        return 0 if estimate.working.context.refused else excess_of(estimate)
    return excess_of(estimate) if metered_days(estimate) else 0


def _netted_of(estimate: Estimate) -> int:
    """What periods above the baseline take of an estimate's credit."""
    return _taken_by(NETTED, estimate)


def _taken_by(kind: str, estimate: Estimate) -> int:
    return sum(int(one["params"]["taken"]) for one in estimate.credit.deductions if one["kind"] == kind)


def settle_points(
    session: Session, counted: Activity | LiveReduction, revision: int, amount: int, *, is_held: bool
) -> ActivityPoints:
    """Bring the points of an activity to `amount`, by the result of that revision."""
    credit = ActivityCredit(
        counted.user_id,
        counted.id if isinstance(counted, Activity) else counted.activity_id,
        revision,
        counted.methodology_id,
        counted.occurred_on,
        counted.zone,
        amount,
        is_held,
    )
    return points.set_activity_points(session, credit)
