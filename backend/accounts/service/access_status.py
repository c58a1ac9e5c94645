"""Standing: whether a caller may still act, although their access token has not yet expired.

Looked up in the database and kept for a few seconds per process; whoever changes it here forgets what was kept, so
this process refuses at once and every other within `KEPT_S`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.accounts.models import DeviceSession, User, UserRole
from backend.accounts.models.people import ACTIVE, AWAITING_GUARDIAN, LEAVING, SUSPENDED
from backend.platform.core import context
from backend.platform.core.errors import Refusal
from backend.platform.data.transactions import fetch_many
from backend.platform.web.auth import USER, Actor

KEPT_S = 5.0
KEPT_PEOPLE = 10_000
_CODES = {SUSPENDED: "auth.suspended", AWAITING_GUARDIAN: "auth.guardian_needed", LEAVING: "auth.leaving"}

_STANDING = (
    select(User.standing, DeviceSession.closed_at)
    .join(DeviceSession, DeviceSession.user_id == User.user_id)
    .where(User.user_id == bindparam("user_id"), DeviceSession.id == bindparam("session_id"))
)
_ROLES = select(UserRole.role).where(UserRole.user_id == bindparam("user_id"))


@dataclass(frozen=True)
class _Kept:
    at: float
    code: str | None  # of the refusal; None: may act
    roles: frozenset[str]


def check_standing(session: Session, actor: Actor) -> None:
    """Refuse a caller who was suspended, signed out or stripped of a role since their token was made.

    Raises `auth.suspended`, `auth.guardian_needed`, `auth.leaving` or `auth.invalid_token`.
    """
    kept = _kept_of(actor)
    if kept is None or time.monotonic() - kept.at >= KEPT_S:
        kept = _look_up(session, actor)
        _keep(actor, kept)
    if kept.code is not None:
        raise Refusal(kept.code)
    if not actor.roles <= kept.roles:
        raise Refusal("auth.invalid_token")


def refusal_of(standing: str) -> Refusal:
    """Why someone of this standing may not act."""
    return Refusal(_code_of(standing) or "auth.invalid_token")


def forget_kept(user_id: str) -> None:
    """Look this person up again at their next request to this process."""
    _standings().pop(user_id, None)


def _look_up(session: Session, actor: Actor) -> _Kept:
    of_actor = {"user_id": actor.user_id, "session_id": actor.session_id}
    found, roles = fetch_many(session, [(_STANDING, of_actor), (_ROLES, {"user_id": actor.user_id})])
    if not found or (found[0]["standing"] == ACTIVE and found[0]["closed_at"] is not None):
        code: str | None = "auth.invalid_token"
    else:
        code = _code_of(found[0]["standing"])
    return _Kept(time.monotonic(), code, frozenset({USER, *(row["role"] for row in roles)}))


def _code_of(standing: str) -> str | None:
    if standing == ACTIVE:
        return None
    return _CODES.get(standing, "auth.invalid_token")


def _kept_of(actor: Actor) -> _Kept | None:
    return _standings().get(actor.user_id, {}).get(actor.session_id)


def _keep(actor: Actor, kept: _Kept) -> None:
    standings = _standings()
    standings.setdefault(actor.user_id, {})[actor.session_id] = kept
    while len(standings) > KEPT_PEOPLE:
        standings.popitem(last=False)


def _standings() -> OrderedDict[str, dict[str, _Kept]]:
    found: OrderedDict[str, dict[str, _Kept]] = context.remembered("standings", OrderedDict)
    return found
