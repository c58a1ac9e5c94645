"""The words reading: a formula written out with its names or with its numbers, as a person writes it.

Promise: the same tree as the numeric readings, with only the brackets it needs. Touches nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from calculators.formula.grammar import Formula

_SIGNS: Mapping[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 1),
    ast.Sub: ("−", 1),
    ast.Mult: ("×", 2),
    ast.Div: ("÷", 2),
}
_ORDER: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Eq: "=",
    ast.NotEq: "≠",
}


def spell(formula: Formula, words: Mapping[str, str], choices: Mapping[str, str]) -> str:
    """`formula` with every name replaced by `words[name]`; branches that a choice decides are left out."""
    text, _ = _Speller(formula, words, choices).read(formula.tree)
    return text


class _Speller:
    def __init__(self, formula: Formula, words: Mapping[str, str], choices: Mapping[str, str]) -> None:
        self.formula = formula
        self.words = words
        self.choices = choices

    def read(self, node: ast.expr) -> tuple[str, int]:
        """The text of a node and how tightly it binds (3 is a single thing)."""
        match node:
            case ast.Name(id=name):
                return self.formula.literals.get(name) or self.words.get(name, name), 3
            case ast.Constant(value=word):
                return str(word), 3
            case ast.BinOp(left=left, op=op, right=right):
                sign, level = _SIGNS[type(op)]
                swaps = isinstance(op, (ast.Add, ast.Mult))
                return f"{self._at(left, level)} {sign} {self._at(right, level if swaps else level + 1)}", level
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return f"{self._at(left, 1)} {_ORDER[type(op)]} {self._at(right, 1)}", 0
            case ast.Call(func=ast.Name(id="if_else"), args=[condition, first, second]):
                decided = self._decided(condition)
                if decided is not None:
                    return self.read(first if decided else second)
                return f"({self._at(condition, 0)} ? {self._at(first, 0)} : {self._at(second, 0)})", 3
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return f"{function}({', '.join(self._at(value, 0) for value in arguments)})", 3
            case _:
                return ast.unparse(node), 0

    def _at(self, node: ast.expr, level: int) -> str:
        text, binds = self.read(node)
        return text if binds >= level else f"({text})"

    def _decided(self, condition: ast.expr) -> bool | None:
        match condition:
            case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[ast.Constant(value=word)]):
                if name in self.choices:
                    return (self.choices[name] == word) == isinstance(op, ast.Eq)
        return None
