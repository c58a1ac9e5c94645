"""Sessions: one per sign-in and device, carried on by refresh tokens that are used once.

The law of families: at most one unspent token per session, hashes only, all of it in the database. A token used
again means that two devices hold it, so its whole family is closed.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, select, update
from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus, Device, SessionEnd, Tokens
from backend.accounts.models import DeviceSession, RefreshToken, User
from backend.accounts.service import access_status, role_grants
from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.paging import Page, Window, by_id
from backend.platform.data.transactions import enqueue_write, touched
from backend.platform.ops import outbox
from backend.platform.privacy.access_tokens import forget_standing, sign_access
from backend.platform.privacy.vault import the_vault

DEVICE = "accounts.device"
TOPIC_SIGNED_OUT = "accounts.signed_out"
LISTED = by_id("session")

_SESSIONS = DeviceSession.__table__
_TOKENS = RefreshToken.__table__
_OPEN = _SESSIONS.insert()
_ISSUE = _TOKENS.insert()
_FIND = (
    select(
        _TOKENS.c.user_id,
        _TOKENS.c.session_id,
        _TOKENS.c.spent_at,
        _TOKENS.c.expires_at,
        _SESSIONS.c.closed_at,
        User.access_status.label("access_status"),
        (User.is_guest & User.sealed_email.is_(None)).label("is_guest"),
    )
    .join(
        _SESSIONS,
        (_SESSIONS.c.user_id == _TOKENS.c.user_id) & (_SESSIONS.c.id == _TOKENS.c.session_id),
    )
    .join(User, User.user_id == _TOKENS.c.user_id)
    .where(_TOKENS.c.token_hash == bindparam("presented"))
)
# The guard: of any number of parallel uses, one finds the token unspent.
_SPEND = (
    _TOKENS.update()
    .where(_TOKENS.c.token_hash == bindparam("presented"), _TOKENS.c.spent_at.is_(None))
    .values(spent_at=bindparam("now"))
)
_TOUCH = (
    _SESSIONS.update()
    .where(_SESSIONS.c.user_id == bindparam("owner"), _SESSIONS.c.id == bindparam("session"))
    .values(used_at=bindparam("now"))
)


def open_session(
    session: Session,
    user_id: str,
    opened_by: str,
    device: str | None,
    *,
    is_guest: bool = False,
    guest_question: str | None = None,
) -> Tokens:
    """Open a session for someone who has just proved who they are."""
    now = clock.database_now(session)
    session_id = ids.new_id("session")
    sealed = the_vault().seal(session, user_id, DEVICE, device.encode()) if device else None
    row = {"user_id": user_id, "id": session_id, "opened_by": opened_by, "sealed_device": sealed}
    enqueue_write(session, _OPEN, {**row, "opened_at": now, "used_at": now})
    return _issue(session, user_id, session_id, is_guest=is_guest, guest_question=guest_question)


def refresh(session: Session, refresh_token: str) -> Tokens | Refusal:
    """Spend a refresh token and issue its successor.

    Returns `auth.invalid_token` for one that is unknown, expired or of a closed session, `auth.reused_token` for a
    spent one after closing its family: returned, not raised, because the closing must stay.
    """
    presented = token_hash(refresh_token)
    found = session.execute(_FIND, {"presented": presented}).one_or_none()
    if found is None or found.closed_at is not None:
        return Refusal("auth.invalid_token")
    if found.spent_at is None and found.expires_at <= clock.database_now(session):
        return Refusal("auth.invalid_token")
    if found.access_status != AccessStatus.ACTIVE:
        return access_status.access_refusal(found.access_status)
    now = clock.database_now(session)
    if touched(session, _SPEND, {"presented": presented, "now": now}) == 0:
        end_session(session, found.user_id, found.session_id, because=SessionEnd.REUSED)
        return Refusal("auth.reused_token")
    enqueue_write(session, _TOUCH, {"owner": found.user_id, "session": found.session_id, "now": now})
    return _issue(session, found.user_id, found.session_id, is_guest=found.is_guest)


def sign_out(session: Session, refresh_token: str) -> None:
    """Close the session a refresh token belongs to; an unknown token is as good as signed out."""
    found = session.execute(_FIND, {"presented": token_hash(refresh_token)}).one_or_none()
    if found is not None:
        end_session(session, found.user_id, found.session_id, because=SessionEnd.SIGNED_OUT)


def list_devices(session: Session, user_id: str, current_id: str, window: Window) -> Page[Device]:
    """The open sessions of one person, the newest first."""
    query = (
        select(_SESSIONS)
        .where(_SESSIONS.c.user_id == user_id, _SESSIONS.c.closed_at.is_(None))
        .order_by(_SESSIONS.c.id.desc())
        .limit(window.limit + 1)
    )
    after = window.after(LISTED)
    if after is not None:
        query = query.where(_SESSIONS.c.id < after[0])
    page = window.cut(session.execute(query).all(), LISTED)
    return Page([_shown(session, row, current_id) for row in page.items], page.next_cursor)


def list_all_devices(session: Session, user_id: str) -> list[Device]:
    """Every session still known of one person, closed ones too, the newest first."""
    rows = session.execute(select(_SESSIONS).where(_SESSIONS.c.user_id == user_id).order_by(_SESSIONS.c.id.desc()))
    return [_shown(session, row, "") for row in rows.all()]


def list_open_sessions(session: Session, user_id: str) -> frozenset[str]:
    """The ids of the sessions in which one person is signed in; none while they may not act."""
    query = (
        select(_SESSIONS.c.id)
        .join(User, User.user_id == _SESSIONS.c.user_id)
        .where(
            _SESSIONS.c.user_id == user_id, _SESSIONS.c.closed_at.is_(None), User.access_status == AccessStatus.ACTIVE
        )
    )
    return frozenset(session.scalars(query))


def revoke_session(session: Session, user_id: str, session_id: str) -> None:
    """Sign one device out. Raises `not_found` for a session that is not this person's or no longer open."""
    if not end_session(session, user_id, session_id, because=SessionEnd.REVOKED):
        raise Refusal("not_found")


def end_session(session: Session, user_id: str, session_id: str, *, because: SessionEnd) -> bool:
    """Close one session and spend its token; return whether it was open."""
    this = _SESSIONS.c.id == session_id
    return _close(session, user_id, this, _TOKENS.c.session_id == session_id, because=because) == 1


def end_all_sessions(session: Session, user_id: str, *, because: SessionEnd, but: str = "") -> None:
    """Close every session of one person, except the one named `but`."""
    _close(session, user_id, _SESSIONS.c.id != but, _TOKENS.c.session_id != but, because=because)


def token_hash(secret: str) -> str:
    """The hash under which a long random secret is kept; 256 bits need no key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _issue(
    session: Session, user_id: str, session_id: str, *, is_guest: bool, guest_question: str | None = None
) -> Tokens:
    now = clock.database_now(session)
    settings = context.settings()
    secret = ids.new_secret()
    expires_at = now + timedelta(seconds=settings.refresh_token_s)
    row = {"token_hash": token_hash(secret), "user_id": user_id, "session_id": session_id}
    enqueue_write(session, _ISSUE, {**row, "issued_at": now, "expires_at": expires_at, "spent_at": None})
    return Tokens(
        user_id=user_id,
        session_id=session_id,
        access_token=sign_access(user_id, session_id, role_grants.roles_of(session, user_id)),
        expires_in_s=settings.access_token_s,
        refresh_token=secret,
        refresh_expires_at=expires_at,
        is_guest=is_guest,
        guest_question=guest_question,
    )


def _close(
    session: Session, user_id: str, which: ColumnElement[bool], tokens: ColumnElement[bool], *, because: SessionEnd
) -> int:
    now = clock.database_now(session)
    closed = touched(
        session,
        update(_SESSIONS)
        .where(_SESSIONS.c.user_id == user_id, which, _SESSIONS.c.closed_at.is_(None))
        .values(closed_at=now, closed_because=because),
    )
    session.execute(
        update(_TOKENS).where(_TOKENS.c.user_id == user_id, tokens, _TOKENS.c.spent_at.is_(None)).values(spent_at=now)
    )
    forget_standing(user_id)
    if closed:
        outbox.enqueue(session, user_id, TOPIC_SIGNED_OUT, {})
    return closed


def _shown(session: Session, row: Row[Any], current_id: str) -> Device:
    sealed = row.sealed_device
    name = the_vault().unseal(session, row.user_id, DEVICE, sealed).decode() if sealed else None
    return Device(row.id, name, row.opened_by, row.opened_at, row.used_at, row.id == current_id)
