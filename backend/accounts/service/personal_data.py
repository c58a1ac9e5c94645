"""What is kept of one person, shown to them, and forgotten when they ask; and what has had its time, dropped."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus, Channel, MergeState, SessionEnd
from backend.accounts.models import (
    Consent,
    DeviceSession,
    GuestMerge,
    Identity,
    LoginChallenge,
    OneTimeCode,
    Passkey,
    RefreshToken,
    User,
    UserRole,
)
from backend.accounts.service import consents, guests, passkeys, people, role_grants, sessions
from backend.accounts.service.addresses import read_email, read_phone
from backend.platform.core import clock, context
from backend.platform.data.transactions import touched
from backend.platform.privacy.access_tokens import forget_standing
from backend.platform.privacy.vault import the_vault
from backend.ports import message_queue

OWNER = "owner"  # who ended it, in the audit trail


def export(session: Session, user_id: str) -> dict[str, Any]:
    """What accounts keep of one person, readable; raise `not_found`."""
    user = people.get_user(session, user_id)
    account = people.get_account(session, user_id)
    return {
        "user_id": user_id,
        "created_at": user.created_at,
        "email": account.email,
        "phone": account.phone,
        "born": people.unseal(session, user, "sealed_birth"),
        "guardian_email": people.unseal(session, user, "sealed_guardian"),
        "roles": sorted(account.roles),
        "signs_in_with": sorted(session.scalars(select(Identity.kind).where(Identity.user_id == user_id))),
        "passkeys": [vars(passkey) for passkey in passkeys.list_passkeys(session, user_id)],
        "devices": [vars(device) for device in sessions.list_all_devices(session, user_id)],
        "consents": _consents(session, user_id),
        "guests_brought": guests.list_brought_guests(session, user_id),
    }


def forget(session: Session, user_id: str) -> None:
    """Forget one person: no address, device, passkey or way in is left, and their data key is destroyed.

    The last of the slices to be asked: without the key nobody can read what the others had sealed. The bare row
    stays, because the sums of the ledger refer to it; which texts were agreed to stays as proof, without a name.
    """
    hashes = _address_hashes(session, user_id)
    message_queue.forget(session, hashes)
    session.execute(
        delete(OneTimeCode).where(or_(OneTimeCode.address_hash.in_(hashes), OneTimeCode.subject == user_id))
    )
    for table in (LoginChallenge, Identity, Passkey, UserRole, RefreshToken, DeviceSession):
        session.execute(delete(table).where(table.user_id == user_id))
    session.execute(delete(GuestMerge).where(GuestMerge.user_id == user_id, GuestMerge.state != MergeState.BROUGHT))
    session.execute(update(Consent).where(Consent.user_id == user_id).values(sealed_by=None))
    nothing = dict.fromkeys((*people.SEALED, "password_hash", "suspended_at", "leaving_at"))
    session.execute(update(User).where(User.user_id == user_id).values(access_status=AccessStatus.ERASED, **nothing))
    the_vault().erase_key(session, user_id)
    forget_standing(user_id)


def reset_for_owner(session: Session, user_id: str) -> None:
    """End what somebody else set up before the owner of the address proved it.

    No password, passkey, device, other address, role, pending code or optional consent of theirs is left.
    """
    session.execute(delete(Passkey).where(Passkey.user_id == user_id))
    session.execute(delete(OneTimeCode).where(OneTimeCode.subject == user_id))
    nothing = {"password_hash": None, "sealed_email": None, "sealed_phone": None}
    session.execute(update(User).where(User.user_id == user_id).values(nothing))
    role_grants.withdraw_all_roles(session, user_id, who=OWNER, reason="the owner of the address proved it")
    consents.withdraw_optional(session, user_id)
    sessions.end_all_sessions(session, user_id, because=SessionEnd.REPLACED)


def sweep(session: Session) -> int:
    """Drop tokens, codes, login challenges and letters whose time is over; return how many."""
    now = clock.database_now(session)
    dropped = message_queue.drop_expired(session, now)
    for table in (RefreshToken, OneTimeCode, LoginChallenge):
        dropped += touched(session, delete(table).where(table.expires_at < now))
    return dropped + _drop_closed_sessions(session, now)


def _drop_closed_sessions(session: Session, now: datetime) -> int:
    """Sessions nobody can come back to: their last token was swept before."""
    has_tokens = exists().where(
        RefreshToken.user_id == DeviceSession.user_id, RefreshToken.session_id == DeviceSession.id
    )
    old = now - timedelta(seconds=context.settings().refresh_token_s)
    return touched(
        session,
        delete(DeviceSession)
        .where(DeviceSession.used_at < old, ~has_tokens)
        .execution_options(synchronize_session=False),
    )


def _address_hashes(session: Session, user_id: str) -> list[str]:
    directory = select(Identity.value_hash).where(Identity.user_id == user_id, Identity.kind.in_(Channel))
    hashes = set(session.scalars(directory))
    # also an address they were about to change to
    hashes |= set(session.scalars(select(OneTimeCode.address_hash).where(OneTimeCode.subject == user_id)))
    user = people.get_user(session, user_id)
    readers = {"sealed_email": read_email, "sealed_guardian": read_email, "sealed_phone": read_phone}
    for column, reader in readers.items():
        if plain := people.unseal(session, user, column):
            hashes.add(reader(plain).hash)
    return sorted(hashes)


def _consents(session: Session, user_id: str) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Consent.kind, Consent.version, Consent.is_given, Consent.decided_at)
        .where(Consent.user_id == user_id)
        .order_by(Consent.decided_at, Consent.id)
    )
    return [dict(row) for row in rows.mappings()]
