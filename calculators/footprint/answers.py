"""A person's answers: read, refused with the field and the remedy, brought over from an older survey.

Promise: any subset of the questions may be answered; what is impossible is refused; an answer to a question that has
since been renamed still counts, and one to a removed question is kept apart with the reason. Touches nothing.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from calculators.errors import FieldError, InputRefused, UnitRefused
from calculators.estimate.activity_data import read_one
from calculators.footprint.model import Value
from calculators.footprint.questions import Question
from calculators.footprint.survey import Survey
from calculators.methodology.parts import Choice, Words
from calculators.rounding import EXACT
from calculators.units import conversion
from calculators.words import say_in_every_language

_FINE = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Carried:
    """Older answers under a newer survey: `renamed` maps old names to new, `dropped` old names to the reason."""

    answers: Mapping[str, Value]
    renamed: Mapping[str, str]
    dropped: Mapping[str, Words]


def read_answers(
    survey: Survey, given: Mapping[str, Any], figures: Mapping[str, Decimal] | None = None
) -> dict[str, Value]:
    """The answers, exact and in the survey's units. Raises InputRefused with every field that cannot be.

    An answer is a number, a number as text, {"value": ..., "unit": ...}, or one of a question's options. With the
    `figures` of a place (`Model.numbers`) a fuel may be in the unit it is bought in.
    """
    answers: dict[str, Value] = {}
    errors: list[FieldError] = []
    for name, raw in given.items():
        question = survey.questions.get(name)
        if question is None:
            errors.append(_unknown(survey, name))
            continue
        try:
            answers[name] = read_one(question.spec, _in_asked_unit(question, raw, figures or {}))
        except InputRefused as refused:
            errors += [dataclasses.replace(error, field=f"answers.{name}") for error in refused.errors]
    if errors:
        raise InputRefused(errors)
    return {name: answers[name] for name in survey.questions if name in answers}


def carry_over(survey: Survey, older: Mapping[str, Value]) -> Carried:
    """Answers given to an older survey, as far as this one can still read them."""
    new_names = {one.old: one.new for one in survey.renamed}
    reasons = {one.old: one.reason for one in survey.renamed}
    answers: dict[str, Value] = {}
    renamed: dict[str, str] = {}
    dropped: dict[str, Words] = {}
    for name, value in older.items():
        current = name
        while current in new_names:
            current = new_names[current]
        reason = survey.removed.get(current) or reasons.get(name)
        try:
            answers |= read_answers(survey, {current: value})
        except InputRefused:
            dropped[name] = reason or say_in_every_language("footprint.no_longer_asked")
            continue
        if current != name:
            renamed[name] = current
    return Carried({name: answers[name] for name in survey.questions if name in answers}, renamed, dropped)


def _in_asked_unit(question: Question, raw: Any, figures: Mapping[str, Decimal]) -> Any:
    """What was given, or the same amount in the asked unit where it is in a further one of the question."""
    spec, unit = question.spec, raw.get("unit") if isinstance(raw, Mapping) else None
    if isinstance(spec, Choice) or not isinstance(unit, str):
        return raw
    for further, figure in question.also.items():
        if figure in figures and _converts(unit, further):
            other = dataclasses.replace(spec, unit=further, entered_as=further, step=_FINE)
            amount = read_one(other, raw)
            return EXACT.multiply(figures[figure], amount) if isinstance(amount, Decimal) else raw
    return raw


def _converts(unit: str, other: str) -> bool:
    try:
        conversion(unit, other)
    except UnitRefused:
        return False
    return True


def _unknown(survey: Survey, name: str) -> FieldError:
    moved = next((one.new for one in survey.renamed if one.old == name), None)
    close = [moved] if moved else difflib.get_close_matches(name, survey.questions, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "; see the list of questions"
    closest = {"closest": close[0]} if close else {}
    return FieldError(f"answers.{name[:60]}", "input.unknown", f"the survey has no such question{hint}", closest)
