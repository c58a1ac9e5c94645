"""A methodology's formulas and rules over columns, compiled once.

Promise: the very trees of the exact reading, and beside them every comparison they hang on, so that a caller can see
which rows a float must not decide. Touches nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from calculators.estimate.columns import Floats, Integers, steps_per_unit
from calculators.formula import compile_columns
from calculators.formula.readings import ColumnReading
from calculators.methodology.document import Methodology
from calculators.methodology.parts import Exclusion
from calculators.methodology.program import Scenario
from calculators.units import conversion

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SpeedRule:
    """Too fast where `steps * per_step > duration * limits[mode]`, all whole numbers; a limit below 0 means none."""

    per_step: int
    limits: Integers


@dataclass(frozen=True, slots=True)
class ColumnFormulas:
    """Compiled formulas: `values` gives baseline, project and slopes, `edges` both sides of every comparison."""

    scenario: Scenario
    arguments: tuple[str, ...]
    uncertain: tuple[str, ...]
    values: ColumnReading
    edges: ColumnReading
    requirements: ColumnReading
    grams_per_unit: float
    minimum_steps: int
    speed: SpeedRule | None

    def evaluate(self, arguments: Mapping[str, Any], size: int) -> tuple[Floats, Floats, list[Any]]:
        """Baseline and project in grams, and the slopes of their difference in formula units."""
        baseline, project, *slopes = self.values(*(arguments[name] for name in self.arguments))
        wide = np.zeros(size)
        return (baseline + wide) * self.grams_per_unit, (project + wide) * self.grams_per_unit, slopes

    def comparisons(self, arguments: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
        """Both sides of every comparison of quantities."""
        sides = self.edges(*(arguments[name] for name in self.arguments))
        return zip(sides[::2], sides[1::2], strict=True)

    def broken_requirements(self, arguments: Mapping[str, Any], size: int) -> list[Flags]:
        """Which rows break each requirement, in the document's order."""
        held = self.requirements(*(arguments[name] for name in self.arguments))
        return [~np.broadcast_to(np.asarray(flags, dtype=bool), (size,)) for flags in held]


def choice_codes(methodology: Methodology) -> dict[str, dict[str, int]]:
    """The code of every option of every choice: its position."""
    return {
        name: {option: code for code, option in enumerate(choice.options)}
        for name, choice in methodology.choices.items()
    }


@lru_cache(maxsize=256)
def column_formulas(methodology: Methodology, alternative: str | None) -> ColumnFormulas:
    """The compiled formulas of a methodology with one of its baselines. Raises TypeError where it credits points."""
    program = methodology.program
    scenario = program.alternatives.get(alternative or "") or program.scenario
    if scenario is None:
        raise TypeError(f"{methodology.id} yields points; it has no columns of grams")
    codes = choice_codes(methodology)
    conditions = [formula.tree for formula, _ in program.requirements]
    sides = [side for tree in (*scenario.trees, *conditions) for side in _compared(tree)]

    def compiled(trees: Sequence[ast.expr]) -> ColumnReading:
        return compile_columns(trees, program.arguments, program.literals, codes)

    return ColumnFormulas(
        scenario=scenario,
        arguments=program.arguments,
        uncertain=scenario.uncertain,
        values=compiled(scenario.trees),
        edges=compiled(sides),
        requirements=compiled(conditions),
        grams_per_unit=float(program.grams_per_unit),
        minimum_steps=_minimum_steps(methodology),
        speed=_speed_rule(methodology),
    )


def excluded_rows(
    exclusions: Sequence[Exclusion], diet: str | None, methodology: Methodology, choices: Mapping[str, Integers]
) -> Iterator[tuple[str, Flags]]:
    """For each exclusion that concerns this diet: its reason and the rows it takes out."""
    size = len(next(iter(choices.values()))) if choices else 0
    for exclusion in exclusions:
        if exclusion.diets and diet not in exclusion.diets:
            continue
        flags = np.ones(size, dtype=bool)
        for name, options in exclusion.choices.items():
            wanted = [methodology.choices[name].options.index(option) for option in options]
            flags &= np.isin(choices[name], wanted)
        yield exclusion.reason, flags


def _compared(tree: ast.expr) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, node.comparators[0]]
            if not any(isinstance(side, ast.Constant) for side in sides):
                yield from sides
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("min", "max"):
            yield from node.args


def _minimum_steps(methodology: Methodology) -> int:
    minimum = methodology.eligibility.minimum_distance
    if minimum is None:
        return 0
    steps = Fraction(minimum) * steps_per_unit(methodology.quantities["distance"])
    return -(-steps.numerator // steps.denominator)


def _speed_rule(methodology: Methodology) -> SpeedRule | None:
    limits = methodology.eligibility.speed_limits_kmh
    if not limits:
        return None
    distance = methodology.quantities["distance"]
    kilometers_per_step = conversion(distance.entered_as, "km") / steps_per_unit(distance)
    per_step = kilometers_per_step * 3600
    exact = [Fraction(limits[mode]) if mode in limits else None for mode in methodology.choices["mode"].options]
    whole = lcm(per_step.denominator, *(limit.denominator for limit in exact if limit is not None))
    scaled = [-1 if limit is None else int(limit * whole) for limit in exact]
    return SpeedRule(int(per_step * whole), np.array(scaled, dtype=np.int64))
