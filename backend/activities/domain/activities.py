"""An activity: as it is reported, as it is stored, and the reductions and months it comes to.

The fields of what is stored are the columns of its table; `models` says what is not obvious about them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from calculators import Allowance, ClaimedElsewhere, CountedAlready, DaysCounted, GasScope, ReductionRange

OPERATOR = "operator"  # the reason where no rule but somebody decided
SELF_DECLARED = "self_declared"  # the evidence tier of a bare word
LOGGED, RESETTLED, NETTED = "logged", "resettled", "netted"  # causes of a reduction

SUMS = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g", "behaviour_points")
CREDIT = ("credited_g", "behaviour_points")  # of these a held activity has none until it is decided
# What a reduction carries over from one revision to the next.
LINEAGE = (
    "user_id",
    "activity_id",
    "occurred_on",
    "methodology_id",
    "version",
    "version_id",
    "content_sha256",
    "meter_ends",
)


class ActivityStatus(StrEnum):
    """Whether an activity counts: `held` waits for a decision, `uncredited` has a reason, `withdrawn` is taken back."""

    CREDITED = "credited"
    HELD = "held"
    UNCREDITED = "uncredited"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class ActivityFilter:
    """Which of a person's activities are asked for; None asks for all. `first` and `last` are civil days."""

    methodology_id: str | None = None
    category: str | None = None
    status: str | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class LogActivity:
    """What a person says they did. `inputs` are as the methodology names them, numbers exact; `evidence` holds ids."""

    methodology_id: str
    occurred_at: datetime
    inputs: Mapping[str, Any]
    duration_s: int | None = None
    region: str | None = None
    declared_alternative: str | None = None
    client_id: str | None = None
    evidence: Sequence[str] = ()


@dataclass(frozen=True)
class EstimateContext:
    """What is known beside a report: where the person lives, by whose midnight, and what supports their word."""

    region: str
    on: date
    evidence_tier: str = SELF_DECLARED
    household_size: Decimal | None = None
    diet: str | None = None
    history: Mapping[str, Decimal] = field(default_factory=dict)  # what follows from their own past, by input
    counted_already: CountedAlready | None = None  # what leaves no room beside it on one of its days
    claimed_elsewhere: ClaimedElsewhere | None = None  # what of a household somebody else has counted
    allowance: Allowance | None = None  # what bounds an activity that nobody attested
    days_counted: DaysCounted | None = None  # of a period that began before the account
    regions: tuple[str, ...] = ()  # where a track shows it may have been; empty: as the profile and the person say


@dataclass(frozen=True)
class Preview:
    """An activity that nobody claims to have done; `on` is None for today in UTC."""

    methodology_id: str
    inputs: Mapping[str, Any]
    region: str
    on: date | None = None
    duration_s: int | None = None
    evidence_tier: str = SELF_DECLARED
    household_size: Decimal | None = None
    diet: str | None = None
    declared_alternative: str | None = None


@dataclass(frozen=True)
class NewRoutine:
    """What somebody wants to be asked about; `weekdays` are numbers, 1 is Monday, `starts_on` is None for today."""

    methodology_id: str
    inputs: Mapping[str, Any]
    weekdays: Sequence[int]
    time: str
    duration_s: int | None = None
    starts_on: date | None = None


@dataclass(frozen=True)
class Activity:
    """A stored activity."""

    user_id: str
    id: str
    client_id: str | None
    methodology_id: str
    occurred_at: datetime
    occurred_on: date
    duration_s: int | None
    least_s: int | None
    zone: str
    region: str
    given_region: str | None
    inputs: Mapping[str, Any]
    declared_alternative: str | None
    evidence_tier: str
    status: ActivityStatus
    reason: str | None
    created_at: datetime
    withdrawn_at: datetime | None = None
    limits_version: int | None = None  # of the limits by which every rule accepted it, where that is the first decision

    @property
    def is_held(self) -> bool:
        """Whether somebody has to decide about it first."""
        return self.status == ActivityStatus.HELD


@dataclass(frozen=True)
class Reduction:
    """A stored reduction: one revision of what an activity came to under one version; `working` is its record."""

    user_id: str
    id: str
    activity_id: str
    revision: int
    cause: str
    occurred_on: date
    methodology_id: str
    version: int
    version_id: str
    content_sha256: str
    baseline_g: int
    project_g: int
    reduction_g: int
    credited_g: int
    low_g: int
    high_g: int
    behaviour_points: int
    unattested: int
    withheld: int
    above: int
    netted: int
    metered_days: int | None
    meter_ends: str | None
    working: dict[str, Any]
    created_at: datetime
    superseded_at: datetime | None

    @property
    def amount(self) -> int:
        """What counts towards the caps and is paid in points: grams, or behaviour points where nothing is avoided."""
        return self.credited_g + self.behaviour_points


@dataclass(frozen=True)
class LiveReduction(Reduction):
    """A live reduction with what its activity says about when it was, and whether it counts."""

    occurred_at: datetime
    zone: str
    status: ActivityStatus


@dataclass(frozen=True)
class FlowClaim:
    """That an activity is paid for an instance of a flow of `owner_id`; of two that meet, the lower `rank` is paid."""

    owner_id: str
    flow: str
    instance: str
    claimed_on: date
    user_id: str
    activity_id: str
    methodology_id: str
    rank: str


@dataclass(frozen=True)
class ReportedInputs:
    """What a person reported under a methodology on a day, the inputs as entered, whatever they were credited."""

    methodology_id: str
    occurred_on: date
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class MonthOf:
    """What one version of one methodology came to in one month of one person; signed grams, bounds added up."""

    month_on: date  # its first day
    methodology_id: str
    version: int
    version_id: str
    content_sha256: str
    activities: int
    baseline_g: int
    project_g: int
    reduction_g: int
    credited_g: int
    low_g: int
    high_g: int
    behaviour_points: int


@dataclass(frozen=True)
class RangedReduction:
    """A live reduction with its range, figure by figure, and the gases its grams count; none where it has no grams."""

    category: str
    gases: frozenset[GasScope]
    credited_g: int
    range: ReductionRange


@dataclass(frozen=True)
class IssuedUnder:
    """What everybody was credited under one version of one methodology in some months."""

    methodology_id: str
    version_id: str
    content_sha256: str
    activities: int
    baseline_g: int
    credited_g: int


@dataclass(frozen=True)
class Routine:
    """What somebody does again and again; `weekdays` are digits, 1 is Monday, `time` is by the wall clock, 08:10."""

    user_id: str
    id: str
    methodology_id: str
    inputs: Mapping[str, Any]
    weekdays: str
    time: str
    duration_s: int | None
    starts_on: date
    created_at: datetime
    ended_at: datetime | None = None


def month_of(on: date) -> date:
    """The first day of the month that holds `on`."""
    return on.replace(day=1)
