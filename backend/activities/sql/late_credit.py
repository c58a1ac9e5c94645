"""The statements of what waits because crediting under its rule was paused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.activities.sql.activities import ACTIVITIES
from backend.platform.data.batch import Question, read_as
from calculators import CREDITING_PAUSED

# As the index of these rows says it, so that no other row is looked at.
_WAITS = ACTIVITIES.c.reason == CREDITING_PAUSED
_IS_OPEN = ACTIVITIES.c.status == "uncredited"


@dataclass(frozen=True)
class WaitingCount:
    """How many activities of how many people wait under a rule."""

    methodology_id: str
    activities: int
    people: int


_read_count: Callable[[Mapping[str, Any]], WaitingCount] = read_as(WaitingCount)
COUNTED: Question[WaitingCount] = Question(
    select(
        ACTIVITIES.c.methodology_id,
        func.count().label("activities"),
        func.count(ACTIVITIES.c.user_id.distinct()).label("people"),
    )
    .where(_WAITS, _IS_OPEN)
    .group_by(ACTIVITIES.c.methodology_id)
    .order_by(ACTIVITIES.c.methodology_id),
    {},
    _read_count,
)


def list_people(session: Session, but: Collection[str], after: str, limit: int) -> list[str]:
    """Up to so many people behind an id for whom something waits under another rule than these."""
    people = select(ACTIVITIES.c.user_id).where(_WAITS, _IS_OPEN, ACTIVITIES.c.user_id > after)
    people = people.where(ACTIVITIES.c.methodology_id.not_in(but)).distinct()
    return list(session.scalars(people.order_by(ACTIVITIES.c.user_id).limit(limit)))


def list_waiting(session: Session, user_id: str, but: Collection[str], limit: int) -> Sequence[str]:
    """The ids of what waits for one person under other rules than these, in the order in which it was told."""
    waiting = select(ACTIVITIES.c.id).where(_WAITS, _IS_OPEN, ACTIVITIES.c.user_id == user_id)
    waiting = waiting.where(ACTIVITIES.c.methodology_id.not_in(but))
    return list(session.scalars(waiting.order_by(ACTIVITIES.c.created_at, ACTIVITIES.c.id).limit(limit)))


def list_rules_waiting_since(session: Session, instant: datetime) -> set[str]:
    """The rules under which something waits that was told before an instant."""
    rules = select(ACTIVITIES.c.methodology_id).where(_WAITS, _IS_OPEN, ACTIVITIES.c.created_at < instant)
    return set(session.scalars(rules.distinct()))
