"""Withdrawing an activity: it nets to zero and stays readable, and what it had kept from others is theirs now."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.activities.models import HELD, WITHDRAWN
from backend.activities.service import exclusions, household_claims
from backend.activities.service.ledger_effects import add_to_day, change_status, credit_of, settle_points, supersede
from backend.activities.service.notices import tell_withdrawn
from backend.activities.service.queries import get_activity, get_rows
from backend.activities.service.reallocation import resettle
from backend.activities.service.views import View
from backend.activities.sql import OPEN_BOOK
from backend.platform.core import clock
from backend.platform.core.i18n import Language
from backend.platform.data.transactions import fetch_many


def withdraw(session: Session, user_id: str, activity_id: str, language: Language) -> View:
    """Take an activity back, and settle again what shared a cap or a day with it.

    Withdrawing it again changes nothing. Raises `not_found.activity`.
    """
    open_book(session, user_id)
    activity, reduction = get_rows(session, user_id, activity_id)
    if activity["status"] != WITHDRAWN:
        now = clock.database_now(session)
        change_status(session, activity, WITHDRAWN, activity["reason"], withdrawn_at=now)
        supersede(session, reduction, now, held=activity["status"] == HELD)
        tell_withdrawn(session, reduction)
        settle_points(session, activity, activity_id, reduction["revision"] + 1, 0)
        add_to_day(session, user_id, activity["occurred_on"], activity["methodology_id"], -credit_of(reduction))
        exclusions.uncover(session, user_id, activity_id)
        household_claims.give_back(session, user_id, activity_id)
        resettle(session, user_id, reduction, now)
    return get_activity(session, user_id, activity_id, language)


def open_book(session: Session, user_id: str) -> None:
    """Lock a person's book: whoever changes their activities does this first."""
    fetch_many(session, [(OPEN_BOOK, {"user_id": user_id, "revision": 1})])
