"""A footprint as its person reads it: places, categories, lines, changes, and a year's books side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from backend.footprints.domain.answered_year import OwnTarget
from calculators import FigureChange, FigureSource, Row
from offsets import Claim


class FootprintBasis(StrEnum):
    """What a footprint rests on: a survey, or the published average where no survey is made for the place."""

    SURVEY = "survey"
    AVERAGE = "average"


@dataclass(frozen=True)
class Place:
    """A region by code and by name."""

    code: str
    name: str


@dataclass(frozen=True)
class FootprintLine:
    """One line of a category."""

    line: str
    title: str
    grams: int


@dataclass(frozen=True)
class FootprintCategory:
    """One category; `figure` is the published average it is, where nobody was asked."""

    category: str
    grams: int
    low_g: int
    high_g: int
    is_default: bool
    default_share_pct: int
    assumed_share_pct: int | None
    figure: Row | None
    lines: tuple[FootprintLine, ...]


@dataclass(frozen=True)
class AnswerChange:
    """One question answered otherwise, None standing for the default."""

    question: str
    old: str | None
    new: str | None
    grams: int


@dataclass(frozen=True)
class FootprintChange:
    """A change, split into the model's part and the answers', in grams and in words."""

    old_g: int
    new_g: int
    model_g: int
    answers_g: int
    sentences: tuple[str, ...]
    answers: tuple[AnswerChange, ...]
    figures: tuple[FigureChange, ...]


@dataclass(frozen=True)
class MeasuredAnswer:
    """What was logged for a question: `value` counts, `amount` was logged on `days` of the year in `months`.

    `diary` is None for meters.
    """

    question: str
    value: str
    instead_of: str
    amount: str
    diary: str | None
    days: int
    months: tuple[int, ...]
    is_whole: bool
    sentence: str


@dataclass(frozen=True)
class ModelReference:
    """The model a footprint was computed by, by content hash."""

    sha256: str
    region: str
    is_current: bool


@dataclass(frozen=True)
class EarlierAnswers:
    """Answers of an earlier year that may be taken over. Nothing of it counts until somebody says so."""

    from_year: int
    answers: Mapping[str, str]
    renamed: Mapping[str, str]
    dropped: Mapping[str, str]


@dataclass(frozen=True)
class YearlyFootprint:
    """A person's year. `asked` is the person's place, `used` the one whose figures it rests on."""

    year: int
    basis: FootprintBasis
    asked: Place
    used: Place
    total_g: int
    low_g: int
    high_g: int
    default_share_pct: int
    assumed_share_pct: int | None
    answered: int
    questions: int
    categories: tuple[FootprintCategory, ...]
    not_estimated: tuple[str, ...]
    not_included: str | None
    model: ModelReference | None
    answers: Mapping[str, str]
    measured: tuple[MeasuredAnswer, ...]
    own_target: OwnTarget | None
    offered: EarlierAnswers | None
    change: FootprintChange | None
    newer_model: FootprintChange | None

    @property
    def is_complete(self) -> bool:
        """Whether the person has answered everything there is to ask."""
        return self.questions > 0 and self.answered == self.questions


@dataclass(frozen=True)
class YearSummary:
    """One answered year beside the others; `change` is what became of the answered year before it."""

    year: int
    used: Place
    total_g: int
    low_g: int
    high_g: int
    default_share_pct: int
    assumed_share_pct: int
    categories: tuple[FootprintCategory, ...]
    change: FootprintChange | None


@dataclass(frozen=True)
class LineNumber:
    """One number of a line: the person's answer, or a default or figure with its source or the reason it is assumed."""

    name: str
    title: str
    kind: str
    value: str
    unit: str
    region: str | None
    source: FigureSource | None
    assumed: str | None
    by_definition: bool
    note: str | None


@dataclass(frozen=True)
class LineExplanation:
    """A line's grams, its formula in names and with numbers, and the numbers one by one."""

    year: int
    line: str
    category: str
    title: str
    grams: int
    formula: str
    working: str
    numbers: tuple[LineNumber, ...]


@dataclass(frozen=True)
class ExpectedGrowth:
    """Grams that planted trees are expected to take up by the end of `by_year`, after survival and buffer."""

    by_year: int
    grams: int


@dataclass(frozen=True)
class Neutrality:
    """A year's books side by side. Without a footprint nothing can remain; only what was done can be told."""

    year: int
    footprint: YearlyFootprint | None
    retired_g: int
    verified_growth_g: int
    expected_growth: tuple[ExpectedGrowth, ...]
    remaining_g: int | None
    remaining_low_g: int | None
    remaining_high_g: int | None
    default_share_pct: int | None
    claim: Claim


@dataclass(frozen=True)
class FootprintCopy:
    """A copy of a year as its owner reads it: `difference` is from the year to the copy, in grams and words."""

    id: str
    name: str
    year: int
    footprint: YearlyFootprint
    difference: FootprintChange


@dataclass(frozen=True)
class FootprintCopies:
    """The copies of a year, in the order they were made, beside what the year itself comes to."""

    year: int
    total_g: int
    copies: tuple[FootprintCopy, ...]
