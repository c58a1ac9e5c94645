"""Better evidence that arrives later: it raises the weight of an activity by entries, and the person is told.

It is looked at as it would have been at first, readings together with those before them. What does not hold up is not
taken, and supports nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import Activity, ActivityStatus, LogActivity
from backend.activities.domain.views import LoggedActivity
from backend.activities.service import allowance, evidence, screening
from backend.activities.service.count_bounds import counts_beside
from backend.activities.service.evidence import EvidenceSummary
from backend.activities.service.history import read_told
from backend.activities.service.neighbours import neighbourhood_of
from backend.activities.service.queries import get_activity, get_stored
from backend.activities.service.reallocation import rule_of
from backend.activities.service.revisions import Present, Result, judge_anew, put_in_place
from backend.activities.service.rolling_year import NewPeriod, meter_ends
from backend.activities.service.withdrawal import open_book
from backend.activities.sql.activities import raise_tier
from backend.activities.sql.evidence import pieces_of_activity, use_piece
from backend.activities.sql.logging import near_question
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import enqueue_writes
from calculators import ACCEPT, COUNT, Estimate, Methodology

EVIDENCED = "evidenced"


def add_evidence(
    session: Session, user_id: str, activity_id: str, evidence_ids: Sequence[str], language: Language
) -> LoggedActivity:
    """Bind pieces of evidence to an activity that was logged before, and credit it by the strongest of all.

    Raises `not_found.activity`, `request.invalid` for a piece that is unknown or used, `activities.withdrawn`,
    `evidence.no_better`, and `evidence.not_believed` with the rule that it does not pass.
    """
    open_book(session, user_id)
    activity, reduction = get_stored(session, user_id, activity_id)
    if activity.status == ActivityStatus.WITHDRAWN:
        raise Refusal("activities.withdrawn")
    pieces = evidence.fetch_pieces(session, user_id, evidence_ids)
    present = Present(activity, reduction, rule_of(session, reduction))
    late = evidence.summarize(session, pieces)
    tier = late.strongest(present.rule, activity.evidence_tier)
    is_stronger = _weight(present.rule, tier) > _weight(present.rule, activity.evidence_tier)
    # whoever decides about what the allowance kept back sees the paper, whatever weight it has
    if not is_stronger and not reduction.withheld:
        raise Refusal("evidence.no_better", tier=activity.evidence_tier)
    tier = tier if is_stronger else activity.evidence_tier
    support = evidence.summarize(session, [*fetch(session, pieces_of_activity(user_id, activity_id)).all(), *pieces])
    support = evidence.examine_papers(support, present.rule, activity.inputs, activity.occurred_on)
    late = evidence.examine_papers(late, present.rule, activity.inputs, activity.occurred_on)
    present = _with_age(present, support)
    judged = judge_anew(session, present, {"evidence": tier} | _allowance(session, present, support))
    estimate = judged.estimate
    period = NewPeriod(user_id, activity_id, present.rule, activity.occurred_on, activity.zone)
    ends = meter_ends(period, estimate, support)
    present = replace(present, reduction=replace(reduction, meter_ends=ends or reduction.meter_ends))
    now = clock.database_now(session)
    _check(session, present, estimate, _with_all_readings(late, support), now)
    enqueue_writes(session, [use_piece(user_id, evidence_id, activity_id) for evidence_id in evidence_ids])
    enqueue_writes(session, [raise_tier(activity, tier)])
    # a document does not undo a doubt: whoever decides about it sees the document
    is_doubted = activity.is_held or estimate.working.context.refused
    status = activity.status if is_doubted else ActivityStatus(estimate.status)
    reason = activity.reason if is_doubted else estimate.reason
    put_in_place(session, present, Result(judged, status, reason, EVIDENCED, now))
    evidence.coarsen_later(session, user_id, pieces, now)
    return get_activity(session, user_id, activity_id, language)


def _with_age(present: Present, support: EvidenceSummary) -> Present:
    """The same activity with how long ago something was bought as its papers say it, where the person does not."""
    activity, reduction, rule = present.activity, present.reduction, present.rule
    found = evidence.age_told_by(support, rule, activity.inputs, activity.occurred_on)
    if not found:
        return present
    read = {
        name: {"entered": {"value": value, "unit": rule.quantities[name].entered_as}, "value": value}
        | {"unit": rule.quantities[name].unit}
        for name, value in found.items()
    }
    working = reduction.working | {"inputs": {**reduction.working["inputs"], **read}}
    return replace(present, reduction=replace(reduction, working=working))


def _allowance(session: Session, present: Present, support: EvidenceSummary) -> dict[str, Any]:
    """What bounds an activity with all its evidence; nothing where the evidence attests it, or nothing did before."""
    activity, reduction, rule = present.activity, present.reduction, present.rule
    recorded = reduction.working["context"].get("allowance")
    if recorded is None or allowance.is_attested(rule, support):
        return {"allowance": None}
    on = activity.occurred_on
    use = allowance.ask_use(session, activity.user_id, on, on)
    use.add(rule.id, on.isoformat(), -reduction.unattested)
    bounded = allowance.allowance_for(rule, support, use, activity.region, on, policy().unattested)
    counts = {name: limit for name, limit in recorded["bounds"].items() if name.startswith(COUNT)}
    left = counts_beside(session, reduction, counts)
    bounded = replace(bounded, bounds={**bounded.bounds, **counts}, room={**bounded.room, **left})
    if allowance.is_attested_by_paper(support):
        by_papers = allowance.allowance_by_papers(session, activity.user_id, rule, activity.region, on, activity.id)
        bounded = allowance.wider(by_papers, bounded)
    return {"allowance": bounded.record()}


def _weight(rule: Methodology, tier: str) -> Decimal:
    return rule.evidence_weights.get(tier, Decimal(0))


def _with_all_readings(late: EvidenceSummary, support: EvidenceSummary) -> EvidenceSummary:
    """What arrived later, its readings among those that came before: a series is always looked at whole."""
    if not late.readings:
        return late
    return replace(late, readings=support.readings, is_carried=support.is_carried, is_copied=support.is_copied)


def _check(session: Session, present: Present, estimate: Estimate, late: EvidenceSummary, now: datetime) -> None:
    """Raise `evidence.not_believed` where a track, paper, picture or readings speak against what was reported."""
    activity, rule = present.activity, present.rule
    shows = late.track or late.examined or late.alike
    if not shows and screening.readings_of(rule, estimate, late) is None:
        return
    command = _as_reported(activity)
    near = fetch(session, near_question(activity.user_id, activity.occurred_at, activity.occurred_at)).all()
    others = neighbourhood_of(one for one in near if one.id != activity.id).neighbours
    oldest = timedelta(days=policy().activities.oldest_days)
    told = read_told(session, activity.user_id, rule, activity.occurred_on) if late.readings else None
    circumstances = screening.Circumstances(rule, command, activity.zone, now, late, others, oldest, told)
    decision = screening.believe(circumstances, estimate)
    if decision.outcome != ACCEPT:
        raise Refusal("evidence.not_believed", rule=decision.rule)


def _as_reported(activity: Activity) -> LogActivity:
    return LogActivity(
        methodology_id=activity.methodology_id,
        occurred_at=activity.occurred_at,
        inputs=activity.inputs,
        duration_s=activity.duration_s,
        region=activity.given_region,
    )
