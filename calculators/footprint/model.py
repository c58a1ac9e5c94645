"""A survey with the defaults and figures of one place: everything a footprint is computed from, and its hash.

Promise: `thaw_model(model.frozen)` computes the same grams for ever, whatever the shipped files become; the same
content always has the same text and the same `sha256`, by which a stored footprint is pinned. Touches nothing.
"""

from __future__ import annotations

import ast
import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from calculators.footprint.packs import Entry, Source, text_of
from calculators.footprint.questions import CATEGORIES, HOUSEHOLD_SIZE
from calculators.footprint.survey import Survey, parse_survey
from calculators.formula import Formula
from calculators.methodology.parts import Choice, Words
from calculators.rounding import EXACT, ZERO, to_step

SCHEMA = 1
Value = Decimal | str


@dataclass(frozen=True, slots=True)
class LineOf:
    """What one line needs at every reading. `assumed_figures` tells it for each choice of options it depends on.

    `variance` is the sum of the squared half-widths of the names that only this line has and that multiply or divide
    all of it; `position` its place among the values of the compiled lines.
    """

    name: str
    category: int
    position: int
    numerator: Decimal
    denominator: Decimal
    questions: frozenset[str]
    choices: tuple[str, ...]
    assumed_figures: Mapping[tuple[str, ...], bool]
    variance: Decimal


@dataclass(frozen=True, slots=True)
class Common:
    """A name that moves several lines, or a part of one: `moves` are (category, position, sign, scale of the line)."""

    name: str
    spread: Decimal
    moves: tuple[tuple[int, int, int, Decimal], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """One place's footprint model. `region` is the place whose pack leads; `absent` lines are not estimated there."""

    survey: Survey
    region: str
    entries: Mapping[str, Entry]
    outside: Words
    frozen: str
    sha256: str
    lines: tuple[LineOf, ...]
    absent: tuple[str, ...]
    common: tuple[Common, ...]
    categories: tuple[int, ...]
    assumed_defaults: frozenset[str]
    by_size: dict[Decimal, dict[str, Value]]

    @property
    def numbers(self) -> dict[str, Decimal]:
        """The place's figures that are numbers."""
        return {name: value for name in self.survey.figures if isinstance(value := self.entries[name].value, Decimal)}

    def default_of(self, name: str, household_size: Decimal | None = None) -> Value:
        """The default of one question, for a household of this size where it is shared."""
        return self.defaults(household_size)[name]

    def defaults(self, household_size: Decimal | None = None) -> Mapping[str, Value]:
        """Every default; `household_size` None is the region's mean. Kept: there are few sizes."""
        size = self._mean_size() if household_size is None else household_size
        found = self.by_size.get(size)
        if found is None:
            found = self.by_size[size] = {name: self._default(name, size) for name in self.survey.questions}
        return found

    def _mean_size(self) -> Decimal:
        size = self.entries[HOUSEHOLD_SIZE].value
        return size if isinstance(size, Decimal) else Decimal(1)

    def _default(self, name: str, size: Decimal) -> Value:
        value, question = self.entries[name].value, self.survey.questions[name]
        if not isinstance(value, Decimal) or isinstance(question.spec, Choice):
            return str(value)
        if not question.shared:
            return value
        spec = question.spec
        return min(max(to_step(EXACT.multiply(value, size), spec.step), spec.minimum), spec.maximum)


def make_model(survey: Survey, region: str, entries: Mapping[str, Entry], outside: Words) -> Model:
    """The model of one place from its resolved defaults and figures."""
    frozen = _freeze(survey, region, entries, outside)
    absent_names = {name for name, entry in entries.items() if entry.value is None}
    program = survey.program
    absent = tuple(name for name, formula in program.formulas.items() if absent_names & set(formula.names))
    spreads = {name: question.spread for name, question in survey.questions.items()}
    spreads |= {name: entries[name].spread for name in survey.figures}
    common, variances = _spreading(survey, absent, spreads)
    lines = tuple(
        _line(survey, name, position, entries, variances.get(name, ZERO))
        for position, name in enumerate(program.line_names)
        if name not in absent
    )
    return Model(
        survey=survey,
        region=region,
        entries=entries,
        outside=outside,
        frozen=frozen,
        sha256=hashlib.sha256(frozen.encode("utf-8")).hexdigest(),
        lines=lines,
        absent=absent,
        common=common,
        categories=tuple(sorted({line.category for line in lines})),
        assumed_defaults=frozenset(name for name in survey.questions if entries[name].assumed is not None),
        by_size={},
    )


def thaw_model(frozen: str) -> Model:
    """The model in a text that `Model.frozen` once was."""
    content = json.loads(frozen)
    entries = {fields["name"]: _entry(fields) for fields in content["entries"]}
    return make_model(parse_survey(content["survey"]), content["region"], entries, content["outside"])


def _line(survey: Survey, name: str, position: int, entries: Mapping[str, Entry], variance: Decimal) -> LineOf:
    line, formula = survey.lines[name], survey.program.formulas[name]
    choices = tuple(word for word in line.questions if isinstance(survey.questions[word].spec, Choice))
    scale = survey.program.scales[name]
    assumed = {
        options: any(
            entries[word].assumed is not None
            for word in active_names(formula, dict(zip(choices, options, strict=True)))
            if word in survey.figures
        )
        for options in itertools.product(*(survey.questions[word].spec.options for word in choices))  # type: ignore[union-attr]  # choices only
    }
    return LineOf(
        name=name,
        category=CATEGORIES.index(line.category),
        position=position,
        numerator=Decimal(scale.numerator),
        denominator=Decimal(scale.denominator),
        questions=frozenset(line.questions),
        choices=choices,
        assumed_figures=assumed,
        variance=variance,
    )


def _spreading(
    survey: Survey, absent: tuple[str, ...], spreads: Mapping[str, Decimal]
) -> tuple[tuple[Common, ...], dict[str, Decimal]]:
    """Names that must be summed over lines before they are squared, and what is left to each line alone."""
    program = survey.program
    uses: dict[str, list[tuple[str, int, int | None]]] = {}
    for line, moved in program.moved.items():
        for one in moved if line not in absent else ():
            if spreads.get(one.name, ZERO) > 0:
                uses.setdefault(one.name, []).append((line, one.sign, one.tree))
    variances: dict[str, Decimal] = {}
    common: list[Common] = []
    for name, found in uses.items():
        line, _, tree = found[0]
        if len(found) == 1 and tree is None:
            squared = EXACT.multiply(spreads[name], spreads[name])
            variances[line] = EXACT.add(variances.get(line, ZERO), squared)
            continue
        moves = tuple(
            (
                CATEGORIES.index(survey.lines[line].category),
                program.line_names.index(line) if tree is None else tree,
                sign,
                _scale_of(survey, line),
            )
            for line, sign, tree in found
        )
        common.append(Common(name, spreads[name], moves))
    return tuple(common), variances


def _scale_of(survey: Survey, line: str) -> Decimal:
    scale = survey.program.scales[line]
    return EXACT.divide(Decimal(scale.numerator), Decimal(scale.denominator))


def active_names(formula: Formula, chosen: Mapping[str, str]) -> Iterator[str]:
    """The names a formula reads once its choices are made."""
    waiting: list[ast.AST] = [formula.tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and isinstance(node.args[0], ast.Compare):
            condition = node.args[0]
            word, option = condition.left, condition.comparators[0]
            if isinstance(word, ast.Name) and isinstance(option, ast.Constant):
                same = (chosen[word.id] == option.value) == isinstance(condition.ops[0], ast.Eq)
                waiting.append(node.args[1] if same else node.args[2])
                continue
        if isinstance(node, ast.Name) and node.id not in formula.literals:
            yield node.id
        waiting.extend(ast.iter_child_nodes(node))


def _freeze(survey: Survey, region: str, entries: Mapping[str, Entry], outside: Words) -> str:
    content = {
        "schema": SCHEMA,
        "survey": survey.text,
        "region": region,
        "outside": dict(outside),
        "entries": [_fields(entries[name]) for name in sorted(entries)],
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _fields(entry: Entry) -> dict[str, Any]:
    source = entry.source
    return {
        "name": entry.name,
        "kind": "word" if isinstance(entry.value, str) else "number",
        "value": None if entry.value is None else text_of(entry.value),
        "spread": text_of(entry.spread),
        "pack": entry.pack,
        "source": None if source is None else {name: getattr(source, name) for name in Source.__slots__},
        "assumed": None if entry.assumed is None else dict(entry.assumed),
        "definition": entry.definition,
        "note": entry.note,
    }


def _entry(fields: Mapping[str, Any]) -> Entry:
    text = fields["value"]
    return Entry(
        name=fields["name"],
        value=text if text is None or fields["kind"] == "word" else Decimal(text),
        spread=Decimal(fields["spread"]),
        pack=fields["pack"],
        source=None if fields["source"] is None else Source(**fields["source"]),
        assumed=fields["assumed"],
        definition=fields["definition"],
        note=fields["note"],
    )
