"""Sessions: one per sign-in and device, carried on by refresh tokens that are used once.

The law of families: at most one unspent token per session, hashes only, all of it in the database. A token has one
possible successor, and its hash is the key of its row, so that no race makes a second. A token used again means that
two devices hold it, so its whole family is closed; but a device whose answer was lost asks again within `LOST_ANSWER`,
and hears of the same successor (ADR 0113).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Update
from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus, Device, PresentedToken, SessionEnd, StoredSession, Tokens
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
SUCCESSOR = "refresh_successor"
# assumed: longer than an app takes to notice that an answer was lost and ask again, too short to carry a token away
LOST_ANSWER = timedelta(seconds=30)


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
    secret = ids.new_secret()
    return Tokens(
        user_id=user_id,
        session_id=session_id,
        access_token=_sign(session, user_id, session_id),
        expires_in_s=context.settings().access_token_s,
        refresh_token=secret,
        refresh_expires_at=_keep_token(session, user_id, session_id, secret),
        is_guest=is_guest,
        guest_question=guest_question,
    )


def refresh(session: Session, refresh_token: str) -> Tokens | Refusal:
    """Spend a refresh token and issue its successor.

    A token that was spent at most `LOST_ANSWER` ago, and whose successor nobody has used, gives that successor again.
    Returns `auth.invalid_token` for one that is unknown, `auth.revoked_token` for one of a closed session,
    `auth.expired_token`, and `auth.reused_token` for a spent one after closing its family: returned, not raised,
    because the closing must stay.
    """
    presented = token_hash(refresh_token)
    found = fetch(session, sql.presented_token(presented)).one_or_none()
    if found is None:
        return Refusal("auth.invalid_token")
    carried_on = fetch(session, sql.refreshed_session(found.user_id, found.session_id)).one_or_none()
    if carried_on is None:  # erased, or dropped, since the token was looked up
        return Refusal("auth.invalid_token")
    if carried_on.closed_at is not None:
        return Refusal("auth.revoked_token")
    now = clock.database_now(session)
    if found.spent_at is None and found.expires_at <= now:
        return Refusal("auth.expired_token")
    if carried_on.access_status != AccessStatus.ACTIVE:
        return access_status.access_refusal(carried_on.access_status)
    successor = _successor_of(refresh_token)
    if touched(session, sql.SPEND, {"presented": presented, "now": now}) == 0:
        if expires_at := _find_lost(session, presented, successor, now):
            return _tokens(session, found, successor, expires_at, is_guest=carried_on.is_guest)
        end_session(session, found.user_id, found.session_id, because=SessionEnd.REUSED)
        return Refusal("auth.reused_token")
    enqueue_write(session, sql.TOUCH, {"owner": found.user_id, "session": found.session_id, "now": now})
    expires_at = _keep_token(session, found.user_id, found.session_id, successor)
    return _tokens(session, found, successor, expires_at, is_guest=carried_on.is_guest)


def _successor_of(refresh_token: str) -> str:
    """The one token that may follow; only this installation can work it out, and only from the token itself."""
    return the_vault().keyed_hash(SUCCESSOR, refresh_token)


def _find_lost(session: Session, presented: str, successor: str, now: datetime) -> datetime | None:
    """When the unused successor of a token that was spent a moment ago expires; None where it is used, or too late.

    Raises `auth.invalid_token` where its session is gone.
    """
    # asked anew: whoever waited for the row that spends it knows only now when that was
    spent = fetch(session, sql.presented_token(presented)).one_or_none()
    if spent is None or spent.spent_at is None or now - spent.spent_at > LOST_ANSWER:
        return None
    carried_on = fetch(session, sql.refreshed_session(spent.user_id, spent.session_id)).one_or_none()
    if carried_on is None:
        raise Refusal("auth.invalid_token")
    if carried_on.closed_at is not None:
        return None
    following = fetch(session, sql.presented_token(token_hash(successor))).one_or_none()
    return None if following is None or following.spent_at is not None else following.expires_at


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


def _keep_token(session: Session, user_id: str, session_id: str, secret: str) -> datetime:
    """Keep the hash of a new token; return when it expires."""
    now = clock.database_now(session)
    expires_at = now + timedelta(seconds=context.settings().refresh_token_s)
    row = {"token_hash": token_hash(secret), "user_id": user_id, "session_id": session_id}
    enqueue_write(session, sql.INSERT_TOKEN, {**row, "issued_at": now, "expires_at": expires_at, "spent_at": None})
    return expires_at


def _tokens(session: Session, of: PresentedToken, secret: str, expires_at: datetime, *, is_guest: bool) -> Tokens:
    return Tokens(
        user_id=of.user_id,
        session_id=of.session_id,
        access_token=_sign(session, of.user_id, of.session_id),
        expires_in_s=context.settings().access_token_s,
        refresh_token=secret,
        refresh_expires_at=expires_at,
        is_guest=is_guest,
        guest_question=None,
    )


def _sign(session: Session, user_id: str, session_id: str) -> str:
    return sign_access(user_id, session_id, role_grants.roles_of(session, user_id))


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
