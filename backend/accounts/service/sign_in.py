"""Signing in with a password or a code, and getting a new password.

Hashing is done between transactions, never inside one: `find_credentials` reads, `check_password` computes,
`sign_in` writes and looks again at what may have changed meanwhile.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.accounts.domain import (
    AccessStatus,
    Channel,
    CodeSignIn,
    Credentials,
    Proof,
    Registration,
    SessionEnd,
    Tokens,
)
from backend.accounts.service import access_status, guests, one_time_codes, people, sessions
from backend.accounts.service.addresses import (
    Address,
    drop_other_identities,
    find_owner,
    link_mailbox,
    mark_proved,
    read_address,
    read_email,
    register_identity,
)
from backend.accounts.service.registration import begin_account, send_guardian_link_again
from backend.accounts.sql import credentials as sql
from backend.platform.core import context
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import touched
from backend.platform.privacy import passwords
from backend.platform.privacy import personal_data as people_data


def hash_password(password: str) -> str:
    """A hash of a new password; raise `request.invalid` when it is too short. Not inside a transaction."""
    minimum = context.policy().sign_in.minimum_password_length
    if len(password) < minimum:
        raise invalid_field("password", "too_few_characters", minimum=minimum)
    if len(password) > passwords.MAXIMUM_LENGTH:
        raise invalid_field("password", "too_many_characters", maximum=passwords.MAXIMUM_LENGTH)
    return passwords.the_passwords().hash(password)


def find_credentials(session: Session, email: str) -> Credentials:
    """What is stored behind an e-mail; the same shape and work when nothing is."""
    owner = fetch(session, sql.identity_owner(Channel.EMAIL, read_email(email).hash)).one_or_none()
    return fetch(session, sql.credentials(owner.user_id if owner else "")).one_or_none() or Credentials("", None)


def get_credentials(session: Session, user_id: str) -> Credentials:
    """What is stored for a signed-in person."""
    return Credentials(user_id, people.get_user(session, user_id).password_hash)


def check_password(stored: Credentials, password: str) -> Proof:
    """The proof that `password` fits; raise `auth.wrong_credentials`. Not inside a transaction.

    Takes as long when nobody is behind the e-mail: the same hash is computed.
    """
    hashing = passwords.the_passwords()
    if not hashing.matches(stored.password_hash, password) or stored.password_hash is None:
        raise Refusal("auth.wrong_credentials")
    newer = hashing.hash(password) if hashing.is_outdated(stored.password_hash) else None
    return Proof(stored.user_id, stored.password_hash, newer)


def sign_in(session: Session, actor: Actor, proof: Proof, device: str | None) -> Tokens | Refusal:
    """Sign in whoever proved their password, unless it was changed in the meantime."""
    if not _replace_password(session, proof.user_id, proof, proof.newer_hash or proof.password_hash):
        return Refusal("auth.wrong_credentials")
    return admit(session, actor, proof.user_id, "password", device)


def admit(session: Session, actor: Actor, user_id: str, opened_by: str, device: str | None) -> Tokens | Refusal:
    """Open a session for someone who proved who they are; a calling guest is asked about the record.

    Returns `auth.suspended`, `auth.leaving` or `auth.guardian_needed` (after writing to the guardian once more).
    """
    user = people.get_user(session, user_id)
    if user.access_status == AccessStatus.AWAITING_GUARDIAN:
        send_guardian_link_again(session, user_id)
    if user.access_status != AccessStatus.ACTIVE:
        return access_status.access_refusal(user.access_status)
    question = guests.ask(session, actor, user_id)
    return sessions.open_session(session, user_id, opened_by, device, is_guest=False, guest_question=question)


def send_sign_in_code(session: Session, channel: str, text: str) -> None:
    """Send a sign-in code to an e-mail or phone, the same whether or not it leads to anyone.

    Raises `request.invalid` for a channel this installation has no way to.
    """
    one_time_codes.check_reachable(channel)
    one_time_codes.issue(session, read_address(channel, text), one_time_codes.SIGN_IN, "sign_in")


def sign_in_by_code(session: Session, actor: Actor, given: CodeSignIn) -> Tokens | Refusal:
    """Sign in with the code from a letter; an address that leads to nobody becomes a new account.

    Returns `auth.wrong_code`. Raises `auth.registration_needed` when the address is new and `registration` is
    missing: the code was right and is kept, so the same call with it succeeds.
    """
    address = read_address(given.channel, given.address)
    if not one_time_codes.redeem(session, address, one_time_codes.SIGN_IN, given.code):
        return Refusal("auth.wrong_code")
    owner = find_owner(session, address.channel, address.hash)
    if owner is None:
        return _register_by_code(session, actor, address, given.registration)
    if actor.user_id == owner.user_id:
        mark_proved(session, owner.user_id, address)
    elif not owner.is_verified:
        _pass_to_owner(session, owner.user_id, address)
    return admit(session, actor, owner.user_id, "code", given.device)


def send_reset(session: Session, email: str) -> None:
    """Send the link that sets a new password; whoever is behind no account is told so, in the letter only."""
    address = read_email(email)
    known = find_owner(session, Channel.EMAIL, address.hash) is not None
    one_time_codes.issue(session, address, one_time_codes.RESET, "reset" if known else "reset_unknown")


def reset_password(session: Session, email: str, secret: str, password_hash: str) -> Refusal | None:
    """Set a new password with the link's secret and sign every device out; return `auth.wrong_code` otherwise."""
    address = read_email(email)
    owner = find_owner(session, Channel.EMAIL, address.hash)
    if not one_time_codes.redeem(session, address, one_time_codes.RESET, secret) or owner is None:
        return Refusal("auth.wrong_code")
    if not owner.is_verified:
        _pass_to_owner(session, owner.user_id, address)
    set_password(session, owner.user_id, password_hash)
    return None


def change_password(session: Session, actor: Actor, proof: Proof, password_hash: str) -> None:
    """Replace a proven password and sign every other device out."""
    if not _replace_password(session, actor.user_id, proof, password_hash):
        raise Refusal("auth.wrong_credentials")
    sessions.end_all_sessions(session, actor.user_id, because=SessionEnd.PASSWORD_CHANGED, but=actor.session_id)


def set_password(session: Session, user_id: str, password_hash: str) -> None:
    """Give someone a password and sign every device out."""
    session.execute(sql.SET_PASSWORD, {"owner": user_id, "fresh": password_hash})
    sessions.end_all_sessions(session, user_id, because=SessionEnd.PASSWORD_CHANGED)


def _replace_password(session: Session, user_id: str, proof: Proof, fresh: str) -> bool:
    """Put a hash in the place of the one that was proved; False where that was changed in the meantime."""
    change = {"owner": user_id, "proved": proof.password_hash, "fresh": fresh}
    return touched(session, sql.REPLACE_PASSWORD, change) == 1


def _register_by_code(session: Session, actor: Actor, address: Address, registration: Registration | None) -> Tokens:
    if registration is None:
        raise Refusal("auth.registration_needed")
    user_id = begin_account(session, actor, registration, address)
    people.keep_address(session, user_id, address)
    if not register_identity(session, user_id, address.channel, address.hash, verified=True):
        raise Refusal("service.busy", retry_after_s=1)  # somebody else registered it in this very moment
    link_mailbox(session, user_id, address)
    people.set_guest(session, user_id, is_guest=False)
    return sessions.open_session(session, user_id, "code", registration.device)


def _pass_to_owner(session: Session, user_id: str, address: Address) -> None:
    """The owner of an address proved it, against an account that only registered it.

    Whoever made that account may be somebody else, so everything they did in the owner's name ends here, in every
    slice: ways in, devices, roles, consents, name, household. The record of activities stays.
    """
    mark_proved(session, user_id, address)
    drop_other_identities(session, user_id, address)
    people_data.reset_for_owner(session, user_id)
    people.keep_address(session, user_id, address)
