"""The statements of profiles, built once; a row becomes a domain object here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import Insert

from backend.platform.data.batch import Question, Questions, read_as, read_column, whole_answer_of_owner
from backend.platform.data.upsert import insert_absent, replace_columns, upsert
from backend.profiles.domain import (
    JUDGED_BY,
    Declaration,
    MateDeclaration,
    Membership,
    PastProfile,
    Profile,
    SealedAsset,
    profile_of,
)
from backend.profiles.models import DeclaredThingRow, HouseholdInvitation, HouseholdMember, ProfilePast, ProfileRow

_PROFILES, _PASTS = ProfileRow.__table__, ProfilePast.__table__
_MEMBERS, _INVITATIONS = HouseholdMember.__table__, HouseholdInvitation.__table__
_THINGS = DeclaredThingRow.__table__
_MATES = _MEMBERS.alias("mates")

# What somebody said of themselves.
question: Callable[[str], Questions[Profile]] = whole_answer_of_owner(
    select(
        *(column for column in _PROFILES.columns if column.name not in ("user_id", "sealed_display_name", "updated_at"))
    ).where(_PROFILES.c.user_id == bindparam("owner")),
    profile_of,
)
_DISPLAY_NAME = select(_PROFILES.c.sealed_display_name).where(_PROFILES.c.user_id == bindparam("owner"))
_LOCKED = (
    select(*(_PROFILES.c[name] for name in JUDGED_BY))
    .where(_PROFILES.c.user_id == bindparam("owner"))
    .with_for_update()
)
_PASTS_OF = (
    select(_PASTS.c.until_at, *(_PASTS.c[name] for name in JUDGED_BY))
    .where(_PASTS.c.user_id == bindparam("owner"))
    .order_by(_PASTS.c.until_at)
)
_PASTS_SINCE = _PASTS_OF.where(_PASTS.c.until_at > bindparam("since", type_=_PASTS.c.until_at.type))
ADOPT_LANGUAGE = upsert(
    _PROFILES,
    key=["user_id"],
    changes=replace_columns(_PROFILES, "language", "updated_at"),
    where=_PROFILES.c.language.is_(None),
)
# two changes at one instant leave what was there before both
KEEP_PAST = insert_absent(_PASTS)

# With whom somebody lives.
_OPEN = select(_MEMBERS).where(_MEMBERS.c.user_id == bindparam("owner"), _MEMBERS.c.left_on.is_(None))
_LIVED_IN = select(_MEMBERS).where(_MEMBERS.c.user_id == bindparam("owner"))
_LIVED = _LIVED_IN.order_by(_MEMBERS.c.joined_on)
_COUNT = select(func.count().label("count")).where(
    _MEMBERS.c.household_id == bindparam("household"), _MEMBERS.c.left_on.is_(None)
)
_SHOWN = (
    select(_MEMBERS.c.user_id)
    .where(
        _MEMBERS.c.household_id == bindparam("household"),
        _MEMBERS.c.left_on.is_(None),
        _MEMBERS.c.is_shown,
        _MEMBERS.c.joined_on <= bindparam("since"),
    )
    .order_by(_MEMBERS.c.user_id)
)
# The guard: of any number of households joined at once, one finds nobody there yet.
JOIN = insert_absent(_MEMBERS).returning(_MEMBERS.c.household_id)
SHARE = (
    _MEMBERS.update()
    .where(_MEMBERS.c.user_id == bindparam("owner"), _MEMBERS.c.left_on.is_(None))
    .values(is_shown=bindparam("shown"))
)
_SINCE = (_MEMBERS.c.user_id == bindparam("owner"), _MEMBERS.c.joined_on == bindparam("since"))
CANCEL_MEMBERSHIP = _MEMBERS.delete().where(*_SINCE)
END_MEMBERSHIP = _MEMBERS.update().where(*_SINCE).values(left_on=bindparam("ends_on"), is_shown=False)

INVITE = _INVITATIONS.insert()
DROP_INVITATIONS = _INVITATIONS.delete().where(_INVITATIONS.c.user_id == bindparam("owner"))
DROP_LAPSED = _INVITATIONS.delete().where(_INVITATIONS.c.expires_at <= bindparam("now"))
# The guard: of any number of people who bring one code, one finds it.
TAKE_INVITATION = (
    _INVITATIONS.delete()
    .where(
        _INVITATIONS.c.code_hash == bindparam("brought"),
        _INVITATIONS.c.expires_at > bindparam("now"),
        _INVITATIONS.c.user_id != bindparam("guest"),
    )
    .returning(_INVITATIONS.c.household_id, _INVITATIONS.c.user_id)
)

# Which meters, cars and roofs are declared.
_OWN = select(_THINGS.c.kind, _THINGS.c.from_on, _THINGS.c.thing_hash).where(_THINGS.c.user_id == bindparam("owner"))
_OF_MATES = (
    select(*_MATES.c, _THINGS.c.kind, _THINGS.c.from_on, _THINGS.c.thing_hash)
    .join(_MATES, _MATES.c.household_id == _MEMBERS.c.household_id)
    .join(_THINGS, _THINGS.c.user_id == _MATES.c.user_id)
    .where(_MEMBERS.c.user_id == bindparam("owner"), _MATES.c.user_id != bindparam("owner"))
    .select_from(_MEMBERS)
)
_SEALED = (
    select(_THINGS.c.kind, _THINGS.c.from_on, _THINGS.c.sealed_number)
    .where(_THINGS.c.user_id == bindparam("owner"))
    .order_by(_THINGS.c.from_on)
)
DECLARE = upsert(
    _THINGS,
    key=["user_id", "kind", "from_on"],
    changes=replace_columns(_THINGS, "thing_hash", "sealed_number", "declared_at"),
)

FORGET = tuple(
    delete(table).where(table.c.user_id == bindparam("owner"))
    for table in (_THINGS, _INVITATIONS, _MEMBERS, _PASTS, _PROFILES)
)

_read_past: Callable[[Mapping[str, Any]], PastProfile] = read_as(PastProfile)
_read_membership: Callable[[Mapping[str, Any]], Membership] = read_as(Membership)


@cache
def change_of(names: tuple[str, ...]) -> Insert:
    """The statement that sets these columns of a profile, whether or not there is one."""
    return upsert(_PROFILES, key=["user_id"], changes=replace_columns(_PROFILES, *names))


def sealed_name_of(user_id: str) -> Question[bytes | None]:
    """The sealed name by which somebody wants to be shown."""
    return Question(_DISPLAY_NAME, {"owner": user_id}, read_column("sealed_display_name"))


def locked_profile(user_id: str, until_at: datetime) -> Question[PastProfile]:
    """What somebody's profile says, to be kept as said until an instant; nobody else changes it meanwhile."""
    return Question(_LOCKED, {"owner": user_id}, lambda row: PastProfile(until_at, **row))


def pasts_of(user_id: str) -> Question[PastProfile]:
    """Everything that somebody's profile said before, the earliest first."""
    return Question(_PASTS_OF, {"owner": user_id}, _read_past)


def pasts_since(user_id: str, since: datetime) -> Question[PastProfile]:
    """What a profile said until an instant after `since`, the earliest first."""
    return Question(_PASTS_SINCE, {"owner": user_id, "since": since}, _read_past)


def open_membership(user_id: str) -> Question[Membership]:
    """The household in which somebody lives."""
    return Question(_OPEN, {"owner": user_id}, _read_membership)


def memberships_of(user_id: str) -> Question[Membership]:
    """Where somebody lives and has lived, the earliest first."""
    return Question(_LIVED, {"owner": user_id}, _read_membership)


def member_count(household_id: str) -> Question[int]:
    """How many live in a household."""
    return Question(_COUNT, {"household": household_id}, read_column("count"))


def shown_members(household_id: str, since: date) -> Question[str]:
    """Who shows the others how they do, and has lived there since `since`."""
    return Question(_SHOWN, {"household": household_id, "since": since}, read_column("user_id"))


def lived_with(user_id: str, others: Collection[str]) -> Select[tuple[str]]:
    """One of `others` who lives in a household with somebody, ever did, or will from tomorrow on."""
    own = select(_MEMBERS.c.household_id).where(_MEMBERS.c.user_id == user_id)
    return select(_MEMBERS.c.user_id).where(_MEMBERS.c.user_id.in_(others), _MEMBERS.c.household_id.in_(own)).limit(1)


def assets_of(user_id: str) -> Question[SealedAsset]:
    """Every word on the things that somebody declared or took back, the latest last."""
    return Question(_SEALED, {"owner": user_id}, read_as(SealedAsset))


def declarations_of(user_id: str) -> Question[Declaration]:
    """What somebody has declared, with what was taken back."""
    return Question(_OWN, {"owner": user_id}, read_as(Declaration))


def mate_declarations_of(user_id: str) -> Question[MateDeclaration]:
    """What those have declared with whom somebody lives or has lived."""
    return Question(_OF_MATES, {"owner": user_id}, _read_mate)


def _read_mate(row: Mapping[str, Any]) -> MateDeclaration:
    declared = {name: row[name] for name in Declaration.__dataclass_fields__}
    member = {name: row[name] for name in Membership.__dataclass_fields__}
    return MateDeclaration(Membership(**member), Declaration(**declared))
