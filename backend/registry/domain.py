"""What the registry talks about: the shelf of a project, what a movement did, what anybody may see of a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from offsets import OffsetRefused, Project


@dataclass(frozen=True)
class ShelfLot:
    """Grams of one lot that may be set aside now."""

    lot_id: str
    vintage: int
    available_g: int


@dataclass(frozen=True)
class Shelf:
    """The lots of a project that may be sold from, oldest vintage first."""

    lots: tuple[ShelfLot, ...]

    @property
    def available_g(self) -> int:
        """Grams that may be set aside now."""
        return sum(lot.available_g for lot in self.lots)


@dataclass(frozen=True)
class Holder:
    """For whose order something is set aside, where the order came from, and whether they have proved an address."""

    user_id: str
    reference: str
    network: str | None = None  # a keyed hash, kept as long as the hold
    is_proved: bool = True  # who has paid needs no address


@dataclass(frozen=True)
class HeldSums:
    """Grams of a project that are set aside now, by whom they count against."""

    by_person_g: int
    by_circle_g: int
    by_network_g: int
    by_unproved_g: int


@dataclass(frozen=True)
class Goods:
    """What the registry has for one order: grams held and retired, and whether a certificate says so."""

    held_g: int
    retired_g: int
    is_certified: bool


@dataclass(frozen=True)
class Stock:
    """One lot as buyers may see it: its vintage, what is left of it in grams, and whether it may be sold from."""

    lot_id: str
    vintage: int
    available_g: int
    issued_g: int
    is_demonstration: bool
    refusal: OffsetRefused | None  # why retirement would refuse it


@dataclass(frozen=True)
class Offer:
    """A project and the lots behind it, oldest vintage first."""

    project: Project
    is_on_sale: bool
    lots: tuple[Stock, ...]

    @property
    def project_id(self) -> str:
        """The project's id."""
        return self.project.project_id

    @property
    def available_g(self) -> int:
        """Grams that may be bought now."""
        return sum(lot.available_g for lot in self.lots if lot.refusal is None) if self.is_on_sale else 0


@dataclass(frozen=True)
class LotChange:
    """A movement that was made: its number in the lot, and the lot's cursor after it."""

    number: int
    retired_g: int


@dataclass(frozen=True)
class Movement:
    """Grams that move within one lot, for an order or as a block is imported."""

    lot_id: str
    kind: str  # of offsets' MOVEMENTS
    grams: int
    reference: str
    at: datetime
