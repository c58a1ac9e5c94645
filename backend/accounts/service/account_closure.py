"""Leaving: somebody asks to be erased, or a guest has been silent for too long. From then on nobody acts for them.

Erasing itself is done later, by `portfolio`, when no money of theirs is on its way: what they had is forgotten then, by
every slice, and accounts the last of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Executable, SelectBase
from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus, SessionEnd
from backend.accounts.service import people, sessions
from backend.accounts.sql import devices
from backend.accounts.sql import people as sql
from backend.platform.core import clock, context
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch
from backend.platform.privacy import audit
from backend.platform.privacy.access_tokens import STANDING_KEPT_S

# Another process may still let them act for KEPT_S.
SETTLED_AFTER = timedelta(seconds=2 * STANDING_KEPT_S)


def check_recent_sign_in(session: Session, actor: Actor) -> None:
    """Raise `auth.sign_in_again` unless the caller proved who they are within the policy's time.

    A guest has no other proof than the device and is let through.
    """
    opened = fetch(session, devices.opened_session(actor.user_id, actor.session_id)).one_or_none()
    within_s = context.policy().privacy.recent_sign_in_s
    since = clock.database_now(session) - timedelta(seconds=within_s)
    if opened is not None and opened.opened_at >= since:
        return
    if opened is None or not people.shows_as_guest(opened.is_guest, opened.sealed_email):
        raise Refusal("auth.sign_in_again", within_s=within_s)


def close_account(session: Session, user_id: str) -> datetime:
    """Let a person go: every device is signed out and nobody can sign in; return since when."""
    now = clock.database_now(session)
    if not _close_accounts(session, sql.CLOSE_ACTIVE, {"owner": user_id, "now": now}):
        raise Refusal("auth.invalid_token")
    return now


def close_account_by_operator(session: Session, user_id: str, *, who: str, reason: str) -> None:
    """An operator lets somebody go who asked by another way, also somebody suspended, with an audit entry.

    Raises `not_found` for who has left already.
    """
    if not _close_accounts(session, sql.CLOSE_ANY, {"owner": user_id, "now": clock.database_now(session)}):
        raise Refusal("not_found")
    audit.record(session, who=who, action="user.leaving", subject=user_id, reason=reason)


def close_lapsed_guests(session: Session, limit: int) -> int:
    """Let up to `limit` guests go whose devices were silent for the policy's lifetime; return how many."""
    lapsed = {"before": _lapses_before(session), "most": limit, "now": clock.database_now(session)}
    return len(_close_accounts(session, sql.CLOSE_LAPSED, lapsed))


def list_lapsed_guests(session: Session, limit: int) -> list[str]:
    """Guests whose devices have been silent for the policy's lifetime, the longest ago first."""
    return list(session.scalars(sql.LAPSED_GUESTS, {"before": _lapses_before(session), "most": limit}))


def list_leaving(session: Session, after: str, limit: int) -> list[str]:
    """Up to `limit` people, sorted after the id `after`, who have left and can no longer act in any process."""
    before = clock.database_now(session) - SETTLED_AFTER
    return list(session.scalars(sql.LEAVING, {"before": before, "after": after, "most": limit}))


def count_leaving_since(session: Session, instant: datetime) -> int:
    """How many people left before `instant` and are still not erased."""
    return len(session.scalars(sql.LEFT_BEFORE, {"before": instant}).all())


def list_erased(session: Session, among: SelectBase) -> list[str]:
    """Those of the people that `among` selects who were erased."""
    return list(session.scalars(sql.erased_among(among)))


def is_leaving(session: Session, user_id: str) -> bool:
    """Whether this person has left and is not erased yet."""
    return session.scalar(sql.STATUS, {"owner": user_id}) == AccessStatus.LEAVING


def _close_accounts(session: Session, statement: Executable, which: Mapping[str, Any]) -> list[str]:
    gone = session.scalars(statement, which).all()
    for user_id in gone:
        sessions.end_all_sessions(session, user_id, because=SessionEnd.LEFT)
    return list(gone)


def _lapses_before(session: Session) -> datetime:
    return clock.database_now(session) - timedelta(days=context.policy().sign_in.guest_lifetime_days)
