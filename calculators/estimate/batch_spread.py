"""How the differences of many rows spread: the moments of `difference.py` over columns, one set for each group of rows.

Promise: the same quantiles as the exact reading, to float error, which is told row by row; a row that floats must not
decide is named: too near a bound of symmetry, too much lost in a subtraction, or a group that only draws can tell.
Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from calculators.estimate.batch_formulas import Flags, choice_codes
from calculators.estimate.columns import Floats, Integers
from calculators.estimate.difference import Expansion, Spread, expand_difference, find_spread
from calculators.estimate.parameters import Figures
from calculators.figures.lower_bound import LowerBound
from calculators.formula import compile_columns, product_tree
from calculators.formula.readings import ColumnReading
from calculators.methodology.document import Methodology
from calculators.methodology.program import Scenario

_MOST_LOST = 1e3  # how many times larger the parts of a variance may be than the variance
_ROUNDING = 1e-15
_NEAR = 1e-9

GroupFigures = tuple[tuple[tuple[str, str], ...], Figures | None]  # the choices of a group and its figures


@dataclass(frozen=True, slots=True)
class ColumnQuantiles:
    """The range and the lower bound of every row in formula units; `noise` is what floats may have lost of them."""

    low: Floats
    lower: Floats
    high: Floats
    noise: Floats
    doubtful: Flags


class ColumnSpread:
    """The spread of a scenario's difference for every group of rows, ready for their weights."""

    def __init__(
        self, methodology: Methodology, scenario: Scenario, policy: LowerBound, groups: Sequence[GroupFigures]
    ) -> None:
        self.policy = policy
        found = [_group_spread(methodology, scenario, policy, group) for group in groups]
        products = dict.fromkeys(product for one in found if one for product in one[0].products)
        self.places = {product: place for place, product in enumerate(products)}
        self.weights = _compile(methodology, [product_tree(product) for product in products])
        self.arguments = methodology.program.arguments
        ones = [None if one is None else one[1].of_one for one in found]
        self.is_one = np.array([one is not None for one in ones])
        self.is_several = np.array([one is not None for one in found]) & ~self.is_one
        self.only = np.array([self.places[one[0].products[0]] if one and one[1].of_one else 0 for one in found])
        self.of_one = {
            name: np.array([0.0 if one is None else float(getattr(one, name)) for one in ones])
            for name in ("low", "lower", "high")
        }
        several = [one if chosen else None for one, chosen in zip(found, self.is_several, strict=True)]
        self.cumulants = [self._tables(several, order) for order in range(4)]

    def _tables(self, found: Sequence[tuple[Expansion, Spread] | None], order: int) -> dict[tuple[int, ...], Floats]:
        """The coefficients of one cumulant by the places of their weights, each for every group."""
        tables: dict[tuple[int, ...], Floats] = {}
        for group, one in enumerate(found):
            if one is None:
                continue
            places = [self.places[product] for product in one[0].products]
            for positions, coefficient in one[1].cumulants[order].coefficients:
                key = tuple(places[position] for position in positions)
                tables.setdefault(key, np.zeros(len(found)))[group] = float(coefficient)
        return tables

    def quantiles(self, arguments: Mapping[str, Any], group: Integers) -> ColumnQuantiles:
        """The quantiles of every row, given the columns of its arguments and the position of its group."""
        size = len(group)
        given = self.weights(*(arguments[name] for name in self.arguments))
        weights = [np.broadcast_to(np.asarray(weight, dtype=np.float64), (size,)) for weight in given]
        only = np.choose(self.only[group], weights) if weights else np.zeros(size)
        found = ColumnQuantiles(
            low=only * self.of_one["low"][group],
            lower=only * self.of_one["lower"][group],
            high=only * self.of_one["high"][group],
            noise=np.zeros(size),
            doubtful=~self.is_one[group] | (only < 0),
        )
        rows = np.flatnonzero(self.is_several[group])
        if rows.size:
            self._fill(found, rows, [weight[rows] for weight in weights], group[rows])
        return found

    def _fill(self, found: ColumnQuantiles, rows: Integers, weights: Sequence[Floats], group: Integers) -> None:
        """The quantiles of the rows whose difference has several weights."""
        (mean, _), (variance, parts), (third, _), (fourth, _) = (
            self._cumulant(order, weights, group) for order in range(4)
        )
        deviation = np.sqrt(np.maximum(variance, 0.0))
        skewness, excess = third / (variance * deviation), fourth / (variance * variance)
        lost = parts / variance
        policy = self.policy
        is_sure = (lost < _MOST_LOST) & (np.abs(skewness) < float(policy.most_skewness) - _NEAR)
        is_sure &= (excess > float(policy.least_excess) + _NEAR) & (excess < float(policy.most_excess) - _NEAR)
        for name, step in (
            ("low", -float(policy.range_quantile)),
            ("lower", -float(policy.credit_quantile)),
            ("high", float(policy.range_quantile)),
        ):
            getattr(found, name)[rows] = mean + deviation * _standardised(step, skewness, excess)
        found.noise[rows] = deviation * (lost * lost) * (100 * _ROUNDING)
        found.doubtful[rows] = ~is_sure

    def _cumulant(self, order: int, weights: Sequence[Floats], group: Integers) -> tuple[Floats, Floats]:
        """A cumulant of the weighed sum, and the sum of the sizes of its parts."""
        total, sizes = np.zeros(len(group)), np.zeros(len(group))
        for places, coefficients in self.cumulants[order].items():
            part = weights[places[0]] * (coefficients[0] if len(coefficients) == 1 else coefficients[group])
            for place in places[1:]:
                part *= weights[place]
            total += part
            if order == 1:
                sizes += np.abs(part, out=part)
        return total, sizes


def _group_spread(
    methodology: Methodology, scenario: Scenario, policy: LowerBound, group: GroupFigures
) -> tuple[Expansion, Spread] | None:
    choices, figures = group
    expansion = None if figures is None else expand_difference(methodology, scenario, choices)
    spread = None if expansion is None or figures is None else find_spread(expansion, figures, policy)
    return None if expansion is None or spread is None else (expansion, spread)


def _compile(methodology: Methodology, trees: Sequence[Any]) -> ColumnReading:
    program = methodology.program
    return compile_columns(trees, program.arguments, program.literals, choice_codes(methodology))


def _standardised(step: float, skewness: Floats, excess: Floats) -> Floats:
    found: Floats = (
        step
        + (step**2 - 1) * skewness / 6
        + (step**3 - 3 * step) * excess / 24
        - (2 * step**3 - 5 * step) * skewness**2 / 36
    )
    return found
