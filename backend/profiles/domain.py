"""What profiles talk about: a household, its invitations, and the meters, cars and roofs its members declared. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class DeclaredAsset:
    """A thing as its owner declared it, and from which day on it counts as that."""

    kind: str
    country: str
    number: str
    from_on: date


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

    def holds_on(self, day: date) -> bool:
        """Whether this member lived there on `day`."""
        return self.joined_on <= day and (self.left_on is None or day < self.left_on)


@dataclass(frozen=True)
class MateDeclaration:
    """What somebody of one's household declared, and while when they live there."""

    member: Membership
    declaration: Declaration
