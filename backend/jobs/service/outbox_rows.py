"""Rows of the outbox as the dispatcher sees them: ready, taken, at rest, removed.

The rows of one person in one lane are handled in the order they were put there: a batch holds a person's rows from
the first one on, and while one of them is taken or rests nobody gets a later one. All instants are the database's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from backend.jobs.domain import Row
from backend.jobs.sql import outbox_rows as sql
from backend.platform.core import clock
from backend.platform.data.transactions import touched

LOOKS = 5


def list_lanes_with_ready_rows(session: Session) -> list[str]:
    """The lanes in which something is ready, or only waits for its person's earlier row."""
    return list(session.scalars(sql.LANES_WITH_READY_ROWS, {"now": clock.database_now(session)}))


def list_ready(session: Session, lane: str, limit: int, *, is_locking: bool = True) -> list[Row]:
    """Up to `limit` rows of `lane` that may be handled now, a person's rows in their order, locked until the commit.

    Rows that somebody else is taking at this moment, and what stands behind them, are left out.
    """
    statement = sql.READY_LOCKED if is_locking else sql.READY
    now = clock.database_now(session)
    asked = {"of_lane": lane, "now": now, "most": limit}
    for _ in range(LOOKS):
        rows, behind = _read_ready(session, statement, asked)
        if rows or not behind or not is_locking:
            break
        # all of it waits for rows that come later in time: to the end of the lane, so that those come into sight
        session.execute(sql.MOVE_BACK, {"keys": behind, "now": now})
    return sorted(rows, key=lambda row: (row.due_at, row.id))


def take(session: Session, rows: Sequence[Row], lease: timedelta) -> list[Row]:
    """Take what `list_ready` has locked for the length of `lease`, counting the attempt; the rows as they are now."""
    if not rows:
        return []
    now = clock.database_now(session)
    times = {"now": now, "until": now + lease}
    if session.get_bind().dialect.name == "postgresql":
        keys = {"owners": [row.user_id for row in rows], "ids": [row.id for row in rows]}
        session.execute(sql.TAKE["postgresql"], keys | times)
    else:
        session.execute(sql.TAKE["sqlite"], {"keys": [(row.user_id, row.id) for row in rows]} | times)
    return [row.taken(now) for row in rows]


def rest(session: Session, row: Row, pause: timedelta, behind: Sequence[Row] = ()) -> bool:
    """Let `row`, which failed, rest for `pause`, and everything of its person in its lane with it.

    `behind` are those of its person that were taken with it; they were not tried, and their attempt does not count.
    False when the row is no longer as it was read.
    """
    now = clock.database_now(session)
    until = now + pause
    if not touched(session, sql.REST_AFTER_FAILURE, sql.key_of(row) | {"now": now, "until": until}):
        return False
    for waiting in behind:
        session.execute(sql.GIVE_BACK, sql.key_of(waiting) | {"until": until})
    session.execute(sql.REST_BEHIND, {"of_user": row.user_id, "of_lane": row.lane, "until": until})
    return True


def remove(session: Session, row: Row) -> bool:
    """Remove a handled row; False when it is no longer as it was read."""
    return touched(session, sql.REMOVE, sql.key_of(row)) == 1


def get_oldest_due_at(session: Session) -> datetime | None:
    """Since when the row that waits longest has been due, or None when nothing is due."""
    due_at: datetime | None = session.scalar(sql.OLDEST_DUE, {"now": clock.database_now(session)})
    return due_at


def list_people_with_rows(session: Session, topic: str, user_ids: Sequence[str]) -> set[str]:
    """Those of `user_ids` who have a row of `topic` on its way."""
    return set(session.scalars(sql.PEOPLE_WITH_ROWS, {"people": list(user_ids), "of_topic": topic}))


def _read_ready(
    session: Session, statement: Executable, asked: Mapping[str, Any]
) -> tuple[list[Row], list[tuple[str, str]]]:
    """The rows that may be handled, and the keys of those that stand behind a row of their person not among them."""
    found = [(sql.to_row(row), row["ahead"]) for row in session.execute(statement, dict(asked)).mappings()]
    rows: list[Row] = []
    behind: list[tuple[str, str]] = []
    count: Counter[str] = Counter()
    for row, ahead in sorted(found, key=lambda pair: (pair[0].due_at, pair[0].id)):
        if count[row.user_id] == ahead:
            count[row.user_id] += 1
            rows.append(row)
        else:
            behind.append((row.user_id, row.id))
    return rows, behind
