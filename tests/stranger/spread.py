"""How a difference spreads: its quantiles from exact moments, else from the fixed draws."""

from __future__ import annotations

import ast
import math
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist
from typing import Any

from .formulas import SIXTY, Formula, NoProducts, Powers, Term, joined, scaled

SLICES, STEP, SHIFT = 4096, 2643, 2531
Polynomial = dict[Powers, Decimal]


class NoMoments(Exception):
    """A figure below a fraction line whose reciprocal has no mean."""


class Spread:
    """The quantiles of one difference, in the unit of its formulas."""

    def __init__(self, answer: dict[str, Any], baseline: Formula, project: Formula, names: dict[str, Any]) -> None:
        self.policy = {
            name: Decimal(text)
            for name, text in answer["working"]["conservativeness"].items()
            if name.partition("_")[0] in ("credit", "range", "most", "least")
        }
        self.entries = answer["working"]["parameters"]
        self.formulas, self.names = (baseline, project), names

    def quantiles(self) -> tuple[Decimal, Decimal, Decimal]:
        """The ends of the range and, between them, what is credited: low, lower, high."""
        try:
            terms = self._terms()
        except NoProducts:
            return self._drawn(self._formula_draws())
        weights = {inputs: self._weight(inputs) for _, inputs, _ in terms}
        is_one = len(weights) == 1 and min(weights.values()) >= 0
        try:
            found = self._expanded(terms, weights)
        except NoMoments:
            found = None
        if found is not None:
            return found
        if not is_one:
            return self._drawn(self._formula_draws())
        (weight,) = weights.values()
        low, lower, high = self._drawn(self._product_draws(terms))
        return SIXTY.multiply(low, weight), SIXTY.multiply(lower, weight), SIXTY.multiply(high, weight)

    def _terms(self) -> list[Term]:
        figures = {name for name in self.names if name in self.entries and self._is_figure(name)}
        baseline, project = (one.terms(figures, self.names) for one in self.formulas)
        summed: dict[tuple[Powers, Powers], Fraction] = {}
        for number, inputs, powers in [*baseline, *((-number, *rest) for number, *rest in project)]:
            summed[inputs, powers] = summed.get((inputs, powers), Fraction(0)) + number
        return [(number, *key) for key, number in summed.items() if number]

    def _is_figure(self, name: str) -> bool:
        return "table" in self.entries[name] or self.entries[name]["uncertainty_pct"] is not None

    def _weight(self, inputs: Powers) -> Decimal:
        total = Decimal(1)
        for text, power in inputs:
            value = SIXTY.power(Formula(text).value(self.names), abs(power))
            total = (SIXTY.multiply if power > 0 else SIXTY.divide)(total, value)
        return total

    def row(self, name: str) -> str:
        """What tells random variables apart."""
        entry = self.entries[name]
        return "|".join(str(entry[one]) for one in ("table", "key", "region", "year")) if "table" in entry else name

    def _expanded(self, terms: list[Any], weights: dict[str, Any]) -> tuple[Decimal, Decimal, Decimal] | None:
        difference: Polynomial = {}
        kinds: dict[str, tuple[str, Decimal]] = {}
        for number, inputs, figures in terms:
            coefficient = SIXTY.multiply(scaled(Decimal(1), number), weights[inputs])
            powers: Powers = ()
            for name, power in figures:
                value = SIXTY.power(self.names[name], abs(power))
                coefficient = (SIXTY.multiply if power > 0 else SIXTY.divide)(coefficient, value)
                if self.entries[name]["uncertainty_pct"] is not None:
                    kinds[self.row(name)] = self._kind(name)
                    powers = joined(powers, ((self.row(name), power),))
            difference[powers] = SIXTY.add(difference.get(powers, Decimal(0)), coefficient)
        mean = self._expected(difference, kinds)
        centred = _multiplied({(): Decimal(1)}, difference)
        centred[()] = SIXTY.subtract(centred.get((), Decimal(0)), mean)
        square = _multiplied(centred, centred)
        variance = self._expected(square, kinds)
        third = self._expected(_multiplied(square, centred), kinds)
        fourth = self._expected(_multiplied(square, square), kinds)
        return self._cornish_fisher(mean, variance, third, fourth - 3 * SIXTY.multiply(variance, variance))

    def _kind(self, name: str) -> tuple[str, Decimal]:
        entry = self.entries[name]
        return entry["distribution"], SIXTY.divide(Decimal(entry["uncertainty_pct"]), Decimal(100))

    def _expected(self, polynomial: Polynomial, kinds: dict[str, tuple[str, Decimal]]) -> Decimal:
        total = Decimal(0)
        for powers, coefficient in polynomial.items():
            for row, power in powers:
                coefficient = SIXTY.multiply(coefficient, self._moment(*kinds[row], power))
            total = SIXTY.add(total, coefficient)
        return total

    def _reach(self, kind: str, half: Decimal) -> Decimal:
        share, quantile = self.policy["range_share"], self.policy["range_quantile"]
        if kind == "uniform":
            return SIXTY.divide(half, share)
        if kind == "triangular":
            return SIXTY.divide(half, 1 - SIXTY.sqrt(1 - share))
        return SIXTY.divide(SIXTY.ln(1 + half) if kind == "log_normal" else half, quantile)

    def _moment(self, kind: str, half: Decimal, n: int) -> Decimal:
        if not half:
            return Decimal(1)
        a = self._reach(kind, half)
        if kind == "log_normal":
            return SIXTY.exp(SIXTY.divide(a * a * n * n, Decimal(2)))
        if n < 0 and (kind == "normal" or a >= 1):
            raise NoMoments
        low, high = 1 - a, 1 + a
        if kind == "normal":
            even = [2 * k for k in range(n // 2 + 1)]
            return sum((math.comb(n, e) * math.prod(range(1, e, 2)) * SIXTY.power(a, e) for e in even), Decimal(0))
        if kind == "uniform":
            if n == -1:
                return SIXTY.divide(SIXTY.ln(SIXTY.divide(high, low)), 2 * a)
            return SIXTY.divide(SIXTY.power(high, n + 1) - SIXTY.power(low, n + 1), 2 * a * (n + 1))
        if n == -1:
            return SIXTY.divide(high * SIXTY.ln(high) + low * SIXTY.ln(low), a * a)
        if n == -2:
            return SIXTY.divide(-SIXTY.ln(high * low), a * a)
        return SIXTY.divide(SIXTY.power(high, n + 2) + SIXTY.power(low, n + 2) - 2, a * a * (n + 1) * (n + 2))

    def _cornish_fisher(self, mean: Decimal, variance: Decimal, third: Decimal, fourth: Decimal) -> Any:
        if variance <= Decimal("1E-36"):
            return mean, mean, mean
        deviation = SIXTY.sqrt(variance)
        skew = SIXTY.divide(third, variance * deviation)
        excess = SIXTY.divide(fourth, variance * variance)
        policy = self.policy
        if abs(skew) > policy["most_skewness"] or not policy["least_excess"] <= excess <= policy["most_excess"]:
            return None

        def at(z: Decimal) -> Decimal:
            terms = ((z * z - 1) * skew / 6, (z**3 - 3 * z) * excess / 24, -(2 * z**3 - 5 * z) * skew * skew / 36)
            return mean + deviation * (z + sum(terms))

        step = policy["range_quantile"]
        return at(-step), at(-policy["credit_quantile"]), at(step)

    def _ratios(self, name: str, place: int) -> list[float]:
        """The draws of a figure's ratio in the order in which the row of this place meets its slices."""
        kind, half = self._kind(name)
        a, middles = float(self._reach(kind, half)), [(2 * k + 1) / (2 * SLICES) for k in range(SLICES)]
        if kind == "log_normal":
            met = [math.exp(a * NormalDist().inv_cdf(p)) for p in middles]
        elif kind == "normal":
            met = [1 + a * NormalDist().inv_cdf(p) for p in middles]
        elif kind == "uniform":
            met = [1 + a * (2 * p - 1) for p in middles]
        else:
            met = [1 - a * (1 - math.sqrt(2 * p)) if p <= 0.5 else 1 + a * (1 - math.sqrt(2 - 2 * p)) for p in middles]
        met = [round(one, 12) for one in met] if half else [1.0] * SLICES
        return [met[(pow(STEP, place, SLICES) * k + SHIFT * place) % SLICES] for k in range(SLICES)]

    def _product_draws(self, terms: list[Any]) -> list[float]:
        places: dict[str, int] = {}
        totals = [0.0] * SLICES
        for number, _, figures in terms:
            products = [float(number)] * SLICES
            for name, power in figures:
                values = [float(self.names[name])] * SLICES
                if self.entries[name]["uncertainty_pct"] is not None:
                    place = places.setdefault(self.row(name), len(places))
                    values = [values[0] * ratio for ratio in self._ratios(name, place)]
                for _ in range(abs(power)):
                    paired = zip(products, values, strict=True)
                    products = [a * b if power > 0 else a / b for a, b in paired]
            totals = [a + b for a, b in zip(totals, products, strict=True)]
        return totals

    def _formula_draws(self) -> list[float]:
        used = {one.id for formula in self.formulas for one in ast.walk(formula.tree) if isinstance(one, ast.Name)}
        places: dict[str, int] = {}
        drawn: dict[str, Any] = {
            name: v if isinstance(v, str) else [float(v)] * SLICES for name, v in self.names.items()
        }
        for name, entry in self.entries.items():
            if entry["uncertainty_pct"] is not None and name in used:
                place = places.setdefault(self.row(name), len(places))
                drawn[name] = [float(self.names[name]) * ratio for ratio in self._ratios(name, place)]
        found = []
        for k in range(SLICES):
            names = {name: v if isinstance(v, str) else v[k] for name, v in drawn.items()}
            baseline, project = (formula.value(names, float) for formula in self.formulas)
            found.append(baseline - project)
        return found

    def _drawn(self, found: list[float]) -> tuple[Decimal, Decimal, Decimal]:
        found = sorted(found)
        outside = int(SLICES * (1 - self.policy["range_share"]) / 2)
        below = int(SLICES * (1 - self.policy["credit_share"]))
        low, lower, high = (Decimal(found[at]) for at in (outside, max(below, 1) - 1, SLICES - 1 - outside))
        fine = Decimal("1E-16")
        return SIXTY.quantize(low, fine), SIXTY.quantize(lower, fine), SIXTY.quantize(high, fine)


def _multiplied(left: Polynomial, right: Polynomial) -> Polynomial:
    found: Polynomial = {}
    for one, a in left.items():
        for other, b in right.items():
            key = joined(one, other)
            found[key] = SIXTY.add(found.get(key, Decimal(0)), SIXTY.multiply(a, b))
    return found
