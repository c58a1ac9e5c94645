"""The statements of circles: which accounts share one allowance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ScalarSelect, Select, bindparam, select

from backend.accounts.models import Circle, CircleLink, CircleMember, User
from backend.platform.data.batch import Question, question_of_owner, read_column
from backend.platform.data.transactions import LOCKS
from backend.platform.data.upsert import insert_absent, upsert

_CIRCLES, _MEMBERS, _LINKS, _USERS = Circle.__table__, CircleMember.__table__, CircleLink.__table__, User.__table__

OWN = select(_MEMBERS.c.circle_id).where(_MEMBERS.c.user_id == bindparam("owner"))
_LOCK_OWN = (
    _CIRCLES.update()
    .where(_CIRCLES.c.circle_id == OWN.scalar_subquery())
    .values(revision=_CIRCLES.c.revision + 1)
    .returning(_CIRCLES.c.circle_id)
    .execution_options(**LOCKS)
)
_LOCK = (
    _CIRCLES.update()
    .where(_CIRCLES.c.circle_id == bindparam("locked"))
    .values(revision=_CIRCLES.c.revision + 1)
    .returning(_CIRCLES.c.circle_id)
    .execution_options(**LOCKS)
)
INSERT_CIRCLE = _CIRCLES.insert()
# The guard: of any number of accounts that bring a thing at once, the later ones find the circle of the first.
TAKE_LINK = upsert(_LINKS, key=["link_hash"], changes={"circle_id": _LINKS.c.circle_id}).returning(_LINKS.c.circle_id)
TAKE_MEMBER = insert_absent(_MEMBERS)
# Make two circles one.
JOIN = tuple(
    table.update().where(table.c.circle_id == bindparam("joined")).values(circle_id=bindparam("kept"))
    for table in (_MEMBERS, _LINKS)
)

# Lock the circle of an account until the transaction ends; no answer where it has none.
circle_lock: Callable[[str], Question[str]] = question_of_owner(_LOCK_OWN, read_column("circle_id"))


def lock(circle_id: str) -> Question[str]:
    """Lock one circle until the transaction ends."""
    return Question(_LOCK, {"locked": circle_id}, read_column("circle_id"))


def circle_of(person: Any) -> Select[Any]:
    """The ids of everybody in the circle of `person`, themselves included; nobody for an account without one."""
    own, others = _MEMBERS.alias("own_circle"), _MEMBERS.alias("in_circle")
    return select(others.c.user_id).join(own, own.c.circle_id == others.c.circle_id).where(own.c.user_id == person)


IN_CIRCLE_OF_OWNER = circle_of(bindparam("owner"))


def created_at_of(person: Any) -> ScalarSelect[Any]:
    """When the account of `person` was made."""
    return select(_USERS.c.created_at).where(_USERS.c.user_id == person).scalar_subquery()
