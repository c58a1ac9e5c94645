"""What must always hold for accounts; each finding is a sentence with the ids it is about."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus, MergeState
from backend.accounts.models import Consent, DeviceSession, GuestMerge, Identity, RefreshToken, User
from backend.platform.privacy.vault import DataKey


def broken_accounts(session: Session) -> Iterator[str]:
    """Every broken invariant of accounts; nothing when all is well."""
    yield from _families(session)
    yield from _closed_sessions(session)
    yield from _merges(session)
    yield from _erasures(session)
    yield from _keys(session)


def _families(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(RefreshToken.user_id, RefreshToken.session_id)
        .where(RefreshToken.spent_at.is_(None))
        .group_by(RefreshToken.user_id, RefreshToken.session_id)
        .having(func.count() > 1)
    )
    yield from (f"{row.user_id} {row.session_id}: more than one unspent refresh token" for row in rows)


def _closed_sessions(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(RefreshToken.user_id, RefreshToken.session_id)
        .join(
            DeviceSession,
            (DeviceSession.user_id == RefreshToken.user_id) & (DeviceSession.id == RefreshToken.session_id),
        )
        .where(RefreshToken.spent_at.is_(None), DeviceSession.closed_at.is_not(None))
    )
    yield from (f"{row.user_id} {row.session_id}: closed, with an unspent refresh token" for row in rows)


def _merges(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(User.user_id)
        .outerjoin(GuestMerge, (GuestMerge.user_id == User.user_id) & (GuestMerge.state == MergeState.BROUGHT))
        .where(
            or_(
                (User.access_status == AccessStatus.MERGED) & GuestMerge.user_id.is_(None),
                User.access_status.not_in((AccessStatus.MERGED, AccessStatus.ERASED)) & GuestMerge.user_id.is_not(None),
            )
        )
    )
    yield from (f"{row.user_id}: merged and brought along do not agree" for row in rows)


def _erasures(session: Session) -> Iterator[str]:
    kept = [User.password_hash, User.sealed_email, User.sealed_phone, User.sealed_birth, User.sealed_guardian]
    rows = session.scalars(
        select(User.user_id).where(
            User.access_status == AccessStatus.ERASED, or_(*(column.is_not(None) for column in kept))
        )
    )
    yield from (f"{user_id}: erased, but not empty" for user_id in rows)
    for table in (Identity, DeviceSession, DataKey):
        rows = session.scalars(
            select(table.user_id)
            .join(User, User.user_id == table.user_id)
            .where(User.access_status == AccessStatus.ERASED)
        )
        yield from (f"{user_id}: erased, but still in {table.__tablename__}" for user_id in rows)
    named = select(Consent.user_id).join(User, User.user_id == Consent.user_id)
    rows = session.scalars(named.where(User.access_status == AccessStatus.ERASED, Consent.sealed_by.is_not(None)))
    yield from (f"{user_id}: erased, but a guardian is still named" for user_id in rows)


def _keys(session: Session) -> Iterator[str]:
    rows = session.scalars(
        select(User.user_id)
        .outerjoin(DataKey, DataKey.user_id == User.user_id)
        .where(User.access_status != AccessStatus.ERASED, DataKey.user_id.is_(None))
    )
    yield from (f"{user_id}: has no data key" for user_id in rows)
