"""Registering: a guest or a newcomer becomes an account; addresses are verified, guardians asked.

Registering with an e-mail that already leads to someone answers exactly as if it did not. The caller stays a guest
with an address that cannot be proved, and the owner of the address is told by letter.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus, Channel, Registration, Tokens
from backend.accounts.service import consents, one_time_codes, people, sessions
from backend.accounts.service.addresses import Address, find_owner, mark_proved, read_email, register_identity
from backend.accounts.service.age_check import Age, check_guardian, read_age
from backend.accounts.sql.credentials import SET_PASSWORD
from backend.accounts.sql.people import LET_WAITING_ACT
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.privacy.access_tokens import forget_standing


def register_account(
    session: Session, actor: Actor, email: str, password_hash: str, registration: Registration
) -> Tokens:
    """An account with an e-mail and a password; a calling guest becomes it and keeps everything.

    Raises `request.invalid`, or `auth.already_registered` when the caller has an account.
    """
    address = read_email(email)
    user_id = begin_account(session, actor, registration, address)
    session.execute(SET_PASSWORD, {"owner": user_id, "fresh": password_hash})
    people.keep_address(session, user_id, address)
    is_registered = register_identity(session, user_id, Channel.EMAIL, address.hash)
    people.set_guest(session, user_id, is_guest=not is_registered)
    _send_verification(session, user_id, address, leads_here=is_registered)
    # told the same in either case: whether the address was free is the owner's to know
    return sessions.open_session(session, user_id, "password", registration.device)


def begin_account(session: Session, actor: Actor, registration: Registration, own: Address | None = None) -> str:
    """What every new account needs, however it signs in: age, consents, a guardian's letter; return its id.

    `own` is the address it signs in with, which cannot be its guardian's too.
    """
    age = read_age(registration.born, registration.guardian_email)
    if own is not None:
        check_guardian(age, own)
    consents.check_required(registration.agreed)
    user_id = people.become_account(session, actor, age)
    consents.agree(session, user_id, registration.agreed)
    people.send_language(session, user_id)
    _send_guardian_link(session, user_id, age)
    return user_id


def send_verification(session: Session, user_id: str) -> None:
    """Send the code that verifies someone's own e-mail once more. Raises `auth.no_email` when they gave none."""
    email = people.get_account(session, user_id).email
    if email is None:
        raise Refusal("auth.no_email")
    address = read_email(email)
    owner = find_owner(session, Channel.EMAIL, address.hash)
    _send_verification(session, user_id, address, leads_here=owner is not None and owner.user_id == user_id)


def verify_email(session: Session, user_id: str, code: str) -> Refusal | None:
    """Verify someone's own e-mail with the code from the letter; return `auth.wrong_code` when it is not that."""
    email = people.get_account(session, user_id).email
    if email is None:
        return Refusal("auth.no_email")
    address = read_email(email)
    if not one_time_codes.redeem(session, address, one_time_codes.VERIFY, code, subject=user_id):
        return Refusal("auth.wrong_code")
    mark_proved(session, user_id, address)
    return None


def confirm_guardian(session: Session, user_id: str, guardian_email: str, secret: str) -> Refusal | None:
    """Let a minor's account act, by the link in the guardian's letter; return `auth.wrong_code` when it is not that."""
    guardian = read_email(guardian_email)
    if not one_time_codes.redeem(session, guardian, one_time_codes.GUARDIAN, secret, subject=user_id):
        return Refusal("auth.wrong_code")
    session.execute(LET_WAITING_ACT, {"owner": user_id})
    consents.agree_as_guardian(session, user_id, guardian.shown)
    forget_standing(user_id)
    return None


def send_guardian_link_again(session: Session, user_id: str) -> None:
    """Write to the guardian of a waiting minor once more."""
    user = people.get_user(session, user_id)
    guardian = people.unseal(session, user, "sealed_guardian")
    if user.access_status == AccessStatus.AWAITING_GUARDIAN and guardian:
        one_time_codes.issue(session, read_email(guardian), one_time_codes.GUARDIAN, "guardian", subject=user_id)


def _send_guardian_link(session: Session, user_id: str, age: Age) -> None:
    if age.guardian:
        one_time_codes.issue(session, age.guardian, one_time_codes.GUARDIAN, "guardian", subject=user_id)


def _send_verification(session: Session, user_id: str, address: Address, *, leads_here: bool) -> None:
    one_time_codes.issue(
        session, address, one_time_codes.VERIFY, "verify" if leads_here else "already_registered", subject=user_id
    )
