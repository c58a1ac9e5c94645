"""The formulas of a survey, compiled once for every reading and checked for units.

Promise: every line comes out in gas per person and time, for every choice, and is built from + × ÷ and choices alone.
Besides the lines there is what the range needs: how much each line moves when one of its names moves by its own size.
For a product that is the line itself, so nothing is computed twice. Touches nothing.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from calculators.errors import FormulaRefused
from calculators.footprint.questions import Question
from calculators.formula import (
    Formula,
    compile_columns,
    compile_exact,
    parse_formula,
    unit_of,
)
from calculators.formula.readings import ColumnReading, ExactReading
from calculators.methodology.parts import Choice
from calculators.methodology.section import Problems
from calculators.units import GAS_DIMENSIONS, Unit, parse_unit

PLUS, MINUS = 1, -1
_GRAM_A_YEAR = parse_unit("gGHG/person-year")


@dataclass(frozen=True, slots=True)
class Moved:
    """How a line moves with one of its names: by `sign` times itself, or by the value of tree number `tree`."""

    name: str
    sign: int
    tree: int | None


@dataclass(frozen=True, slots=True)
class Program:
    """Compiled lines. `exact` and `columns` take `arguments` in order and give every line, then every extra tree.

    `scales[line]` are the grams a person and year in one unit of that line's value, exactly.
    """

    arguments: tuple[str, ...]
    line_names: tuple[str, ...]
    formulas: Mapping[str, Formula]
    questions_of: Mapping[str, tuple[str, ...]]
    scales: Mapping[str, Fraction]
    moved: Mapping[str, tuple[Moved, ...]]
    codes: Mapping[str, Mapping[str, int]]
    exact: ExactReading
    columns: ColumnReading


def build_program(
    questions: Mapping[str, Question], figures: Mapping[str, str], texts: Mapping[str, str], problems: Problems
) -> Program:
    """Compile every line; every fault becomes a problem at its line."""
    choices = {name: question.spec for name, question in questions.items() if isinstance(question.spec, Choice)}
    units = {name: parse_unit(question.unit) for name, question in questions.items() if name not in choices}
    units |= {name: parse_unit(unit) for name, unit in figures.items()}
    formulas: dict[str, Formula] = {}
    scales: dict[str, Fraction] = {}
    for name, text in texts.items():
        path = f"lines.{name}.formula"
        try:
            formula = parse_formula(text)
            _check_shape(formula, questions)
            scales[name] = _scale(formula, units, choices)
        except FormulaRefused as refused:
            problems.note(path, str(refused))
            formula, scales[name] = parse_formula("0"), Fraction(1)
        formulas[name] = formula
    trees: list[ast.expr] = [formula.tree for formula in formulas.values()]
    moved: dict[str, tuple[Moved, ...]] = {}
    for name, formula in formulas.items():
        try:
            moved[name] = tuple(_moves(formula, choices, trees))
        except FormulaRefused as refused:
            problems.note(f"lines.{name}.formula", str(refused))
    arguments = (*questions, *figures)
    literals = {key: value for formula in formulas.values() for key, value in formula.literals.items()}
    codes = {name: {option: code for code, option in enumerate(choice.options)} for name, choice in choices.items()}
    return Program(
        arguments=arguments,
        line_names=tuple(formulas),
        formulas=formulas,
        questions_of={
            name: tuple(word for word in formula.names if word in questions) for name, formula in formulas.items()
        },
        scales=scales,
        moved=moved,
        codes=codes,
        exact=compile_exact(trees, arguments, literals),
        columns=compile_columns(trees, arguments, literals, codes),
    )


def _check_shape(formula: Formula, questions: Mapping[str, Question]) -> None:
    """Refuse what could make a line negative, or smaller for more: minus, min, max, comparing sizes, ÷ by zero."""
    for node in ast.walk(formula.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            raise FormulaRefused("a line never subtracts; ask for what is used, not for what is left out")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id != "if_else":
            raise FormulaRefused(f"a line has no {node.func.id}; give it a choice or a figure of its own")
        if isinstance(node, ast.Compare) and not isinstance(node.comparators[0], ast.Constant):
            raise FormulaRefused("a line compares a choice with a word only")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            divisor = node.right
            question = questions.get(divisor.id) if isinstance(divisor, ast.Name) else None
            if question is None or isinstance(question.spec, Choice) or question.spec.minimum <= 0:
                raise FormulaRefused("a line divides by a question with a minimum above 0 only")


def _scale(formula: Formula, units: Mapping[str, Unit], choices: Mapping[str, Choice]) -> Fraction:
    used = [choice for name, choice in choices.items() if name in formula.names]
    found: Unit | None = None
    for options in itertools.product(*(choice.options for choice in used)):
        chosen = {choice.name: option for choice, option in zip(used, options, strict=True)}
        unit = unit_of(formula, units, chosen)
        if unit is None or not _is_gas_a_person_and_time(unit) or (found is not None and unit != found):
            raise FormulaRefused("a line comes out in gas per person and time, the same for every choice")
        found = unit
    if found is None:
        raise FormulaRefused("a line has a value")
    return found.scale / _GRAM_A_YEAR.scale


def _is_gas_a_person_and_time(unit: Unit) -> bool:
    renamed = {("[ghg]" if name in GAS_DIMENSIONS else name): power for name, power in unit.dimensions}
    return renamed == dict(_GRAM_A_YEAR.dimensions)


def _moves(formula: Formula, choices: Mapping[str, Choice], trees: list[ast.expr]) -> Iterator[Moved]:
    whole = ast.dump(formula.tree)
    for name in formula.names:
        if name in choices:
            continue
        sign, tree = _moved_by(formula.tree, name)
        if tree is None:
            continue
        if ast.dump(tree) == whole:
            yield Moved(name, sign, None)
        else:
            trees.append(tree)
            yield Moved(name, sign, len(trees) - 1)


def _moved_by(tree: ast.expr, name: str) -> tuple[int, ast.expr | None]:
    """`name` times the derivative of `tree` by it, as a sign and a tree; None is zero. Each name is used one way only:
    to multiply or to divide, so that a sum never has terms of both signs."""
    match tree:
        case ast.Name(id=found):
            return PLUS, tree if found == name else None
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _moved_by(left, name), _moved_by(right, name)
            if first[1] is None or second[1] is None:
                return second if first[1] is None else first
            return _agreed(first, second, name), ast.BinOp(first[1], ast.Add(), second[1])
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            first, second = _moved_by(left, name), _moved_by(right, name)
            if first[1] is not None and second[1] is not None:
                raise FormulaRefused(f"{name} is multiplied with itself")
            if second[1] is None:
                return first[0], None if first[1] is None else ast.BinOp(first[1], ast.Mult(), right)
            return second[0], ast.BinOp(left, ast.Mult(), second[1])
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            sign, above = _moved_by(left, name)
            if isinstance(right, ast.Name) and right.id == name:
                return MINUS, tree
            return sign, None if above is None else ast.BinOp(above, ast.Div(), right)
        case ast.Call(func=function, args=[condition, yes, no]):
            first, second = _moved_by(yes, name), _moved_by(no, name)
            if first[1] is None and second[1] is None:
                return PLUS, None
            zero = ast.Name("_zero", ast.Load())
            sign = _agreed(first, second, name) if first[1] and second[1] else (first if first[1] else second)[0]
            return sign, ast.Call(function, [condition, first[1] or zero, second[1] or zero], [])
        case _:
            return PLUS, None


def _agreed(first: tuple[int, ast.expr | None], second: tuple[int, ast.expr | None], name: str) -> int:
    if first[0] != second[0]:
        raise FormulaRefused(f"{name} both multiplies and divides")
    return first[0]
