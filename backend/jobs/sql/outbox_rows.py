"""Statements on the outbox: what is ready in a lane, taking it, letting it rest, removing it.

A row is *ready* when its time has come and no earlier row of the same person in the same lane rests or is taken. The
index on lane and time leads straight to the rows whose time has come, whatever else waits. All instants are the
database's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, and_, bindparam, case, exists, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import RowMapping

from backend.jobs.domain import Row
from backend.platform.ops.outbox import OutboxRow

LARGEST_BATCH = 1_000

_ROWS = OutboxRow.__table__
_EARLIER = _ROWS.alias("earlier")
_COLUMNS = [_ROWS.c[name] for name in Row.__dataclass_fields__]
_KEY = tuple_(_ROWS.c.user_id, _ROWS.c.id)
_BEFORE_IT = and_(
    _EARLIER.c.user_id == _ROWS.c.user_id,
    _EARLIER.c.lane == _ROWS.c.lane,
    tuple_(_EARLIER.c.due_at, _EARLIER.c.id) < tuple_(_ROWS.c.due_at, _ROWS.c.id),
)

# how many rows of the same person and lane stand before it; nobody needs to know of more than a batch holds
_AHEAD = (
    select(func.count())
    .select_from(select(literal(1)).where(_BEFORE_IT).limit(LARGEST_BATCH).correlate(_ROWS).subquery("ahead"))
    .scalar_subquery()
)
READY = (
    select(*_COLUMNS, _AHEAD.label("ahead"))
    .where(
        _ROWS.c.lane == bindparam("of_lane"),
        _ROWS.c.not_before <= bindparam("now"),
        ~exists().where(_BEFORE_IT, _EARLIER.c.not_before > bindparam("now")),
    )
    .order_by(_ROWS.c.not_before, _ROWS.c.due_at, _ROWS.c.id)
    .limit(bindparam("most"))
)
# whoever takes rows at the same time finds others: nobody waits for a row that somebody is taking
READY_LOCKED = READY.with_for_update(skip_locked=True, of=_ROWS)
_TAKEN = {
    "attempts": _ROWS.c.attempts + 1,
    "not_before": bindparam("until"),
    # a process ended while it had the row: from now on it is tried in vain, as after a failure
    "first_failed_at": case(
        (
            _ROWS.c.attempts > _ROWS.c.failures,
            func.coalesce(_ROWS.c.first_failed_at, bindparam("now", type_=_ROWS.c.not_before.type)),
        ),
        else_=_ROWS.c.first_failed_at,
    ),
}
# two arrays instead of a parameter for each row: the statement stays prepared, however many rows there are
_IN_ARRAYS = _KEY.in_(
    select(func.unnest(bindparam("owners", type_=ARRAY(String))), func.unnest(bindparam("ids", type_=ARRAY(String))))
)
TAKE = {
    "postgresql": _ROWS.update().where(_IN_ARRAYS).values(_TAKEN),
    "sqlite": _ROWS.update().where(_KEY.in_(bindparam("keys", expanding=True))).values(_TAKEN),
}
MOVE_BACK = _ROWS.update().where(_KEY.in_(bindparam("keys", expanding=True))).values(not_before=bindparam("now"))

# `attempts` as last seen: whoever has lost the row to somebody else changes nothing
_AS_SEEN = (
    (_ROWS.c.user_id == bindparam("of_user"))
    & (_ROWS.c.id == bindparam("of_id"))
    & (_ROWS.c.attempts == bindparam("seen"))
)
REST_AFTER_FAILURE = (
    _ROWS.update()
    .where(_AS_SEEN)
    .values(
        failures=_ROWS.c.failures + 1,
        first_failed_at=func.coalesce(_ROWS.c.first_failed_at, bindparam("now", type_=_ROWS.c.not_before.type)),
        not_before=bindparam("until"),
    )
)
GIVE_BACK = _ROWS.update().where(_AS_SEEN).values(attempts=_ROWS.c.attempts - 1, not_before=bindparam("until"))
# what waits behind a row that rests is not looked at again and again meanwhile
REST_BEHIND = (
    _ROWS.update()
    .where(
        _ROWS.c.user_id == bindparam("of_user"),
        _ROWS.c.lane == bindparam("of_lane"),
        _ROWS.c.not_before < bindparam("until"),
    )
    .values(not_before=bindparam("until"))
)
REMOVE = _ROWS.delete().where(_AS_SEEN)

OLDEST_DUE = select(func.min(_ROWS.c.due_at)).where(_ROWS.c.due_at <= bindparam("now"))
PEOPLE_WITH_ROWS = select(_ROWS.c.user_id).where(
    _ROWS.c.user_id.in_(bindparam("people", expanding=True)), _ROWS.c.topic == bindparam("of_topic")
)


def _lanes_with_ready_rows() -> Any:
    """Walk the index from lane to lane instead of reading every row to find the few lanes there are."""
    first = select(func.min(_ROWS.c.lane).label("lane"))
    walk = first.cte("lanes", recursive=True)
    later = select(func.min(_ROWS.c.lane)).where(_ROWS.c.lane > walk.c.lane).correlate(walk).scalar_subquery()
    lanes = walk.union_all(select(later).where(walk.c.lane.is_not(None)))
    is_ready = exists(literal(1)).where(_ROWS.c.lane == lanes.c.lane, _ROWS.c.not_before <= bindparam("now"))
    return select(lanes.c.lane).where(lanes.c.lane.is_not(None), is_ready)


LANES_WITH_READY_ROWS = _lanes_with_ready_rows()


def key_of(row: Row) -> dict[str, Any]:
    """The parameters that name `row` as it was last read."""
    return {"of_user": row.user_id, "of_id": row.id, "seen": row.attempts}


def to_row(found: RowMapping) -> Row:
    """The row a line of `READY` tells of."""
    return Row(*(found[name] for name in Row.__dataclass_fields__))
