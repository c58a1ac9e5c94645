"""What trees are talked about with: a pool and its movements, what somebody has of it, plantings and surveys. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from offsets import ExpectedGrowth, PlantingPool, ShareInterval, Species, TreePrice

# What one share of a movement does to (available, held, funded); what is opened is new.
MOVEMENTS = {
    "open": (1, 0, 0),
    "hold": (-1, 1, 0),
    "release": (1, -1, 0),
    "fund": (0, -1, 1),
    "grant": (-1, 0, 1),
}


class Origin(StrEnum):
    """How somebody came by a tree."""

    BOUGHT = "bought"
    EARNED = "earned"  # by points of the game: a sponsor paid, so it never counts towards anybody's footprint


@dataclass(frozen=True)
class Pool:
    """A planting pool as it stands, its document unread."""

    pool_id: str
    document: str
    document_sha256: str
    is_open: bool
    shares_per_tree: int
    capacity_shares: int
    available_shares: int
    held_shares: int
    funded_shares: int
    contracted_trees: int
    planted_trees: int
    reserve_trees: int
    claims: int
    served_claims: int
    movements: int
    recorded_at: datetime

    @property
    def waiting_claims(self) -> int:
        """How many stand in the line without a tree."""
        return self.claims - self.served_claims


@dataclass(frozen=True)
class PoolChange:
    """A movement that was made: its number in the pool, and the pool's cursor after it."""

    number: int
    funded_shares: int


@dataclass(frozen=True)
class Movement:
    """Shares that move within one pool, for an order or a claim, or as the pool grows."""

    pool_id: str
    kind: str  # of MOVEMENTS
    shares: int
    reference: str
    at: datetime


@dataclass(frozen=True)
class TreeHold:
    """Shares of a pool that are set aside for one order."""

    pool_id: str
    shares: int


@dataclass(frozen=True)
class HeldShares:
    """Shares of a pool that are set aside now, by whom they count against."""

    by_person: int
    by_circle: int
    by_network: int
    by_unproved: int


@dataclass(frozen=True)
class Grant:
    """Whose a tree becomes and by what: a paid order, or a claim of the game."""

    user_id: str
    reference: str
    origin: Origin
    beneficiary: str
    shows_name: bool


@dataclass(frozen=True)
class Holding:
    """Shares of a pool that somebody has; the name on it is sealed."""

    user_id: str
    id: str
    reference: str
    pool_id: str
    start_share: int
    end_share: int
    origin: str
    number: str
    sealed_beneficiary: bytes
    shows_name: bool
    funded_at: datetime

    @property
    def interval(self) -> ShareInterval:
        """Its shares."""
        return ShareInterval(self.start_share, self.end_share)


@dataclass(frozen=True)
class Claim:
    """Somebody's place in the line of a pool; the first so many of the line have their tree."""

    pool_id: str
    place: int
    user_id: str
    reference: str
    claimed_at: datetime


@dataclass(frozen=True)
class ClaimState:
    """What came of a claim: a tree, or so many who are before it in the line."""

    claim: Claim
    is_served: bool
    ahead: int


@dataclass(frozen=True)
class Planting:
    """Trees planted together, for the sold trees `first_tree` to before `end_tree` of their pool."""

    id: str
    pool_id: str
    replaces: str | None
    first_tree: int
    end_tree: int
    trees: int
    planted_on: date
    standing_trees: int
    replaced_trees: int
    written_down_trees: int
    verified_g: int
    stage: str
    recorded_by: str
    recorded_at: datetime

    @property
    def missing_trees(self) -> int:
        """Trees that no longer stand and are neither replaced nor written down."""
        return self.trees - self.standing_trees - self.replaced_trees - self.written_down_trees

    def interval(self, shares_per_tree: int) -> ShareInterval:
        """The shares that they stand for."""
        return ShareInterval(self.first_tree * shares_per_tree, self.end_tree * shares_per_tree)


@dataclass(frozen=True)
class StoredTree:
    """One planted tree, or one that waits for somebody to look at its picture."""

    number: str
    pool_id: str
    planting_id: str | None
    plot: str
    planted_on: date
    latitude_micro: int
    longitude_micro: int
    photo_id: str
    alike: str | None


@dataclass(frozen=True)
class Photo:
    """A picture of a tree as it is compared; `fingerprint` is 64 bits in hexadecimal."""

    id: str
    pool_id: str
    digest: str
    fingerprint: str
    width: int
    height: int
    sent_by: str
    sent_at: datetime


@dataclass(frozen=True)
class Survey:
    """What was found of one planting at an age; `growth_g` is what no earlier survey had verified."""

    planting_id: str
    age: int
    surveyed_on: date
    planted: int
    sampled: int
    alive: int
    standing: int
    growth_g: int
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True)
class HeldTree:
    """A tree that waits: its picture looks like that of another one close by."""

    number: str
    alike: str


@dataclass(frozen=True)
class PlantingReport:
    """What came of a register of planted trees; no id for a trial, or where every tree waits."""

    planting_id: str | None
    planted: int
    held: tuple[HeldTree, ...]
    is_trial: bool


@dataclass(frozen=True)
class SurveyReport:
    """What a survey found, and what follows: trees that are missing now, and growth nobody had verified before."""

    planting_id: str
    age: int
    surveyed_on: date
    plots: int
    planted: int
    sampled: int
    alive: int
    standing: int
    missing: int
    growth_g: int
    is_trial: bool


@dataclass(frozen=True)
class PoolView:
    """A pool as anybody may see it: its document, and how far its trees have come."""

    pool: Pool
    document: PlantingPool
    species: Species
    shows_kilograms: bool

    @property
    def pool_id(self) -> str:
        """The pool's id."""
        return self.pool.pool_id

    @property
    def available_shares(self) -> int:
        """Shares that may be bought or earned now."""
        return self.pool.available_shares if self.pool.is_open else 0

    @property
    def prices(self) -> Sequence[TreePrice]:
        """What a tree costs; nothing where a sponsor pays."""
        return self.document.prices


@dataclass(frozen=True)
class OwnPlanting:
    """What of one planting is somebody's: whole trees as they divide, and grams by the year of their survey."""

    planting: Planting
    trees: int
    standing_trees: int
    surveys: Sequence[Survey]
    verified_g_by_year: Mapping[int, int]
    expected: ExpectedGrowth | None

    @property
    def replaces_dead(self) -> bool:
        """Whether its trees stand for others that died."""
        return self.planting.replaces is not None


@dataclass(frozen=True)
class TreeHolding:
    """What somebody has of a pool, how far it has come, and what of it grew. Expected growth is a line of its own."""

    holding: Holding
    pool: PoolView
    beneficiary: str | None
    stage: str
    contracted_shares: int
    planted_shares: int
    plantings: Sequence[OwnPlanting]
    url: str

    @property
    def verified_g(self) -> int:
        """Grams that surveys have verified, in all years."""
        return sum(sum(one.verified_g_by_year.values()) for one in self.plantings)


@dataclass(frozen=True)
class GrowthLine:
    """Growth of somebody's trees in one year: verified by its surveys, or expected by then."""

    pool_title: Mapping[str, str]
    year: int
    grams: int


@dataclass(frozen=True)
class GrowthOfYear:
    """What counts towards one year of one person, and what they may expect later, which never counts."""

    verified_g: int
    expected: tuple[GrowthLine, ...]
    is_demonstration: bool
