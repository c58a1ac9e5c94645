"""One line of a footprint, written out: its formula with the person's numbers, and where every number comes from.

Promise: the words are those of the formula that was computed, branches that a choice decides are left out, and every
number is the person's own answer, what they logged in its place, a default, a figure with its source, or an assumption
with its reason. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from calculators.footprint.evaluation import compute_footprint, line_grams
from calculators.footprint.model import Model, Value, active_names
from calculators.footprint.packs import Entry
from calculators.footprint.questions import HOUSEHOLD_SIZE
from calculators.formula import spell
from calculators.methodology.parts import Choice
from calculators.rounding import short_text
from calculators.words import pick

ANSWER, MEASURED, DEFAULT, FIGURE = "answer", "measured", "default", "figure"
PURE = "1"  # the unit of a pure number


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a line. `entry` says where a default or figure comes from; an answer is the person's own."""

    name: str
    title: str
    kind: str
    value: str
    unit: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class LineExplained:
    """A line's grams, its formula in names, the same with its numbers, and those numbers one by one."""

    line: str
    category: str
    title: str
    grams: int
    formula: str
    working: str
    numbers: tuple[Number, ...]


def explain_line(
    model: Model, answers: Mapping[str, Value], name: str, language: str, measured: Collection[str] = ()
) -> LineExplained:
    """How one line of a footprint came about; `measured` are the questions whose answer was logged instead.

    Raises KeyError for a line that is not estimated for the place.
    """
    found = compute_footprint(model, answers)
    grams = line_grams(model, found)[name]
    line, formula = model.survey.lines[name], model.survey.program.formulas[name]
    size = answers.get(HOUSEHOLD_SIZE)
    values = {**model.defaults(size if isinstance(size, Decimal) else None), **answers}
    questions = model.survey.questions
    chosen = {word: str(values[word]) for word in line.questions if isinstance(questions[word].spec, Choice)}
    active = set(active_names(formula, chosen))
    kinds = dict.fromkeys(answers, ANSWER) | dict.fromkeys(measured, MEASURED)
    numbers = tuple(_numbers(model, kinds, values, [word for word in formula.names if word in active], language))
    shown = {one.name: one.value if one.unit == PURE else f"{one.value} {one.unit}" for one in numbers}
    return LineExplained(
        line=name,
        category=line.category,
        title=pick(line.title, language),
        grams=grams,
        formula=spell(formula, {}, chosen),
        working=f"{spell(formula, shown, chosen)} = {grams:,} gCO2e",
        numbers=numbers,
    )


def _numbers(
    model: Model, kinds: Mapping[str, str], values: Mapping[str, Value], names: list[str], language: str
) -> Iterator[Number]:
    for name in names:
        entry, question = model.entries[name], model.survey.questions.get(name)
        if question is None:
            value = entry.value if isinstance(entry.value, Decimal) else Decimal(0)
            unit = _in_gas(model.survey.figures[name])
            yield Number(name, name.replace("_", " "), FIGURE, short_text(value), unit, entry)
            continue
        given = values[name]
        kind = kinds.get(name, DEFAULT)
        value_text = short_text(given) if isinstance(given, Decimal) else given
        title = pick(question.title, language)
        yield Number(name, title, kind, value_text, question.unit, entry if kind == DEFAULT else None)


def _in_gas(unit: str) -> str:
    """A survey's unit as a reader knows it; whether a figure is of CO2 alone stands in its note."""
    return unit.replace("GHG", "CO2e")
