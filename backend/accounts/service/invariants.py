"""What must always hold for accounts; each finding is a sentence with the ids it is about."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.accounts.sql import devices, people


def broken_accounts(session: Session) -> Iterator[str]:
    """Every broken invariant of accounts; nothing when all is well."""
    yield from _families(session)
    yield from _closed_sessions(session)
    yield from _merges(session)
    yield from _erasures(session)
    yield from _keys(session)


def _families(session: Session) -> Iterator[str]:
    rows = session.execute(devices.DOUBLE_FAMILIES)
    yield from (f"{row.user_id} {row.session_id}: more than one unspent refresh token" for row in rows)


def _closed_sessions(session: Session) -> Iterator[str]:
    rows = session.execute(devices.CLOSED_WITH_TOKEN)
    yield from (f"{row.user_id} {row.session_id}: closed, with an unspent refresh token" for row in rows)


def _merges(session: Session) -> Iterator[str]:
    disagreeing = session.scalars(people.MERGES_THAT_DISAGREE)
    yield from (f"{user_id}: merged and brought along do not agree" for user_id in disagreeing)


def _erasures(session: Session) -> Iterator[str]:
    yield from (f"{user_id}: erased, but not empty" for user_id in session.scalars(people.ERASED_NOT_EMPTY))
    for table, statement in people.ERASED_BUT_IN.items():
        yield from (f"{user_id}: erased, but still in {table}" for user_id in session.scalars(statement))
    named = session.scalars(people.ERASED_WITH_GUARDIAN)
    yield from (f"{user_id}: erased, but a guardian is still named" for user_id in named)


def _keys(session: Session) -> Iterator[str]:
    yield from (f"{user_id}: has no data key" for user_id in session.scalars(people.WITHOUT_KEY))
