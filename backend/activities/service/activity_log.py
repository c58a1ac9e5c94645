"""Logging an activity: everything it changes in one transaction and two round trips, one to ask and one to write.

The person's book is locked first, so that two activities of one person never see the same room under a cap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.activities.service import evidence, neighbours
from backend.activities.service.estimates import Told
from backend.activities.service.ledger_effects import Row
from backend.activities.service.new_activity import Known, questions, record, settling_since
from backend.activities.service.queries import find_by_client_id
from backend.activities.service.views import View, present
from backend.activities.sql import BY_CLIENT_ID, OPEN_BOOK
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data import ids
from backend.platform.data.transactions import fetch_many
from backend.platform.ops import switches
from backend.points import service as points
from backend.profiles import service as profiles


@dataclass(frozen=True)
class Answers:
    """What one round trip tells before an activity is judged, each as rows."""

    profile: list[Row]
    versions: list[Row]
    used_and_claimed: list[Row]
    same: list[Row]  # the activity this device has sent before under the same client_id
    near: list[Row]  # what else they did around it, or under which clocks
    evidence: Sequence[list[Row]]
    settling: Sequence[list[Row]]


def log(session: Session, user_id: str, told: Told, language: Language) -> View:
    """Store an activity with its reduction and pending points; the same `client_id` again answers with the first.

    Raises `request.invalid` for what cannot be (a time, an input, a methodology nobody knows),
    `methodology.not_in_force`, and `service.paused` while crediting is paused.
    """
    refuse_when_paused(session, told.methodology_id)
    activity_id, now = ids.new_id("activity"), clock.database_now(session)
    answers = _ask(session, user_id, activity_id, told)
    if answers.same:
        return find_by_client_id(session, answers.same[0], language)
    profile = profiles.from_row(answers.profile[0] if answers.profile else None)
    timeline = profiles.read_timeline(session, user_id, profile, settling_since(told.occurred_at))
    known = Known(user_id, timeline, now, clock.days_later(told.occurred_at.date(), -1))
    known.learn(told.methodology_id, answers.versions, answers.used_and_claimed)
    known.around.learn(neighbours.answered(session, user_id, told, profile.zone, answers.near))
    pieces = evidence.read_pieces(answers.evidence)
    made = record(session, known, activity_id, told, pieces, answers.settling)
    return present(made.activity, made.reduction, made.rule, made.settled, language, fresh=made.fresh)


def refuse_when_paused(session: Session, methodology_id: str) -> None:
    """Raise `service.paused` while nothing may be credited under a methodology."""
    if switches.is_crediting_paused(session, methodology_id):
        raise Refusal("service.paused", retry_after_s=600)


def _ask(session: Session, user_id: str, activity_id: str, told: Told) -> Answers:
    """Lock the person's book and read what is needed behind the lock, in one round trip."""
    near = told.occurred_at.date()
    book = {"user_id": user_id, "revision": 1}
    _, profile, versions, used_and_claimed, same, near_by, *others = fetch_many(
        session,
        [
            (OPEN_BOOK, book),
            profiles.question(user_id),
            *questions(user_id, told.methodology_id, near, near),
            (BY_CLIENT_ID, {"owner": user_id, "wanted": told.client_id}),
            neighbours.question_for(user_id, told),
            *evidence.questions(user_id, told.evidence),
            *points.settling_questions(user_id, activity_id, 1),
        ],
    )
    pieces = len(told.evidence)
    return Answers(profile, versions, used_and_claimed, same, near_by, others[:pieces], others[pieces:])
