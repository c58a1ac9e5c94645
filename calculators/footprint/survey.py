"""The survey: what may be asked about a year, and how the answers become grams.

Promise: a text is a complete survey or is refused with every problem, its line and the remedy. Formulas use + × ÷ and
choices only, so that no line of a footprint can be negative and more of anything never lowers it. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from calculators.errors import DocumentRefused
from calculators.figures.factors import content_sha256
from calculators.footprint.program import Program, build_program
from calculators.footprint.questions import CATEGORIES, Question, read_questions
from calculators.methodology.lines import read_toml
from calculators.methodology.parts import Choice, Words
from calculators.methodology.section import Problems, Section

LONGEST_SURVEY = 200_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a footprint: `questions` are those it depends on, in the order of the formula."""

    name: str
    category: str
    title: Words
    formula: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Renamed:
    """A question that once had another name."""

    old: str
    new: str
    reason: Words


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """A survey as values. `figures` maps each figure's name to its unit; `removed` old questions to the reason."""

    text: str
    sha256: str
    title: Words
    questions: Mapping[str, Question]
    figures: Mapping[str, str]
    lines: Mapping[str, Line]
    renamed: tuple[Renamed, ...]
    removed: Mapping[str, Words]
    program: Program


@lru_cache(maxsize=64)
def parse_survey(text: str) -> Survey:
    """The survey written in `text`. Raises DocumentRefused with every problem found."""
    data = read_toml(text, LONGEST_SURVEY)
    problems = Problems(text)
    survey = _read(Section(data, "", problems), text, problems)
    if problems.found:
        raise DocumentRefused(problems.found)
    return survey


def _read(document: Section, text: str, problems: Problems) -> Survey:
    questions = read_questions(document.section("questions", required=True))
    figures_part = document.section("figures", required=True)
    figures = {name: figures_part.unit(name) for name in figures_part.names()}
    for name in figures:
        if name in questions:
            figures_part.problem(name, "is a question already; give the figure another name")
    lines_part = document.section("lines", required=True)
    formulas: dict[str, str] = {}
    described: dict[str, tuple[str, Words]] = {}
    for name in lines_part.names():
        part = lines_part.section(name)
        described[name] = part.one_of("category", CATEGORIES), part.words("title")
        formulas[name] = part.text("formula")
        part.finish()
    program = build_program(questions, figures, formulas, problems)
    lines = {
        name: Line(name, category, title, formulas[name], program.questions_of.get(name, ()))
        for name, (category, title) in described.items()
    }
    renamed = tuple(_renamed(part, questions) for part in document.sections("renamed"))
    removed = {part.text("name"): part.words("reason") for part in document.sections("removed")}
    for name, question in questions.items():
        asked_in = "" if isinstance(question.spec, Choice) else question.spec.unit
        for unit, figure in question.also.items():
            if figures.get(figure) != f"{asked_in}/{unit}":
                problems.note(f"questions.{name}.also", f"{figure!r} is no figure in {asked_in}/{unit}")
    asked = {name for line in lines.values() for name in line.questions}
    for name in questions:
        if name not in asked:
            problems.note(f"questions.{name}", "no line depends on it; remove the question or use it")
    survey = Survey(
        text, content_sha256(text), document.words("title"), questions, figures, lines, renamed, removed, program
    )
    document.finish()
    return survey


def _renamed(part: Section, questions: Mapping[str, Question]) -> Renamed:
    found = Renamed(part.text("from"), part.text("to"), part.words("reason"))
    if found.new not in questions:
        part.problem("to", f"{found.new!r} is not a question of this survey")
    if found.old in questions:
        part.problem("from", f"{found.old!r} is still asked")
    part.finish()
    return found
