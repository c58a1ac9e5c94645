"""What profiles talk about: how somebody lives and lived, a household, its invitations, and the meters, cars and roofs
its members declared. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from backend.platform.core import i18n

WORLD, UTC_ZONE = "WORLD", "UTC"
# What an activity is judged by; what it said before a change is kept.
JUDGED_BY = ("region", "zone", "household_size", "diet")
MOST_SAID = 12


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

    def has_changed_since(self, instant: datetime) -> bool:
        """Whether something that activities are judged by was another before `instant` was over."""
        return self.changed_at is not None and self.changed_at > instant


FIELDS = tuple(field.name for field in fields(Profile) if field.name not in ("assumed", "changed_at"))


def profile_of(rows: Sequence[Mapping[str, Any]]) -> Profile:
    """The profile of what somebody stated, one row or none; what is not stated in it is assumed."""
    row = rows[0] if rows else None
    stated = {name: row[name] for name in FIELDS if row is not None and row[name] is not None}
    return Profile(
        **stated,
        assumed=tuple(name for name in FIELDS if name not in stated),
        changed_at=None if row is None else row["changed_at"],
    )


@dataclass(frozen=True)
class PastProfile:
    """What a profile said until an instant, of what an activity is judged by; None where it said nothing."""

    until_at: datetime
    region: str | None
    zone: str | None
    household_size: Decimal | None
    diet: str | None


@dataclass(frozen=True)
class Timeline:
    """A profile, and what it said before, the earliest first."""

    now: Profile
    pasts: Sequence[PastProfile] = ()

    def at(self, instant: datetime) -> Profile:
        """The profile by which something at `instant` is judged."""
        said: dict[str, Any] = {}
        for past in self.pasts:
            if past.until_at > instant:
                stated = {name: getattr(past, name) for name in JUDGED_BY}
                said = {name: value for name, value in stated.items() if value is not None} | said
        return replace(self.now, **said) if said else self.now

    def said_lately(self, since: datetime, until: datetime) -> list[Profile]:
        """What counted at `until`, and whatever else was said from `since` on, by what decides over a credit.

        What stood longest comes first after that; of more than `MOST_SAID` the fleeting ones are left out, so that
        nobody hides what they long said behind many words.
        """
        present = self.at(until)
        changes = [past.until_at for past in self.pasts if since < past.until_at <= until]
        stood: dict[Profile, timedelta] = {}
        for begins_at, ends_at in pairwise([since, *changes]):
            said = replace(self.at(begins_at), zone=present.zone)
            stood[said] = stood.get(said, timedelta()) + (ends_at - begins_at)
        stood.pop(present, None)
        return [present, *sorted(stood, key=lambda said: stood[said], reverse=True)[:MOST_SAID]]


@dataclass(frozen=True)
class DeclaredAsset:
    """A thing as its owner declared it, and from which day on it counts as that."""

    kind: str
    country: str
    number: str
    from_on: date


@dataclass(frozen=True)
class SealedAsset:
    """The same as it is kept: country and number sealed, None where it was taken back."""

    kind: str
    from_on: date
    sealed_number: bytes | None


@dataclass(frozen=True)
class Household:
    """What a member sees: since which day it counts for them, how many they are, themselves included, and whether they
    show each other how they do.
    """

    joined_on: date
    members: int
    is_shown: bool


@dataclass(frozen=True)
class Invitation:
    """A code to show to whoever shall join; it is not kept in the clear."""

    code: str
    expires_at: datetime


@dataclass(frozen=True)
class Declaration:
    """One statement about a meter, car or roof: from `from_on` on it is the one of this hash, None for none."""

    kind: str
    from_on: date
    thing_hash: str | None


@dataclass(frozen=True)
class Membership:
    """Who lives in a household from the day `joined_on` until before the day `left_on`, None while they still do."""

    user_id: str
    household_id: str
    joined_on: date
    left_on: date | None
    is_shown: bool  # to the others, in bands

    def holds_on(self, day: date) -> bool:
        """Whether this member lived there on `day`."""
        return self.joined_on <= day and (self.left_on is None or day < self.left_on)


@dataclass(frozen=True)
class MateDeclaration:
    """What somebody of one's household declared, and while when they live there."""

    member: Membership
    declaration: Declaration
