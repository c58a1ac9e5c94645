"""Better evidence that arrives later: it raises the weight of an activity by entries, and the person is told.

It is looked at as it would have been at first. What does not hold up is not taken, and supports nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import bindparam
from sqlalchemy.orm import Session

from backend.activities.models import HELD, WITHDRAWN
from backend.activities.service import evidence, meter_readings, neighbours, screening
from backend.activities.service.estimates import Told
from backend.activities.service.ledger_effects import Row
from backend.activities.service.queries import get_activity, get_rows
from backend.activities.service.revisions import judge_anew, put_in_place
from backend.activities.service.views import View
from backend.activities.service.withdrawal import open_book
from backend.activities.sql import ACTIVITIES
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import enqueue_write
from calculators import ACCEPT, Estimate, Methodology, Readings

EVIDENCED = "evidenced"
_RAISE = (
    ACTIVITIES.update()
    .where(ACTIVITIES.c.user_id == bindparam("owner"), ACTIVITIES.c.id == bindparam("wanted"))
    .values(evidence_tier=bindparam("tier"))
)


def support(session: Session, user_id: str, activity_id: str, evidence_ids: Sequence[str], language: Language) -> View:
    """Bind pieces of evidence to an activity that was logged before, and credit it by the strongest of all.

    Raises `not_found.activity`, `request.invalid` for a piece that is unknown or used, `activities.withdrawn`,
    `evidence.no_better`, and `evidence.not_believed` with the rule that it does not pass.
    """
    open_book(session, user_id)
    activity, reduction = get_rows(session, user_id, activity_id)
    if activity["status"] == WITHDRAWN:
        raise Refusal("activities.withdrawn")
    pieces = evidence.fetch_pieces(session, user_id, evidence_ids)
    rule = methodology.get_pinned(session, reduction["version_id"], reduction["content_sha256"]).methodology
    read, is_carried = evidence.readings(session, pieces)
    tier = evidence.strongest(rule, evidence.tiers_of(pieces, read), activity["evidence_tier"])
    if _weight(rule, tier) <= _weight(rule, activity["evidence_tier"]):
        raise Refusal("evidence.no_better", tier=activity["evidence_tier"])
    found, things = judge_anew(session, rule, activity, reduction, evidence=tier)
    now = clock.database_now(session)
    _check(session, rule, activity, found, pieces, meter_readings.readings_of(rule, found, read, is_carried))
    evidence.use(session, user_id, evidence_ids, activity_id)
    enqueue_write(session, _RAISE, {"owner": user_id, "wanted": activity_id, "tier": tier})
    # a document does not undo a doubt: whoever decides about it sees the document
    is_doubted = activity["status"] == HELD or found.working.context.refused
    kept = {"status": activity["status"], "reason": activity["reason"]}
    named = kept if is_doubted else {"status": found.status, "reason": found.reason}
    put_in_place(session, rule, activity, reduction, found, things=things, **named, cause=EVIDENCED, now=now)
    screening.coarsen_later(session, user_id, pieces, now)
    return get_activity(session, user_id, activity_id, language)


def _weight(rule: Methodology, tier: str) -> Decimal:
    return rule.evidence_weights.get(tier, Decimal(0))


def _check(
    session: Session,
    rule: Methodology,
    activity: Row,
    found: Estimate,
    pieces: Sequence[Row],
    readings: Readings | None,
) -> None:
    """Raise `evidence.not_believed` where a track or a pair of readings speaks against what was told."""
    facts = screening.read_trace(session, pieces)
    if facts is None and readings is None:
        return
    told = Told(
        methodology_id=activity["methodology_id"],
        occurred_at=activity["occurred_at"],
        inputs=activity["inputs"],
        duration_s=activity["duration_s"],
        region=activity["given_region"],
    )
    near = fetch(session, neighbours.question(activity["user_id"], told.occurred_at, told.occurred_at)).all()
    others = [neighbours.neighbour_of(row) for row in near if row["id"] != activity["id"]]
    trace = screening.shown_by(facts, (told.region,) if told.region else ())
    zone, now = activity["zone"], clock.database_now(session)
    seen = {"pieces": pieces, "trace": trace, "readings": readings, "neighbours": others}
    decision = screening.believe(rule, told, found, zone, now, **seen)
    if decision.outcome != ACCEPT:
        raise Refusal("evidence.not_believed", rule=decision.rule)
