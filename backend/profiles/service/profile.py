"""Profiles: read with honest defaults, changed field by field, and what they said at an earlier instant.

A person who said nothing has the profile of the world: no region below it, UTC, English. `assumed` names every field
that nobody stated, so that whoever shows a result can say what it rests on.

Changes apply forward only, so nobody moves a day that is over. Whoever changes where, by which clock, with how many or
on what they live is judged by the new words from then on, and by the old ones for what they did before, however late
they log it. What was never stated before is no change: the first word applies to all days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.platform.core import clock, i18n
from backend.platform.core.context import policy
from backend.platform.core.errors import invalid_field
from backend.platform.data.batch import Question, Questions, fetch
from backend.platform.data.upsert import insert_absent, replace_columns, upsert
from backend.platform.privacy.vault import the_vault
from backend.profiles.models import ProfilePast, ProfileRow
from calculators import load_library

PURPOSE = "profiles.display_name"
WORLD, UTC_ZONE = "WORLD", "UTC"
# Listed by the zone database, but no place keeps them.
NOT_A_PLACE = {"Factory", "localtime", "posixrules"}

# What an activity is judged by; what it said before a change is kept.
JUDGED_BY = ("region", "zone", "household_size", "diet")
MOST_SAID = 12

_TABLE = ProfileRow.__table__
_PASTS = ProfilePast.__table__
_STATED = [column for column in _TABLE.columns if column.name not in ("sealed_display_name", "updated_at")]
# two changes at one instant leave what was there before both
_KEEP = insert_absent(_PASTS)
_ADOPT_LANGUAGE = upsert(
    _TABLE,
    key=["user_id"],
    changes=replace_columns(_TABLE, "language", "updated_at"),
    where=_TABLE.c.language.is_(None),
)
_LOCKED = select(_TABLE).where(_TABLE.c.user_id == bindparam("user_id")).with_for_update()
_QUESTION = select(*_STATED).where(_TABLE.c.user_id == bindparam("user_id"))
_SINCE = (
    select(_PASTS)
    .where(_PASTS.c.user_id == bindparam("owner"), _PASTS.c.until_at > bindparam("since", type_=_PASTS.c.until_at.type))
    .order_by(_PASTS.c.until_at)
)


@dataclass(frozen=True)
class Profile:
    """Where and how someone lives. `household_size` counts people, `commute_km` is one way."""

    region: str = WORLD
    zone: str = UTC_ZONE
    language: str = i18n.ENGLISH.tag
    household_size: Decimal | None = None
    diet: str | None = None
    dwelling: str | None = None
    commute_mode: str | None = None
    commute_km: Decimal | None = None
    commute_days: int | None = None
    assumed: tuple[str, ...] = ()  # the fields nobody stated
    changed_at: datetime | None = None  # when it last said something else of what activities are judged by


@dataclass(frozen=True)
class Timeline:
    """A profile, and what it said before: `pasts` as rows, the earliest first."""

    now: Profile
    pasts: Sequence[Mapping[str, Any]] = ()

    def at(self, instant: datetime) -> Profile:
        """The profile by which something at `instant` is judged."""
        said: dict[str, Any] = {}
        for past in self.pasts:
            if past["until_at"] > instant:
                said = {name: past[name] for name in JUDGED_BY if past[name] is not None} | said
        return replace(self.now, **said) if said else self.now

    def said_lately(self, since: datetime, until: datetime) -> list[Profile]:
        """What counted at `until`, and whatever else was said from `since` on, by what decides over a credit.

        What stood longest comes first after that; of more than `MOST_SAID` the fleeting ones are left out, so that
        nobody hides what they long said behind many words.
        """
        present = self.at(until)
        changes = [past["until_at"] for past in self.pasts if since < past["until_at"] <= until]
        stood: dict[Profile, timedelta] = {}
        for begins_at, ends_at in pairwise([since, *changes]):
            said = replace(self.at(begins_at), zone=present.zone)
            stood[said] = stood.get(said, timedelta()) + (ends_at - begins_at)
        stood.pop(present, None)
        return [present, *sorted(stood, key=lambda said: stood[said], reverse=True)[:MOST_SAID]]


@dataclass(frozen=True)
class Me:
    """Everything a person sees of themselves at once."""

    account: accounts.Account
    profile: Profile
    display_name: str | None
    settles_at: datetime | None  # until then what was said before the last change counts too, where it credits less


_FIELDS = tuple(field.name for field in fields(Profile) if field.name not in ("assumed", "changed_at"))


def question(user_id: str) -> Questions[Profile]:
    """What to ask for a profile, for callers that ask for more in the same round trip; see `get_profile`."""
    return Questions({"rows": Question(_QUESTION, {"user_id": user_id}, dict)}, _read_profile)


def _read_profile(rows: Sequence[Mapping[str, Any]]) -> Profile:
    row = rows[0] if rows else None
    stated = {name: row[name] for name in _FIELDS if row is not None and row[name] is not None}
    return Profile(
        **stated,
        assumed=tuple(name for name in _FIELDS if name not in stated),
        changed_at=None if row is None else row["changed_at"],
    )


def get_profile(session: Session, user_id: str) -> Profile:
    """Someone's profile; what they did not state is assumed."""
    return fetch(session, question(user_id)).one()


def read_timeline(session: Session, user_id: str, profile: Profile, since: datetime) -> Timeline:
    """What `profile` said from `since` on; asks only when something has changed since then."""
    if profile.changed_at is None or profile.changed_at <= since:
        return Timeline(profile)
    return Timeline(profile, fetch(session, Question(_SINCE, {"owner": user_id, "since": since}, dict)).all())


def get_me(session: Session, user_id: str) -> Me:
    """Account, profile and display name of one person."""
    profile = get_profile(session, user_id)
    settles_at = profile.changed_at and profile.changed_at + timedelta(days=policy().activities.settles_days)
    return Me(
        account=accounts.get_account(session, user_id),
        profile=profile,
        display_name=find_display_name(session, user_id),
        settles_at=settles_at if settles_at and settles_at > clock.database_now(session) else None,
    )


def find_display_name(session: Session, user_id: str) -> str | None:
    """The name someone chose to be shown by, or None."""
    sealed = session.scalar(select(_TABLE.c.sealed_display_name).where(_TABLE.c.user_id == user_id))
    return the_vault().unseal(session, user_id, PURPOSE, sealed).decode() if sealed else None


def adopt_language(session: Session, user_id: str, facts: Mapping[str, Any]) -> None:
    """Let a profile that says no language yet say the one somebody came with: what the outbox does for accounts."""
    values = {"user_id": user_id, "language": facts["language"], "updated_at": clock.database_now(session)}
    session.execute(_ADOPT_LANGUAGE, values)


def change_profile(session: Session, user_id: str, changes: Mapping[str, Any]) -> None:
    """Set the given fields, None taking a statement back; the others stay, also when two devices change at once.

    What activities are judged by changes from now on, and stays as it was for what was done before.

    Raises `request.invalid` for a region, zone or language nobody knows.
    """
    _check(changes)
    values = dict(changes)
    if "display_name" in values:
        name = values.pop("display_name")
        values["sealed_display_name"] = the_vault().seal(session, user_id, PURPOSE, name.encode()) if name else None
    values["updated_at"] = clock.database_now(session)
    if _keep_past(session, user_id, values):
        values["changed_at"] = values["updated_at"]
    change = upsert(_TABLE, key=["user_id"], changes=replace_columns(_TABLE, *values))
    session.execute(change, {"user_id": user_id, **values})


def _keep_past(session: Session, user_id: str, values: Mapping[str, Any]) -> bool:
    """Keep what was said until now, if it was said and is about to change."""
    before = session.execute(_LOCKED, {"user_id": user_id}).mappings().one_or_none()
    changing = [name for name in JUDGED_BY if name in values and before is not None and before[name] != values[name]]
    if before is None or not any(before[name] is not None for name in changing):
        return False
    past = {"user_id": user_id, "until_at": values["updated_at"]} | {name: before[name] for name in JUDGED_BY}
    session.execute(_KEEP, past)
    return True


def take_over_statements(session: Session, guest_id: str, user_id: str) -> None:
    """Let an account take over what a merged guest stated, wherever the account itself had said nothing."""
    guest, own = get_profile(session, guest_id), get_profile(session, user_id)
    changes = {name: getattr(guest, name) for name in own.assumed if name not in guest.assumed}
    guest_name = find_display_name(session, guest_id)
    if guest_name and find_display_name(session, user_id) is None:
        changes["display_name"] = guest_name
    if changes:
        change_profile(session, user_id, changes)


def stated(profile: Profile) -> dict[str, Any]:
    """What of a profile its person has stated, by field."""
    return {name: getattr(profile, name) for name in _FIELDS if name not in profile.assumed}


def _check(changes: Mapping[str, Any]) -> None:
    region, zone, language = (changes.get(name) for name in ("region", "zone", "language"))
    if region is not None and region not in load_library().tables.regions.by_code:
        raise invalid_field("region", "unknown_region")
    if zone is not None and zone not in _zones():
        raise invalid_field("zone", "unknown_zone")
    offered = [one.tag for one in i18n.list_offered()]
    if language is not None and language not in offered:
        raise invalid_field("language", "not_one_of", choices=", ".join(offered))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - NOT_A_PLACE)
