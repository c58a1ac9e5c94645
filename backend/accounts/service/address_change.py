"""Another e-mail or phone for an account, or the first of its kind.

Nothing changes before a code proves that the new address is the person's. Then, in one act, it leads to them, the old
one is free and is told, and every device stays signed in. Asking answers the same whoever the new address belongs to:
only who has proved that they read it is told that it is somebody else's too.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.accounts.service import one_time_codes, people
from backend.accounts.service.account_closure import check_recent_sign_in
from backend.accounts.service.addresses import (
    Address,
    drop_other_addresses,
    find_owner,
    has_identity,
    link_mailbox,
    mark_proved,
    read_address,
    register_identity,
    take_over_unproved,
)
from backend.platform.core import clock
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.ports import message_queue


def send_address_change_code(session: Session, actor: Actor, channel: str, text: str) -> None:
    """Send the code that proves a new address to it.

    Raises `request.invalid` for an address or channel nobody reaches, `auth.register_first` for a guest and
    `auth.sign_in_again` for a session that is too old to prove anything.
    """
    one_time_codes.check_reachable(channel)
    address = read_address(channel, text)
    user = people.get_user(session, actor.user_id)
    if people.shows_as_guest(user.is_guest, user.sealed_email):
        raise Refusal("auth.register_first")
    check_recent_sign_in(session, actor)
    one_time_codes.issue(session, address, one_time_codes.CHANGE, "change", subject=actor.user_id)


def change_address(session: Session, user_id: str, channel: str, text: str, code: str) -> Refusal | None:
    """Let a new address lead to its owner in the place of the old one of its kind.

    Returns `auth.wrong_code`, or `auth.address_taken` when somebody else has proved that it is theirs.
    """
    address = read_address(channel, text)
    # behind this lock one change of a person at a time sees what the one before has left
    people.lock_user(session, user_id)
    if not one_time_codes.redeem(session, address, one_time_codes.CHANGE, code, subject=user_id):
        return Refusal("auth.wrong_code")
    former = people.find_own_address(session, user_id, channel)
    was_proved = former is not None and _is_proved(session, user_id, former)
    if not _take(session, user_id, address):
        return Refusal("auth.address_taken")
    drop_other_addresses(session, user_id, address)
    people.keep_address(session, user_id, address)
    people.set_guest(session, user_id, is_guest=False)
    if former is not None and was_proved and former.hash != address.hash:
        expires_at = clock.database_now(session) + one_time_codes.CHANGE.lifetime
        message_queue.write(session, channel, former.shown, former.hash, f"{channel}_changed", expires_at)
    return None


def _is_proved(session: Session, user_id: str, address: Address) -> bool:
    owner = find_owner(session, address.channel, address.hash)
    return owner is not None and owner.user_id == user_id and owner.is_verified


def _take(session: Session, user_id: str, address: Address) -> bool:
    """Let a proved address lead to `user_id`; whoever only registered it loses it, and nothing else."""
    if register_identity(session, user_id, address.channel, address.hash, verified=True):
        link_mailbox(session, user_id, address)
        return True
    owner = find_owner(session, address.channel, address.hash)
    if owner is None:
        raise Refusal("service.busy", retry_after_s=1)  # given up in this very moment: the code is kept for a retry
    if owner.user_id == user_id:
        mark_proved(session, user_id, address)
        return True
    if not take_over_unproved(session, user_id, address):
        return False
    link_mailbox(session, user_id, address)
    people.set_guest(session, owner.user_id, is_guest=not has_identity(session, owner.user_id))
    return True
