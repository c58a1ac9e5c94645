"""The formulas of one document, compiled and checked for units.

Promise: grams come out of baseline, project and contrast for every combination of choices, or the document is refused
at the formula's line. Compiled once per document; every reading afterwards only calls. Touches nothing.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from calculators.errors import FormulaRefused
from calculators.formula import Formula, compile_exact, parse_formula, slope_of, unit_of
from calculators.formula.readings import ExactReading
from calculators.methodology.parts import (
    BEHAVIOUR_POINTS,
    Choice,
    Contrast,
    Eligibility,
    Parameter,
    Quantity,
    Words,
)
from calculators.methodology.section import Problems
from calculators.units import DIMENSIONLESS, Unit, is_gas_mass, parse_unit

_MOST_COMBINATIONS = 2000
NO_UNIT = Fraction(1)


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A baseline and a project formula, compiled to one exact function, with the slopes of their difference.

    `exact(*arguments)` gives (baseline, project, slope, ...) in formula units, one slope per name in `uncertain`;
    where the document is credited at its lower bound there are no slopes, because `difference` tells more.
    """

    baseline: Formula
    project: Formula
    difference: ast.expr
    trees: tuple[ast.expr, ...]
    uncertain: tuple[str, ...]
    exact: ExactReading


@dataclass(frozen=True, slots=True)
class Program:
    """Everything compiled: `grams_per_unit` turns a formula's value into grams (exactly)."""

    arguments: tuple[str, ...]
    literals: Mapping[str, str]
    grams_per_unit: Fraction
    scenario: Scenario | None
    alternatives: Mapping[str, Scenario]
    contrast: tuple[Formula, ExactReading] | None
    requirements: tuple[tuple[Formula, ExactReading], ...]
    points: tuple[Formula, ExactReading] | None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a program is made of."""

    inputs: Mapping[str, Quantity | Choice]
    parameters: Mapping[str, Parameter]
    formulas: Mapping[str, str]
    alternatives: Mapping[str, tuple[Words, str]]
    eligibility: Eligibility
    contrast: Contrast | None
    yields: str
    needs_slopes: bool


def build_program(parts: Parts, problems: Problems) -> Program:
    """Compile a document's formulas; every fault becomes a problem at its line."""
    return _Builder(parts, problems).build()


class _Builder:
    def __init__(self, parts: Parts, problems: Problems) -> None:
        self.parts = parts
        self.problems = problems
        self.arguments = (*parts.inputs, *parts.parameters)
        self.literals: dict[str, str] = {}
        self.scales: dict[str, Unit] = {}
        self.units_are_known = not problems.found  # units of a document with faults would only add noise

    def build(self) -> Program:
        scenario, points = None, None
        if self.parts.yields == BEHAVIOUR_POINTS:
            points = self._single("formula.points", self.parts.formulas.get("points", "0"), "number")
        else:
            scenario = self._scenario("formula.baseline", self.parts.formulas.get("baseline", "0"))
        alternatives = {
            name: self._scenario(f"alternatives.{name}.baseline", baseline)
            for name, (_, baseline) in self.parts.alternatives.items()
        }
        naive = self.parts.contrast
        contrast = None if naive is None else self._single("contrast.formula", naive.formula, "gas")
        requirements = tuple(
            self._single(f"eligibility.require[{index}].condition", requirement.condition, "comparison")
            for index, requirement in enumerate(self.parts.eligibility.requirements)
        )
        return Program(
            arguments=self.arguments,
            literals=self.literals,
            grams_per_unit=self._common_scale(),
            scenario=scenario,
            alternatives=alternatives,
            contrast=contrast,
            requirements=requirements,
            points=points,
        )

    def _parse(self, path: str, text: str) -> Formula:
        try:
            formula = parse_formula(text)
        except FormulaRefused as refused:
            self.problems.note(path, str(refused))
            formula = parse_formula("0")
        unknown = [name for name in formula.names if name not in self.arguments]
        if unknown:
            self.problems.note(path, f"{', '.join(unknown)}: neither an input nor a parameter of this document")
            formula = parse_formula("0")
        for divisor in _divisors(formula.tree):
            self._check_divisor(path, divisor, formula.literals)
        self.literals.update(formula.literals)
        return formula

    def _scenario(self, path: str, baseline_text: str) -> Scenario:
        baseline = self._parse(path, baseline_text)
        project = self._parse("formula.project", self.parts.formulas.get("project", "0"))
        for formula, where in ((baseline, path), (project, "formula.project")):
            self._check_unit(formula, where, "gas")
        difference = ast.BinOp(baseline.tree, ast.Sub(), project.tree)
        slopes = {name: slope_of(difference, name) for name in self._may_be_uncertain()}
        uncertain = tuple(name for name, slope in slopes.items() if slope is not None)
        moved = [slope for slope in slopes.values() if slope is not None] if self.parts.needs_slopes else []
        trees = (baseline.tree, project.tree, *moved)
        exact = compile_exact(trees, self.arguments, self.literals)
        return Scenario(baseline, project, difference, trees, uncertain, exact)

    def _single(self, path: str, text: str, measures: str) -> tuple[Formula, ExactReading]:
        formula = self._parse(path, text)
        is_comparison = isinstance(formula.tree, ast.Compare)
        if is_comparison != (measures == "comparison"):
            self.problems.note(path, "must be a comparison" if measures == "comparison" else "must be a quantity")
        self._check_unit(formula, path, measures)
        return formula, compile_exact([formula.tree], self.arguments, self.literals)

    def _may_be_uncertain(self) -> Iterator[str]:
        for name, parameter in self.parts.parameters.items():
            if parameter.table is not None or parameter.uncertainty_pct is not None:
                yield name

    def _check_unit(self, formula: Formula, path: str, measures: str) -> None:
        for choices in self._combinations(path) if self.units_are_known else ():
            try:
                unit = unit_of(formula, self._units(choices), choices)
            except FormulaRefused as refused:
                self.problems.note(path, str(refused))
                return
            if unit is None:
                continue
            if measures == "gas" and not is_gas_mass(unit):
                self.problems.note(path, f"does not come out in grams of gas but in {_spelled(unit)}")
                return
            if measures != "gas" and unit != DIMENSIONLESS:
                self.problems.note(path, f"must come out as a pure number, not in {_spelled(unit)}")
                return
            if measures == "gas":
                self.scales[path] = unit

    def _combinations(self, path: str) -> Iterator[dict[str, str]]:
        choices = [spec for spec in self.parts.inputs.values() if isinstance(spec, Choice)]
        count = 1
        for choice in choices:
            count *= max(1, len(choice.options))
        if count > _MOST_COMBINATIONS:
            self.problems.note(path, f"more than {_MOST_COMBINATIONS} combinations of options; split the document")
            return
        for options in itertools.product(*(choice.options for choice in choices)):
            yield {choice.name: option for choice, option in zip(choices, options, strict=True)}

    def _units(self, choices: Mapping[str, str]) -> dict[str, Unit]:
        units = {spec.name: parse_unit(spec.unit) for spec in self.parts.inputs.values() if isinstance(spec, Quantity)}
        for parameter in self.parts.parameters.values():
            if parameter.applies_to(choices):
                units[parameter.name] = parse_unit(parameter.unit)
        return units

    def _check_divisor(self, path: str, divisor: ast.expr, literals: Mapping[str, str]) -> None:
        for node in ast.walk(divisor):
            if not isinstance(node, ast.Name):
                continue
            spec = self.parts.inputs.get(node.id)
            zero_input = isinstance(spec, Quantity) and spec.minimum <= 0
            zero_literal = node.id in literals and Decimal(literals[node.id]) == 0
            if zero_input or zero_literal:
                self.problems.note(path, f"divides by {node.id}, which may be zero; raise its minimum above 0")
        if any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) for node in ast.walk(divisor)):
            self.problems.note(path, "divides by a difference, which may be zero")

    def _common_scale(self) -> Fraction:
        """Grams per formula unit; all grams formulas of a document measure the same gas in the same unit."""
        units = list(self.scales.items())
        for path, unit in units[1:]:
            if unit != units[0][1]:
                self.problems.note(path, f"comes out in another unit than {units[0][0]}: {_spelled(unit)}")
        return units[0][1].scale if units else NO_UNIT


def _divisors(tree: ast.expr) -> list[ast.expr]:
    return [node.right for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)]


def _spelled(unit: Unit) -> str:
    powers = " ".join(name.strip("[]") + (f"^{power}" if power != 1 else "") for name, power in unit.dimensions)
    return f"{powers or 'a pure number'} (times {unit.scale})" if unit.scale != 1 else powers or "a pure number"
