"""What a person has: exact at the instant of asking, however late the jobs are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.domain import accounts_of
from backend.platform.core import clock
from backend.platform.data.batch import Question, Questions, fetch_one
from backend.points.domain import Balances, GrantState
from backend.points.sql import OVERDUE


def get_balances(session: Session, user_id: str, at: datetime | None = None) -> Balances:
    """The balances of `user_id` now, without what has lapsed or expired by now; or as they stood posted at `at`."""
    if at is not None:
        return _balances(user_id, ledger.get_balances_at(session, user_id, at))
    return fetch_one(session, balances_question(user_id, clock.database_now(session)))


def balances_question(user_id: str, now: datetime) -> Questions[Balances]:
    """What to ask, in a batch, for the balances at the database's instant `now`, without what has ended by then."""

    def read(by_account: Sequence[Mapping[str, int]], overdue: Sequence[Mapping[str, Any]]) -> Balances:
        gone = {row["state"]: int(row["amount"]) for row in overdue}
        posted = _balances(user_id, by_account[0])
        expired, lapsed = gone.get(GrantState.COLLECTED, 0), gone.get(GrantState.PENDING, 0)
        return Balances(posted.points - expired, posted.pending - lapsed, posted.owed)

    ended = Question(OVERDUE, {"owner": user_id, "instant": now}, dict)
    return Questions({"by_account": ledger.balances_question(user_id), "overdue": ended}, read)


def _balances(user_id: str, by_account: Mapping[str, int]) -> Balances:
    names = accounts_of(user_id)
    points, pending, owed = (by_account.get(name, 0) for name in (names.points, names.pending, names.owed))
    return Balances(points, pending, -owed)
