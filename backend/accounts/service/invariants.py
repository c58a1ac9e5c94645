"""What must always hold for accounts; each finding is a sentence with the ids it is about."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.accounts.sql import devices, people
from backend.platform.data.slices import find_rows, read_slices


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
    unspent = devices.TOKENS.c.spent_at.is_(None)
    for rows in read_slices(session, devices.TOKENS, ("user_id", "session_id"), unspent):
        owners = {(row.user_id, row.session_id) for row in rows}
        sessions = find_rows(session, devices.SESSIONS, ("user_id", "id"), owners, ("closed_at",))
        closed = sorted(owner for owner, (closed_at,) in sessions.items() if closed_at is not None)
        yield from (f"{user_id} {session_id}: closed, with an unspent refresh token" for user_id, session_id in closed)


def _merges(session: Session) -> Iterator[str]:
    disagreeing = session.scalars(people.MERGES_THAT_DISAGREE)
    yield from (f"{user_id}: merged and brought along do not agree" for user_id in disagreeing)


def _erasures(session: Session) -> Iterator[str]:
    yield from (f"{user_id}: erased, but not empty" for user_id in session.scalars(people.ERASED_NOT_EMPTY))
    for rows in read_slices(session, people.USERS, ("user_id",), people.IS_ERASED):
        erased = {(row.user_id,) for row in rows}
        for table in people.EMPTY_OF_ERASED:
            still = find_rows(session, table, ("user_id",), erased)
            yield from (f"{user_id}: erased, but still in {table.name}" for (user_id,) in sorted(still))
    named = session.scalars(people.ERASED_WITH_GUARDIAN)
    yield from (f"{user_id}: erased, but a guardian is still named" for user_id in named)


def _keys(session: Session) -> Iterator[str]:
    yield from (f"{user_id}: has no data key" for user_id in session.scalars(people.WITHOUT_KEY))
