"""Leaving: somebody asks to be erased, or a guest has been silent for too long. From then on nobody acts for them.

Erasing itself is done later, by `portfolio`, when no money of theirs is on its way: what they had is forgotten then, by
every slice, and accounts the last of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, SelectBase, bindparam, exists, select, update
from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus, SessionEnd
from backend.accounts.models import DeviceSession, User
from backend.accounts.service import people, sessions
from backend.platform.core import clock, context
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.data.transactions import fetch_many
from backend.platform.privacy import audit
from backend.platform.privacy.access_tokens import STANDING_KEPT_S

MAY_BE_CLOSED = (AccessStatus.ACTIVE, AccessStatus.SUSPENDED, AccessStatus.AWAITING_GUARDIAN)
# Another process may still let them act for KEPT_S.
SETTLED_AFTER = timedelta(seconds=2 * STANDING_KEPT_S)

_OPENED = (
    select(DeviceSession.opened_at, User.is_guest, User.sealed_email)
    .join(User, User.user_id == DeviceSession.user_id)
    .where(DeviceSession.user_id == bindparam("owner"), DeviceSession.id == bindparam("session"))
)


def check_recent_sign_in(session: Session, actor: Actor) -> None:
    """Raise `auth.sign_in_again` unless the caller proved who they are within the policy's time.

    A guest has no other proof than the device and is let through.
    """
    (rows,) = fetch_many(session, [(_OPENED, {"owner": actor.user_id, "session": actor.session_id})])
    within_s = context.policy().privacy.recent_sign_in_s
    since = clock.database_now(session) - timedelta(seconds=within_s)
    for row in rows:
        if row["opened_at"] >= since or people.shows_as_guest(row["is_guest"], row["sealed_email"]):
            return
    raise Refusal("auth.sign_in_again", within_s=within_s)


def close_account(session: Session, user_id: str) -> datetime:
    """Let a person go: every device is signed out and nobody can sign in; return since when."""
    now = clock.database_now(session)
    if not _close_accounts(session, User.user_id == user_id, now):
        raise Refusal("auth.invalid_token")
    return now


def close_account_by_operator(session: Session, user_id: str, *, who: str, reason: str) -> None:
    """An operator lets somebody go who asked by another way, also somebody suspended, with an audit entry.

    Raises `not_found` for who has left already.
    """
    if not _close_accounts(session, User.user_id == user_id, clock.database_now(session), MAY_BE_CLOSED):
        raise Refusal("not_found")
    audit.record(session, who=who, action="user.leaving", subject=user_id, reason=reason)


def close_lapsed_guests(session: Session, limit: int) -> int:
    """Let up to `limit` guests go whose devices were silent for the policy's lifetime; return how many."""
    lapsed = _lapsed(session, limit).scalar_subquery()
    return len(_close_accounts(session, User.user_id.in_(lapsed) & User.is_guest, clock.database_now(session)))


def list_lapsed_guests(session: Session, limit: int) -> list[str]:
    """Guests whose devices have been silent for the policy's lifetime, the longest ago first."""
    return list(session.scalars(_lapsed(session, limit)))


def list_leaving(session: Session, after: str, limit: int) -> list[str]:
    """Up to `limit` people, sorted after the id `after`, who have left and can no longer act in any process."""
    query = _leaving(clock.database_now(session) - SETTLED_AFTER).where(User.user_id > after)
    return list(session.scalars(query.order_by(User.user_id).limit(limit)))


def count_leaving_since(session: Session, instant: datetime) -> int:
    """How many people left before `instant` and are still not erased."""
    return len(session.scalars(_leaving(instant)).all())


def list_erased(session: Session, among: SelectBase) -> list[str]:
    """Those of the people that `among` selects who were erased."""
    return list(
        session.scalars(select(User.user_id).where(User.access_status == AccessStatus.ERASED, User.user_id.in_(among)))
    )


def is_leaving(session: Session, user_id: str) -> bool:
    """Whether this person has left and is not erased yet."""
    return session.scalar(select(User.access_status).where(User.user_id == user_id)) == AccessStatus.LEAVING


def _leaving(before: datetime) -> Select[str]:
    return select(User.user_id).where(User.access_status == AccessStatus.LEAVING, User.leaving_at <= before)


def _close_accounts(
    session: Session,
    which: ColumnElement[bool],
    now: datetime,
    statuses: Sequence[AccessStatus] = (AccessStatus.ACTIVE,),
) -> list[str]:
    gone = session.scalars(
        update(User)
        .where(which, User.access_status.in_(statuses))
        .values(access_status=AccessStatus.LEAVING, leaving_at=now)
        .returning(User.user_id)
        .execution_options(synchronize_session=False)
    ).all()
    for user_id in gone:
        sessions.end_all_sessions(session, user_id, because=SessionEnd.LEFT)
    return list(gone)


def _lapsed(session: Session, limit: int) -> Select[str]:
    before = clock.database_now(session) - timedelta(days=context.policy().sign_in.guest_lifetime_days)
    used_since = exists().where(DeviceSession.user_id == User.user_id, DeviceSession.used_at >= before)
    return (
        select(User.user_id)
        .where(User.is_guest, User.access_status == AccessStatus.ACTIVE, User.created_at < before, ~used_since)
        .order_by(User.created_at)
        .limit(limit)
    )
