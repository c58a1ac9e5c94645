"""A formula as a sum of products: what the figures do to it, apart from what the inputs do.

Promise: where a formula is a sum of products of figures (powers of them, weighed by anything the inputs make), exactly
those products come out; None where it is not: a figure below the fraction line of a sum, in a comparison, in `min` or
`max`. Branches that a choice decides are decided. Touches nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

_MOST_TERMS = 64
_Powers = tuple[tuple[str, int], ...]  # names or texts with their powers, sorted


@dataclass(frozen=True, slots=True)
class Term:
    """A number times `inputs` (texts of what inputs alone make) times `figures`, each raised to its power."""

    number: Fraction
    inputs: _Powers
    figures: _Powers


class _NoPolynomial(Exception):
    """The formula is no sum of products of its figures."""


def expand_formula(
    tree: ast.expr, figures: Collection[str], literals: Mapping[str, str], choices: Mapping[str, str]
) -> tuple[Term, ...] | None:
    """The terms of `tree` in the names `figures`, equal ones added up; None where it is no sum of products."""
    try:
        terms = _Expansion(frozenset(figures), literals, choices).read(tree)
    except _NoPolynomial:
        return None
    summed: dict[tuple[_Powers, _Powers], Fraction] = {}
    for term in terms:
        key = (term.inputs, term.figures)
        summed[key] = summed.get(key, Fraction(0)) + term.number
    return tuple(Term(number, *key) for key, number in summed.items() if number)


def product_tree(factors: _Powers) -> ast.expr:
    """The tree of a term's `inputs`; one where there are none."""
    tree: ast.expr | None = None
    for text, power in sorted(factors, key=lambda factor: factor[1] < 0):
        factor = ast.parse(text, mode="eval").body
        for _ in range(abs(power)):
            if tree is None and power > 0:
                tree = factor
            else:
                before = tree or ast.Name("_one", ast.Load())
                tree = ast.BinOp(before, ast.Mult() if power > 0 else ast.Div(), factor)
    return tree or ast.Name("_one", ast.Load())


class _Expansion:
    def __init__(self, figures: frozenset[str], literals: Mapping[str, str], choices: Mapping[str, str]) -> None:
        self.figures = figures
        self.literals = literals
        self.choices = choices

    def read(self, node: ast.expr) -> list[Term]:
        """The terms of one node. Raises _NoPolynomial."""
        match node:
            case ast.Name(id=name) if name in self.figures:
                return [Term(Fraction(1), (), ((name, 1),))]
            case ast.Name(id=name) if name in self.literals:
                return [Term(Fraction(self.literals[name]), (), ())]
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return self._limited(_multiplied(self.read(left), self.read(right)))
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._limited(_multiplied(self.read(left), [_inverse(self.read(right))]))
            case ast.Call(func=ast.Name(id="if_else"), args=[condition, first, second]):
                return self._branches(node, condition, first, second)
            case _ if not self._holds_figures(node):
                return [Term(Fraction(1), ((ast.unparse(node), 1),), ())]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._limited([*self.read(left), *self.read(right)])
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                return self._limited([*self.read(left), *_negative(self.read(right))])
            case _:
                raise _NoPolynomial

    def _branches(self, node: ast.expr, condition: ast.expr, first: ast.expr, second: ast.expr) -> list[Term]:
        decided = self._decided(condition)
        if decided is not None:
            return self.read(first if decided else second)
        if not self._holds_figures(node):
            return [Term(Fraction(1), ((ast.unparse(node), 1),), ())]
        if self._holds_figures(condition):
            raise _NoPolynomial
        holds = f"if_else({ast.unparse(condition)}, _one, _zero)"
        fails = f"if_else({ast.unparse(condition)}, _zero, _one)"
        parts = ((holds, first), (fails, second))
        found = [_multiplied([Term(Fraction(1), ((flag, 1),), ())], self.read(branch)) for flag, branch in parts]
        return self._limited([*found[0], *found[1]])

    def _decided(self, condition: ast.expr) -> bool | None:
        """What a comparison of a choice with a word says; None for any other."""
        match condition:
            case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[ast.Constant(value=word)]):
                pass
            case ast.Compare(left=ast.Constant(value=word), ops=[op], comparators=[ast.Name(id=name)]):
                pass
            case _:
                return None
        return None if name not in self.choices else (self.choices[name] == word) == isinstance(op, ast.Eq)

    def _holds_figures(self, node: ast.expr) -> bool:
        return any(isinstance(part, ast.Name) and part.id in self.figures for part in ast.walk(node))

    def _limited(self, terms: list[Term]) -> list[Term]:
        if len(terms) > _MOST_TERMS:
            raise _NoPolynomial
        return terms


def _multiplied(left: Iterable[Term], right: Iterable[Term]) -> list[Term]:
    others = list(right)
    return [
        Term(one.number * other.number, _joined(one.inputs, other.inputs), _joined(one.figures, other.figures))
        for one in left
        for other in others
    ]


def _joined(left: _Powers, right: _Powers) -> _Powers:
    powers = dict(left)
    for name, power in right:
        powers[name] = powers.get(name, 0) + power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def _negative(terms: Iterable[Term]) -> list[Term]:
    return [Term(-term.number, term.inputs, term.figures) for term in terms]


def _inverse(terms: list[Term]) -> Term:
    if len(terms) != 1 or not terms[0].number:
        raise _NoPolynomial
    (term,) = terms
    return Term(
        1 / term.number,
        tuple((text, -power) for text, power in term.inputs),
        tuple((name, -power) for name, power in term.figures),
    )
