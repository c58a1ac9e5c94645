"""What points talk about: grants and their states, what an activity is worth, what a person has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when held points mature and lapse


class GrantState(StrEnum):
    """Where a grant stands. Held points lie in pending too, and nothing can be done with them until a decision."""

    HELD = "held"
    PENDING = "pending"
    COLLECTED = "collected"
    LAPSED = "lapsed"
    EXPIRED = "expired"


class Worth(StrEnum):
    """What became of an activity's points: the state of its newest grant, or that they repaid a debt, or nothing."""

    HELD = "held"
    PENDING = "pending"
    COLLECTED = "collected"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    REPAID = "repaid"
    NONE = "none"


@dataclass(frozen=True)
class Grant:
    """Points with one expiry; the columns are explained in `models`."""

    user_id: str
    id: str
    entry_id: str
    zone: str
    state: GrantState
    amount: int
    remaining: int
    matures_at: datetime
    ends_at: datetime
    activity_id: str | None = None
    methodology_id: str | None = None
    taken_back: int = 0
    lost: int = 0
    extended_at: datetime | None = None

    @property
    def standing(self) -> int:
        """What the grant still counts for: as granted, less what corrections took back."""
        return self.amount - self.taken_back


@dataclass(frozen=True)
class Slice:
    """Some points of one grant."""

    grant: Grant
    amount: int


@dataclass(frozen=True)
class ActivityCredit:
    """What an activity of a person is to be worth: `target_points`, 0 or more.

    `revision` counts the times the activity was judged; `local_day` and `zone` are the person's own. What is added
    while `is_held` waits in pending, repays nothing and cannot be collected; it goes to 0 and is credited anew once
    decided.
    """

    user_id: str
    activity_id: str
    revision: int
    methodology_id: str
    local_day: date
    zone: str
    target_points: int
    is_held: bool = False


@dataclass(frozen=True)
class ActivityPoints:
    """What an activity is worth in points now; pending points are collectable from `matures_at`."""

    amount: int
    state: Worth
    matures_at: datetime | None


@dataclass(frozen=True)
class Balances:
    """Whole points: `pending` is not collected yet, `points` are, `owed` was taken back after it was spent."""

    points: int
    pending: int
    owed: int

    @property
    def balance(self) -> int:
        """What is shown: below zero for whoever owes."""
        return self.points - self.owed

    @property
    def available(self) -> int:
        """What can be spent now."""
        return max(0, self.balance)


@dataclass(frozen=True)
class Bubble:
    """A pending grant as a person sees it: collectable from `matures_at` until it lapses at `lapses_at`."""

    id: str
    amount: int
    activity_id: str | None
    methodology_id: str | None
    matures_at: datetime
    lapses_at: datetime
    is_mature: bool


@dataclass(frozen=True)
class Collected:
    """What one collecting brought (no entry when there was nothing left to collect), and what there is now."""

    amount: int
    grant_ids: tuple[str, ...]
    entry_id: str | None
    balances: Balances


@dataclass(frozen=True)
class Holding:
    """Collected points with one end, as their owner sees them."""

    id: str
    amount: int
    expires_at: datetime
    extended_at: datetime | None
    extendable_from_at: datetime | None  # None once they were extended
    is_extendable: bool


@dataclass(frozen=True)
class Extended:
    """What was given more time; no entry when there was nothing near its end."""

    amount: int
    grant_ids: tuple[str, ...]
    entry_id: str | None
