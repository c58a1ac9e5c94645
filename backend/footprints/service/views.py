"""A footprint as somebody reads it: whose figures it is, category by category and line by line, and what it leaves out.

Turns what the rule book computed into named, worded values; decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.platform.core.i18n import Language, pick
from calculators import (
    Difference,
    Footprint,
    Model,
    Row,
    StandIn,
    SurveyFootprint,
    line_grams,
    load_library,
    short_text,
    tell_change,
    tell_measured,
)

SURVEY, AVERAGE = "survey", "average"
ALL = 100


@dataclass(frozen=True)
class Place:
    """A region by code and by name."""

    code: str
    name: str


@dataclass(frozen=True)
class LineShown:
    """One line of a category."""

    line: str
    title: str
    grams: int


@dataclass(frozen=True)
class CategoryShown:
    """One category; `figure` is the published average it is, where nobody was asked."""

    category: str
    grams: int
    low_g: int
    high_g: int
    is_default: bool
    default_share_pct: int
    assumed_share_pct: int | None
    figure: Row | None
    lines: tuple[LineShown, ...]


@dataclass(frozen=True)
class AnswerChanged:
    """One question answered otherwise, None standing for the default."""

    question: str
    old: str | None
    new: str | None
    grams: int


@dataclass(frozen=True)
class ChangeShown:
    """A change, split into the model's part and the answers', in grams and in words."""

    old_g: int
    new_g: int
    model_g: int
    answers_g: int
    sentences: tuple[str, ...]
    answers: tuple[AnswerChanged, ...]
    figures: tuple[Any, ...]


@dataclass(frozen=True)
class MeasuredShown:
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
class ModelShown:
    """The model a footprint was computed by, by content hash."""

    sha256: str
    region: str
    is_current: bool


@dataclass(frozen=True)
class Offered:
    """Answers of an earlier year that may be taken over. Nothing of it counts until somebody says so."""

    from_year: int
    answers: Mapping[str, str]
    renamed: Mapping[str, str]
    dropped: Mapping[str, str]


@dataclass(frozen=True)
class YearlyFootprint:
    """A person's year. `basis` is `survey` or, where no survey is made for the place, the published `average`."""

    year: int
    basis: str
    asked: Place
    used: Place
    total_g: int
    low_g: int
    high_g: int
    default_share_pct: int
    assumed_share_pct: int | None
    answered: int
    questions: int
    categories: tuple[CategoryShown, ...]
    not_estimated: tuple[str, ...]
    not_included: str | None
    model: ModelShown | None
    answers: Mapping[str, str]
    measured: tuple[MeasuredShown, ...]
    own_target: Any
    offered: Offered | None
    change: ChangeShown | None
    newer_model: ChangeShown | None

    @property
    def is_complete(self) -> bool:
        """Whether the person has answered everything there is to ask."""
        return self.questions > 0 and self.answered == self.questions


def place(code: str, language: Language) -> Place:
    """A place with its name in the caller's language."""
    return Place(code, load_library().tables.regions.name_of(code, language.key))


def from_average(year: int, region: str, found: Footprint, language: Language) -> YearlyFootprint:
    """The published average of a place for which there is no survey."""
    return YearlyFootprint(
        year=year,
        basis=AVERAGE,
        asked=place(region, language),
        used=place(found.region, language),
        total_g=found.total_g,
        low_g=found.low_g,
        high_g=found.high_g,
        default_share_pct=found.default_share_pct,
        assumed_share_pct=None,
        answered=0,
        questions=0,
        categories=tuple(
            CategoryShown(one.category, one.grams, one.low_g, one.high_g, True, ALL, None, one.figure, ())
            for one in found.categories
        ),
        not_estimated=(),
        not_included=None,
        model=None,
        answers={},
        measured=(),
        own_target=None,
        offered=None,
        change=None,
        newer_model=None,
    )


def categories_of(model: Model, found: SurveyFootprint, language: Language) -> tuple[CategoryShown, ...]:
    """Every category with its lines; a line without grams is left out."""
    grams = line_grams(model, found)
    lines: dict[str, list[LineShown]] = {}
    for name, number in grams.items():
        line = model.survey.lines[name]
        if number:
            lines.setdefault(line.category, []).append(LineShown(name, pick(line.title, language), number))
    return tuple(
        CategoryShown(
            category=name,
            grams=share.grams,
            low_g=share.low_g,
            high_g=share.high_g,
            is_default=share.default_share_pct == ALL,
            default_share_pct=share.default_share_pct,
            assumed_share_pct=share.assumed_share_pct,
            figure=None,
            lines=tuple(sorted(lines.get(name, []), key=lambda line: -line.grams)),
        )
        for name, share in found.categories.items()
    )


def change_of(difference: Difference, model: Model, language: Language) -> ChangeShown:
    """A difference in words and grams."""
    return ChangeShown(
        old_g=difference.old_g,
        new_g=difference.new_g,
        model_g=difference.model_g,
        answers_g=difference.answers_g,
        sentences=tell_change(difference, model, language.key),
        answers=tuple(
            AnswerChanged(one.question, _text(one.old), _text(one.new), one.grams) for one in difference.answers
        ),
        figures=difference.figures,
    )


def measured_of(model: Model, measured: Mapping[str, StandIn], language: Language) -> tuple[MeasuredShown, ...]:
    """What was logged and stands for an answer, said in words."""
    return tuple(
        MeasuredShown(
            question=one.question,
            value=short_text(one.value),
            instead_of=short_text(one.instead_of),
            amount=short_text(one.amount),
            diary=one.diary,
            days=one.days,
            months=one.months,
            is_whole=one.is_whole,
            sentence=tell_measured(one, model, language.key),
        )
        for one in measured.values()
    )


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else short_text(value)
