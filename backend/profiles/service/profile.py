"""Profiles: read with honest defaults, changed field by field, and what they said at an earlier instant.

A person who said nothing has the profile of the world: no region below it, UTC, English. `assumed` names every field
that nobody stated, so that whoever shows a result can say what it rests on.

Changes apply forward only, so nobody moves a day that is over. Whoever changes where, by which clock, with how many or
on what they live is judged by the new words from then on, and by the old ones for what they did before, however late
they log it. What was never stated before is no change: the first word applies to all days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.methodology import service as methodology
from backend.platform.core import clock, i18n
from backend.platform.core.context import policy
from backend.platform.core.errors import InvalidFields
from backend.platform.core.i18n import Language, Note
from backend.platform.data.batch import Question, fetch, fetch_one
from backend.platform.privacy.vault import the_vault
from backend.profiles import sql
from backend.profiles.domain import FIELDS, JUDGED_BY, Profile

PURPOSE = "profiles.display_name"
# Listed by the zone database, but no place keeps them.
NOT_A_PLACE = {"Factory", "localtime", "posixrules"}


@dataclass(frozen=True)
class Me:
    """Everything a person sees of themselves at once."""

    account: accounts.Account
    profile: Profile
    display_name: str | None
    settles_at: datetime | None  # until then what was said before the last change counts too, where it credits less
    notes: Sequence[Note] = ()  # what of the change just made was taken otherwise


def get_profile(session: Session, user_id: str) -> Profile:
    """Someone's profile; what they did not state is assumed."""
    return fetch_one(session, sql.question(user_id))


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
    return read_display_name(session, user_id, fetch(session, sql.sealed_name_of(user_id)).one_or_none())


def sealed_name_question(user_id: str) -> Question[bytes | None]:
    """What to ask, in a batch, for the sealed name that `read_display_name` reads."""
    return sql.sealed_name_of(user_id)


def read_display_name(session: Session, user_id: str, sealed: bytes | None) -> str | None:
    """The name that was sealed, or None where there is none."""
    return the_vault().unseal(session, user_id, PURPOSE, sealed).decode() if sealed else None


def adopt_language(session: Session, user_id: str, facts: Mapping[str, Any]) -> None:
    """Let a profile that says no language yet say the one somebody came with: what the outbox does for accounts."""
    values = {"user_id": user_id, "language": facts["language"], "updated_at": clock.database_now(session)}
    session.execute(sql.ADOPT_LANGUAGE, values)


def change_profile(session: Session, user_id: str, changes: Mapping[str, Any]) -> None:
    """Set the given fields, None taking a statement back; the others stay, also when two devices change at once.

    What activities are judged by changes from now on, and stays as it was for what was done before.

    A region that is not known is kept as the nearest around it: `US-CA` as `US`. Raises `request.invalid` for every
    region, zone or language nobody knows.
    """
    values = _checked(changes)
    if "display_name" in values:
        name = values.pop("display_name")
        values["sealed_display_name"] = the_vault().seal(session, user_id, PURPOSE, name.encode()) if name else None
    values["updated_at"] = clock.database_now(session)
    if _keep_past(session, user_id, values):
        values["changed_at"] = values["updated_at"]
    session.execute(sql.change_of(tuple(values)), {"user_id": user_id, **values})


def _keep_past(session: Session, user_id: str, values: Mapping[str, Any]) -> bool:
    """Keep what was said until now, if it was said and is about to change."""
    before = fetch(session, sql.locked_profile(user_id, values["updated_at"])).one_or_none()
    if before is None:
        return False
    said = {name: getattr(before, name) for name in JUDGED_BY if name in values}
    if not any(value is not None and value != values[name] for name, value in said.items()):
        return False
    session.execute(sql.KEEP_PAST, {"user_id": user_id, **vars(before)})
    return True


def change_me(session: Session, user_id: str, changes: Mapping[str, Any], language: Language) -> Me:
    """Change the given fields of a profile, and return it; of a place that is not known itself the country is taken."""
    change_profile(session, user_id, changes)
    notes = methodology.tell_around(changes.get("region"), language)
    return replace(get_me(session, user_id), notes=notes)


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
    return {name: getattr(profile, name) for name in FIELDS if name not in profile.assumed}


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    values, errors = dict(changes), []
    region, zone, language = (changes.get(name) for name in ("region", "zone", "language"))
    if region is not None:
        place = methodology.find_place(region)
        if place is None:
            errors.append({"field": "region", "code": "unknown_region"})
        else:
            values["region"] = place.code
    if zone is not None and zone not in _zones():
        errors.append({"field": "zone", "code": "unknown_zone"})
    offered = [one.tag for one in i18n.list_offered()]
    if language is not None:
        spoken = i18n.find_offered(language)
        if spoken is None:
            errors.append({"field": "language", "code": "not_one_of", "choices": ", ".join(offered)})
        else:
            values["language"] = spoken.tag
    if errors:
        raise InvalidFields(errors)
    return values


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - NOT_A_PLACE)
