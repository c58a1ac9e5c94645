"""Circles: accounts that share a household, device, meter, address or payment share one allowance (ADR 0065).

Each thing leads by a keyed hash to a circle. Who brings a thing that leads to another circle joins the two for good:
that somebody moved out does not give four accounts four allowances again. Nobody is shown who else is in a circle.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from sqlalchemy import ScalarSelect, Select, bindparam, select
from sqlalchemy.orm import Session

from backend.accounts.models import Circle, CircleLink, CircleMember, User
from backend.platform.data import ids
from backend.platform.data.batch import Question, fetch, question_of_owner, read_column
from backend.platform.data.upsert import insert_absent, upsert
from backend.platform.privacy.vault import the_vault

PURPOSE = "accounts.circle"

_CIRCLES = Circle.__table__
_MEMBERS = CircleMember.__table__
_USERS = User.__table__
_LINKS = CircleLink.__table__
_OWN = select(_MEMBERS.c.circle_id).where(_MEMBERS.c.user_id == bindparam("owner"))
_LOCK_OWN = (
    _CIRCLES.update()
    .where(_CIRCLES.c.circle_id == _OWN.scalar_subquery())
    .values(revision=_CIRCLES.c.revision + 1)
    .returning(_CIRCLES.c.circle_id)
)
_LOCK = (
    _CIRCLES.update()
    .where(_CIRCLES.c.circle_id == bindparam("locked"))
    .values(revision=_CIRCLES.c.revision + 1)
    .returning(_CIRCLES.c.circle_id)
)
_INSERT_CIRCLE = _CIRCLES.insert()
# The guard: of any number of accounts that bring a thing at once, the later ones find the circle of the first.
_TAKE_LINK = upsert(_LINKS, key=["link_hash"], changes={"circle_id": _LINKS.c.circle_id}).returning(_LINKS.c.circle_id)
_TAKE_MEMBER = insert_absent(_MEMBERS)


# Lock the circle of an account until the transaction ends; no answer where it has none.
circle_lock: Callable[[str], Question[str]] = question_of_owner(_LOCK_OWN, read_column("circle_id"))


class LinkKind(StrEnum):
    """What accounts may share."""

    HOUSEHOLD = "household"
    DEVICE = "device"
    METER = "meter"
    ADDRESS = "address"
    PAYMENT = "payment"


def circle_of(person: Any) -> Select[Any]:
    """The ids of everybody in the circle of `person`, themselves included; nobody for an account without one."""
    own, others = _MEMBERS.alias("own_circle"), _MEMBERS.alias("in_circle")
    return select(others.c.user_id).join(own, own.c.circle_id == others.c.circle_id).where(own.c.user_id == person)


def list_circle(session: Session, user_id: str) -> tuple[str, ...]:
    """The ids of everybody in the circle of an account, themselves included; nobody for an account without one."""
    return tuple(session.scalars(circle_of(user_id)))


def created_at_of(person: Any) -> ScalarSelect[Any]:
    """When the account of `person` was made."""
    return select(_USERS.c.created_at).where(_USERS.c.user_id == person).scalar_subquery()


def link(session: Session, user_id: str, kind: LinkKind, value: str) -> None:
    """Let an account share the allowance of everybody who ever brought the same `value` of this kind."""
    link_hash = the_vault().keyed_hash(PURPOSE, f"{kind}:{value}")
    own = session.scalar(_OWN, {"owner": user_id}) or _begin_circle(session, user_id)
    there = session.execute(_TAKE_LINK, {"link_hash": link_hash, "circle_id": own}).scalar_one()
    if there != own:
        _join(session, *sorted((own, there)))


def _begin_circle(session: Session, user_id: str) -> str:
    circle_id = ids.new_id("circle")
    session.execute(_INSERT_CIRCLE, {"circle_id": circle_id, "revision": 1})
    session.execute(_TAKE_MEMBER, {"user_id": user_id, "circle_id": circle_id})
    return str(session.execute(_OWN, {"owner": user_id}).scalar_one())


def _join(session: Session, kept: str, joined: str) -> None:
    """Make two circles one; both are locked in one order, so that nobody in them uses the allowance meanwhile."""
    for circle_id in (kept, joined):
        fetch(session, Question(_LOCK, {"locked": circle_id}, read_column("circle_id")))
    for table in (_MEMBERS, _LINKS):
        session.execute(table.update().where(table.c.circle_id == joined).values(circle_id=kept))
