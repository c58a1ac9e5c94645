"""What the registry talks about: the shelf of a project, what a movement did, what anybody may see of a certificate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.registry.domain.recalls import RecalledInterval
from offsets import (
    Appraisal,
    OffsetRefused,
    Price,
    Principle,
    Project,
    Reader,
    appraise,
    is_durable,
    least_charge,
    least_grams_for,
)

# How far serials are in the registry that issued them.
DUE, ASKED, CONFIRMED = "due", "asked", "confirmed"


@dataclass(frozen=True)
class StoredProject:
    """The document of one project as it now stands, unread."""

    project_id: str
    document: str
    document_sha256: str
    is_on_sale: bool
    recorded_at: datetime


@dataclass(frozen=True)
class Lot:
    """A block of whole registry units and where its grams are. `retired_g` is the cursor: the next interval's start."""

    lot_id: str
    project_id: str
    registry_id: str
    series: str
    first_unit: int
    last_unit: int
    serials: str
    vintage: int
    is_demonstration: bool
    issued_g: int
    available_g: int
    held_g: int
    retired_g: int
    movements: int
    imported_at: datetime


@dataclass(frozen=True)
class LotOfDocument:
    """A lot and the document of its project, unread."""

    lot: Lot
    document: str


@dataclass(frozen=True)
class StoredRetirement:
    """One interval of grams of a lot, used up for an order for ever; `end_g` is not included."""

    user_id: str
    id: str
    reference: str
    lot_id: str
    start_g: int
    end_g: int
    serials: str
    purpose: str
    document_sha256: str
    retired_at: datetime


@dataclass(frozen=True)
class SerialsDue:
    """Units of a lot of which at least a gram was sold: to be retired in the registry that issued them."""

    lot_id: str
    from_unit: int
    units: int
    serials: str
    state: str
    registry_reference: str | None
    due_at: datetime
    asked_at: datetime | None
    confirmed_at: datetime | None


@dataclass(frozen=True)
class StoredCertificate:
    """The certificate of one order's retirements, as signed on its day; the name in it is sealed."""

    user_id: str
    id: str
    reference: str
    number: str
    grams: int
    payload: Mapping[str, Any]
    signature: str
    name_commitment: str
    sealed_beneficiary: bytes
    shows_name: bool
    issued_at: datetime


@dataclass(frozen=True)
class CertificateView:
    """What anybody with the number may see: the signed facts, the name if its owner shows it, the registry's state."""

    payload: Mapping[str, Any]
    signature: str
    beneficiary: str | None
    registry_states: tuple[str, ...]
    url: str  # where anybody can look at it
    recalled: tuple[RecalledInterval, ...] = ()  # what of it rests on units that were recalled since

    @property
    def recalled_g(self) -> int:
        """Grams of it that count no more: others were retired in their place, or the money went back."""
        return sum(one.grams for one in self.recalled)

    @property
    def replaces(self) -> str | None:
        """The number of the certificate in whose place it stands."""
        return self.payload.get("replaces")

    @property
    def replaced_by(self) -> list[str]:
        """The numbers of the certificates that stand in its place."""
        return sorted({one.replacement_number for one in self.recalled if one.replacement_number is not None})

    @property
    def number(self) -> str:
        """The number in its one spelling."""
        number: str = self.payload["number"]
        return number

    @property
    def retirements(self) -> list[dict[str, Any]]:
        """The signed retirements, each with how far its registry has followed."""
        signed = zip(self.payload["retirements"], self.registry_states, strict=True)
        return [{**item, "registry_state": state} for item, state in signed]


@dataclass(frozen=True)
class Verdict:
    """Whether a number is a genuine certificate; `problem` says why not (`not_a_number`, `unknown`, …)."""

    number: str
    is_genuine: bool
    problem: str | None
    view: CertificateView | None = None


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
class OfferedPrice:
    """What a tonne costs, and the fewest grams that can be bought for it: less costs too little to be charged."""

    price: Price
    minimum_g: int


@dataclass(frozen=True)
class ProjectChoice:
    """Which projects are asked for, by which principle they come first, and where whoever asks is at home.

    None everywhere: all of them, by id.
    """

    principle: str | None = None
    type: str | None = None
    scheme: str | None = None
    country: str | None = None
    durable: bool | None = None
    demonstration: bool | None = None
    without_warnings: bool | None = None
    near_country: str | None = None
    near_city: str | None = None
    near_community: str | None = None

    @property
    def reader(self) -> Reader:
        """Whoever asks, as far as they say."""
        return Reader(self.near_country, self.near_city, self.near_community)

    def wants(self, project: Project, appraisal: Appraisal) -> bool:
        """Whether a project is one of those asked for."""
        scheme = project.qualities.scheme if project.qualities else None
        return (
            self.type in (None, project.credit_type)
            and self.scheme in (None, scheme)
            and self.country in (None, project.country)
            and self.durable in (None, is_durable(project))
            and self.demonstration in (None, project.demonstration)
            and not (self.without_warnings and appraisal.cautions)
        )


@dataclass(frozen=True)
class Candidate:
    """A project on sale that is asked for; `lacking` is how many points it has less than the most there are."""

    project: Project
    appraisal: Appraisal
    lacking: int

    @property
    def project_id(self) -> str:
        """The project's id."""
        return self.project.project_id


def list_candidates(projects: Iterable[Project], choice: ProjectChoice) -> list[Candidate]:
    """Those of some projects that are asked for, the one that the chosen principle speaks for most first."""
    appraised = ((project, appraise(project, choice.reader)) for project in projects)
    candidates = [
        Candidate(project, appraisal, _lacking(appraisal, choice.principle))
        for project, appraisal in appraised
        if choice.wants(project, appraisal)
    ]
    return sorted(candidates, key=lambda one: (one.lacking, one.project_id))


def _lacking(appraisal: Appraisal, principle: str | None) -> int:
    if principle is None:
        return 0
    standing = appraisal.standing(Principle(principle))
    return standing.most - standing.points


@dataclass(frozen=True)
class Offer:
    """A project and the lots behind it, oldest vintage first; `least_minor` is the least that can be charged."""

    project: Project
    is_on_sale: bool
    lots: tuple[Stock, ...]
    least_minor: int
    appraisal: Appraisal
    lacking: int = 0

    @property
    def prices(self) -> tuple[OfferedPrice, ...]:
        """Every price of the project with what can be bought for it at the least."""
        return tuple(OfferedPrice(price, self._minimum_g(price)) for price in self.project.prices)

    @property
    def minimum_g(self) -> int:
        """The fewest grams that can be bought at each of the prices."""
        return max((one.minimum_g for one in self.prices), default=self.project.minimum_g)

    def _minimum_g(self, price: Price) -> int:
        least = least_charge(price.currency, self.least_minor)
        return max(self.project.minimum_g, least_grams_for(price.per_tonne, least))

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


@dataclass(frozen=True)
class LowStock:
    """A project on sale with too little left; `lots` counts the blocks it ever had."""

    project_id: str
    available_g: int
    lots: int


@dataclass(frozen=True)
class ImportedLot:
    """One block that was not known, and the lot it became."""

    lot_id: str
    project_id: str
    vintage: int
    serials: str
    units: int


@dataclass(frozen=True)
class LotImport:
    """What came of an export; of a trial, what would."""

    registry_id: str
    lots: tuple[ImportedLot, ...]
    known_blocks: int
    is_trial: bool
