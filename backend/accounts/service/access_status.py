"""Access status: whether a caller may still act, although their access token has not yet expired.

Whoever changes it calls `access_tokens.forget_standing`, where each process keeps it for a few seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus, SessionAccess
from backend.accounts.sql import devices, people
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import USER
from backend.platform.data.transactions import ask_along
from backend.platform.privacy.access_tokens import Standing

_CODES: Mapping[str, str] = {
    AccessStatus.SUSPENDED: "auth.suspended",
    AccessStatus.AWAITING_GUARDIAN: "auth.guardian_needed",
    AccessStatus.LEAVING: "auth.leaving",
}


def ask_standing(session: Session, actor: Actor, judge: Callable[[Standing], None]) -> None:
    """Let `judge` hear with the next round trip how a caller stands: what `access_tokens` asks before they act."""
    access = devices.session_access(actor.user_id, actor.session_id)
    roles = people.roles_of(actor.user_id)
    found: list[SessionAccess] = []
    ask_along(session, access.statement, access.parameters, lambda rows: found.extend(map(access.read, rows)))
    ask_along(
        session,
        roles.statement,
        roles.parameters,
        lambda rows: judge(_standing(next(iter(found), None), map(roles.read, rows))),
    )


def _standing(access: SessionAccess | None, roles: Iterable[str]) -> Standing:
    return Standing(time.monotonic(), _code_for(access), frozenset({USER, *roles}))


def access_refusal(status: str) -> Refusal:
    """Why someone with this access status may not act."""
    return Refusal(_code_of(status) or "auth.invalid_token")


def _code_for(access: SessionAccess | None) -> str | None:
    if access is None:
        return "auth.invalid_token"
    if access.access_status == AccessStatus.ACTIVE and access.closed_at is not None:
        return "auth.revoked_token"
    return _code_of(access.access_status)


def _code_of(status: str) -> str | None:
    if status == AccessStatus.ACTIVE:
        return None
    return _CODES.get(status, "auth.invalid_token")
