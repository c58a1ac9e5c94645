"""What an operator sees before deciding about an activity: its evidence, the rule, the person's pattern, the worth.

Whoever opens it is written down in the audit trail, and the person's export says that it was opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import ActivityStatus, EvidencePiece
from backend.activities.domain.views import WaitingActivity
from backend.activities.service import evidence
from backend.activities.service.decisions import present_waiting, take_up
from backend.activities.service.estimates import amount_of
from backend.activities.service.evidence import PieceView
from backend.activities.service.flow_rivals import contest, counted_by
from backend.activities.service.reallocation import FREE, recompute_with, room_beside
from backend.activities.service.revisions import Present, contender
from backend.activities.sql.decisions import decisions_question, pattern_question
from backend.activities.sql.evidence import pieces_of_activity
from backend.platform.core import clock
from backend.platform.core.i18n import Language
from backend.platform.data.batch import fetch, fetch_one
from backend.platform.privacy import audit

PATTERN_DAYS = 30
TO_DECIDE = "opened to decide about it"


@dataclass(frozen=True)
class Pattern:
    """How often a rule found something in a person's activities of the last `days`, and what these come to on average.

    `mean_amount` is in grams or points, rounded down; 0 where none of them counts.
    """

    rule: str
    days: int
    activities: int
    mean_amount: int


@dataclass(frozen=True)
class Worth:
    """What accepting would credit at most: grams, and points with those for behaviour."""

    grams: int
    points: int


@dataclass(frozen=True)
class OpenedCase:
    """An activity that waits for a decision, with everything it rests on.

    `originals` are earlier tracks and pictures, of anybody, that those of this activity look like.
    """

    activity: WaitingActivity
    evidence: Sequence[PieceView]
    originals: Sequence[PieceView]
    pattern: Pattern | None
    would_credit: Worth


def open_case(session: Session, opened_by: str, user_id: str, activity_id: str, language: Language) -> OpenedCase:
    """Everything about an activity that waits for a decision, with links to its files that live for minutes.

    Raises `not_found.activity`, and `activities.nothing_to_decide` when nothing about it waits.
    """
    present = take_up(session, user_id, activity_id, {ActivityStatus.HELD})
    pieces = fetch(session, pieces_of_activity(user_id, activity_id)).all()
    waiting = present_waiting(session, present.activity, present.reduction.amount, language)
    seen = [piece.id for piece in pieces]
    audit.record(
        session,
        who=opened_by,
        action="activity.opened",
        subject=activity_id,
        reason=TO_DECIDE,
        about=user_id,
        evidence=seen,
    )
    return OpenedCase(
        activity=waiting,
        evidence=[evidence.present_to_decider(session, piece) for piece in pieces],
        originals=_originals(session, opened_by, activity_id, pieces),
        pattern=_pattern(session, user_id, activity_id),
        would_credit=_worth(session, present),
    )


def _originals(session: Session, opened_by: str, activity_id: str, pieces: Sequence[EvidencePiece]) -> list[PieceView]:
    """What the pieces look like, to be laid beside them; those whose owner was erased are gone."""
    originals = [one for piece in pieces if (one := evidence.find_original(session, piece)) is not None]
    for original in originals:
        audit.record(
            session,
            who=opened_by,
            action="evidence.compared",
            subject=original.id,
            reason=TO_DECIDE,
            about=original.user_id,
            beside=activity_id,
        )
    return [evidence.present_to_decider(session, one) for one in originals]


def _pattern(session: Session, user_id: str, activity_id: str) -> Pattern | None:
    decisions = fetch(session, decisions_question(user_id, activity_id)).all()
    rule = next((one.rule for one in reversed(decisions) if one.decided_by is None), None)
    if rule is None:
        return None
    since = clock.database_now(session) - timedelta(days=PATTERN_DAYS)
    counted = fetch_one(session, pattern_question(user_id, rule, since))
    mean = int(counted.amount) // counted.activities if counted.activities else 0
    return Pattern(rule, PATTERN_DAYS, counted.activities, mean)


def _worth(session: Session, present: Present) -> Worth:
    """As accepting would judge it now, were none of its household's things claimed by somebody else meanwhile."""
    rule, reduction = present.rule, present.reduction
    context: dict[str, Any] = {**FREE, "refused": None, "allowance": None}
    if not reduction.amount:
        context |= {"claimed_elsewhere": None}
    room = room_beside(session, rule, present.activity, reduction)
    estimate = recompute_with(rule, reduction, room, context)
    found = contest(session, contender(present, estimate))
    if found.stronger:
        counted = counted_by(session, found.stronger)
        estimate = recompute_with(rule, reduction, room, context | {"counted_already": counted.record()})
    return Worth(estimate.credited_g, amount_of(estimate))
