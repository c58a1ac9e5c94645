"""What this person could still reduce: options ranked by kilograms a year from their own answers.

Promise: each option is counted on top of those ranked before it, so nothing is counted twice and no sum of options is
above its category; an option that brings nothing is left out, and so is one that is not for the person: who has no roof
has none for a roof. Each names the methodology that would credit it in the place, where one is about it.
Touches the shipped `options.toml`, once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from typing import Any

from calculators.estimate.parameters import has_figures
from calculators.figures.library import SHIPPED, load_library
from calculators.footprint.evaluation import compute_category_grams
from calculators.footprint.model import Model, Value
from calculators.footprint.questions import HOUSEHOLD_SIZE
from calculators.formula import Formula, compile_exact, parse_formula
from calculators.formula.readings import ExactReading
from calculators.methodology.document import Methodology
from calculators.methodology.parts import Choice, Words
from calculators.rounding import to_step

_FILE = SHIPPED / "footprints" / "options.toml"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one answer: a formula over the answers, or the word of a choice."""

    question: str
    word: str
    formula: Formula | None
    exact: ExactReading | None


@dataclass(frozen=True, eq=False)
class Option:
    """Something a person could do, and the methodologies that might credit it, the better one first.

    `when` are the words of choices for which it is an option at all, `after` the options that it goes beyond and is
    counted on top of; `source` says where the size of a change was read.
    """

    id: str
    title: Words
    methodology_ids: tuple[str, ...]
    changes: tuple[Change, ...]
    when: Mapping[str, tuple[str, ...]]
    after: tuple[str, ...]
    source: str

    @cached_property
    def questions(self) -> frozenset[str]:
        """Every question that the option reads, changes or depends on."""
        read = {name for change in self.changes if change.formula for name in change.formula.names}
        return frozenset(read | {change.question for change in self.changes} | set(self.when))

    def is_for(self, model: Model, answers: Mapping[str, Value]) -> bool:
        """Whether it concerns somebody with these answers; an older model may not ask what it changes."""
        if not self.questions <= set(model.survey.questions):
            return False
        return all(answers[question] in words for question, words in self.when.items())


@dataclass(frozen=True, slots=True)
class RankedOption:
    """An option for one person: `grams` less a year on top of the options before it, `alone_g` without them.

    `by_category` says where. `methodology` is the first of the option's that has figures for the place; where none has,
    the first of all, `has_figures` is false, and nothing would be credited there yet; None where none is about it.
    """

    option: Option
    grams: int
    alone_g: int
    by_category: Mapping[str, int]
    methodology: Methodology | None
    has_figures: bool


def rank_options(model: Model, answers: Mapping[str, Value]) -> tuple[RankedOption, ...]:
    """The options that would lower this footprint, the largest first, each on top of those before it.

    One that goes beyond another comes behind it, however large: who eats no meat may then leave out milk too.
    """
    return _ranked_once(model, tuple(sorted(answers.items())))


@lru_cache(maxsize=256)
def _ranked_once(model: Model, answers: tuple[tuple[str, Value], ...]) -> tuple[RankedOption, ...]:
    """Ranking computes a footprint for each pair of options that meet, and who buys asks for the same one again."""
    return tuple(_ranked(model, dict(answers)))


def _ranked(model: Model, answers: Mapping[str, Value]) -> Iterator[RankedOption]:
    library, current = load_library(), _with_defaults(model, answers)
    before = compute_category_grams(model, current)
    concerned = [option for option in list_options() if option.is_for(model, current)]
    alone = {option.id: sum(before.values()) - _after(model, current, option) for option in concerned}
    waiting = [option for option in concerned if alone[option.id] > 0]
    gains = dict(alone)
    while waiting:
        left = {option.id for option in waiting}
        ready = [option for option in waiting if left.isdisjoint(option.after)]
        best = max(ready, key=lambda option: gains[option.id])  # the earlier one of equals
        waiting.remove(best)
        changed = _applied(model, current, best)
        after = compute_category_grams(model, changed)
        if sum(after.values()) >= sum(before.values()):
            continue
        current = changed
        less = {name: grams - after[name] for name, grams in before.items()}
        rules = [library.methodologies[name] for name in best.methodology_ids]
        credited = [rule for rule in rules if has_figures(rule, library.tables, model.region)]
        yield RankedOption(
            option=best,
            grams=sum(less.values()),
            alone_g=alone[best.id],
            by_category={name: grams for name, grams in less.items() if grams},
            methodology=next(iter(credited or rules), None),
            has_figures=bool(credited),
        )
        before = after
        for option in waiting:
            if _meet(model, option, best):
                gains[option.id] = sum(before.values()) - _after(model, current, option)


@cache
def list_options() -> tuple[Option, ...]:
    """Every shipped option. Raises FormulaRefused where one does not hold together."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))["options"]
    return tuple(_option(name, part) for name, part in data.items())


def _option(name: str, part: Mapping[str, Any]) -> Option:
    changes = tuple(_change(*one) for one in part["changes"].items())
    when = {question: tuple(words) for question, words in part.get("when", {}).items()}
    return Option(
        id=name,
        title=part["title"],
        methodology_ids=tuple(part["methodologies"]),
        changes=changes,
        when=when,
        after=tuple(part.get("after", ())),
        source=part.get("source", ""),
    )


def _change(question: str, text: str) -> Change:
    formula = parse_formula(text)
    if formula.names == (text,):
        return Change(question, text, None, None)
    return Change(question, "", formula, compile_exact([formula.tree], formula.names, formula.literals))


def _meet(model: Model, one: Option, other: Option) -> bool:
    """Whether two options reach a common line, so that the one is worth something else once the other is done."""
    return not _lines(model, one).isdisjoint(_lines(model, other))


@lru_cache(maxsize=4096)
def _lines(model: Model, option: Option) -> Set[str]:
    return {line.name for line in model.lines if not line.questions.isdisjoint(option.questions)}


def _with_defaults(model: Model, answers: Mapping[str, Value]) -> dict[str, Value]:
    size = answers.get(HOUSEHOLD_SIZE)
    return {**model.defaults(size if isinstance(size, Decimal) else None), **answers}


def _after(model: Model, current: Mapping[str, Value], option: Option) -> int:
    return sum(compute_category_grams(model, _applied(model, current, option)).values())


def _applied(model: Model, current: Mapping[str, Value], option: Option) -> dict[str, Value]:
    """The answers once the option is done, each to its question's step and within its bounds."""
    changed: dict[str, Value] = {}
    for change in option.changes:
        spec = model.survey.questions[change.question].spec
        if isinstance(spec, Choice) or change.formula is None or change.exact is None:
            changed[change.question] = change.word
            continue
        [value] = change.exact(*(current[name] for name in change.formula.names))
        changed[change.question] = min(max(to_step(value, spec.step), spec.minimum), spec.maximum)
    return {**current, **changed}
