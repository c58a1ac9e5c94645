"""Why a footprint changed: the part of the model and the part of the answers, in words and grams.

Promise: model part + answer part = the whole change, by category too; each changed answer has its own grams, which sum
to the answer part. The model part is what the old answers give under the new model; nothing else is guessed. Touches
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from calculators.footprint.answers import carry_over
from calculators.footprint.evaluation import SurveyFootprint, compute_footprint
from calculators.footprint.measured_year import StandIn
from calculators.footprint.model import Model, Value
from calculators.footprint.packs import text_of
from calculators.methodology.parts import Choice
from calculators.rounding import EXACT, nearest_grams, short_text
from calculators.words import pick, say

_PER_KG = Decimal(1000)


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One question answered otherwise: None stands for the default. `grams` is its own part of the change."""

    question: str
    old: Value | None
    new: Value | None
    grams: int


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One default or figure of the model that is another now; None where it is new or gone."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """From one footprint to another. `by_category` maps to (model part, answer part); all grams signed."""

    old_g: int
    new_g: int
    model_g: int
    answers_g: int
    by_category: Mapping[str, tuple[int, int]]
    figures: tuple[FigureChange, ...]
    answers: tuple[AnswerChange, ...]


def split_change(
    old_model: Model, old_answers: Mapping[str, Value], new_model: Model, new_answers: Mapping[str, Value]
) -> Difference:
    """The change from an old footprint to a new one, split into what the model did and what the person said."""
    before = compute_footprint(old_model, old_answers)
    carried = carry_over(new_model.survey, old_answers).answers
    between = compute_footprint(new_model, carried)
    after = compute_footprint(new_model, new_answers)
    names = dict.fromkeys((*before.categories, *after.categories))
    return Difference(
        old_g=before.whole.grams,
        new_g=after.whole.grams,
        model_g=between.whole.grams - before.whole.grams,
        answers_g=after.whole.grams - between.whole.grams,
        by_category={
            name: (_grams(between, name) - _grams(before, name), _grams(after, name) - _grams(between, name))
            for name in names
        },
        figures=tuple(_changed_figures(old_model, new_model)),
        answers=tuple(_changed_answers(new_model, carried, new_answers)),
    )


def tell_change(difference: Difference, model: Model, language: str) -> tuple[str, ...]:
    """The change in sentences, the whole first, then model and answers, the largest answer first."""
    told = [say("footprint.change", {"old": _kg(difference.old_g), "new": _kg(difference.new_g)}, language)]
    if difference.figures:
        params = {"grams": _signed(difference.model_g), "count": len(difference.figures)}
        told.append(say("footprint.model_change", params, language))
    if difference.answers:
        told.append(say("footprint.answer_change", {"grams": _signed(difference.answers_g)}, language))
    default = say("footprint.default", {}, language)
    for change in sorted(difference.answers, key=lambda one: -abs(one.grams)):
        title = pick(model.survey.questions[change.question].title, language)
        old, new = (_told(model, change.question, value, default, language) for value in (change.old, change.new))
        params = {"title": title, "old": old, "new": new, "grams": _signed(change.grams)}
        told.append(say("footprint.answer", params, language))
    return tuple(told)


def _told(model: Model, name: str, value: Value | None, default: str, language: str) -> str:
    """An answer as a person would say it."""
    spec = model.survey.questions[name].spec
    if value is None:
        return default
    if isinstance(spec, Choice):
        return pick(spec.titles[str(value)], language)
    return f"{short_text(Decimal(value))} {spec.unit}"


def tell_measured(measured: StandIn, model: Model, language: str) -> str:
    """What was logged and what it replaced, in a sentence."""
    question = model.survey.questions[measured.question]
    told = (measured.value, measured.instead_of, measured.amount)
    value, instead_of, amount = (_told(model, measured.question, one, "", language) for one in told)
    params = {
        "title": pick(question.title, language),
        "days": measured.days,
        "months": ", ".join(str(month) for month in measured.months),
        "amount": amount,
        "value": value,
        "instead_of": instead_of,
        "rest": "" if measured.is_whole else say("footprint.rest", {}, language),
    }
    return say("footprint.measured" if measured.diary is None else "footprint.kept", params, language)


def _changed_answers(model: Model, old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[AnswerChange]:
    """Each changed answer on top of those before it, so that their grams sum to the whole."""
    current, grams = dict(old), compute_footprint(model, old).whole.grams
    for name in model.survey.questions:
        if old.get(name) == new.get(name):
            continue
        current.pop(name, None)
        if name in new:
            current[name] = new[name]
        reached = compute_footprint(model, current).whole.grams
        yield AnswerChange(name, old.get(name), new.get(name), reached - grams)
        grams = reached


def _changed_figures(old: Model, new: Model) -> Iterator[FigureChange]:
    if old.sha256 == new.sha256:
        return
    for name in dict.fromkeys((*old.entries, *new.entries)):
        first, second = _value(old, name), _value(new, name)
        if first != second:
            yield FigureChange(name, first, second)
    for name in dict.fromkeys((*old.survey.lines, *new.survey.lines)):
        first, second = (
            model.survey.lines[name].formula if name in model.survey.lines else None for model in (old, new)
        )
        if first != second:
            yield FigureChange(f"lines.{name}", first, second)


def _value(model: Model, name: str) -> str | None:
    entry = model.entries.get(name)
    return None if entry is None or entry.value is None else text_of(entry.value)


def _grams(footprint: SurveyFootprint, category: str) -> int:
    share = footprint.categories.get(category)
    return 0 if share is None else share.grams


def _kg(grams: int) -> str:
    return f"{nearest_grams(EXACT.divide(Decimal(grams), _PER_KG)):,}"


def _signed(grams: int) -> str:
    return ("+" if grams >= 0 else "−") + _kg(abs(grams))
