"""Access status: whether a caller may still act, although their access token has not yet expired.

Looked up in the database and kept for a few seconds per process; whoever changes it here forgets what was kept, so
this process refuses at once and every other within `KEPT_S`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus
from backend.accounts.models import DeviceSession, User, UserRole
from backend.platform.core import context
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import USER
from backend.platform.data.transactions import fetch_many

CACHED_S = 5.0
CACHED_PEOPLE = 10_000
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


@dataclass(frozen=True)
class _CachedAccess:
    at: float
    code: str | None  # of the refusal; None: may act
    roles: frozenset[str]


def check_access(session: Session, actor: Actor) -> None:
    """Refuse a caller who was suspended, signed out or stripped of a role since their token was made.

    Raises `auth.suspended`, `auth.guardian_needed`, `auth.leaving` or `auth.invalid_token`.
    """
    kept = _find_cached(actor)
    if kept is None or time.monotonic() - kept.at >= CACHED_S:
        kept = _look_up(session, actor)
        _keep(actor, kept)
    if kept.code is not None:
        raise Refusal(kept.code)
    if not actor.roles <= kept.roles:
        raise Refusal("auth.invalid_token")


def access_refusal(status: str) -> Refusal:
    """Why someone with this access status may not act."""
    return Refusal(_code_of(status) or "auth.invalid_token")


def forget_cached(user_id: str) -> None:
    """Look this person up again at their next request to this process."""
    _cache_by_user().pop(user_id, None)


def _look_up(session: Session, actor: Actor) -> _CachedAccess:
    of_actor = {"user_id": actor.user_id, "session_id": actor.session_id}
    found, roles = fetch_many(session, [(_ACCESS, of_actor), (_ROLES, {"user_id": actor.user_id})])
    if not found or (found[0]["access_status"] == AccessStatus.ACTIVE and found[0]["closed_at"] is not None):
        code: str | None = "auth.invalid_token"
    else:
        code = _code_of(found[0]["access_status"])
    return _CachedAccess(time.monotonic(), code, frozenset({USER, *(row["role"] for row in roles)}))


def _code_of(status: str) -> str | None:
    if status == AccessStatus.ACTIVE:
        return None
    return _CODES.get(status, "auth.invalid_token")


def _find_cached(actor: Actor) -> _CachedAccess | None:
    return _cache_by_user().get(actor.user_id, {}).get(actor.session_id)


def _keep(actor: Actor, kept: _CachedAccess) -> None:
    cache_by_user = _cache_by_user()
    cache_by_user.setdefault(actor.user_id, {})[actor.session_id] = kept
    while len(cache_by_user) > CACHED_PEOPLE:
        cache_by_user.popitem(last=False)


def _cache_by_user() -> OrderedDict[str, dict[str, _CachedAccess]]:
    found: OrderedDict[str, dict[str, _CachedAccess]] = context.remembered("standings", OrderedDict)
    return found
