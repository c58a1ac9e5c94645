"""A formula of a document: read over decimals, over floats, or multiplied out to a sum of products of figures."""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

SIXTY = Context(prec=60, rounding=ROUND_HALF_EVEN, Emin=-9999, Emax=9999)
Powers = tuple[tuple[str, int], ...]
Term = tuple[Fraction, Powers, Powers]  # a number, what inputs make, and figures with their powers


class NoProducts(Exception):
    """The formula is no sum of products of its figures."""


def scaled(value: Decimal, ratio: Fraction) -> Decimal:
    return SIXTY.divide(SIXTY.multiply(value, Decimal(ratio.numerator)), Decimal(ratio.denominator))


class Formula:
    """One formula; a number in it is read as `number`, by the name of a choice its word."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text.strip(), mode="eval").body
        self.text = text.strip()

    def value(self, names: dict[str, Any], number: Callable[[str], Any] = Decimal) -> Any:
        return self._value(self.tree, names, number)

    def _value(self, node: ast.expr, names: dict[str, Any], number: Callable[[str], Any]) -> Any:
        match node:
            case ast.Name(id=name):
                return names[name]
            case ast.Constant(value=str() as word):
                return word
            case ast.Constant():
                return number(ast.get_source_segment(self.text, node) or "")
            case ast.UnaryOp(operand=operand):
                return -self._value(operand, names, number)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                sides = (self._value(left, names, number), self._value(right, names, number))
                return _compared(op, *sides)
            case ast.Call(func=ast.Name(id="if_else"), args=[condition, first, second]):
                chosen = first if self._value(condition, names, number) else second
                return self._value(chosen, names, number)
            case ast.Call(func=ast.Name(id=name), args=args):
                return (min if name == "min" else max)(*(self._value(one, names, number) for one in args))
            case ast.BinOp(left=left, op=op, right=right):
                return _worked(op, self._value(left, names, number), self._value(right, names, number))
        raise ValueError(ast.dump(node))

    def terms(self, figures: set[str], choices: dict[str, Any]) -> list[Term]:
        """`(number, factors of inputs, figures)` of each product, from left to right. Raises NoProducts."""
        return self._terms(self.tree, figures, choices)

    def _terms(self, node: ast.expr, figures: set[str], choices: dict[str, Any]) -> list[Term]:
        def holds(part: ast.expr) -> bool:
            return any(isinstance(one, ast.Name) and one.id in figures for one in ast.walk(part))

        match node:
            case ast.Name(id=name) if name in figures:
                return [(Fraction(1), (), ((name, 1),))]
            case ast.Constant(value=int() | float()):
                return [(Fraction(ast.get_source_segment(self.text, node) or ""), (), ())]
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return _times(self._terms(left, figures, choices), self._terms(right, figures, choices))
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                below = self._terms(right, figures, choices)
                if len(below) != 1:
                    raise NoProducts
                number, inputs, powers = below[0]
                return _times(self._terms(left, figures, choices), [(1 / number, _over(inputs), _over(powers))])
            case ast.Call(func=ast.Name(id="if_else"), args=[condition, first, second]) if not holds(condition):
                chosen = first if self._value(condition, choices, Decimal) else second
                return self._terms(chosen, figures, choices)
            case _ if not holds(node):
                return [(Fraction(1), ((ast.unparse(node), 1),), ())]
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                sign = 1 if isinstance(op, ast.Add) else -1
                others = [(sign * one, *rest) for one, *rest in self._terms(right, figures, choices)]
                return [*self._terms(left, figures, choices), *others]
        raise NoProducts


def _compared(op: ast.cmpop, left: Any, right: Any) -> bool:
    return {
        ast.Lt: lambda: left < right,
        ast.LtE: lambda: left <= right,
        ast.Gt: lambda: left > right,
        ast.GtE: lambda: left >= right,
        ast.Eq: lambda: left == right,
        ast.NotEq: lambda: left != right,
    }[type(op)]()


def _worked(op: ast.operator, left: Any, right: Any) -> Any:
    if isinstance(left, Decimal):
        done = {ast.Add: SIXTY.add, ast.Sub: SIXTY.subtract, ast.Mult: SIXTY.multiply, ast.Div: SIXTY.divide}
        return done[type(op)](left, right)
    if isinstance(op, ast.Add):
        return left + right
    if isinstance(op, ast.Sub):
        return left - right
    return left * right if isinstance(op, ast.Mult) else left / right


def _over(powers: Powers) -> Powers:
    return tuple((name, -power) for name, power in powers)


def joined(left: Powers, right: Powers) -> Powers:
    powers = dict(left)
    for name, power in right:
        powers[name] = powers.get(name, 0) + power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def _times(left: list[Any], right: list[Any]) -> list[Term]:
    return [(a * b, joined(i, j), joined(f, g)) for a, i, f in left for b, j, g in right]
