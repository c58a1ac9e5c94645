"""The statements of devices: sessions, and the refresh tokens that carry them on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, select

from backend.accounts.domain import (
    AccessStatus,
    OpenedSession,
    PresentedToken,
    RefreshedSession,
    SessionAccess,
    StoredSession,
)
from backend.accounts.models import DeviceSession, RefreshToken, User
from backend.platform.data.batch import Question, read_as, read_column

SESSIONS, TOKENS, _USERS = DeviceSession.__table__, RefreshToken.__table__, User.__table__

read_session: Callable[[Mapping[str, Any]], StoredSession] = read_as(StoredSession)

INSERT_SESSION = SESSIONS.insert()
INSERT_TOKEN = TOKENS.insert()
# A token is found by its hash and its session by its owner: the two may lie on two machines.
_PRESENTED = select(TOKENS.c.user_id, TOKENS.c.session_id, TOKENS.c.spent_at, TOKENS.c.expires_at).where(
    TOKENS.c.token_hash == bindparam("presented")
)
# The guard: of any number of parallel uses, one finds the token unspent.
SPEND = (
    TOKENS.update()
    .where(TOKENS.c.token_hash == bindparam("presented"), TOKENS.c.spent_at.is_(None))
    .values(spent_at=bindparam("now"))
)
_ONE = (SESSIONS.c.user_id == bindparam("owner"), SESSIONS.c.id == bindparam("session"))
_REFRESHED = (
    select(
        SESSIONS.c.closed_at,
        _USERS.c.standing.label("access_status"),
        (_USERS.c.is_guest & _USERS.c.sealed_email.is_(None)).label("is_guest"),
    )
    .join(_USERS, _USERS.c.user_id == SESSIONS.c.user_id)
    .where(*_ONE)
)
TOUCH = SESSIONS.update().where(*_ONE).values(used_at=bindparam("now"))

# Closing one session, or all but one, with the tokens that are not spent.
_CLOSING: dict[str, Any] = {"closed_at": bindparam("now"), "closed_because": bindparam("because")}
CLOSE_ONE = SESSIONS.update().where(*_ONE, SESSIONS.c.closed_at.is_(None)).values(_CLOSING)
CLOSE_OTHERS = (
    SESSIONS.update()
    .where(
        SESSIONS.c.user_id == bindparam("owner"),
        SESSIONS.c.id != bindparam("session"),
        SESSIONS.c.closed_at.is_(None),
    )
    .values(_CLOSING)
)
_UNSPENT = (TOKENS.c.user_id == bindparam("owner"), TOKENS.c.spent_at.is_(None))
SPEND_OF_ONE = (
    TOKENS.update().where(*_UNSPENT, TOKENS.c.session_id == bindparam("session")).values(spent_at=bindparam("now"))
)
SPEND_OF_OTHERS = (
    TOKENS.update().where(*_UNSPENT, TOKENS.c.session_id != bindparam("session")).values(spent_at=bindparam("now"))
)

_OPEN_IDS = (
    select(SESSIONS.c.id)
    .join(_USERS, _USERS.c.user_id == SESSIONS.c.user_id)
    .where(
        SESSIONS.c.user_id == bindparam("owner"),
        SESSIONS.c.closed_at.is_(None),
        _USERS.c.standing == AccessStatus.ACTIVE,
    )
)
_ALL = select(SESSIONS).where(SESSIONS.c.user_id == bindparam("owner")).order_by(SESSIONS.c.id.desc())
_OPENED = (
    select(SESSIONS.c.opened_at, _USERS.c.is_guest, _USERS.c.sealed_email)
    .join(_USERS, _USERS.c.user_id == SESSIONS.c.user_id)
    .where(*_ONE)
)
_ACCESS = (
    select(_USERS.c.standing.label("access_status"), SESSIONS.c.closed_at)
    .join(SESSIONS, SESSIONS.c.user_id == _USERS.c.user_id)
    .where(_USERS.c.user_id == bindparam("owner"), SESSIONS.c.id == bindparam("session"))
)

# One person's; and what nobody can come back to: tokens after their time, sessions after their last token was dropped.
DROP_TOKENS = TOKENS.delete().where(TOKENS.c.user_id == bindparam("owner"))
DROP_SESSIONS = SESSIONS.delete().where(SESSIONS.c.user_id == bindparam("owner"))
DROP_EXPIRED_TOKENS = TOKENS.delete().where(TOKENS.c.expires_at < bindparam("now"))
DROP_OLD_SESSIONS = SESSIONS.delete().where(
    SESSIONS.c.used_at < bindparam("before"),
    ~exists().where(TOKENS.c.user_id == SESSIONS.c.user_id, TOKENS.c.session_id == SESSIONS.c.id),
)

# What the invariants look for: more than one unspent token of a session.
DOUBLE_FAMILIES = (
    select(TOKENS.c.user_id, TOKENS.c.session_id)
    .where(TOKENS.c.spent_at.is_(None))
    .group_by(TOKENS.c.user_id, TOKENS.c.session_id)
    .having(func.count() > 1)
)


def presented_token(token_hash: str) -> Question[PresentedToken]:
    """Whose a refresh token is."""
    return Question(_PRESENTED, {"presented": token_hash}, read_as(PresentedToken))


def refreshed_session(user_id: str, session_id: str) -> Question[RefreshedSession]:
    """What decides whether the session of a refresh token may be carried on."""
    return Question(_REFRESHED, {"owner": user_id, "session": session_id}, read_as(RefreshedSession))


def open_sessions(user_id: str) -> Question[str]:
    """The ids of the open sessions of somebody who may act."""
    return Question(_OPEN_IDS, {"owner": user_id}, read_column("id"))


def all_sessions(user_id: str) -> Question[StoredSession]:
    """Every session still known of one person, the newest first."""
    return Question(_ALL, {"owner": user_id}, read_session)


def page_of_open_sessions(user_id: str, before: Sequence[Any] | None, most: int) -> Select[Any]:
    """At most `most` open sessions of one person, the newest first: those before the id in `before`."""
    page = select(SESSIONS).where(SESSIONS.c.user_id == user_id, SESSIONS.c.closed_at.is_(None))
    if before is not None:
        page = page.where(SESSIONS.c.id < before[0])
    return page.order_by(SESSIONS.c.id.desc()).limit(most)


def opened_session(user_id: str, session_id: str) -> Question[OpenedSession]:
    """Since when somebody is signed in on one device."""
    return Question(_OPENED, {"owner": user_id, "session": session_id}, read_as(OpenedSession))


def session_access(user_id: str, session_id: str) -> Question[SessionAccess]:
    """Whether somebody may act, and whether the session in which they want to is open."""
    return Question(_ACCESS, {"owner": user_id, "session": session_id}, read_as(SessionAccess))
