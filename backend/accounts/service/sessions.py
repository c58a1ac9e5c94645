"""Sessions: one per sign-in and device, carried on by refresh tokens that are used once.

The law of families: at most one unspent token per session, hashes only, all of it in the database. A token used
again means that two devices hold it, so its whole family is closed.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import Update
from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus, Device, SessionEnd, StoredSession, Tokens
from backend.accounts.service import access_status, role_grants
from backend.accounts.sql import devices as sql
from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import fetch, read_rows
from backend.platform.data.paging import Page, Window, by_id
from backend.platform.data.transactions import enqueue_write, touched
from backend.platform.ops import outbox
from backend.platform.privacy.access_tokens import forget_standing, sign_access
from backend.platform.privacy.vault import the_vault

DEVICE = "accounts.device"
TOPIC_SIGNED_OUT = "accounts.signed_out"
LISTED = by_id("session")


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
    enqueue_write(session, sql.INSERT_SESSION, {**row, "opened_at": now, "used_at": now})
    return _issue(session, user_id, session_id, is_guest=is_guest, guest_question=guest_question)


def refresh(session: Session, refresh_token: str) -> Tokens | Refusal:
    """Spend a refresh token and issue its successor.

    Returns `auth.invalid_token` for one that is unknown, expired or of a closed session, `auth.reused_token` for a
    spent one after closing its family: returned, not raised, because the closing must stay.
    """
    presented = token_hash(refresh_token)
    found = fetch(session, sql.presented_token(presented)).one_or_none()
    if found is None or found.closed_at is not None:
        return Refusal("auth.invalid_token")
    if found.spent_at is None and found.expires_at <= clock.database_now(session):
        return Refusal("auth.invalid_token")
    if found.access_status != AccessStatus.ACTIVE:
        return access_status.access_refusal(found.access_status)
    now = clock.database_now(session)
    if touched(session, sql.SPEND, {"presented": presented, "now": now}) == 0:
        end_session(session, found.user_id, found.session_id, because=SessionEnd.REUSED)
        return Refusal("auth.reused_token")
    enqueue_write(session, sql.TOUCH, {"owner": found.user_id, "session": found.session_id, "now": now})
    return _issue(session, found.user_id, found.session_id, is_guest=found.is_guest)


def sign_out(session: Session, refresh_token: str) -> None:
    """Close the session a refresh token belongs to; an unknown token is as good as signed out."""
    found = fetch(session, sql.presented_token(token_hash(refresh_token))).one_or_none()
    if found is not None:
        end_session(session, found.user_id, found.session_id, because=SessionEnd.SIGNED_OUT)


def list_devices(session: Session, user_id: str, current_id: str, window: Window) -> Page[Device]:
    """The open sessions of one person, the newest first."""
    query = sql.page_of_open_sessions(user_id, window.after(LISTED), window.limit + 1)
    page = window.cut(read_rows(session, query, sql.read_session), LISTED)
    return Page([_shown(session, one, current_id) for one in page.items], page.next_cursor)


def list_all_devices(session: Session, user_id: str) -> list[Device]:
    """Every session still known of one person, closed ones too, the newest first."""
    return [_shown(session, one, "") for one in fetch(session, sql.all_sessions(user_id)).all()]


def list_open_sessions(session: Session, user_id: str) -> frozenset[str]:
    """The ids of the sessions in which one person is signed in; none while they may not act."""
    return frozenset(fetch(session, sql.open_sessions(user_id)).all())


def revoke_session(session: Session, user_id: str, session_id: str) -> None:
    """Sign one device out. Raises `not_found` for a session that is not this person's or no longer open."""
    if not end_session(session, user_id, session_id, because=SessionEnd.REVOKED):
        raise Refusal("not_found")


def end_session(session: Session, user_id: str, session_id: str, *, because: SessionEnd) -> bool:
    """Close one session and spend its token; return whether it was open."""
    return _close(session, (sql.CLOSE_ONE, sql.SPEND_OF_ONE), user_id, session_id, because) == 1


def end_all_sessions(session: Session, user_id: str, *, because: SessionEnd, but: str = "") -> None:
    """Close every session of one person, except the one named `but`."""
    _close(session, (sql.CLOSE_OTHERS, sql.SPEND_OF_OTHERS), user_id, but, because)


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
    enqueue_write(session, sql.INSERT_TOKEN, {**row, "issued_at": now, "expires_at": expires_at, "spent_at": None})
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
    session: Session, statements: tuple[Update, Update], user_id: str, session_id: str, because: SessionEnd
) -> int:
    close, spend = statements
    asked = {"owner": user_id, "session": session_id, "now": clock.database_now(session)}
    closed = touched(session, close, {**asked, "because": because})
    session.execute(spend, asked)
    forget_standing(user_id)
    if closed:
        outbox.enqueue(session, user_id, TOPIC_SIGNED_OUT, {})
    return closed


def _shown(session: Session, stored: StoredSession, current_id: str) -> Device:
    sealed = stored.sealed_device
    name = the_vault().unseal(session, stored.user_id, DEVICE, sealed).decode() if sealed else None
    return Device(stored.id, name, stored.opened_by, stored.opened_at, stored.used_at, stored.id == current_id)
