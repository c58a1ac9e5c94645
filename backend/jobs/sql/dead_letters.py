"""Statements on dead letters: the latest, how many, whose, and taking them out again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.engine import RowMapping

from backend.jobs.domain import DeadLetter
from backend.jobs.models import DeadLetterRow

_LETTERS = DeadLetterRow.__table__
_COLUMNS = [_LETTERS.c[name] for name in DeadLetter.__dataclass_fields__]

INSERT = _LETTERS.insert()
LATEST = select(*_COLUMNS).order_by(_LETTERS.c.died_at.desc(), _LETTERS.c.id).limit(bindparam("most"))
LOCK_ONE = select(*_COLUMNS).where(_LETTERS.c.id == bindparam("of_id")).with_for_update()
COUNT = select(func.count()).select_from(_LETTERS)
PEOPLE_WITH_LETTERS = select(_LETTERS.c.user_id).where(
    _LETTERS.c.user_id.in_(bindparam("people", expanding=True)), _LETTERS.c.topic == bindparam("of_topic")
)
DROP_SETTLED = _LETTERS.delete().where(
    _LETTERS.c.user_id.in_(bindparam("people", expanding=True)),
    _LETTERS.c.topic == bindparam("of_topic"),
    _LETTERS.c.died_at <= bindparam("before"),
)
DROP_ONE = _LETTERS.delete().where(_LETTERS.c.user_id == bindparam("of_user"), _LETTERS.c.id == bindparam("of_id"))
FORGET = _LETTERS.delete().where(_LETTERS.c.user_id == bindparam("of_user"))


def people_with_dead_letters(topic: str) -> Select[Any]:
    """Everybody with a dead letter of a topic, for whoever leaves them out of a question."""
    return select(_LETTERS.c.user_id).where(_LETTERS.c.topic == topic)


def to_letter(row: RowMapping) -> DeadLetter:
    """The letter a row tells of."""
    return DeadLetter(*(row[name] for name in DeadLetter.__dataclass_fields__))
