"""What a person has: exact at the instant of asking, however late the jobs are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.domain import accounts_of
from backend.platform.core import clock
from backend.platform.data.batch import Batch, Question
from backend.points.domain import Balances, GrantState
from backend.points.sql import OVERDUE


def get_balances(session: Session, user_id: str, at: datetime | None = None) -> Balances:
    """The balances of `user_id` now, without what has lapsed or expired by now; or as they stood posted at `at`."""
    if at is not None:
        return _balances(user_id, ledger.get_balances_at(session, user_id, at))
    batch, now = Batch(session), clock.database_now(session)
    by_account = batch.fetch(ledger.balances_question(user_id))
    overdue = batch.fetch(Question(OVERDUE, {"owner": user_id, "instant": now}, dict))
    batch.run()
    gone = {row["state"]: int(row["amount"]) for row in overdue.all()}
    posted = _balances(user_id, by_account.one())
    expired, lapsed = gone.get(GrantState.COLLECTED, 0), gone.get(GrantState.PENDING, 0)
    return Balances(posted.points - expired, posted.pending - lapsed, posted.owed)


def _balances(user_id: str, by_account: Mapping[str, int]) -> Balances:
    names = accounts_of(user_id)
    points, pending, owed = (by_account.get(name, 0) for name in (names.points, names.pending, names.owed))
    return Balances(points, pending, -owed)
