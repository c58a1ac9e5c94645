"""The statements of what waits because crediting under its rule was paused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.sql.activities import ACTIVITIES
from backend.platform.data.batch import Question, read_as
from calculators import CREDITING_PAUSED

# As the index of these rows says it, so that no other row is looked at.
_HAS_REASON = ACTIVITIES.c.reason == CREDITING_PAUSED
# nothing is credited to whoever was erased, whatever was stored of theirs
_WAITS = and_(_HAS_REASON, ACTIVITIES.c.status == "uncredited", ~accounts.is_erased(ACTIVITIES.c.user_id))


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
    .where(_WAITS)
    .group_by(ACTIVITIES.c.methodology_id)
    .order_by(ACTIVITIES.c.methodology_id),
    {},
    _read_count,
)


def list_people(session: Session, but: Collection[str], after: str, limit: int) -> list[str]:
    """Up to so many people behind an id for whom something waits under another rule than these."""
    people = select(ACTIVITIES.c.user_id).where(_WAITS, ACTIVITIES.c.user_id > after)
    people = people.where(ACTIVITIES.c.methodology_id.not_in(but)).distinct()
    return list(session.scalars(people.order_by(ACTIVITIES.c.user_id).limit(limit)))


def list_waiting(session: Session, user_id: str, but: Collection[str], limit: int) -> Sequence[str]:
    """The ids of what waits for one person under other rules than these, in the order in which it was told."""
    waiting = select(ACTIVITIES.c.id).where(_WAITS, ACTIVITIES.c.user_id == user_id)
    waiting = waiting.where(ACTIVITIES.c.methodology_id.not_in(but))
    return list(session.scalars(waiting.order_by(ACTIVITIES.c.created_at, ACTIVITIES.c.id).limit(limit)))


def list_rules_waiting(session: Session, before: Mapping[str, datetime], failed: Select[Any]) -> set[str]:
    """Those of some rules under which something waits that was told before the instant of the rule.

    What waits for the people that `failed` selects does not count.
    """
    if not before:
        return set()
    told = (and_(ACTIVITIES.c.methodology_id == rule, ACTIVITIES.c.created_at < at) for rule, at in before.items())
    rules = select(ACTIVITIES.c.methodology_id).where(_WAITS, or_(*told), ACTIVITIES.c.user_id.not_in(failed))
    return set(session.scalars(rules.distinct()))
