"""Access status: whether a caller may still act, although their access token has not yet expired.

Whoever changes it calls `access_tokens.forget_standing`, where each process keeps it for a few seconds.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus
from backend.accounts.models import DeviceSession, User, UserRole
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import USER
from backend.platform.data.transactions import fetch_many
from backend.platform.privacy.access_tokens import Standing

_CODES: Mapping[str, str] = {
    AccessStatus.SUSPENDED: "auth.suspended",
    AccessStatus.AWAITING_GUARDIAN: "auth.guardian_needed",
    AccessStatus.LEAVING: "auth.leaving",
}

_ACCESS = (
    select(User.access_status.label("access_status"), DeviceSession.closed_at)
    .join(DeviceSession, DeviceSession.user_id == User.user_id)
    .where(User.user_id == bindparam("user_id"), DeviceSession.id == bindparam("session_id"))
)
_ROLES = select(UserRole.role).where(UserRole.user_id == bindparam("user_id"))


def look_up_standing(session: Session, actor: Actor) -> Standing:
    """How a caller stands in the database: what `access_tokens` asks before they act."""
    of_actor = {"user_id": actor.user_id, "session_id": actor.session_id}
    found, roles = fetch_many(session, [(_ACCESS, of_actor), (_ROLES, {"user_id": actor.user_id})])
    if not found or (found[0]["access_status"] == AccessStatus.ACTIVE and found[0]["closed_at"] is not None):
        code: str | None = "auth.invalid_token"
    else:
        code = _code_of(found[0]["access_status"])
    return Standing(time.monotonic(), code, frozenset({USER, *(row["role"] for row in roles)}))


def access_refusal(status: str) -> Refusal:
    """Why someone with this access status may not act."""
    return Refusal(_code_of(status) or "auth.invalid_token")


def _code_of(status: str) -> str | None:
    if status == AccessStatus.ACTIVE:
        return None
    return _CODES.get(status, "auth.invalid_token")
