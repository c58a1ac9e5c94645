"""What a person is asked, the months they log, and what they could still reduce."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from backend.footprints.domain.yearly_footprint import Place
from backend.platform.core.i18n import Note
from calculators import FigureSource, Gap


class QuestionKind(StrEnum):
    """Whether a question is answered by an amount or by one of a few words."""

    QUANTITY = "quantity"
    CHOICE = "choice"


@dataclass(frozen=True)
class SurveyQuery:
    """Whose survey is shown: of a region (None: the person's), with shared defaults for a household of that size."""

    region: str | None = None
    household_size: Decimal | None = None


@dataclass(frozen=True)
class AnswerChoice:
    """One answer of a choice."""

    option: str
    title: str


@dataclass(frozen=True)
class DefaultAnswer:
    """What counts until the person answers. `assumed` is the reason where there is no source for it."""

    value: str
    region: str
    source: FigureSource | None
    assumed: str | None
    by_definition: bool
    note: str


@dataclass(frozen=True)
class FurtherUnit:
    """A unit besides the asked one that an answer may be in; one of it is `times` of the asked one in the place."""

    unit: str
    times: str


@dataclass(frozen=True)
class SurveyQuestion:
    """One question. `counts` is whom the answer counts, `per` which time; a shared default is the household's."""

    name: str
    category: str
    title: str
    help: str
    kind: QuestionKind
    unit: str | None
    also_in: tuple[FurtherUnit, ...]
    counts: str | None
    per: str | None
    step: str | None
    minimum: str | None
    maximum: str | None
    options: tuple[AnswerChoice, ...]
    default: DefaultAnswer


@dataclass(frozen=True)
class SurveyQuestions:
    """Everything a person of a place may be asked."""

    title: str
    asked: Place
    notes: Sequence[Note]
    used: Place
    household_size: str
    model_sha256: str
    not_included: str
    questions: tuple[SurveyQuestion, ...]


@dataclass(frozen=True)
class QuestionTitle:
    """A question by name and title."""

    name: str
    title: str


@dataclass(frozen=True)
class DiaryMonth:
    """A month of a diary: how many activities are logged in it, whether it has ended, and since when it is stated."""

    month: int
    logged: int
    has_ended: bool
    stated_at: datetime | None


@dataclass(frozen=True)
class DiaryYear:
    """A diary: what its owner states of a month, and for which questions it speaks then. Others keep their answer."""

    diary: str
    title: str
    promise: str
    questions: tuple[QuestionTitle, ...]
    months: tuple[DiaryMonth, ...]


@dataclass(frozen=True)
class LoggedMonths:
    """A year's diaries, month by month."""

    year: int
    diaries: tuple[DiaryYear, ...]


@dataclass(frozen=True)
class CategoryGrams:
    """So many grams of one category."""

    category: str
    grams: int


@dataclass(frozen=True)
class CreditingMethodology:
    """A methodology by id and title, what it credits, grams or behaviour points, and whether it can in the place."""

    id: str
    title: str
    yields: str
    has_figures: bool


@dataclass(frozen=True)
class ReductionOption:
    """An option: `grams` less a year on top of those before it, `alone_g` without them.

    `methodology` is None where none is about it; `source` says where the size of a change was read, "" if nowhere.
    """

    id: str
    title: str
    grams: int
    alone_g: int
    by_category: tuple[CategoryGrams, ...]
    methodology: CreditingMethodology | None
    source: str


@dataclass(frozen=True)
class ReductionOptions:
    """A year's options, the largest first, what all of them would leave, and the gaps to the targets."""

    year: int
    total_g: int
    options: tuple[ReductionOption, ...]
    left_g: int
    targets: tuple[Gap, ...]
