"""The numeric readings: one compiled function over decimals, one over NumPy arrays (columns and samples alike).

Promise: both readings walk the same checked tree. The exact one names its decimal context in every operation and
chooses a branch before it computes it; the array one computes both branches and picks. Touches nothing.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from calculators.rounding import EXACT, ONE, ZERO

ExactReading = Callable[..., tuple[Decimal, ...]]
ColumnReading = Callable[..., tuple[Any, ...]]

_EXACT_CALLS: Mapping[type[ast.operator], str] = {
    ast.Add: "_add",
    ast.Sub: "_subtract",
    ast.Mult: "_multiply",
    ast.Div: "_divide",
}
_EXACT_NAMESPACE: dict[str, Any] = {
    "__builtins__": {},
    "_add": EXACT.add,
    "_subtract": EXACT.subtract,
    "_multiply": EXACT.multiply,
    "_divide": EXACT.divide,
    "min": min,
    "max": max,
    "_one": ONE,
    "_zero": ZERO,
}
_COLUMN_NAMESPACE: dict[str, Any] = {
    "__builtins__": {},
    "min": np.minimum,
    "max": np.maximum,
    "if_else": np.where,
    "_one": 1.0,
    "_zero": 0.0,
}


def compile_exact(trees: Sequence[ast.expr], arguments: Sequence[str], literals: Mapping[str, str]) -> ExactReading:
    """A function of `arguments` (decimals, and words for choices) that returns the value of every tree."""
    lowered = [_ToDecimal().visit(copy.deepcopy(tree)) for tree in trees]
    numbers = {name: Decimal(text) for name, text in literals.items()}
    return _function(lowered, arguments, {**_EXACT_NAMESPACE, **numbers})


def compile_columns(
    trees: Sequence[ast.expr],
    arguments: Sequence[str],
    literals: Mapping[str, str],
    codes: Mapping[str, Mapping[str, int]],
) -> ColumnReading:
    """The same over float arrays; a choice arrives as integer `codes[input][option]`."""
    lowered = [_ToArrays(codes).visit(copy.deepcopy(tree)) for tree in trees]
    numbers = {name: float(text) for name, text in literals.items()}
    return _function(lowered, arguments, {**_COLUMN_NAMESPACE, **numbers})


def _function(
    trees: Sequence[ast.expr], arguments: Sequence[str], namespace: dict[str, Any]
) -> Callable[..., tuple[Any, ...]]:
    parameters = ast.arguments([], [ast.arg(name) for name in arguments], None, [], [], None, [])
    body = ast.Expression(ast.Lambda(parameters, ast.Tuple(list(trees), ast.Load())))
    module = compile(ast.fix_missing_locations(body), "<formula>", "eval")
    code = next(constant for constant in module.co_consts if isinstance(constant, CodeType))
    return FunctionType(code, namespace)


class _ToDecimal(ast.NodeTransformer):
    """Operators become calls of one decimal context; `if_else` becomes a real choice."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        call = ast.Name(_EXACT_CALLS[type(node.op)], ast.Load())
        return ast.Call(call, [self.visit(node.left), self.visit(node.right)], [])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        values = [self.visit(value) for value in node.args]
        if isinstance(node.func, ast.Name) and node.func.id == "if_else":
            return ast.IfExp(*values)
        return ast.Call(node.func, values, [])


class _ToArrays(ast.NodeTransformer):
    """Words in comparisons become the integer code of their option."""

    def __init__(self, codes: Mapping[str, Mapping[str, int]]) -> None:
        self.codes = codes

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        sides = [node.left, node.comparators[0]]
        named = next((side.id for side in sides if isinstance(side, ast.Name)), "")
        left, right = (self._coded(side, named) for side in sides)
        return ast.Compare(left, node.ops, [right])

    def _coded(self, side: ast.expr, named: str) -> ast.expr:
        if isinstance(side, ast.Constant):
            return ast.Constant(self.codes[named][str(side.value)])
        visited: ast.expr = self.visit(side)
        return visited
