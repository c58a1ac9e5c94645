"""Slopes: how much a formula's value moves when one of its names moves.

Promise: the exact derivative of a formula by a name, as a formula again, or None where it does not depend on it.
Branches keep their condition; at the corner of `min` and `max` the slope of the chosen side is taken.
Source: the chain rule, as GUM (JCGM 100:2008, 5.1) asks for when it propagates uncertainties.
"""

from __future__ import annotations

import ast

_Slope = ast.expr | None


def slope_of(tree: ast.expr, name: str) -> _Slope:
    """The derivative of `tree` by `name`; None means zero everywhere."""
    match tree:
        case ast.Name(id=found):
            return ast.Name("_one", ast.Load()) if found == name else None
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _sum(slope_of(left, name), ast.Add(), slope_of(right, name))
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _sum(slope_of(left, name), ast.Sub(), slope_of(right, name))
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _sum(_product(slope_of(left, name), right), ast.Add(), _product(slope_of(right, name), left))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _quotient(left, right, slope_of(left, name), slope_of(right, name))
        case ast.Call(func=ast.Name(id="if_else"), args=[condition, first, second]):
            return _branch(condition, slope_of(first, name), slope_of(second, name))
        case ast.Call(func=ast.Name(id=function), args=[first, second]):
            order: ast.cmpop = ast.LtE() if function == "min" else ast.GtE()
            return _branch(ast.Compare(first, [order], [second]), slope_of(first, name), slope_of(second, name))
        case _:
            return None


def _sum(left: _Slope, op: ast.operator, right: _Slope) -> _Slope:
    if right is None:
        return left
    if left is None:
        return right if isinstance(op, ast.Add) else ast.BinOp(ast.Name("_zero", ast.Load()), op, right)
    return ast.BinOp(left, op, right)


def _product(slope: _Slope, other: ast.expr) -> _Slope:
    if slope is None:
        return None
    if isinstance(slope, ast.Name) and slope.id == "_one":
        return other
    return ast.BinOp(slope, ast.Mult(), other)


def _quotient(top: ast.expr, bottom: ast.expr, by_top: _Slope, by_bottom: _Slope) -> _Slope:
    first = None if by_top is None else ast.BinOp(by_top, ast.Div(), bottom)
    moved = _product(by_bottom, top)
    if moved is None:
        return first
    second = ast.BinOp(moved, ast.Div(), ast.BinOp(bottom, ast.Mult(), bottom))
    return _sum(first, ast.Sub(), second)


def _branch(condition: ast.expr, first: _Slope, second: _Slope) -> _Slope:
    if first is None and second is None:
        return None
    zero = ast.Name("_zero", ast.Load())
    return ast.Call(ast.Name("if_else", ast.Load()), [condition, first or zero, second or zero], [])
