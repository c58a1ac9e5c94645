"""Households: accounts that live together share one meter, one car, one roof, unless they say that there are more.

Whoever invites shows a code; whoever brings it within its time has joined. Both joining and leaving hold from the
person's next civil day on, so that nobody can count a day twice by moving in its middle. Members see how many they are,
not who, and of each other nothing but what somebody has chosen to show.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.transactions import touched
from backend.platform.data.upsert import insert_absent
from backend.platform.privacy.vault import the_vault
from backend.profiles.domain import Household, Invitation
from backend.profiles.models import HouseholdInvitation, HouseholdMember
from backend.profiles.service.profile import get_profile

PURPOSE = "profiles.invitation"
CODE_BYTES = 12

_MEMBERS = HouseholdMember.__table__
_INVITATIONS = HouseholdInvitation.__table__
# The guard: of any number of people who bring one code, one finds it.
_TAKE = (
    _INVITATIONS.delete()
    .where(
        _INVITATIONS.c.code_hash == bindparam("brought"),
        _INVITATIONS.c.expires_at > bindparam("now"),
        _INVITATIONS.c.user_id != bindparam("guest"),
    )
    .returning(_INVITATIONS.c.household_id, _INVITATIONS.c.user_id)
)
# The guard: of any number of households joined at once, one finds nobody there yet.
_JOIN = insert_absent(_MEMBERS).returning(_MEMBERS.c.household_id)
_OPEN = select(_MEMBERS.c.household_id, _MEMBERS.c.joined_on, _MEMBERS.c.is_shown).where(
    _MEMBERS.c.user_id == bindparam("owner"), _MEMBERS.c.left_on.is_(None)
)


def get_household(session: Session, user_id: str) -> Household:
    """The household somebody lives in; raise `not_found`."""
    row = session.execute(_OPEN, {"owner": user_id}).one_or_none()
    if row is None:
        raise Refusal("not_found")
    count = select(func.count()).where(_MEMBERS.c.household_id == row.household_id, _MEMBERS.c.left_on.is_(None))
    return Household(row.joined_on, session.execute(count).scalar_one(), row.is_shown)


def set_sharing(session: Session, user_id: str, is_shown: bool) -> Household:
    """Let the others of the household see how somebody does, or no longer; raise `not_found`."""
    mine = (_MEMBERS.c.user_id == user_id) & _MEMBERS.c.left_on.is_(None)
    session.execute(_MEMBERS.update().where(mine).values(is_shown=is_shown))
    return get_household(session, user_id)


def list_sharing_members(session: Session, user_id: str, since: date) -> list[str]:
    """Who of somebody's household, themselves included, shows how they do and has lived there since `since`.

    Raises `not_found` without a household, `household.show_first` for whoever shows nothing themselves.
    """
    row = session.execute(_OPEN, {"owner": user_id}).one_or_none()
    if row is None:
        raise Refusal("not_found")
    if not row.is_shown:
        raise Refusal("household.show_first")
    shown = select(_MEMBERS.c.user_id).where(
        _MEMBERS.c.household_id == row.household_id,
        _MEMBERS.c.left_on.is_(None),
        _MEMBERS.c.is_shown,
        _MEMBERS.c.joined_on <= since,
    )
    return list(session.scalars(shown.order_by(_MEMBERS.c.user_id)))


def invite(session: Session, user_id: str) -> Invitation:
    """A fresh code for one person, good for the policy's time; who has no household yet begins one.

    Raises `auth.register_first` for a guest.
    """
    _refuse_guest(session, user_id)
    row = session.execute(_OPEN, {"owner": user_id}).one_or_none()
    household_id = row.household_id if row else ids.new_id("household")
    if row is None:
        _add_member(session, user_id, household_id)
    code = ids.new_secret(CODE_BYTES)
    expires_at = clock.database_now(session) + timedelta(seconds=context.policy().households.invitation_valid_s)
    session.execute(
        _INVITATIONS.insert(),
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
    taken = session.execute(_TAKE, brought).one_or_none()
    if taken is None:
        raise Refusal("household.code_unknown")
    host = session.execute(_OPEN, {"owner": taken.user_id}).one_or_none()
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
    row = session.execute(_OPEN, {"owner": user_id}).one_or_none()
    if row is None:
        return False
    mine = (_MEMBERS.c.user_id == user_id) & (_MEMBERS.c.joined_on == row.joined_on)
    ends_on = tomorrow(session, user_id)
    if ends_on <= row.joined_on:
        session.execute(_MEMBERS.delete().where(mine))  # it had not begun
    else:
        session.execute(_MEMBERS.update().where(mine).values(left_on=ends_on, is_shown=False))
    session.execute(delete(HouseholdInvitation).where(HouseholdInvitation.user_id == user_id))
    return True


def shares_household(session: Session, user_id: str, others: Collection[str]) -> bool:
    """Whether somebody shares a household with one of `others`, or ever did; also one that begins tomorrow."""
    own = select(_MEMBERS.c.household_id).where(_MEMBERS.c.user_id == user_id)
    shared = select(_MEMBERS.c.user_id).where(_MEMBERS.c.user_id.in_(others), _MEMBERS.c.household_id.in_(own))
    return session.scalar(shared.limit(1)) is not None


def drop_lapsed_invitations(session: Session) -> int:
    """Drop codes whose time is over; return how many."""
    lapsed = _INVITATIONS.delete().where(_INVITATIONS.c.expires_at <= clock.database_now(session))
    return touched(session, lapsed)


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
    if session.execute(_JOIN, row).one_or_none() is None:
        raise Refusal("household.leave_first")
    accounts.link(session, user_id, accounts.LinkKind.HOUSEHOLD, household_id)


def _refuse_guest(session: Session, user_id: str) -> None:
    if accounts.get_account(session, user_id).is_guest:
        raise Refusal("auth.register_first")


def _hashed(code: str) -> str:
    return the_vault().keyed_hash(PURPOSE, code.strip())
