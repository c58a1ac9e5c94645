"""Which activities say something about the answers of a year: a `logged.toml` as values.

Promise: every entry names a methodology that exists, inputs and options of it, questions that are asked, and a unit
that leads to what the question counts; anything else is refused with its line and the remedy. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from calculators.errors import DocumentRefused
from calculators.footprint.questions import Question
from calculators.footprint.survey import Survey
from calculators.methodology.document import Methodology
from calculators.methodology.lines import read_toml
from calculators.methodology.parts import Choice, Quantity, Words
from calculators.methodology.section import Problems, Section
from calculators.units import fits, parse_unit

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Diary:
    """A kind of activity of which somebody may say, month by month, that all of it is logged.

    `promise` is what they say; `questions` are those it then speaks for, nothing logged being nothing done.
    """

    name: str
    title: Words
    promise: Words
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """How one methodology's activities are read: `questions` by the option of the choice `by`, or the only one."""

    methodology: Methodology
    input: Quantity
    unit: str
    times: Decimal
    by: Choice | None
    questions: Mapping[str, str]
    only: Mapping[str, tuple[str, ...]]
    diary: str | None


@dataclass(frozen=True, slots=True)
class Logbook:
    """Every entry by methodology, and every diary by name."""

    entries: Mapping[str, Entry]
    diaries: Mapping[str, Diary]


def parse_logbook(text: str, survey: Survey, methodologies: Mapping[str, Methodology]) -> Logbook:
    """The logbook written in `text`. Raises DocumentRefused with every problem found."""
    data = read_toml(text)
    problems = Problems(text)
    reader = _Reader(survey, methodologies)
    reader.read(Section(data, "", problems))
    if problems.found:
        raise DocumentRefused(problems.found)
    return Logbook(reader.entries, reader.diaries)


class _Reader:
    """Reads a logbook; each methodology speaks once, and each question is spoken for by meters or by one diary."""

    def __init__(self, survey: Survey, methodologies: Mapping[str, Methodology]) -> None:
        self.survey, self.methodologies = survey, methodologies
        self.entries: dict[str, Entry] = {}
        self.diaries: dict[str, Diary] = {}
        self._speaks: dict[str, str | None] = {}

    def read(self, document: Section) -> None:
        meters = document.section("meters", required=True)
        for name in meters.names():
            part = meters.section(name)
            question = self._question(part, "", name, None)
            for methodology_id in part.texts("methodologies", required=True):
                self._enter(part, "methodologies", methodology_id, {"": name}, [question], None)
            part.finish()
        diaries = document.section("diaries", required=True)
        for name in diaries.names():
            self._diary(name, diaries.section(name))
        document.finish()

    def _diary(self, name: str, part: Section) -> None:
        title, promise = part.words("title"), part.words("promise")
        spoken: dict[str, None] = {}
        for logged in part.sections("logged"):
            by_option = self._by_option(logged)
            key = "questions" if logged.has("by") else "question"
            asked = [self._question(logged, key, question, name) for question in by_option.values()]
            self._enter(logged, "methodology", logged.text("methodology"), by_option, asked, name)
            spoken |= dict.fromkeys(by_option.values())
            logged.finish()
        part.finish()
        if not spoken:
            part.problem("", "speaks for no question; give [[logged]] parts")
        self.diaries[name] = Diary(name, title, promise, tuple(one for one in self.survey.questions if one in spoken))

    def _by_option(self, part: Section) -> dict[str, str]:
        if not part.has("by"):
            return {"": part.text("question")}
        named = part.section("questions", required=True)
        return {option: named.text(option) for option in named.names()}

    def _question(self, part: Section, key: str, name: str, diary: str | None) -> Question | None:
        question = self.survey.questions.get(name)
        if question is None or not isinstance(question.spec, Quantity) or not question.per:
            part.problem(key, f"{name!r} is no question about an amount in a time; see survey.toml")
            return None
        if diary is not None and question.of != "person":
            part.problem(key, f"{name!r} counts a household; a diary is one person's")
        if self._speaks.setdefault(name, diary) != diary:
            part.problem(key, f"{name!r} is spoken for elsewhere; keep one of the two")
        return question

    def _enter(
        self,
        part: Section,
        key: str,
        methodology_id: str,
        by_option: Mapping[str, str],
        asked: Collection[Question | None],
        diary: str | None,
    ) -> None:
        methodology = self.methodologies.get(methodology_id)
        if methodology is None:
            part.problem(key, f"there is no methodology {methodology_id!r}")
            return
        if methodology_id in self.entries:
            part.problem(key, f"{methodology_id!r} is read already")
        if diary is not None and methodology.covers:
            part.problem(key, f"{methodology_id!r} covers several days; a diary is kept by the day")
        name = part.one_of("input", tuple(methodology.quantities))
        spec = methodology.quantities.get(name)
        unit, times = part.unit("unit"), part.decimal("times", required=False)
        if spec is None:
            return
        if times is not None and times <= 0:
            part.problem("times", "must be above 0, so that more logged is never less")
        if not fits(parse_unit(spec.unit), parse_unit(unit)):
            part.problem("unit", f"{spec.unit!r} does not convert to {unit!r}")
        for question in asked:
            if question is not None and times is None and parse_unit(unit) != parse_unit(_asked_in(question)):
                part.problem("unit", f"{question.name} counts {_asked_in(question)!r}; give that, or `times`")
        self.entries[methodology_id] = Entry(
            methodology=methodology,
            input=spec,
            unit=unit,
            times=_ONE if times is None else times,
            by=self._choice(part, methodology, by_option),
            questions=by_option,
            only=self._only(part, methodology),
            diary=diary,
        )

    def _choice(self, part: Section, methodology: Methodology, by_option: Mapping[str, str]) -> Choice | None:
        if not part.has("by"):
            return None
        choice = methodology.choices.get(part.one_of("by", tuple(methodology.choices)))
        said = [*by_option, *part.texts("unasked")]
        for option in choice.options if choice else ():
            if option not in said:
                part.problem("questions", f"{option!r} is missing: give its question, or list it as unasked")
        for option in said if choice else ():
            if choice and option not in choice.options:
                part.problem("questions", f"{option!r} is no option of {choice.name}")
        return choice

    def _only(self, part: Section, methodology: Methodology) -> dict[str, tuple[str, ...]]:
        named = part.section("only")
        only: dict[str, tuple[str, ...]] = {}
        for name in named.names():
            choice, options = methodology.choices.get(name), named.texts(name)
            only[name] = options
            if choice is None or not set(options) <= set(choice.options):
                named.problem(name, f"must be options of a choice of {methodology.id}")
        return only


def _asked_in(question: Question) -> str:
    """The unit of what is asked for, without whom and which time it counts."""
    return question.unit.removesuffix(f"/{question.of}-{question.per}")
