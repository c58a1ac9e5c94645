"""Activities as a reader sees them: what the schemas write, numbers from the rows, words in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Coded:
    """A stable code and its words."""

    code: str
    message: str | None


@dataclass(frozen=True)
class DeductionView:
    """Why less is credited than was reduced."""

    kind: str
    weight: str | None
    reason: str


@dataclass(frozen=True)
class ContrastView:
    """The naive figure, for contrast only: never credited."""

    label: str
    grams: int
    credited: bool = False


@dataclass(frozen=True)
class VersionView:
    """A version of a methodology, by its approved content hash."""

    id: str
    version: int
    sha256: str


@dataclass(frozen=True)
class VersionWithDocument(VersionView):
    """The same with its text, the hash of the text, and the figures that were approved with it."""

    document_sha256: str
    document: str
    figures: str


@dataclass(frozen=True)
class ResultView:
    """Signed grams, credit after deductions, the 95 % range of the reduction before them, and the words for them."""

    baseline_g: int
    project_g: int
    reduction_g: int
    credited_g: int
    low_g: int
    high_g: int
    behaviour_points: int
    basis: str
    region: str
    deductions: Sequence[DeductionView]
    contrast: ContrastView | None
    methodology: VersionView


@dataclass(frozen=True)
class ReductionView(ResultView):
    """A stored reduction."""

    id: str
    revision: int
    superseded_at: datetime | None


@dataclass(frozen=True)
class WorkingView(ReductionView):
    """A stored reduction with its whole working: enough to recompute it without a server."""

    activity_id: str
    local_day: date
    cause: str
    created_at: datetime
    explanation: Sequence[str]
    no_change: str | None
    conversions: Mapping[str, Any]
    working: Mapping[str, Any]


@dataclass(frozen=True)
class PointsView:
    """What an activity is worth in points now; see `points.domain.ActivityPoints`."""

    amount: int
    state: str
    matures_at: datetime | None


@dataclass(frozen=True)
class NextStep(Coded):
    """What a person can do so that at least `amount` more grams or points count, with which kinds of evidence."""

    amount: int
    evidence: Sequence[str]


@dataclass(frozen=True)
class LoggedActivity:
    """An activity with its newest reduction and its points."""

    id: str
    client_id: str | None
    title: str
    category: str
    status: str
    reason: Coded | None
    occurred_at: datetime
    local_day: date
    zone: str
    duration_s: int | None
    inputs: Mapping[str, Any]
    evidence_tier: str
    created_at: datetime
    withdrawn_at: datetime | None
    reduction: ReductionView
    points: PointsView
    notes: Sequence[Coded]
    next: Sequence[NextStep]


@dataclass(frozen=True)
class EstimateView:
    """What an activity would give, of an estimate that is not stored."""

    status: str
    reason: Coded | None
    reduction: ResultView
    notes: Sequence[Coded]


@dataclass(frozen=True)
class StoredItem:
    """An activity that one item of a phone's queue became, in short."""

    id: str
    client_id: str | None
    status: str
    local_day: date
    reduction_id: str
    reduction_g: int
    credited_g: int
    behaviour_points: int
    reason: Coded | None


@dataclass(frozen=True)
class StoredOutcome(StoredItem):
    """An item that was stored just now; `outcome` is its status."""

    index: int
    outcome: str


@dataclass(frozen=True)
class DuplicateOutcome(StoredOutcome):
    """An item that was stored before, as the activity `of`."""

    of: str


@dataclass(frozen=True)
class InvalidOutcome:
    """An item that cannot be stored: `errors` by field, each with code and words."""

    index: int
    outcome: str
    errors: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class InvalidActivityOutcome(InvalidOutcome):
    """The same of an item that could be read, so that its name is known."""

    client_id: str | None


@dataclass(frozen=True)
class LaterOutcome:
    """An item that is not stored and may be sent again after some seconds."""

    index: int
    outcome: str
    client_id: str | None
    retry_after_s: int


Outcome = StoredOutcome | InvalidOutcome | LaterOutcome


@dataclass(frozen=True)
class DecisionView:
    """One decision: by which rule and its version, or by an operator with a reason."""

    number: int
    outcome: str
    rule: str
    rule_version: int
    by: str
    found: Sequence[str]
    params: Mapping[str, Any]
    message: str
    reason: str | None
    decided_at: datetime


@dataclass(frozen=True)
class AppealView:
    """When an appeal was made, and when it was answered."""

    created_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class DecisionsView:
    """Every decision on an activity, the first one first, and the appeal against them."""

    decisions: Sequence[DecisionView]
    appeal: AppealView | None


@dataclass(frozen=True)
class WaitingActivity:
    """An activity that waits for an operator; `appeal` are the person's words, `amount` what is at stake."""

    user_id: str
    id: str
    methodology_id: str
    status: str
    occurred_at: datetime
    zone: str
    duration_s: int | None
    inputs: Mapping[str, Any]
    evidence_tier: str
    evidence: Sequence[str]
    amount: int
    created_at: datetime
    decision: DecisionView | None
    appeal: str | None
    appealed_at: datetime | None


@dataclass(frozen=True)
class RoutineView:
    """A routine; `weekdays` are numbers, 1 is Monday."""

    id: str
    methodology_id: str
    inputs: Mapping[str, Any]
    weekdays: Sequence[int]
    time: str
    duration_s: int | None
    starts_on: date
    created_at: datetime
    ended_at: datetime | None
