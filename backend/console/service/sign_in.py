"""Signing in to the pages by a cookie, with a second factor for whoever decides about others.

The cookie's secret is kept as a hash. A sign-in rests on a session of accounts: whoever is suspended, signed out of it
or given a new password is signed out of the pages as well, and roles are read anew at each request. It gets no access
token, so that nothing but pages can be asked with it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.accounts.domain import Credentials, Proof
from backend.console import sql
from backend.console.domain import APPROVERS, CODE, ENROLMENT, OPERATORS, ConsoleSession
from backend.console.service import second_factor
from backend.platform.core import clock, i18n
from backend.platform.core.actor import NOBODY, Actor, Visitor
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import touched
from backend.platform.privacy import audit

# assumed: a working day, after which somebody signs in again
LASTS = timedelta(hours=10)


def find_credentials(session: Session, email: str) -> Credentials:
    """What is stored behind an e-mail; the same shape and work when nothing is."""
    return accounts.find_credentials(session, email)


def check_password(stored: Credentials, password: str) -> Proof:
    """The proof that `password` fits; raise `auth.wrong_credentials`. Not inside a transaction."""
    return accounts.check_password(stored, password)


def sign_in(session: Session, proof: Proof) -> str | Refusal:
    """Sign an operator in; return the secret of a new cookie. Raises `auth.forbidden` for whoever holds no role."""
    opened = accounts.sign_in(session, NOBODY, proof, i18n.text("console", "device"))
    if isinstance(opened, Refusal):
        return opened
    if not accounts.roles_of(session, opened.user_id) & OPERATORS.roles:
        raise Refusal("auth.forbidden")
    secret, now = ids.new_secret(), clock.database_now(session)
    row = {"secret_hash": hash_secret(secret), "user_id": opened.user_id, "session_id": opened.session_id}
    session.execute(sql.INSERT_SESSION, {**row, "opened_at": now, "expires_at": now + LASTS, "second_factor_at": None})
    audit.record(
        session,
        who=opened.user_id,
        action="console.signed_in",
        subject=opened.session_id,
        reason="password",
        about=opened.user_id,
    )
    return secret


def find_visitor(session: Session, secret: str) -> Visitor | None:
    """Who a cookie stands for, with the roles they hold now; None where it is nobody's or its time is over."""
    found = fetch(session, sql.session_question(hash_secret(secret))).one_or_none()
    if found is None or found.expires_at <= clock.database_now(session):
        return None
    if found.session_id not in accounts.list_open_sessions(session, found.user_id):
        return None
    actor = Actor(found.user_id, found.session_id, accounts.roles_of(session, found.user_id))
    return Visitor(actor, _awaited(session, actor, found))


def sign_out(session: Session, actor: Actor, secret: str) -> None:
    """End a sign-in, and the session of accounts it rests on."""
    session.execute(sql.DROP_SESSION, {"of_secret": hash_secret(secret)})
    accounts.revoke_session(session, actor.user_id, actor.session_id)


def check_second_factor(session: Session, actor: Actor, secret: str, code: str) -> Refusal | None:
    """Check a code of somebody's authenticator, and note that this sign-in gave one; return `auth.wrong_code` else."""
    if not second_factor.take_code(session, actor.user_id, code):
        return Refusal("auth.wrong_code")
    session.execute(sql.NOTE_SECOND_FACTOR, {"of_secret": hash_secret(secret), "now": clock.database_now(session)})
    return None


def drop_expired_sign_ins(session: Session) -> int:
    """Drop the sign-ins whose time is over; return how many."""
    return touched(session, sql.DROP_EXPIRED_SESSIONS, {"now": clock.database_now(session)})


def hash_secret(secret: str) -> str:
    """The hash under which a cookie's secret is kept; 256 bits need no key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _awaited(session: Session, actor: Actor, found: ConsoleSession) -> str:
    """The step that is still asked of whoever decides about others."""
    if not actor.roles & APPROVERS or _is_shown(found.second_factor_at):
        return ""
    return CODE if second_factor.is_enrolled(session, actor.user_id) else ENROLMENT


def _is_shown(at: datetime | None) -> bool:
    return at is not None
