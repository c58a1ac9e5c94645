"""Withdrawing an activity: it nets to zero and stays readable, and what it had kept from others is theirs now."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.domain import ActivityStatus
from backend.activities.domain.views import LoggedActivity
from backend.activities.service.asset_claims import give_back
from backend.activities.service.ledger_effects import end_reduction, settle_points
from backend.activities.service.notices import notify_withdrawn
from backend.activities.service.queries import get_activity, get_stored
from backend.activities.service.reallocation import reallocate, rule_of
from backend.activities.service.rolling_year import net_all_again
from backend.activities.sql import activities as sql
from backend.ledger import service as ledger
from backend.platform.core import clock
from backend.platform.core.i18n import Language
from backend.platform.data.batch import Batch
from backend.platform.data.transactions import enqueue_writes


def withdraw(session: Session, user_id: str, activity_id: str, language: Language) -> LoggedActivity:
    """Take an activity back, and allocate again what shared a cap or a day with it.

    Withdrawing it again changes nothing. Raises `not_found.activity`.
    """
    open_book(session, user_id)
    activity, reduction = get_stored(session, user_id, activity_id)
    if activity.status != ActivityStatus.WITHDRAWN:
        now = clock.database_now(session)
        change = sql.change_status(
            user_id, activity_id, activity.status, ActivityStatus.WITHDRAWN, activity.reason, withdrawn_at=now
        )
        enqueue_writes(session, [change])
        end_reduction(session, reduction, now, was_held=activity.is_held)
        notify_withdrawn(session, reduction)
        settle_points(session, activity, reduction.revision + 1, 0, is_held=activity.is_held)
        give_back(session, user_id, activity_id)
        reallocate(session, user_id, reduction, now)
        net_all_again(session, user_id, rule_of(session, reduction), now)
    return get_activity(session, user_id, activity_id, language)


def open_book(session: Session, user_id: str) -> None:
    """Lock the circle whose allowance a person shares, and their book: who changes their activities does this first.

    The circle comes first, so that of two who live together the one behind it changes nobody's book.
    """
    batch = Batch(session)
    batch.fetch(accounts.circle_lock(user_id))
    opened = batch.fetch(ledger.opening(user_id))
    batch.run()
    ledger.open_book(session, user_id, opened=opened.one())
