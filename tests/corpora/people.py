"""What a person of the corpora is: who they are, what they post with which evidence, and which side they are on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from calculators import GEOJSON, GPX
from tests.corpora.pictures import Picture

TODAY = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in Beijing
TRIP = "transport.low_carbon_trip"
ELECTRICITY = "housing.household_electricity"
MEAL = "food.meal"
SECOND_HAND, GARMENT = "consumables.second_hand_goods", "clothing.second_hand_garment"
FRIDGE, REPAIR = "housing.efficient_appliance", "consumables.repaired_electronics"
ELECTRIC_CAR, SOLAR = "transport.electric_car_km", "housing.rooftop_solar_self_use"
MANY_DAYS = 400


class Side(StrEnum):
    """Whether the grams of a person are to be credited."""

    HONEST = "honest"
    CHEAT = "cheat"


@dataclass(frozen=True)
class Reading:
    """What a photograph of a meter or odometer shows, and how long before today it was read."""

    device: str
    value: str
    before: timedelta
    unit: str = "kWh"


@dataclass(frozen=True)
class Piece:
    """One piece of evidence: a track as bytes, or a picture that is drawn when it is played."""

    kind: str
    content: bytes | Picture
    reading: Reading | None = None

    @property
    def media(self) -> str:
        if isinstance(self.content, Picture):
            return "image/jpeg"
        return GEOJSON if self.content.startswith(b"{") else GPX

    @property
    def sent(self) -> bytes:
        return self.content.jpeg(TODAY.date()) if isinstance(self.content, Picture) else self.content


@dataclass(frozen=True)
class Post:
    """One activity: `before` and `told_before` count back from today; `faked` grams must not be credited."""

    methodology: str
    inputs: tuple[tuple[str, str], ...]
    before: timedelta
    evidence: tuple[Piece, ...] = ()
    told_before: timedelta = timedelta()
    who: str = "somebody"
    duration_s: int | None = None
    region: str | None = None
    zone: str = "Asia/Shanghai"
    faked: bool = False


@dataclass(frozen=True)
class Person:
    """Somebody, or the accounts that one person or one family keeps."""

    name: str
    side: Side
    category: str
    posts: tuple[Post, ...]
    region: str = "CN-BJ"
    account_days: int = MANY_DAYS
    household_size: int = 2
    guests: frozenset[str] = field(default_factory=frozenset)


def digest(people: Iterable[Person]) -> str:
    """The SHA-256 of everything a corpus says; pictures count by how they are drawn, not by their encoder."""
    hashed = hashlib.sha256()
    for person in people:
        hashed.update(_line(person.name, person.side, person.category, person.region, person.account_days))
        hashed.update(_line(person.household_size, sorted(person.guests)))
        for post in person.posts:
            hashed.update(_line(post.methodology, post.inputs, post.before, post.told_before, post.who))
            hashed.update(_line(post.duration_s, post.region, post.zone, post.faked))
            for piece in post.evidence:
                hashed.update(_line(piece.kind, piece.reading, piece.content))
    return hashed.hexdigest()


def _line(*parts: object) -> bytes:
    return (repr(tuple(str(part) for part in parts)) + "\n").encode()
