"""A footprint as somebody reads it: whose figures it is, category by category and line by line, and what it leaves out.

Turns what the rule book computed into named, worded values; decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from backend.footprints.domain import (
    AnswerChange,
    FootprintBasis,
    FootprintCategory,
    FootprintChange,
    FootprintLine,
    MeasuredAnswer,
    Place,
    YearlyFootprint,
)
from backend.platform.core.i18n import Language, pick
from calculators import (
    Difference,
    Footprint,
    Model,
    StandIn,
    SurveyFootprint,
    line_grams,
    load_library,
    short_text,
    tell_change,
    tell_measured,
)

ALL = 100


def name_place(code: str, language: Language) -> Place:
    """A place with its name in the caller's language."""
    return Place(code, load_library().tables.regions.name_of(code, language.key))


def describe_average(year: int, region: str, average: Footprint, language: Language) -> YearlyFootprint:
    """The published average of a place for which there is no survey."""
    return YearlyFootprint(
        year=year,
        basis=FootprintBasis.AVERAGE,
        asked=name_place(region, language),
        used=name_place(average.region, language),
        total_g=average.total_g,
        low_g=average.low_g,
        high_g=average.high_g,
        default_share_pct=average.default_share_pct,
        assumed_share_pct=None,
        answered=0,
        questions=0,
        categories=tuple(
            FootprintCategory(one.category, one.grams, one.low_g, one.high_g, True, ALL, None, one.figure, ())
            for one in average.categories
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


def list_categories(model: Model, footprint: SurveyFootprint, language: Language) -> tuple[FootprintCategory, ...]:
    """Every category with its lines; a line without grams is left out."""
    grams = line_grams(model, footprint)
    lines: dict[str, list[FootprintLine]] = {}
    for name, number in grams.items():
        line = model.survey.lines[name]
        if number:
            lines.setdefault(line.category, []).append(FootprintLine(name, pick(line.title, language), number))
    return tuple(
        FootprintCategory(
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
        for name, share in footprint.categories.items()
    )


def describe_change(difference: Difference, model: Model, language: Language) -> FootprintChange:
    """A difference in words and grams."""
    return FootprintChange(
        old_g=difference.old_g,
        new_g=difference.new_g,
        model_g=difference.model_g,
        answers_g=difference.answers_g,
        sentences=tell_change(difference, model, language.key),
        answers=tuple(
            AnswerChange(one.question, _text(one.old), _text(one.new), one.grams) for one in difference.answers
        ),
        figures=difference.figures,
    )


def list_measured(model: Model, measured: Mapping[str, StandIn], language: Language) -> tuple[MeasuredAnswer, ...]:
    """What was logged and stands for an answer, said in words."""
    return tuple(
        MeasuredAnswer(
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


def _text(value: Decimal | str | None) -> str | None:
    return value if value is None or isinstance(value, str) else short_text(value)
