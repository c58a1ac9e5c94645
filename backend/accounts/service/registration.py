"""Registering: a guest or a newcomer becomes an account; addresses are verified, guardians asked.

Registering with an e-mail that already leads to someone answers exactly as if it did not. The caller stays a guest
with a claim that cannot be proved, and the owner of the address is told by letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from backend.accounts.models import User
from backend.accounts.models.people import ACTIVE, AWAITING_GUARDIAN
from backend.accounts.service import access_status, consents, one_time_codes, people, sessions
from backend.accounts.service.addresses import EMAIL, Address, claim, find_holder, proven, read_email
from backend.accounts.service.age_check import Age, read_age
from backend.platform.core.errors import Refusal
from backend.platform.web.auth import Actor


@dataclass(frozen=True)
class Registration:
    """What somebody tells us when they register. `agreed` maps a consent to the version that was shown."""

    born: str
    guardian_email: str | None
    agreed: Mapping[str, str]
    device: str | None

    @classmethod
    def of(cls, given: Mapping[str, Any] | None, device: str | None) -> Registration | None:
        """The registration in a body's part of that name, None when it has none."""
        if given is None:
            return None
        return cls(given["born"], given["guardian_email"], given["consents"], device)


def register(
    session: Session, actor: Actor, email: str, password_hash: str, registration: Registration
) -> sessions.Tokens:
    """An account with an e-mail and a password; a calling guest becomes it and keeps everything.

    Raises `request.invalid`, or `auth.already_registered` when the caller has an account.
    """
    address = read_email(email)
    user_id = begin_account(session, actor, registration)
    session.execute(update(User).where(User.user_id == user_id).values(password_hash=password_hash))
    people.keep_address(session, user_id, address)
    claimed = claim(session, user_id, EMAIL, address.hash)
    people.set_guest(session, user_id, is_guest=not claimed)
    _send_verification(session, user_id, address, leads_here=claimed)
    # told the same in either case: whether the address was free is the owner's to know
    return sessions.open_session(session, user_id, "password", registration.device)


def begin_account(session: Session, actor: Actor, registration: Registration) -> str:
    """What every new account needs, however it signs in: age, consents, a guardian's letter; return its id."""
    age = read_age(registration.born, registration.guardian_email)
    consents.check_required(registration.agreed)
    user_id = people.become_account(session, actor, age)
    consents.agree(session, user_id, registration.agreed)
    _ask_guardian(session, user_id, age)
    return user_id


def send_verification(session: Session, user_id: str) -> None:
    """Send the code that verifies someone's own e-mail once more. Raises `auth.no_email` when they gave none."""
    email = people.get_account(session, user_id).email
    if email is None:
        raise Refusal("auth.no_email")
    address = read_email(email)
    holder = find_holder(session, EMAIL, address.hash)
    _send_verification(session, user_id, address, leads_here=holder is not None and holder.user_id == user_id)


def verify(session: Session, user_id: str, code: str) -> Refusal | None:
    """Verify someone's own e-mail with the code from the letter; return `auth.wrong_code` when it is not that."""
    email = people.get_account(session, user_id).email
    if email is None:
        return Refusal("auth.no_email")
    address = read_email(email)
    if not one_time_codes.redeem(session, address, one_time_codes.VERIFY, code, subject=user_id):
        return Refusal("auth.wrong_code")
    proven(session, user_id, address)
    return None


def confirm_guardian(session: Session, user_id: str, guardian_email: str, secret: str) -> Refusal | None:
    """Let a minor's account act, by the link in the guardian's letter; return `auth.wrong_code` when it is not that."""
    guardian = read_email(guardian_email)
    if not one_time_codes.redeem(session, guardian, one_time_codes.GUARDIAN, secret, subject=user_id):
        return Refusal("auth.wrong_code")
    session.execute(
        update(User).where(User.user_id == user_id, User.standing == AWAITING_GUARDIAN).values(standing=ACTIVE)
    )
    consents.agree_as_guardian(session, user_id, guardian.shown)
    access_status.forget_kept(user_id)
    return None


def ask_guardian_again(session: Session, user_id: str) -> None:
    """Write to the guardian of a waiting minor once more."""
    user = people.get_user(session, user_id)
    guardian = people.unseal(session, user, "sealed_guardian")
    if user.standing == AWAITING_GUARDIAN and guardian:
        one_time_codes.issue(session, read_email(guardian), one_time_codes.GUARDIAN, "guardian", subject=user_id)


def _ask_guardian(session: Session, user_id: str, age: Age) -> None:
    if age.guardian:
        one_time_codes.issue(session, age.guardian, one_time_codes.GUARDIAN, "guardian", subject=user_id)


def _send_verification(session: Session, user_id: str, address: Address, *, leads_here: bool) -> None:
    one_time_codes.issue(
        session, address, one_time_codes.VERIFY, "verify" if leads_here else "already_registered", subject=user_id
    )
