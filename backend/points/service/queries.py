"""What a person has: exact at the instant of asking, however late the jobs are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.service import chart
from backend.platform.core import clock
from backend.platform.data.batch import Batch, Question
from backend.points.models import COLLECTED, PENDING
from backend.points.service.grants import GRANTS

_OVERDUE = (
    select(GRANTS.c.state, func.sum(GRANTS.c.remaining).label("amount"))
    .where(
        GRANTS.c.user_id == bindparam("owner"),
        GRANTS.c.remaining > 0,
        GRANTS.c.ends_at <= bindparam("instant", type_=GRANTS.c.ends_at.type),
    )
    .group_by(GRANTS.c.state)
)


@dataclass(frozen=True)
class Balances:
    """Whole points: `pending` is not collected yet, `points` are, `owed` was taken back after it was spent."""

    points: int
    pending: int
    owed: int

    @property
    def balance(self) -> int:
        """What is shown: below zero for whoever owes."""
        return self.points - self.owed

    @property
    def available(self) -> int:
        """What can be spent now."""
        return max(0, self.balance)


def get_balances(session: Session, user_id: str, at: datetime | None = None) -> Balances:
    """The balances of `user_id` now, without what has lapsed or expired by now; or as they stood posted at `at`."""
    if at is not None:
        return _balances(user_id, ledger.get_balances_at(session, user_id, at))
    batch, now = Batch(session), clock.database_now(session)
    by_account = batch.fetch(ledger.balances_question(user_id))
    overdue = batch.fetch(Question(_OVERDUE, {"owner": user_id, "instant": now}, dict))
    batch.run()
    gone = {row["state"]: int(row["amount"]) for row in overdue.all()}
    read = _balances(user_id, by_account.one())
    return Balances(read.points - gone.get(COLLECTED, 0), read.pending - gone.get(PENDING, 0), read.owed)


def _balances(user_id: str, by_account: Mapping[str, int]) -> Balances:
    names = (chart.points(user_id), chart.pending(user_id), chart.owed(user_id))
    points, pending, owed = (by_account.get(name, 0) for name in names)
    return Balances(points, pending, -owed)
