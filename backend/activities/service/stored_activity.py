"""An activity that is judged again from its report: read behind its person's locks, and what is known beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.domain import (
    Activity,
    Appeal,
    EarlierReport,
    EvidencePiece,
    LogActivity,
    RecordedDecision,
    Reduction,
)
from backend.activities.service import allowance
from backend.activities.service.activity_log import read_timeline, settling_since
from backend.activities.service.flow_rivals import HeldClaims
from backend.activities.service.logging_state import LoggingState
from backend.activities.service.neighbours import neighbourhood_of
from backend.activities.service.succession import Succession
from backend.activities.service.withdrawal import open_book
from backend.activities.sql import activities as sql
from backend.activities.sql.allowance import use_question
from backend.activities.sql.corrections import reports_question
from backend.activities.sql.decisions import appeal_question, decisions_question
from backend.activities.sql.evidence import pieces_of_activity
from backend.activities.sql.logging import HELD_AROUND, created_question, near_question, used_question
from backend.methodology import service as methodology
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import Batch
from backend.profiles import service as profiles
from config import Policy


@dataclass(frozen=True)
class Stored:
    """An activity as it stands, with all that bears on whether and how it may be judged again."""

    activity: Activity
    reduction: Reduction
    created_at: datetime  # of the account, or of the guest who brought it there
    pieces: Sequence[EvidencePiece]
    decisions: Sequence[RecordedDecision]
    appeal: Appeal | None
    earlier: Sequence[EarlierReport]


def read_stored(session: Session, user_id: str, activity_id: str) -> Stored:
    """Lock the circle and the book, and read an activity behind both; raise `not_found.activity`."""
    open_book(session, user_id)
    batch = Batch(session)
    created = batch.fetch(created_question(user_id))
    activity = batch.fetch(sql.activity_question(user_id, activity_id))
    reduction = batch.fetch(sql.newest_reduction(user_id, activity_id))
    pieces = batch.fetch(pieces_of_activity(user_id, activity_id))
    decisions = batch.fetch(decisions_question(user_id, activity_id))
    appeal = batch.fetch(appeal_question(user_id, activity_id))
    earlier = batch.fetch(reports_question(user_id, activity_id))
    guests = batch.fetch(accounts.brought_question(user_id))
    batch.run()
    if not activity.all():
        raise Refusal("not_found.activity")
    return Stored(
        activity=activity.one(),
        reduction=reduction.one(),
        created_at=min([created.one(), *_created_as_guest(session, guests.all(), activity_id)]),
        pieces=pieces.all(),
        decisions=decisions.all(),
        appeal=appeal.one_or_none(),
        earlier=earlier.all(),
    )


def _created_as_guest(session: Session, guests: Sequence[str], activity_id: str) -> list[datetime]:
    """Since when a guest who brought an activity kept a record: what they told was told from then on."""
    if not guests:
        return []
    batch = Batch(session)
    asked = [
        (batch.fetch(sql.activity_question(one, activity_id)), batch.fetch(created_question(one))) for one in guests
    ]
    batch.run()
    return [created.one() for brought, created in asked if brought.all()]


def report_of(stored: Stored) -> LogActivity:
    """What an activity says, as it was reported, with the evidence that it has by now."""
    activity = stored.activity
    return LogActivity(
        methodology_id=activity.methodology_id,
        occurred_at=activity.occurred_at,
        inputs={name: _as_reported(value) for name, value in activity.inputs.items()},
        duration_s=activity.duration_s,
        region=activity.given_region,
        declared_alternative=activity.declared_alternative,
        client_id=activity.client_id,
        evidence=[piece.id for piece in stored.pieces],
    )


def open_state(
    session: Session, stored: Stored, report: LogActivity, succession: Succession, rules: Policy
) -> LoggingState:
    """What is known of the person once what the activity came to counts no longer."""
    activity, user_id, rule = stored.activity, stored.activity.user_id, report.methodology_id
    day, at = report.occurred_at.astimezone(UTC).date(), report.occurred_at
    batch = Batch(session)
    unattested = batch.fetch(use_question(user_id, day, day))
    profile = batch.fetch(profiles.question(user_id))
    near = batch.fetch(near_question(user_id, at, at))
    intervals = batch.fetch(methodology.question(rule))
    used = batch.fetch(used_question(user_id, rule, day, day))
    batch.run()
    state = LoggingState(
        user_id,
        read_timeline(session, user_id, profile.one(), settling_since(at, rules)),
        succession.now,
        (day, day),
        neighbourhood_of(one for one in near.all() if one.id != activity.id),
        rules,
        allowance.use_of(unattested.all()),
        stored.created_at,
        HeldClaims(day - HELD_AROUND, day + HELD_AROUND),
        follows=succession,
    )
    state.add_methodology(rule, intervals.all(), used.all())
    return state


def _as_reported(value: Any) -> Any:
    return {"value": value["value"], "unit": value["unit"]} if isinstance(value, Mapping) else value
