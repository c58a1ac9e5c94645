"""Households: accounts that live together share one meter, one car, one roof, unless they say that there are more.

Whoever invites shows a code; whoever brings it within its time has joined. Both joining and leaving hold from the
person's next civil day on, so that nobody can count a day twice by moving in its middle. Members see how many they are,
not who, and of each other nothing but what somebody has chosen to show.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import fetch, fetch_one
from backend.platform.data.transactions import touched
from backend.platform.privacy.vault import the_vault
from backend.profiles import sql
from backend.profiles.domain import Household, Invitation
from backend.profiles.service.profile import get_profile

PURPOSE = "profiles.invitation"
CODE_BYTES = 12


def get_household(session: Session, user_id: str) -> Household:
    """The household somebody lives in; raise `not_found`."""
    own = fetch(session, sql.open_membership(user_id)).one_or_none()
    if own is None:
        raise Refusal("not_found")
    return Household(own.joined_on, fetch_one(session, sql.member_count(own.household_id)), own.is_shown)


def set_sharing(session: Session, user_id: str, is_shown: bool) -> Household:
    """Let the others of the household see how somebody does, or no longer; raise `not_found`."""
    session.execute(sql.SHARE, {"owner": user_id, "shown": is_shown})
    return get_household(session, user_id)


def list_sharing_members(session: Session, user_id: str, since: date) -> list[str]:
    """Who of somebody's household, themselves included, shows how they do and has lived there since `since`.

    Raises `not_found` without a household, `household.show_first` for whoever shows nothing themselves.
    """
    own = fetch(session, sql.open_membership(user_id)).one_or_none()
    if own is None:
        raise Refusal("not_found")
    if not own.is_shown:
        raise Refusal("household.show_first")
    return fetch(session, sql.shown_members(own.household_id, since)).all()


def invite(session: Session, user_id: str) -> Invitation:
    """A fresh code for one person, good for the policy's time; who has no household yet begins one.

    Raises `auth.register_first` for a guest.
    """
    _refuse_guest(session, user_id)
    own = fetch(session, sql.open_membership(user_id)).one_or_none()
    household_id = own.household_id if own else ids.new_id("household")
    if own is None:
        _add_member(session, user_id, household_id)
    code = ids.new_secret(CODE_BYTES)
    expires_at = clock.database_now(session) + timedelta(seconds=context.policy().households.invitation_valid_s)
    session.execute(
        sql.INVITE,
        {"code_hash": _hashed(code), "user_id": user_id, "household_id": household_id, "expires_at": expires_at},
    )
    return Invitation(code, expires_at)


def join(session: Session, user_id: str, code: str) -> Household:
    """Join the household of whoever showed `code`, which is used up by it.

    Raises `household.code_unknown` for a code that is none, has lapsed, is one's own, or whose giver has left;
    `household.leave_first` for somebody who lives in one; `auth.register_first` for a guest.
    """
    _refuse_guest(session, user_id)
    brought = {"brought": _hashed(code), "now": clock.database_now(session), "guest": user_id}
    taken = session.execute(sql.TAKE_INVITATION, brought).one_or_none()
    if taken is None:
        raise Refusal("household.code_unknown")
    host = fetch(session, sql.open_membership(taken.user_id)).one_or_none()
    if host is None or host.household_id != taken.household_id:
        raise Refusal("household.code_unknown")
    _add_member(session, user_id, taken.household_id)
    return get_household(session, user_id)


def leave(session: Session, user_id: str) -> None:
    """Leave the household from tomorrow on; raise `not_found` for somebody who lives in none."""
    if not end_membership(session, user_id):
        raise Refusal("not_found")


def end_membership(session: Session, user_id: str) -> bool:
    """Take somebody out of their household from tomorrow on, and let nobody join by their codes; False without one."""
    own = fetch(session, sql.open_membership(user_id)).one_or_none()
    if own is None:
        return False
    ends_on, since = tomorrow(session, user_id), {"owner": user_id, "since": own.joined_on}
    if ends_on <= own.joined_on:
        session.execute(sql.CANCEL_MEMBERSHIP, since)  # it had not begun
    else:
        session.execute(sql.END_MEMBERSHIP, {**since, "ends_on": ends_on})
    session.execute(sql.DROP_INVITATIONS, {"owner": user_id})
    return True


def shares_household(session: Session, user_id: str, others: Collection[str]) -> bool:
    """Whether somebody shares a household with one of `others`, or ever did; also one that begins tomorrow."""
    return session.scalar(sql.lived_with(user_id, others)) is not None


def drop_lapsed_invitations(session: Session) -> int:
    """Drop codes whose time is over; return how many."""
    return touched(session, sql.DROP_LAPSED, {"now": clock.database_now(session)})


def tomorrow(session: Session, user_id: str) -> date:
    """The first civil day, in somebody's own zone, that no activity of theirs can lie on yet."""
    return clock.local_day(clock.database_now(session), get_profile(session, user_id).zone) + timedelta(days=1)


def _add_member(session: Session, user_id: str, household_id: str) -> None:
    row = {
        "user_id": user_id,
        "joined_on": tomorrow(session, user_id),
        "household_id": household_id,
        "left_on": None,
        "is_shown": False,
    }
    if session.execute(sql.JOIN, row).one_or_none() is None:
        raise Refusal("household.leave_first")
    accounts.link(session, user_id, accounts.LinkKind.HOUSEHOLD, household_id)


def _refuse_guest(session: Session, user_id: str) -> None:
    if accounts.get_account(session, user_id).is_guest:
        raise Refusal("auth.register_first")


def _hashed(code: str) -> str:
    return the_vault().keyed_hash(PURPOSE, code.strip())
