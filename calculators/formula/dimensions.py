"""The units reading: what a formula's result measures.

Promise: the unit of the result, or a refusal that names the part that does not fit. Choices are decided, so a branch
that is never taken for a choice is never read for it. A bare 0 fits every unit. Touches nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from fractions import Fraction

from calculators.errors import FormulaRefused
from calculators.formula.grammar import Formula
from calculators.units import DIMENSIONLESS, Unit

_Reading = Unit | str | None  # a unit, the word of a choice, or None for a bare zero


def unit_of(formula: Formula, units: Mapping[str, Unit], choices: Mapping[str, str]) -> Unit | None:
    """The unit of `formula`'s value for one set of choices; None when it is a bare zero. Raises FormulaRefused."""
    result = _Dimensions(formula, units, choices).read(formula.tree)
    if isinstance(result, str):
        raise FormulaRefused(f"{formula.text!r} is a word, not a quantity")
    return result


class _Dimensions:
    def __init__(self, formula: Formula, units: Mapping[str, Unit], choices: Mapping[str, str]) -> None:
        self.formula = formula
        self.units = units
        self.choices = choices

    def read(self, node: ast.expr) -> _Reading:
        match node:
            case ast.Name(id=name):
                return self._named(name)
            case ast.Constant(value=word):
                return str(word)
            case ast.BinOp(left=left, op=op, right=right):
                return self._operation(node, self._quantity(left), op, self._quantity(right))
            case ast.Compare(left=left, comparators=[right]):
                self._same(node, self.read(left), self.read(right))
                return DIMENSIONLESS
            case ast.Call(func=ast.Name(id="if_else"), args=[condition, first, second]):
                decided = self._decided(condition)
                if decided is not None:
                    return self.read(first if decided else second)
                self.read(condition)
                return self._same(node, self.read(first), self.read(second))
            case ast.Call(args=[first, second]):
                return self._same(node, self.read(first), self.read(second))
            case _:
                raise FormulaRefused(f"{self._text(node)!r} has no unit")

    def _named(self, name: str) -> _Reading:
        if name in self.formula.literals:
            return None if Fraction(self.formula.literals[name]) == 0 else DIMENSIONLESS
        if name in self.choices:
            return self.choices[name]
        if name not in self.units:
            chosen = ", ".join(f"{key} = {value}" for key, value in self.choices.items())
            raise FormulaRefused(f"{name!r} is not declared" + (f" for {chosen}" if chosen else ""))
        return self.units[name]

    def _quantity(self, node: ast.expr) -> Unit | None:
        unit = self.read(node)
        if isinstance(unit, str):
            raise FormulaRefused(f"{self._text(node)!r} is a word and cannot be computed with")
        return unit

    def _operation(self, node: ast.expr, left: Unit | None, op: ast.operator, right: Unit | None) -> _Reading:
        if isinstance(op, (ast.Add, ast.Sub)):
            return self._same(node, left, right)
        if isinstance(op, ast.Div) and right is None:
            raise FormulaRefused(f"{self._text(node)!r} divides by zero")
        if left is None or right is None:
            return None
        return left.times(right) if isinstance(op, ast.Mult) else left.over(right)

    def _same(self, node: ast.expr, left: _Reading, right: _Reading) -> _Reading:
        if isinstance(left, str) != isinstance(right, str):
            raise FormulaRefused(f"{self._text(node)!r} compares a word with a quantity")
        if left is None or right is None or isinstance(left, str):
            return right if left is None else left
        if left != right:
            raise FormulaRefused(f"{self._text(node)!r} puts two different units together")
        return left

    def _decided(self, condition: ast.expr) -> bool | None:
        if not isinstance(condition, ast.Compare):
            return None
        left, right = self.read(condition.left), self.read(condition.comparators[0])
        if not (isinstance(left, str) and isinstance(right, str)):
            return None
        return (left == right) == isinstance(condition.ops[0], ast.Eq)

    def _text(self, node: ast.expr) -> str:
        text = ast.unparse(node)
        for name in sorted(self.formula.literals, key=len, reverse=True):
            text = text.replace(name, self.formula.literals[name])
        return text
