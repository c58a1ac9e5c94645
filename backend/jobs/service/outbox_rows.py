"""Rows of the outbox as the dispatcher sees them: ready, taken, postponed, removed.

Only the first due row of a person is ever ready, so one person's rows are handled in order. All instants are the
database's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, func, select, tuple_, union
from sqlalchemy.orm import Session

from backend.jobs.models import DeadLetter
from backend.platform.core import clock
from backend.platform.ops.outbox import OutboxRow

_ROWS = OutboxRow.__table__
_EARLIER = _ROWS.alias("earlier")
_READY = (
    select(_ROWS.c.user_id, _ROWS.c.id, _ROWS.c.topic, _ROWS.c.facts, _ROWS.c.attempts)
    .where(
        _ROWS.c.not_before <= bindparam("now"),
        ~exists().where(
            _EARLIER.c.user_id == _ROWS.c.user_id,
            tuple_(_EARLIER.c.due_at, _EARLIER.c.id) < tuple_(_ROWS.c.due_at, _ROWS.c.id),
        ),
    )
    .order_by(_ROWS.c.due_at, _ROWS.c.id)
    .limit(bindparam("most"))
)
_THIS = (_ROWS.c.user_id == bindparam("of_user")) & (_ROWS.c.id == bindparam("of_id"))
_AS_SEEN = _THIS & (_ROWS.c.attempts == bindparam("seen"))
_TAKE = (
    _ROWS.update()
    .where(_AS_SEEN, _ROWS.c.not_before <= bindparam("now"))
    .values(attempts=_ROWS.c.attempts + 1, not_before=bindparam("until"))
)
_POSTPONE = _ROWS.update().where(_AS_SEEN).values(not_before=bindparam("until"))
_REMOVE = _ROWS.delete().where(_AS_SEEN)


@dataclass(frozen=True)
class Row:
    """An outbox row as it was last read; `attempts` tells it from the same row taken again by somebody else."""

    user_id: str
    id: str
    topic: str
    facts: dict[str, Any]
    attempts: int

    @property
    def key(self) -> dict[str, Any]:
        return {"of_user": self.user_id, "of_id": self.id, "seen": self.attempts}


def list_ready(session: Session, limit: int) -> list[Row]:
    """Up to `limit` rows that may be handled now, the longest due first, at most one per person."""
    found = session.execute(_READY, {"now": clock.database_now(session), "most": limit}).mappings()
    return [Row(**row) for row in found]


def take(session: Session, row: Row, lease: timedelta) -> Row | None:
    """Take `row` for the length of `lease`, counting the attempt; None when somebody else was faster."""
    now = clock.database_now(session)
    if session.execute(_TAKE, row.key | {"now": now, "until": now + lease}).rowcount != 1:
        return None
    return Row(row.user_id, row.id, row.topic, row.facts, row.attempts + 1)


def postpone(session: Session, row: Row, pause: timedelta) -> bool:
    """Let `row` rest for `pause`; False when it is no longer as it was read."""
    until = clock.database_now(session) + pause
    return session.execute(_POSTPONE, row.key | {"until": until}).rowcount == 1


def remove(session: Session, row: Row) -> bool:
    """Remove a handled row; False when it is no longer as it was read."""
    return session.execute(_REMOVE, row.key).rowcount == 1


def oldest_due_at(session: Session) -> datetime | None:
    """Since when the row that waits longest has been due, or None when nothing is due."""
    due = select(func.min(_ROWS.c.due_at)).where(_ROWS.c.due_at <= clock.database_now(session))
    return session.execute(due).scalar_one_or_none()


def whose_rows(session: Session, topic: str, user_ids: Sequence[str]) -> set[str]:
    """Those of `user_ids` who have a row of `topic` on its way, or put aside."""
    kinds = (_ROWS, DeadLetter.__table__)
    asked = [select(rows.c.user_id).where(rows.c.user_id.in_(user_ids), rows.c.topic == topic) for rows in kinds]
    return set(session.scalars(union(*asked)))
