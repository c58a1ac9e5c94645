"""How a difference spreads: its exact moments from those of its figures, and its quantiles from these.

Promise: where the difference is a sum of products of figures, weighed by what the inputs make, its mean, variance and
third and fourth cumulant are exact for every distribution a figure may have, a name that stands in several places, or
two names for one row of a table, being one random variable. Its quantiles follow from these where it is near symmetric
(`quantiles.py`); where it is not, they are those of draws (`draws.py`). Touches nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from calculators.estimate.draws import draw_polynomial
from calculators.estimate.parameters import Figures
from calculators.estimate.quantiles import Quantiles, near_symmetric
from calculators.figures.distributions import Ratio, ratio_moment
from calculators.figures.lower_bound import LowerBound
from calculators.formula import compile_exact, expand_formula, product_tree
from calculators.formula.polynomial import Term
from calculators.formula.readings import ExactReading
from calculators.methodology.document import Methodology
from calculators.methodology.program import Scenario
from calculators.rounding import EXACT, ONE, ZERO

_Powers = tuple[tuple[str, int], ...]
_Polynomial = dict[_Powers, Decimal]


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """A difference as `sum of weight x polynomial of figures`: the weights compiled, the polynomials as terms."""

    products: tuple[_Powers, ...]  # what inputs make, by which weights are told apart
    weights: ExactReading
    polynomials: tuple[tuple[Term, ...], ...]


@dataclass(frozen=True, slots=True)
class Cumulant:
    """One sum over products of weights: `coefficients` by the positions of the weights, repeats counted in."""

    coefficients: tuple[tuple[tuple[int, ...], Decimal], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """The four cumulants of a difference as functions of its weights, and its quantiles where one weight is all.

    `steps` is how to add them up: for each degree, the product of weights before, the next weight, and the coefficient.
    """

    cumulants: tuple[Cumulant, ...]  # none where a figure below a fraction line has no moments
    steps: tuple[tuple[tuple[int, int, Decimal], ...], ...]
    of_one: Quantiles | None  # per unit of the only weight; None where there are several
    policy: LowerBound

    def quantiles(self, weights: Sequence[Decimal]) -> Quantiles | None:
        """The quantiles for these weights; None where the difference is not near symmetric.

        Where one weight is all, and not negative, those of `of_one` times the weight.
        """
        return near_symmetric(self._add_up(weights), self.policy) if self.steps else None

    def _add_up(self, weights: Sequence[Decimal]) -> list[Decimal]:
        multiply, add = EXACT.multiply, EXACT.add
        found, products = [], [ONE]
        for degree in self.steps:
            products = [multiply(products[before], weights[position]) for before, position, _ in degree]
            total = ZERO
            for product, (_, _, coefficient) in zip(products, degree, strict=True):
                total = add(total, multiply(product, coefficient))
            found.append(total)
        return found


@lru_cache(maxsize=8192)
def expand_difference(
    methodology: Methodology, scenario: Scenario, choices: tuple[tuple[str, str], ...]
) -> Expansion | None:
    """The difference of a scenario for one set of choices; None where it is no sum of products of figures."""
    program = methodology.program
    terms = expand_formula(scenario.difference, scenario.uncertain, program.literals, dict(choices))
    if terms is None:
        return None
    products = tuple(dict.fromkeys(term.inputs for term in terms))
    trees = [product_tree(product) for product in products]
    return Expansion(
        products=products,
        weights=compile_exact(trees, program.arguments, program.literals),
        polynomials=tuple(tuple(term for term in terms if term.inputs == product) for product in products),
    )


@lru_cache(maxsize=8192)
def find_spread(expansion: Expansion, figures: Figures, policy: LowerBound) -> Spread | None:
    """How the difference spreads with these figures; None where a figure below a fraction line has no moments."""
    moments = _Moments(figures, policy)
    is_one = len(expansion.products) == 1
    try:
        cumulants = moments.cumulants([moments.polynomial(terms) for terms in expansion.polynomials])
    except _NoMoments:
        if not is_one:
            return None
        return Spread((), (), draw_polynomial(expansion.polynomials[0], figures, policy), policy)
    several = Spread(cumulants, _steps(cumulants), None, policy)
    if not is_one:
        return several
    one = several.quantiles((ONE,)) or draw_polynomial(expansion.polynomials[0], figures, policy)
    return replace(several, of_one=one)


def _steps(cumulants: Sequence[Cumulant]) -> tuple[tuple[tuple[int, int, Decimal], ...], ...]:
    found: list[tuple[tuple[int, int, Decimal], ...]] = []
    before: dict[tuple[int, ...], int] = {(): 0}
    for cumulant in cumulants:
        found.append(tuple((before[at[:-1]], at[-1], coefficient) for at, coefficient in cumulant.coefficients))
        before = {at: place for place, (at, _) in enumerate(cumulant.coefficients)}
    return tuple(found)


class _NoMoments(Exception):
    """A figure's ratio has no mean at the power that is asked for."""


class _Moments:
    """Polynomials of ratios, and what is expected of them."""

    def __init__(self, figures: Figures, policy: LowerBound) -> None:
        self.figures = figures
        self.policy = policy
        self.ratios: dict[str, Ratio] = {figure.variable: figure.ratio for figure in figures.spreading.values()}

    def polynomial(self, terms: Sequence[Term]) -> _Polynomial:
        """The terms in the ratios of the figures: each value goes into the coefficient, each row is one variable."""
        found: _Polynomial = {}
        for term in terms:
            coefficient = EXACT.divide(Decimal(term.number.numerator), Decimal(term.number.denominator))
            powers: dict[str, int] = {}
            for name, power in term.figures:
                value = EXACT.power(self.figures.values[name], abs(power))
                coefficient = (EXACT.multiply if power > 0 else EXACT.divide)(coefficient, value)
                spreading = self.figures.spreading.get(name)
                if spreading is not None:
                    powers[spreading.variable] = powers.get(spreading.variable, 0) + power
            key = tuple(sorted((variable, power) for variable, power in powers.items() if power))
            found[key] = EXACT.add(found.get(key, ZERO), coefficient)
        return found

    def cumulants(self, polynomials: Sequence[_Polynomial]) -> tuple[Cumulant, ...]:
        """Mean, variance, third and fourth cumulant of a weighed sum of polynomials."""
        means = [self.expected(one) for one in polynomials]
        centred = [_added(one, {(): EXACT.minus(mean)}) for one, mean in zip(polynomials, means, strict=True)]
        second = {pair: self.expected(_product(centred, pair)) for pair in _positions(centred, 2)}
        third = {triple: self.expected(_product(centred, triple)) for triple in _positions(centred, 3)}
        fourth = {}
        for four in _positions(centred, 4):
            first, others = four[0], four[1:]
            # what two independent pairs would give is no part of the fourth cumulant
            paired = [
                EXACT.multiply(second[first, others[one]], second[others[two], others[three]])
                for one, two, three in ((0, 1, 2), (1, 0, 2), (2, 0, 1))
            ]
            fourth[four] = _minus_all(self.expected(_product(centred, four)), paired)
        return (
            Cumulant(tuple(((position,), mean) for position, mean in enumerate(means))),
            _cumulant(second),
            _cumulant(third),
            _cumulant(fourth),
        )

    def expected(self, polynomial: _Polynomial) -> Decimal:
        """The mean of a polynomial of independent ratios. Raises _NoMoments."""
        total = ZERO
        for powers, coefficient in polynomial.items():
            product = coefficient
            for variable, power in powers:
                moment = ratio_moment(self.ratios[variable], power, self.policy)
                if moment is None:
                    raise _NoMoments
                product = EXACT.multiply(product, moment)
            total = EXACT.add(total, product)
        return total


def _positions(polynomials: Sequence[_Polynomial], degree: int) -> Iterator[tuple[int, ...]]:
    return itertools.combinations_with_replacement(range(len(polynomials)), degree)


def _cumulant(values: Mapping[tuple[int, ...], Decimal]) -> Cumulant:
    """Every ordering of a set of positions has the same value, so each set stands once and counts for all of them."""
    return Cumulant(
        tuple(
            (positions, EXACT.multiply(value, Decimal(len(set(itertools.permutations(positions))))))
            for positions, value in values.items()
        )
    )


def _product(polynomials: Sequence[_Polynomial], positions: tuple[int, ...]) -> _Polynomial:
    found: _Polynomial = {(): ONE}
    for position in positions:
        multiplied: _Polynomial = {}
        for (left, one), (right, other) in itertools.product(found.items(), polynomials[position].items()):
            powers = dict(left)
            for variable, power in right:
                powers[variable] = powers.get(variable, 0) + power
            key = tuple(sorted((variable, power) for variable, power in powers.items() if power))
            multiplied[key] = EXACT.add(multiplied.get(key, ZERO), EXACT.multiply(one, other))
        found = multiplied
    return found


def _added(left: _Polynomial, right: _Polynomial) -> _Polynomial:
    found = dict(left)
    for powers, coefficient in right.items():
        found[powers] = EXACT.add(found.get(powers, ZERO), coefficient)
    return found


def _minus_all(value: Decimal, parts: Sequence[Decimal]) -> Decimal:
    for part in parts:
        value = EXACT.subtract(value, part)
    return value
