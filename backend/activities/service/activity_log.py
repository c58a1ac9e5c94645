"""Logging an activity: everything it changes in one transaction and two round trips, one to ask and one to write.

The person's book is locked first, so that two activities of one person never see the same room under a cap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.service import evidence, neighbours
from backend.activities.service.estimates import Told
from backend.activities.service.new_activity import Known, record, settling_since, used_and_claimed_question
from backend.activities.service.queries import find_by_client_id
from backend.activities.service.views import View, present
from backend.activities.sql import BY_CLIENT_ID, OPEN_BOOK
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data import ids
from backend.platform.data.batch import Batch, Question, Questions
from backend.platform.ops import switches
from backend.points import service as points
from backend.profiles import service as profiles


@dataclass(frozen=True)
class _Before:
    """What is known before an activity is logged, each the answer to the question of that name."""

    books: Sequence[dict[str, Any]]
    profiles: Sequence[profiles.Profile]
    versions: Sequence[methodology.Interval]
    used_and_claimed: list[dict[str, Any]]
    same: Sequence[dict[str, Any]]
    near: Sequence[dict[str, Any]]
    points: Sequence[points.PointsBefore]


def log(session: Session, user_id: str, told: Told, language: Language) -> View:
    """Store an activity with its reduction and pending points; the same `client_id` again answers with the first.

    Raises `request.invalid` for what cannot be (a time, an input, a methodology nobody knows),
    `methodology.not_in_force`, and `service.paused` while crediting is paused.
    """
    refuse_when_paused(session, told.methodology_id)
    activity_id, now, day = ids.new_id("activity"), clock.database_now(session), told.occurred_at.date()
    batch = Batch(session)
    around = batch.fetch(_question(user_id, activity_id, told))
    pieces = [batch.fetch(evidence.question(user_id, evidence_id)) for evidence_id in told.evidence]
    batch.run()
    before = around.one()
    if before.same:
        return find_by_client_id(session, before.same[0], language)
    profile = before.profiles[0]
    timeline = profiles.read_timeline(session, user_id, profile, settling_since(told.occurred_at))
    known = Known(user_id, timeline, now, day - timedelta(days=1))
    known.learn(told.methodology_id, before.versions, before.used_and_claimed)
    known.around.learn(neighbours.answered(session, user_id, told, profile.zone, before.near))
    usable = evidence.read_pieces([piece.all() for piece in pieces])
    made = record(session, known, activity_id, told, usable, before.points[0])
    return present(made.activity, made.reduction, made.rule, made.worth, language, fresh=made.fresh)


def _question(user_id: str, activity_id: str, told: Told) -> Questions[_Before]:
    day = told.occurred_at.date()
    return Questions(
        {
            # the lock comes first: everything else is read behind it
            "books": Question(OPEN_BOOK, {"user_id": user_id, "revision": 1}, dict),
            "profiles": profiles.question(user_id),
            "versions": methodology.question(told.methodology_id),
            "used_and_claimed": used_and_claimed_question(user_id, told.methodology_id, day, day),
            "same": Question(BY_CLIENT_ID, {"owner": user_id, "wanted": told.client_id}, dict),
            "near": neighbours.question_for(user_id, told),
            "points": points.points_question(user_id, activity_id, 1),
        },
        _Before,
    )


def refuse_when_paused(session: Session, methodology_id: str) -> None:
    """Raise `service.paused` while nothing may be credited under a methodology."""
    if switches.is_crediting_paused(session, methodology_id):
        raise Refusal("service.paused", retry_after_s=600)
