"""One formula text, read five ways: exact decimals, columns, samples, units and words.

Promise: the language is arithmetic over names (`+ - * /`, comparison, `min`, `max`, `if_else`) and nothing else, of
bounded size, checked once and compiled once. Touches nothing.
"""

from __future__ import annotations

from calculators.formula.derivatives import slope_of
from calculators.formula.dimensions import unit_of
from calculators.formula.grammar import Formula, parse_formula
from calculators.formula.notation import spell
from calculators.formula.polynomial import expand_formula, product_tree
from calculators.formula.readings import compile_columns, compile_exact

__all__ = [
    "Formula",
    "compile_columns",
    "compile_exact",
    "expand_formula",
    "parse_formula",
    "product_tree",
    "slope_of",
    "spell",
    "unit_of",
]
