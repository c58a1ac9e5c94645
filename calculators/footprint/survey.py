"""The survey: what may be asked about a year, and how the answers become grams.

Promise: a text is a complete survey or is refused with every problem, its line and the remedy. Questions are bounded,
titled and explained in both languages; formulas use + × ÷ and choices only, so that no line of a footprint can be
negative and more of anything never lowers it. Touches nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from calculators.errors import DocumentProblem, DocumentRefused
from calculators.factors import content_sha256
from calculators.footprint.program import Program, build_program
from calculators.methodology.lines import index_lines
from calculators.methodology.model import Choice, Quantity, Words
from calculators.methodology.section import NOTHING, Problems, Section
from calculators.rounding import EXACT
from calculators.units import counts_as

CATEGORIES = ("clothing", "food", "housing", "transport", "consumables", "public_services")
HOUSEHOLD_SIZE = "household_size"
LONGEST_SURVEY = 200_000
_PERIODS = ("day", "week", "year")
_OF = ("person", "household")
_PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing a person may be asked. `spec` reads the answer, `unit` is what formulas compute in.

    `of` and `per` say whom and which time the answer counts ("" where that means nothing). The default of a `shared`
    question is per person and is shown times the household. `spread` is the 95 % half-width as a part of one.
    """

    name: str
    category: str
    help: Words
    spec: Quantity | Choice
    unit: str
    of: str
    per: str
    shared: bool
    spread: Decimal

    @property
    def title(self) -> Words:
        """What is asked, in both languages."""
        return self.spec.title

    @property
    def options(self) -> Mapping[str, Words]:
        """The words of a choice with their titles; empty for a quantity."""
        return self.spec.titles if isinstance(self.spec, Choice) else {}


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
    if len(text) > LONGEST_SURVEY:
        raise DocumentRefused([DocumentProblem(1, "document", f"longer than {LONGEST_SURVEY} characters")])
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        found = re.search(r"line (\d+)", str(problem))
        line = int(found[1]) if found else 1
        raise DocumentRefused([DocumentProblem(line, "document", f"not TOML: {problem}")]) from problem
    problems = Problems(index_lines(text))
    survey = _read(Section(data, "", problems), text, problems)
    if problems.found:
        raise DocumentRefused(problems.found)
    return survey


def _read(document: Section, text: str, problems: Problems) -> Survey:
    questions = _questions(document.section("questions", required=True))
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
    asked = {name for line in lines.values() for name in line.questions}
    for name in questions:
        if name not in asked:
            problems.note(f"questions.{name}", "no line depends on it; remove the question or use it")
    survey = Survey(
        text, content_sha256(text), document.words("title"), questions, figures, lines, renamed, removed, program
    )
    document.finish()
    return survey


def _questions(section: Section) -> dict[str, Question]:
    questions: dict[str, Question] = {}
    for name in section.names():
        part = section.section(name)
        questions[name] = _choice(name, part) if part.has("one_of") else _quantity(name, part)
        part.finish()
    if HOUSEHOLD_SIZE not in questions:
        section.problem("", f"missing: {HOUSEHOLD_SIZE}, by which a household's use is shared")
    return questions


def _choice(name: str, part: Section) -> Question:
    options = part.texts("one_of", required=True)
    named = part.section("options", required=True)
    titles = {option: named.words(option) for option in options}
    named.finish()
    spec = Choice(name, part.words("title"), options, titles, None)
    return Question(name, part.one_of("category", CATEGORIES), part.words("help"), spec, "", "", "", False, NOTHING)


def _quantity(name: str, part: Section) -> Question:
    unit = part.unit("unit")
    entered_as = part.unit("entered_as", default=unit)
    if "1" not in (unit, entered_as) and not counts_as(entered_as, unit):
        part.problem("entered_as", f"{entered_as!r} and {unit!r} may differ by counted things only")
    of = part.one_of("of", _OF) if part.has("of") else ""
    per = part.one_of("per", _PERIODS) if part.has("per") else ""
    step = part.decimal("step") or Decimal(1)
    if step > 1 or step.normalize(EXACT).as_tuple().digits != (1,):
        part.problem("step", 'must be 1 or a part of ten, such as "0.01"')
    low, high = part.decimal("minimum") or NOTHING, part.decimal("maximum") or NOTHING
    if not NOTHING <= low < high:
        part.problem("maximum", "0 <= minimum < maximum: what is impossible must be refused")
    spread = part.decimal("uncertainty_pct") or NOTHING
    shared = part.has("shared") and part.raw("shared") is True
    if shared and of != "household":
        part.problem("shared", 'only what counts a household is shared: of = "household"')
    spec = Quantity(name, part.words("title"), entered_as, entered_as, step, low, high, False, None, "person")
    return Question(
        name=name,
        category=part.one_of("category", CATEGORIES),
        help=part.words("help"),
        spec=spec,
        unit=unit + (f"/{'-'.join(filter(None, (of, per)))}" if of or per else ""),
        of=of,
        per=per,
        shared=shared,
        spread=EXACT.multiply(spread, _PERCENT),
    )


def _renamed(part: Section, questions: Mapping[str, Question]) -> Renamed:
    found = Renamed(part.text("from"), part.text("to"), part.words("reason"))
    if found.new not in questions:
        part.problem("to", f"{found.new!r} is not a question of this survey")
    if found.old in questions:
        part.problem("from", f"{found.old!r} is still asked")
    part.finish()
    return found
