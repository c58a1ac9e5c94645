"""What recalls talk about: which units, why, and what each owner got instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

# Why units are recalled, and what comes of it for an owner.
SUSPENDED, INVALIDATED = "suspended", "invalidated"
REPLACE, REFUND = "replace", "refund"
REPLACED, REFUNDED = "replaced", "refunded"


@dataclass(frozen=True)
class UnitChoice:
    """Which units of a project: all of one vintage, one lot, or a block by its serials; exactly one of these."""

    project_id: str
    vintage: int | None = None
    lot_id: str | None = None
    serials: str | None = None


@dataclass(frozen=True)
class LotInterval:
    """Grams `start_g` up to, not including, `end_g` of one lot."""

    lot_id: str
    start_g: int
    end_g: int


@dataclass(frozen=True)
class RecallRequest:
    """An operator recalls units: why, and what their owners get; without a project the same one's stock replaces."""

    units: UnitChoice
    cause: str
    remedy: str
    replacement_project_id: str | None
    who: str
    reason: str


@dataclass(frozen=True)
class Recall:
    """A recall as it was opened."""

    id: str
    project_id: str
    cause: str
    remedy: str
    replacement_project_id: str
    reason: str
    opened_by: str
    opened_at: datetime


@dataclass(frozen=True)
class RecallProgress:
    """What owners have got so far: people, their certificates, grams."""

    owners: int
    certificates: int
    replaced_g: int
    refunded_g: int


@dataclass(frozen=True)
class RecallView:
    """A recall, how far it has come, and how many owners have still to be told."""

    recall: Recall
    progress: RecallProgress
    waiting_owners: int


@dataclass(frozen=True)
class TouchedRetirement:
    """A retirement of somebody that rests on recalled units, with the interval of the recall that it meets."""

    recall_id: str
    project_id: str
    replacement_project_id: str
    remedy: str
    reason: str
    opened_by: str
    retirement_id: str
    reference: str
    purpose: str
    retired_from_g: int
    retired_to_g: int
    recalled_from_g: int
    recalled_to_g: int
    certificate_id: str

    @property
    def start_g(self) -> int:
        """Where what is recalled of it begins."""
        return max(self.retired_from_g, self.recalled_from_g)

    @property
    def end_g(self) -> int:
        """Where it ends, not included."""
        return min(self.retired_to_g, self.recalled_to_g)

    @property
    def grams(self) -> int:
        """How much of it is recalled."""
        return self.end_g - self.start_g


@dataclass(frozen=True)
class RecalledInterval:
    """Grams of one retirement that were recalled, and what their owner got for them."""

    user_id: str
    id: str
    recall_id: str
    retirement_id: str
    start_g: int
    end_g: int
    order_id: str
    number: str
    outcome: str
    replacement_id: str | None
    replacement_number: str | None
    handled_at: datetime

    @property
    def grams(self) -> int:
        """How much."""
        return self.end_g - self.start_g
