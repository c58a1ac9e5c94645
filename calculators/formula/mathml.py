"""The drawn reading: a formula as MathML, which browsers draw themselves, without a script or a font of ours.

Promise: the same tree as the numeric readings, a quotient as a fraction, a choice as cases; whatever a document names
is escaped, so that the result is well-formed whatever the names are. Touches nothing. Source: MathML Core, W3C.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from html import escape

from calculators.formula.grammar import Formula, parse_formula

_SIGNS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×"}
_ORDER: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Eq: "=",
    ast.NotEq: "≠",
}
NAMESPACE = "http://www.w3.org/1998/Math/MathML"


def draw_formula(name: str, text: str) -> str:
    """`name = text` as a `math` element; raise `FormulaRefused` for what is no formula."""
    formula = parse_formula(text)
    drawn = f"{_name(name)}{_operator('=')}{_Drawing(formula).of(formula.tree)}"
    return f'<math xmlns="{NAMESPACE}" display="block"><mrow>{drawn}</mrow></math>'


class _Drawing:
    def __init__(self, formula: Formula) -> None:
        self.formula = formula

    def of(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name):
                literal = self.formula.literals.get(name)
                return _name(name) if literal is None else f"<mn>{escape(literal)}</mn>"
            case ast.Constant(value=word):
                return f"<mtext>{escape(str(word))}</mtext>"
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return f"<mfrac>{_row(self.of(left))}{_row(self.of(right))}</mfrac>"
            case ast.BinOp(left=left, op=op, right=right):
                is_product = isinstance(op, ast.Mult)
                first = self._bracketed(left) if is_product else self.of(left)
                # what is taken away keeps its brackets where it is a sum
                second = self.of(right) if isinstance(op, ast.Add) else self._bracketed(right)
                return f"{first}{_operator(_SIGNS[type(op)])}{second}"
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return f"{self.of(left)}{_operator(_ORDER[type(op)])}{self.of(right)}"
            case ast.Call(func=ast.Name(id="if_else"), args=[condition, first, second]):
                return self._cases(condition, first, second)
            case ast.Call(func=ast.Name(id=function), args=arguments):
                inner = _operator(",").join(self.of(value) for value in arguments)
                return f"<mi>{escape(function)}</mi>{_operator('(')}{inner}{_operator(')')}"
            case _:
                return f"<mtext>{escape(ast.unparse(node))}</mtext>"

    def _bracketed(self, node: ast.expr) -> str:
        is_sum = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)
        return f"{_operator('(')}{self.of(node)}{_operator(')')}" if is_sum else self.of(node)

    def _cases(self, condition: ast.expr, first: ast.expr, second: ast.expr) -> str:
        """A choice of two as two rows behind a brace: each value, and where it holds."""
        rows = ((first, self.of(condition)), (second, "<mtext>else</mtext>"))
        cells = "".join(f"<mtr><mtd>{self.of(value)}</mtd><mtd>{where}</mtd></mtr>" for value, where in rows)
        return _row(f"{_operator('{')}<mtable>{cells}</mtable>")


def _name(name: str) -> str:
    return f"<mi>{escape(name)}</mi>"


def _operator(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


def _row(drawn: str) -> str:
    return f"<mrow>{drawn}</mrow>"
