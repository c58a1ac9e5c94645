"""Operators on the command line: who they are, and how the first administrator of an installation comes to be."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus
from backend.accounts.service import people, role_grants
from backend.accounts.sql import people as sql
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import ADMIN

BOOTSTRAP = "bootstrap"  # who granted the first administrator, in the audit trail


def identify_operator(session: Session, who: str, roles: frozenset[str]) -> str:
    """The account named on the command line by its id or a proved e-mail, if it may act and holds one of `roles`.

    Raises `decision.no_operator` for any other.
    """
    try:
        user_id = people.get_user_id(session, who)
    except Refusal:
        user_id = ""
    status = session.scalar(sql.STATUS, {"owner": user_id})
    if status != AccessStatus.ACTIVE or not roles & role_grants.roles_of(session, user_id):
        raise Refusal("decision.no_operator", who=who, roles=", ".join(sorted(roles)))
    return user_id


def bootstrap_admin(session: Session, user_id: str, *, reason: str) -> None:
    """Make somebody the first administrator, with an audit entry, while no account that may act is one.

    Raises `decision.bootstrapped` from then on: the next ones are granted by an administrator.
    """
    _lock_roles(session)
    if session.scalar(sql.ANY_ADMIN) is not None:
        raise Refusal("decision.bootstrapped")
    role_grants.grant_role(session, user_id, ADMIN, who=BOOTSTRAP, reason=reason)


def _lock_roles(session: Session) -> None:
    """Let one bootstrap at a time look and grant; SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sql.LOCK_ROLES_ON_POSTGRESQL)
