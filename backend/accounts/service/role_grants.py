"""Roles: who may do what an operator does. Everyone holds `user`; the rest is granted by name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.accounts.sql import people as sql
from backend.platform.core import clock
from backend.platform.core.errors import invalid_field
from backend.platform.core.roles import ROLES, USER
from backend.platform.privacy import audit
from backend.platform.privacy.access_tokens import forget_standing


def roles_of(session: Session, user_id: str) -> frozenset[str]:
    """Every role of one person, `user` among them."""
    return frozenset({USER, *session.scalars(sql.ROLES_OF, {"owner": user_id})})


def list_holders(session: Session, roles: Sequence[str]) -> list[str]:
    """Everybody who holds one of `roles` and may act, by id."""
    return list(session.scalars(sql.HOLDERS, {"of_roles": list(roles)}))


def grant_role(session: Session, user_id: str, role: str, *, who: str, reason: str) -> None:
    """Give someone a role, with an audit entry; it counts from their next access token.

    `who` is the operator's id or name. Raises `request.invalid` for a role that cannot be granted.
    """
    _check_role(role)
    row = {"user_id": user_id, "role": role, "granted_at": clock.database_now(session)}
    session.execute(sql.GRANT, row)
    audit.record(session, who=who, action="role.granted", subject=user_id, reason=reason, role=role)
    forget_standing(user_id)


def withdraw_role(session: Session, user_id: str, role: str, *, who: str, reason: str) -> None:
    """Take a role away, with an audit entry; access tokens that still name it are refused."""
    _check_role(role)
    session.execute(sql.WITHDRAW, {"owner": user_id, "of_role": role})
    audit.record(session, who=who, action="role.withdrawn", subject=user_id, reason=reason, role=role)
    forget_standing(user_id)


def withdraw_all_roles(session: Session, user_id: str, *, who: str, reason: str) -> None:
    """Take every role away from somebody who is no longer who was granted it."""
    for role in sorted(session.scalars(sql.ROLES_OF, {"owner": user_id}).all()):
        withdraw_role(session, user_id, role, who=who, reason=reason)


def _check_role(role: str) -> None:
    if role not in ROLES or role == USER:
        raise invalid_field("role", "not_one_of", choices=", ".join(name for name in ROLES if name != USER))
