"""People: made once, sealed under their own key, suspended and let back in by operators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus, Account, Channel, SessionEnd, StoredUser
from backend.accounts.service import role_grants, sessions
from backend.accounts.service.addresses import Address, find_owner, read_address, read_email
from backend.accounts.service.age_check import Age
from backend.accounts.sql import people as sql
from backend.accounts.sql.credentials import ANY_PROVED, kinds_verified
from backend.platform.core import clock, i18n
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.data import ids
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import enqueue_write, touched
from backend.platform.ops import outbox
from backend.platform.privacy import audit
from backend.platform.privacy.access_tokens import forget_standing
from backend.platform.privacy.vault import the_vault

TOPIC_LANGUAGE = "accounts.language"

# What each sealed column is bound to.
SEALED = {
    "sealed_email": "accounts.email",
    "sealed_phone": "accounts.phone",
    "sealed_birth": "accounts.birth",
    "sealed_guardian": "accounts.guardian",
}
KEEP: Mapping[str, Executable] = {Channel.EMAIL: sql.KEEP_EMAIL, Channel.PHONE: sql.KEEP_PHONE}
COLUMN_OF: Mapping[str, str] = {Channel.EMAIL: "sealed_email", Channel.PHONE: "sealed_phone"}


def create_user(session: Session, *, is_guest: bool) -> str:
    """A new person with a key of their own; return their id."""
    user_id = ids.new_id("user")
    row = sql.EMPTY_USER | {
        "user_id": user_id,
        "standing": AccessStatus.ACTIVE,
        "is_guest": is_guest,
        "created_at": clock.database_now(session),
    }
    enqueue_write(session, sql.INSERT_USER, row)
    the_vault().make_key(session, user_id)
    return user_id


def get_user(session: Session, user_id: str) -> StoredUser:
    """The row of one person; raise `not_found`."""
    user = _find_user(session, user_id)
    if user is None:
        raise Refusal("not_found")
    return user


def lock_user(session: Session, user_id: str) -> None:
    """Let nobody else change this person's row until the transaction ends; raise `not_found`."""
    if session.scalar(sql.LOCK_USER, {"owner": user_id}) is None:
        raise Refusal("not_found")


def send_language(session: Session, user_id: str) -> None:
    """Tell who keeps profiles which language somebody new prefers, by the request they came with.

    Under `TOPIC_LANGUAGE` with `{"language"}`, a tag; nothing when the request prefers none that is offered.
    """
    language = i18n.find_preferred()
    if language is not None:
        outbox.enqueue(session, user_id, TOPIC_LANGUAGE, {"language": language.tag})


def become_account(session: Session, actor: Actor, age: Age) -> str:
    """The person a new account belongs to: the guest who asks for it, or somebody new; return their id.

    Raises `auth.already_registered` when the caller has an account. A minor's account waits for the guardian.
    """
    user_id = actor.user_id or create_user(session, is_guest=True)
    guardian = age.guardian and seal(session, user_id, "sealed_guardian", age.guardian.shown)
    changes = {
        "person": user_id,
        "to_status": AccessStatus.AWAITING_GUARDIAN if age.guardian else AccessStatus.ACTIVE,
        "birth": seal(session, user_id, "sealed_birth", age.born),
        "guardian_email": guardian,
    }
    became = touched(session, sql.BECOME, changes)
    if became != 1:
        raise Refusal("auth.already_registered")
    sessions.end_all_sessions(session, user_id, because=SessionEnd.REPLACED)
    return user_id


def keep_address(session: Session, user_id: str, address: Address) -> None:
    """Seal an address as the person's own; the directory says whether it leads to them."""
    sealed = seal(session, user_id, COLUMN_OF[address.channel], address.shown)
    session.execute(KEEP[address.channel], {"owner": user_id, "sealed": sealed})


def find_own_address(session: Session, user_id: str, channel: str) -> Address | None:
    """The address of this channel that someone gave as theirs, proved or not."""
    shown = unseal(session, get_user(session, user_id), COLUMN_OF[channel])
    return None if shown is None else read_address(channel, shown)


def set_guest(session: Session, user_id: str, *, is_guest: bool) -> None:
    """Record whether this person can sign in from a second device yet."""
    session.execute(sql.SET_GUEST, {"owner": user_id, "guest": is_guest})


def is_guest(session: Session, user_id: str) -> bool:
    """Whether this person can sign in from one device only, so that anybody could be they."""
    return bool(session.scalar(sql.IS_GUEST, {"owner": user_id}))


def has_proved_address(session: Session, user_id: str) -> bool:
    """Whether this person has proved an e-mail, a phone or a sign-in elsewhere; a passkey is made without either."""
    return session.scalar(ANY_PROVED, {"owner": user_id}) is not None


def shows_as_guest(is_guest: bool, sealed_email: bytes | None) -> bool:
    """Whether someone is shown as a guest: not who registered with an e-mail that had an owner, or all would know."""
    return is_guest and sealed_email is None


def get_account(session: Session, user_id: str) -> Account:
    """One person's account as they may see it; raise `not_found`."""
    user = get_user(session, user_id)
    verified = fetch(session, kinds_verified(user_id)).all()
    return Account(
        user_id=user_id,
        is_guest=shows_as_guest(user.is_guest, user.sealed_email),
        email=unseal(session, user, "sealed_email"),
        email_verified=Channel.EMAIL in verified,
        phone=unseal(session, user, "sealed_phone"),
        phone_verified=Channel.PHONE in verified,
        has_password=user.password_hash is not None,
        roles=role_grants.roles_of(session, user_id),
        created_at=user.created_at,
    )


def find_mailbox(session: Session, user_id: str) -> Address | None:
    """The e-mail at which an active person can be told something: one they have proved to be theirs; or None."""
    user = _find_user(session, user_id)
    if user is None or user.access_status != AccessStatus.ACTIVE or user.sealed_email is None:
        return None
    address = read_email(str(unseal(session, user, "sealed_email")))
    owner = find_owner(session, Channel.EMAIL, address.hash)
    return address if owner and owner.user_id == user_id and owner.is_verified else None


def get_user_id(session: Session, person: str) -> str:
    """Whom an operator means by a user id, or by an e-mail that somebody has proved to be theirs.

    Raises `not_found`, `auth.address_unproved` for an e-mail that was only typed, `request.invalid` for neither an
    e-mail nor the id of anybody.
    """
    if _find_user(session, person) is not None:
        return person
    if "@" not in person:
        raise invalid_field("person", "not_an_account")
    owner = find_owner(session, Channel.EMAIL, read_email(person).hash)
    if owner is None:
        raise Refusal("not_found")
    if not owner.is_verified:
        raise Refusal("auth.address_unproved")
    return owner.user_id


def suspend(session: Session, user_id: str, *, who: str, reason: str) -> None:
    """Stop someone from acting, with an audit entry: refused here at once, in other processes within seconds."""
    _change_access_status(session, user_id, AccessStatus.ACTIVE, AccessStatus.SUSPENDED, clock.database_now(session))
    audit.record(session, who=who, action="user.suspended", subject=user_id, reason=reason)


def reinstate(session: Session, user_id: str, *, who: str, reason: str) -> None:
    """Let a suspended person act again, with an audit entry."""
    _change_access_status(session, user_id, AccessStatus.SUSPENDED, AccessStatus.ACTIVE, None)
    audit.record(session, who=who, action="user.reinstated", subject=user_id, reason=reason)


def _change_access_status(
    session: Session, user_id: str, before: str, after: str, suspended_at: datetime | None
) -> None:
    change = {"owner": user_id, "before": before, "after": after, "since": suspended_at}
    changed = touched(session, sql.CHANGE_STATUS, change)
    if changed != 1:
        raise Refusal("not_found")
    forget_standing(user_id)


def seal(session: Session, user_id: str, column: str, plain: str) -> bytes:
    """`plain` sealed for one of the sealed columns of `users`."""
    return the_vault().seal(session, user_id, SEALED[column], plain.encode())


def unseal(session: Session, user: StoredUser, column: str) -> str | None:
    """What a sealed column of `users` holds, or None."""
    sealed = getattr(user, column)
    return the_vault().unseal(session, user.user_id, SEALED[column], sealed).decode() if sealed else None


def _find_user(session: Session, user_id: str) -> StoredUser | None:
    return fetch(session, sql.user(user_id)).one_or_none()
