"""Circles: accounts that share a household, device, meter, address or payment share one allowance (ADR 0065).

Each thing leads by a keyed hash to a circle. Who brings a thing that leads to another circle joins the two for good:
that somebody moved out does not give four accounts four allowances again. Nobody is shown who else is in a circle.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.accounts.domain import LinkKind
from backend.accounts.sql import circles as sql
from backend.platform.data import ids
from backend.platform.data.batch import fetch
from backend.platform.privacy.vault import the_vault

PURPOSE = "accounts.circle"


def list_circle(session: Session, user_id: str) -> tuple[str, ...]:
    """The ids of everybody in the circle of an account, themselves included; nobody for an account without one."""
    return tuple(session.scalars(sql.IN_CIRCLE_OF_OWNER, {"owner": user_id}))


def link(session: Session, user_id: str, kind: LinkKind, value: str) -> None:
    """Let an account share the allowance of everybody who ever brought the same `value` of this kind."""
    link_hash = the_vault().keyed_hash(PURPOSE, f"{kind}:{value}")
    own = session.scalar(sql.OWN, {"owner": user_id}) or _begin_circle(session, user_id)
    there = session.execute(sql.TAKE_LINK, {"link_hash": link_hash, "circle_id": own}).scalar_one()
    if there != own:
        _join(session, *sorted((own, there)))


def _begin_circle(session: Session, user_id: str) -> str:
    circle_id = ids.new_id("circle")
    session.execute(sql.INSERT_CIRCLE, {"circle_id": circle_id, "revision": 1})
    session.execute(sql.TAKE_MEMBER, {"user_id": user_id, "circle_id": circle_id})
    return str(session.execute(sql.OWN, {"owner": user_id}).scalar_one())


def _join(session: Session, kept: str, joined: str) -> None:
    """Make two circles one; both are locked in one order, so that nobody in them uses the allowance meanwhile."""
    for circle_id in (kept, joined):
        fetch(session, sql.lock(circle_id))
    for statement in sql.JOIN:
        session.execute(statement, {"joined": joined, "kept": kept})
