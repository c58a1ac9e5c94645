"""What is kept of one person, shown to them, and forgotten when they ask; and what has had its time, dropped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts.domain import Channel, SessionEnd, StoredUser
from backend.accounts.service import consents, guests, passkeys, people, role_grants, sessions
from backend.accounts.service.addresses import read_email, read_phone
from backend.accounts.sql import credentials, devices
from backend.accounts.sql import people as sql
from backend.platform.core import clock, context
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import touched
from backend.platform.privacy.access_tokens import forget_standing
from backend.platform.privacy.vault import the_vault
from backend.ports import message_queue

OWNER = "owner"  # who ended it, in the audit trail

_FORGET = (
    credentials.DROP_CHALLENGES,
    credentials.DROP_IDENTITIES,
    credentials.DROP_PASSKEYS,
    sql.DROP_ROLES,
    devices.DROP_TOKENS,
    devices.DROP_SESSIONS,
    sql.DROP_MERGE,
    sql.UNNAME_GUARDIAN,
    sql.ERASE_USER,
)


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
        "signs_in_with": _shown_identities(session, user),
        "passkeys": [vars(passkey) for passkey in passkeys.list_passkeys(session, user_id)],
        "devices": [vars(device) for device in sessions.list_all_devices(session, user_id)],
        "consents": [vars(decided) for decided in fetch(session, sql.consents_of(user_id)).all()],
        "guests_brought": guests.list_brought_guests(session, user_id),
    }


def _shown_identities(session: Session, user: StoredUser) -> list[str]:
    """The kinds of what leads to them; an e-mail that leads to its owner instead is shown too, or all would know."""
    kinds = set(session.scalars(credentials.KINDS, {"owner": user.user_id}))
    return sorted(kinds | ({Channel.EMAIL.value} if user.sealed_email is not None else set()))


def forget(session: Session, user_id: str) -> None:
    """Forget one person: no address, device, passkey or way in is left, and their data key is destroyed.

    The last of the slices to be asked: without the key nobody can read what the others had sealed. The bare row
    stays, because the sums of the ledger refer to it; which texts were agreed to stays as proof, without a name.
    """
    hashes, owner = _address_hashes(session, user_id), {"owner": user_id}
    message_queue.forget(session, hashes)
    session.execute(credentials.DROP_CODES_AND_SENT_TO, {**owner, "hashes": hashes})
    for statement in _FORGET:
        session.execute(statement, owner)
    the_vault().erase_key(session, user_id)
    forget_standing(user_id)


def reset_for_owner(session: Session, user_id: str) -> None:
    """End what somebody else set up before the owner of the address proved it.

    No password, passkey, device, other address, role, pending code or optional consent of theirs is left.
    """
    for statement in (credentials.DROP_PASSKEYS, credentials.DROP_CODES, sql.RESET_USER):
        session.execute(statement, {"owner": user_id})
    role_grants.withdraw_all_roles(session, user_id, who=OWNER, reason="the owner of the address proved it")
    consents.withdraw_optional(session, user_id)
    sessions.end_all_sessions(session, user_id, because=SessionEnd.REPLACED)


def sweep(session: Session) -> int:
    """Drop tokens, codes, login challenges and letters whose time is over; return how many."""
    now = clock.database_now(session)
    dropped = message_queue.drop_expired(session, now)
    for statement in (devices.DROP_EXPIRED_TOKENS, credentials.DROP_EXPIRED_CODES, credentials.DROP_EXPIRED_CHALLENGES):
        dropped += touched(session, statement, {"now": now})
    # nobody can come back to a session whose last token is dropped
    old = now - timedelta(seconds=context.settings().refresh_token_s)
    return dropped + touched(session, devices.DROP_OLD_SESSIONS, {"before": old})


def _address_hashes(session: Session, user_id: str) -> list[str]:
    # also an address they were about to change to
    asked = (credentials.ADDRESS_HASHES, credentials.CODED_ADDRESSES)
    hashes = {found for statement in asked for found in session.scalars(statement, {"owner": user_id})}
    user = people.get_user(session, user_id)
    readers = {"sealed_email": read_email, "sealed_guardian": read_email, "sealed_phone": read_phone}
    for column, reader in readers.items():
        if plain := people.unseal(session, user, column):
            hashes.add(reader(plain).hash)
    return sorted(hashes)
