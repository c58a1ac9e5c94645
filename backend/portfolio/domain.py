"""What the portfolio talks about: sums of a record, an account, a first screen, a household's month, statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from backend.platform.core import clock
from backend.points.domain import Balances
from calculators import Row


@dataclass(frozen=True)
class Sum:
    """Signed grams of some activities. `low_g` to `high_g` holds `reduction_g`, bounds added up as if every error
    went the same way (`SumInRange` is nearer); `credited_g` is what is left of it after deductions and caps.
    """

    activities: int = 0
    baseline_g: int = 0
    project_g: int = 0
    reduction_g: int = 0
    credited_g: int = 0
    low_g: int = 0
    high_g: int = 0
    behaviour_points: int = 0


@dataclass(frozen=True)
class Gases:
    """Which gases the grams of a sum count, `CO2`, `GHG` or both, and the words for it; none of an empty sum."""

    scopes: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class SumInRange:
    """Signed grams of some activities with the 95 % range of their sum: a figure that several share is one variable.

    `scopes` are the gases that they count.
    """

    scopes: tuple[str, ...]
    activities: int
    reduction_g: int
    credited_g: int
    low_g: int
    high_g: int


@dataclass(frozen=True)
class CategoryInRange:
    """The sum of one category; `title` in the reader's language."""

    key: str
    title: str
    sum: SumInRange


@dataclass(frozen=True)
class ReductionsInRange:
    """The range of what was reduced from one month to another: of all of it, by the gases counted, by category."""

    from_on: date
    until_on: date
    total: SumInRange
    gases: Gases
    by_gas: tuple[SumInRange, ...]
    by_category: tuple[CategoryInRange, ...]


@dataclass(frozen=True)
class SumPart:
    """The sum of one category, month or methodology; `title` in the reader's language."""

    key: str
    title: str
    sum: Sum


@dataclass(frozen=True)
class VersionSum:
    """A version that some of a sum rests on, by its approved content hash."""

    version: int
    sha256: str
    sum: Sum


@dataclass(frozen=True)
class MethodologySum:
    """What one methodology came to, version by version; titles in every language of the rule book."""

    id: str
    category: str
    titles: Mapping[str, str]
    sum: Sum
    versions: tuple[VersionSum, ...]
    scopes: tuple[str, ...]  # of the gases that its grams may count, by place


@dataclass(frozen=True)
class Equivalent:
    """As much as `amount` of a thing; `figure` is the row of the rule book that says what one of it emits."""

    id: str
    text: str
    amount: Decimal
    figure: Row


@dataclass(frozen=True)
class OwnProgress:
    """The last month that is over, beside the mean of the months before it; grams credited."""

    month_on: date
    credited_g: int
    earlier_from_on: date
    earlier_until_on: date
    earlier_mean_g: int
    difference_g: int
    text: str


@dataclass(frozen=True)
class RegionProgress:
    """What people of the place would have emitted for the same, and what the person did.

    `footprint_share_pct` is what was credited as a share of a year of an average person there, None where nobody has
    published that; `figures` are the published averages it rests on.
    """

    region: str
    name: str
    baseline_g: int
    project_g: int
    less_pct: Decimal | None
    footprint_g: int | None
    footprint_share_pct: Decimal | None
    figures: tuple[Row, ...]
    text: str


@dataclass(frozen=True)
class Reductions:
    """What was reduced from one month to another, in sum and in parts."""

    from_on: date
    until_on: date
    total: Sum
    gases: Gases
    by_category: tuple[SumPart, ...]
    by_month: tuple[SumPart, ...]
    by_methodology: tuple[MethodologySum, ...]
    all_time: Sum


@dataclass(frozen=True)
class Account:
    """Everything an account shows at once; for a past instant, the balances as they stood and nothing else."""

    balances: Balances
    at: datetime | None = None
    reductions: Reductions | None = None
    own: OwnProgress | None = None
    region: RegionProgress | None = None
    equivalents: tuple[Equivalent, ...] = ()


@dataclass(frozen=True)
class ClientConfiguration:
    """The client configuration; `texts` are in the reader's language, by code."""

    oldest_build: int
    oldest_days: int
    is_read_only: bool
    is_checkout_paused: bool
    crediting_paused: tuple[str, ...]
    languages: tuple[str, ...]
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Band:
    """From `from_g` to less than `below_g`: as much as others learn."""

    from_g: int
    below_g: int


@dataclass(frozen=True)
class HouseholdMonth:
    """A month of a household; `others` from the most to the least, so that their order names nobody.

    `gases` is the same for every household: what others' grams count tells what they do.
    """

    month_on: date
    mine_g: int
    others: tuple[Band, ...]
    together: Band
    gases: Gases


@dataclass(frozen=True)
class Departure:
    """That somebody has left: since when, and whether their erasure has to wait for money."""

    left_at: datetime
    waits_for_money: bool


@dataclass(frozen=True)
class Period:
    """Civil days from `first_on` to `last_on`, both counted; `text` is its one spelling."""

    text: str
    first_on: date
    last_on: date

    @property
    def kind(self) -> str:
        """`month` or `year`."""
        return "month" if "-" in self.text else "year"

    def begins_at(self, zone: str) -> datetime:
        """The first instant of the period in `zone`."""
        return clock.start_of_day(self.first_on, zone)

    def ends_at(self, zone: str) -> datetime:
        """The first instant after the period in `zone`."""
        return clock.start_of_day(self.last_on + timedelta(days=1), zone)


@dataclass(frozen=True)
class StatementVerdict:
    """Whether a number is a statement that holds. `problem` says why not: `not_a_number`, `unknown`, `signature`,
    `replaced` or `revoked` (`because` of what). `sha256` is that of the facts, to compare a copy with.
    """

    number: str
    is_genuine: bool
    problem: VerdictProblem | None
    period: str | None = None
    sha256: str | None = None
    holder: str | None = None
    issued_at: datetime | None = None
    closed_at: datetime | None = None
    because: RevocationReason | None = None


class StatementState(StrEnum):
    """What became of a statement that was issued."""

    VALID = "valid"
    REPLACED = "replaced"
    REVOKED = "revoked"


class RevocationReason(StrEnum):
    """Why an operator took a statement back: what everybody who asks by its number is told."""

    COMPUTATION_ERROR = "computation_error"
    WRONG_PERSON = "wrong_person"
    ASKED_BY_HOLDER = "asked_by_holder"
    FRAUD = "fraud"


class VerdictProblem(StrEnum):
    """Why a number is no statement that holds."""

    NOT_A_NUMBER = "not_a_number"
    UNKNOWN = "unknown"
    SIGNATURE = "signature"
    REPLACED = "replaced"
    REVOKED = "revoked"


@dataclass(frozen=True)
class IssuedStatement:
    """One statement that was issued, as its owner sees it in a list. `sha256` is that of the facts as signed."""

    user_id: str
    id: str
    number: str
    period: str
    revision: int
    sha256: str
    shows_name: bool
    state: StatementState
    because: RevocationReason | None
    issued_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class StoredStatement(IssuedStatement):
    """An issued statement with its sealed file: facts, signature and name; empty after an erasure."""

    sealed_file: bytes
