"""The statements of routines: what somebody does again and again, and the days they skipped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Insert, Select, Table, bindparam, func, select

from backend.activities.domain import Routine
from backend.activities.models import Routine as RoutineRow
from backend.activities.models import RoutineSkip
from backend.activities.sql.activities import ACTIVITIES
from backend.platform.data.batch import Question, read_as, read_column
from backend.platform.data.transactions import Write
from backend.platform.data.upsert import insert_absent

ROUTINES = RoutineRow.__table__
SKIPS = RoutineSkip.__table__

_INSERT = ROUTINES.insert()
_INSERT_SKIP = insert_absent(SKIPS)
_END = (
    ROUTINES.update()
    .where(
        ROUTINES.c.user_id == bindparam("owner"),
        ROUTINES.c.id == bindparam("of_routine"),
        ROUTINES.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("ended", type_=ROUTINES.c.ended_at.type))
)
_OF_PERSON = select(ROUTINES).where(ROUTINES.c.user_id == bindparam("owner"))
_ACTIVE = _OF_PERSON.where(ROUTINES.c.ended_at.is_(None)).order_by(ROUTINES.c.id)
_COUNT_ACTIVE = (
    select(func.count().label("count"))
    .select_from(ROUTINES)
    .where(ROUTINES.c.user_id == bindparam("owner"), ROUTINES.c.ended_at.is_(None))
)
_ONE = _OF_PERSON.where(ROUTINES.c.id == bindparam("wanted"))
_SKIPPED = select(SKIPS.c.routine_id, SKIPS.c.skipped_on).where(
    SKIPS.c.user_id == bindparam("owner"), SKIPS.c.skipped_on >= bindparam("since")
)
_LOGGED = select(ACTIVITIES.c.client_id).where(
    ACTIVITIES.c.user_id == bindparam("owner"),
    ACTIVITIES.c.occurred_at >= bindparam("since_at", type_=ACTIVITIES.c.occurred_at.type),
    ACTIVITIES.c.client_id.startswith("routine:"),
)

_ALL_SKIPPED = (
    select(SKIPS.c.routine_id, SKIPS.c.skipped_on)
    .where(SKIPS.c.user_id == bindparam("owner"))
    .order_by(SKIPS.c.skipped_on)
)
FORGET = tuple(table.delete().where(table.c.user_id == bindparam("owner")) for table in (SKIPS, ROUTINES))


def _copy(table: Table) -> Insert:
    """What is a guest's once more as an account's, under the same ids."""
    others = [column for column in table.columns if column.name != "user_id"]
    theirs = select(bindparam("to_account", type_=table.c.user_id.type), *others).where(
        table.c.user_id == bindparam("from_guest")
    )
    return table.insert().from_select(["user_id", *(column.name for column in others)], theirs)


COPY = (_copy(ROUTINES), _copy(SKIPS))

read_routine: Callable[[Mapping[str, Any]], Routine] = read_as(Routine)


@dataclass(frozen=True)
class SkippedDay:
    """A day on which somebody did not do what they usually do."""

    routine_id: str
    skipped_on: date


def routine_question(user_id: str, routine_id: str) -> Question[Routine]:
    """One routine of a person."""
    return Question(_ONE, {"owner": user_id, "wanted": routine_id}, read_routine)


def active_routines(user_id: str) -> Question[Routine]:
    """The routines of a person that have not ended, the oldest first."""
    return Question(_ACTIVE, {"owner": user_id}, read_routine)


def active_count(user_id: str) -> Question[int]:
    """How many routines of a person have not ended."""
    return Question(_COUNT_ACTIVE, {"owner": user_id}, read_column("count"))


def skipped_days(user_id: str, since: date) -> Question[SkippedDay]:
    """The days skipped since a day."""
    return Question(_SKIPPED, {"owner": user_id, "since": since}, read_as(SkippedDay))


def logged_client_ids(user_id: str, since_at: datetime) -> Question[str]:
    """The names of the activities that were logged from routines since an instant."""
    return Question(_LOGGED, {"owner": user_id, "since_at": since_at}, read_column("client_id"))


def insert_routine(routine: Routine) -> Write:
    """Store a routine."""
    return Write(_INSERT, vars(routine))


def insert_skip(user_id: str, routine_id: str, on: date) -> Write:
    """Note a skipped day, once."""
    return Write(_INSERT_SKIP, {"user_id": user_id, "routine_id": routine_id, "skipped_on": on})


def end_routine(user_id: str, routine_id: str, now: datetime) -> Write:
    """End a routine that has not ended."""
    return Write(_END, {"owner": user_id, "of_routine": routine_id, "ended": now})


def routines_of(user_id: str) -> Select[Any]:
    """Every routine of a person, in no order."""
    return select(ROUTINES).where(ROUTINES.c.user_id == user_id)


def page_of_routines(user_id: str, before: Sequence[Any] | None, most: int) -> Select[Any]:
    """At most `most` routines of a person, the newest first: those before the id in `before`."""
    page = routines_of(user_id).order_by(ROUTINES.c.id.desc()).limit(most)
    return page if before is None else page.where(ROUTINES.c.id < before[0])


def all_skipped_days(user_id: str) -> Question[SkippedDay]:
    """Every day that was ever skipped, the earliest first."""
    return Question(_ALL_SKIPPED, {"owner": user_id}, read_as(SkippedDay))
