"""Logging an activity: everything it changes in one transaction and two round trips, one to ask and one to write.

The person's book is locked first, so that two activities of one person never see the same room under a cap.
"""

from __future__ import annotations

from datetime import timedelta

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
from backend.platform.data.batch import Batch, Question
from backend.platform.ops import switches
from backend.points import service as points
from backend.profiles import service as profiles


def log(session: Session, user_id: str, told: Told, language: Language) -> View:
    """Store an activity with its reduction and pending points; the same `client_id` again answers with the first.

    Raises `request.invalid` for what cannot be (a time, an input, a methodology nobody knows),
    `methodology.not_in_force`, and `service.paused` while crediting is paused.
    """
    refuse_when_paused(session, told.methodology_id)
    activity_id, now, day = ids.new_id("activity"), clock.database_now(session), told.occurred_at.date()
    batch = Batch(session)
    # the lock comes first: everything else is read behind it
    batch.fetch(Question(OPEN_BOOK, {"user_id": user_id, "revision": 1}, dict))
    profile = batch.fetch(profiles.question(user_id))
    versions = batch.fetch(methodology.question(told.methodology_id))
    used_and_claimed = batch.fetch(used_and_claimed_question(user_id, told.methodology_id, day, day))
    same = batch.fetch(Question(BY_CLIENT_ID, {"owner": user_id, "wanted": told.client_id}, dict))
    near = batch.fetch(neighbours.question_for(user_id, told))
    pieces = [batch.fetch(evidence.question(user_id, evidence_id)) for evidence_id in told.evidence]
    before = batch.fetch(points.points_question(user_id, activity_id, 1))
    batch.run()
    if same.all():
        return find_by_client_id(session, same.all()[0], language)
    timeline = profiles.read_timeline(session, user_id, profile.one(), settling_since(told.occurred_at))
    known = Known(user_id, timeline, now, day - timedelta(days=1))
    known.learn(told.methodology_id, versions.all(), used_and_claimed.all())
    known.around.learn(neighbours.answered(session, user_id, told, profile.one().zone, near.all()))
    usable = evidence.read_pieces([piece.all() for piece in pieces])
    made = record(session, known, activity_id, told, usable, before.one())
    return present(made.activity, made.reduction, made.rule, made.worth, language, fresh=made.fresh)


def refuse_when_paused(session: Session, methodology_id: str) -> None:
    """Raise `service.paused` while nothing may be credited under a methodology."""
    if switches.is_crediting_paused(session, methodology_id):
        raise Refusal("service.paused", retry_after_s=600)
