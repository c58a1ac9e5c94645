"""The language of formulas: what may stand in one.

Promise: a text either becomes a `Formula` of known nodes or is refused with the reason. Numbers in the text become
names, so that every reading makes its own numbers (a decimal is never born as a float). Source: standard library `ast`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from calculators.errors import FormulaRefused

LONGEST_TEXT = 500
MOST_NODES = 160
DEEPEST = 24

FUNCTIONS = {"min": 2, "max": 2, "if_else": 3}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}(\.\d{1,18})?", re.ASCII)
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


@dataclass(frozen=True, slots=True)
class Formula:
    """A checked expression: `names` it reads in the order of their first use, `literals` its own numbers as text."""

    text: str
    tree: ast.expr
    names: tuple[str, ...]
    literals: Mapping[str, str]


def parse_formula(text: str) -> Formula:
    """The formula written as `text`. Raises FormulaRefused with what is wrong."""
    if len(text) > LONGEST_TEXT:
        raise FormulaRefused(f"a formula has at most {LONGEST_TEXT} characters")
    try:
        root = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        raise FormulaRefused(f"not a formula: {text!r}") from problem
    if sum(1 for _ in ast.walk(root)) > MOST_NODES:
        raise FormulaRefused(f"a formula has at most {MOST_NODES} parts; give some of them a parameter of their own")
    reader = _Reader(text.strip())
    tree = reader.read(root, 0)
    return Formula(text.strip(), tree, tuple(reader.names), dict(reader.literals))


class _Reader:
    """Walks the tree once, refuses what is not on the list and replaces numbers by names."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: dict[str, None] = {}
        self.literals: dict[str, str] = {}

    def read(self, node: ast.expr, depth: int) -> ast.expr:
        if depth > DEEPEST:
            raise FormulaRefused(f"a formula nests at most {DEEPEST} deep")
        deeper = depth + 1
        match node:
            case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _OPERATORS):
                return ast.BinOp(self.read(left, deeper), op, self.read(right, deeper))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return ast.BinOp(self._literal("0"), ast.Sub(), self.read(operand, deeper))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(op, _COMPARISONS):
                return ast.Compare(self._side(left, op, deeper), [op], [self._side(right, op, deeper)])
            case ast.Call(func=ast.Name(id=function), args=args, keywords=[]) if function in FUNCTIONS:
                if len(args) != FUNCTIONS[function]:
                    raise FormulaRefused(f"{function} takes {FUNCTIONS[function]} values")
                if function == "if_else" and not isinstance(args[0], ast.Compare):
                    raise FormulaRefused("the first value of if_else is a comparison")
                return ast.Call(ast.Name(function, ast.Load()), [self.read(a, deeper) for a in args], [])
            case ast.Name(id=name):
                if not _NAME.fullmatch(name) or name in FUNCTIONS:
                    raise FormulaRefused(f"{name!r} is not a name (lower case letters, digits, underscores)")
                self.names.setdefault(name)
                return ast.Name(name, ast.Load())
            case ast.Constant(value=bool()):
                raise FormulaRefused("True and False are not numbers")
            case ast.Constant(value=int() | float()):
                return self._literal(ast.get_source_segment(self.text, node) or "")
            case _:
                raise FormulaRefused(f"{ast.unparse(node)!r} is not allowed in a formula")

    def _side(self, node: ast.expr, op: ast.cmpop, depth: int) -> ast.expr:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if not isinstance(op, (ast.Eq, ast.NotEq)):
                raise FormulaRefused("a word is compared with == or != only")
            return ast.Constant(node.value)
        return self.read(node, depth)

    def _literal(self, text: str) -> ast.expr:
        if not _NUMBER.fullmatch(text):
            raise FormulaRefused(f"{text!r} is not a plain number such as 12 or 0.75")
        name = "_n" + text.replace(".", "_")  # the same number has the same name in every formula of a document
        self.literals[name] = text
        return ast.Name(name, ast.Load())
