"""The exposure of a rule: the most that one person can earn under it in a day and in a year, and beside other rules.

Promise: the most that a search finds, in grams of credit or behaviour points; exact where it reaches the rule's own
cap, which nobody goes beyond, else the best of the inputs that were tried. Once by honest means (the most generous
inputs within the document's bounds, with the evidence that weighs most) and once by the laziest cheat (the same
inputs on a bare word, within the bounds on what nobody attested). A person logs as often as the flow allows: meals by
their slots, what covers days once for them, anything else without end, so that only the caps bound it. A document
without a cap of a period is bounded by those it has. Touches nothing but the library's lists of flows, needs and
averages.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from calculators.estimate.batch import estimate_columns
from calculators.estimate.columns import Coded
from calculators.estimate.flow_instances import flows_of
from calculators.estimate.parameters import Resolved, resolve
from calculators.estimate.working import Context
from calculators.figures.factors import Tables
from calculators.figures.library import load_library
from calculators.methodology.credit_rules import SELF_DECLARED
from calculators.methodology.document import Methodology
from calculators.methodology.flows import DAY, MEAL, FlowUse, load_flows
from calculators.methodology.parts import Quantity
from calculators.plausibility.allowance import UnattestedShares, unattested_bounds
from calculators.plausibility.limits import load_limits
from calculators.rounding import to_step

DAYS, MONTHS, SHORTEST_MONTH = 366, 12, 28  # of the longest year; a share of a month is largest for a day of February
WITHOUT_END = 10**9  # how often something may be logged that only caps bound, and what a document without caps pays
MOST_ROWS = 256  # tried in one place before the best of them is bettered input by input
BATCH = 12  # rows tried first, those nearest to the most of everything; then so many times as many
MOST_CLIMBS = 12
# Of the way from an input's least to its most.
LEVELS = (Decimal(1), Decimal(0), Decimal("0.1"), Decimal("0.5"), Decimal("0.01"))
_AVERAGES = "footprints.region_average"

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Exposure:
    """The most one person earns in a day and in a year: honestly, and as the laziest cheat. Grams or points."""

    honest_day: int = 0
    honest_year: int = 0
    cheat_day: int = 0
    cheat_year: int = 0

    def figures(self) -> dict[str, int]:
        """Each figure by its name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True)
class MeasuredRule:
    """A rule with its exposure, and what it measures."""

    methodology_id: str
    flows: tuple[FlowUse, ...]
    exposure: Exposure


@lru_cache(maxsize=1024)
def measure_exposure(methodology: Methodology, tables: Tables, shares: UnattestedShares, on: date) -> MeasuredRule:
    """The exposure of one rule alone, by the figures that stand on a day."""
    search = _Search(methodology, tables, shares, on)
    honest, cheat = search.honest(), search.cheat()
    return MeasuredRule(methodology.id, flows_of(methodology), Exposure(*honest, *cheat))


def exposure_beside(rule: MeasuredRule, others: Sequence[MeasuredRule], shares: UnattestedShares) -> Exposure:
    """What one person earns by a rule and by those of `others` that share no flow with it nor among themselves.

    Of rules that share a flow the set that earns most counts. What nobody attested stays within the bounds of all
    categories together.
    """
    beside = [one for one in others if one.methodology_id != rule.methodology_id and not shares_flow(rule, one)]
    groups = list(_groups(beside))
    sums = {
        name: amount + sum(_best_set([one for one in group if getattr(one.exposure, name)], name) for group in groups)
        for name, amount in rule.exposure.figures().items()
    }
    bounds = [unattested_bounds(place, _category(rule), SHORTEST_MONTH, shares) for place in _averaged_places()]
    sums["cheat_day"] = min(sums["cheat_day"], max(bound["all_day"] for bound in bounds))
    sums["cheat_year"] = min(sums["cheat_year"], max(bound["all_year"] for bound in bounds))
    return Exposure(**sums)


def shares_flow(one: MeasuredRule, other: MeasuredRule) -> bool:
    """Whether of two rules only one is paid in a day: another hour, meal, thing or part is another instance."""
    return any(_always_meet(mine, theirs) for mine in one.flows for theirs in other.flows)


def _always_meet(one: FlowUse, other: FlowUse) -> bool:
    if one.flow != other.flow:
        return False
    if one.is_whole or other.is_whole:
        return True
    flow = load_flows().get(one.flow)
    return flow is not None and flow.instance == DAY and one.by is None and other.by is None and one.part == other.part


def _groups(rules: Sequence[MeasuredRule]) -> Iterator[list[MeasuredRule]]:
    """The rules in groups: no rule shares a flow with one of another group."""
    left = list(rules)
    while left:
        group = [left.pop()]
        for member in group:  # it grows while it is walked
            near = [rule for rule in left if shares_flow(member, rule)]
            group += near
            left = [rule for rule in left if rule not in near]
        yield group


def _best_set(group: Sequence[MeasuredRule], figure: str) -> int:
    """The most that rules of a group come to of which no two share a flow, exactly."""
    if not group:
        return 0
    first, *rest = sorted(group, key=lambda rule: -sum(shares_flow(rule, other) for other in group))
    apart = [rule for rule in rest if not shares_flow(first, rule)]
    taken = getattr(first.exposure, figure) + _best_set(apart, figure)
    return int(taken) if len(apart) == len(rest) else max(taken, _best_set(rest, figure))


def _category(rule: MeasuredRule) -> str:
    return rule.methodology_id.partition(".")[0]


def _averaged_places() -> list[str]:
    return sorted({row.region for row in load_library().tables.tables[_AVERAGES].rows})


class _Search:
    """The inputs of one rule tried in the places that have figures of their own, until its caps are reached."""

    def __init__(self, methodology: Methodology, tables: Tables, shares: UnattestedShares, on: date) -> None:
        self.methodology, self.tables, self.shares, self.on = methodology, tables, shares, on
        self.caps = {name.rpartition("_")[0]: cap for name, cap in methodology.caps.items()}
        self.axes = _axes(methodology)
        self.sample = self._sample()
        self.best = self.sample[:0]  # rows that earned most in the place before: most often they do here
        known = tables.regions.by_code
        own = {row.region for row in tables.list_rows()} | set(_averaged_places())
        self.places = sorted(place for place in own if place in known) or sorted(known)[:1]

    def honest(self) -> tuple[int, int]:
        """A day and a year with the evidence that weighs most."""
        weights = self.methodology.evidence_weights
        best = max(weights, key=lambda tier: weights[tier])
        alike = {self._figures(place): place for place in reversed(self.places)}
        return self._most([(place, WITHOUT_END, WITHOUT_END) for place in alike.values()], best)

    def cheat(self) -> tuple[int, int]:
        """A day and a year on a bare word; nothing where that is not taken, or a paper is needed."""
        needs_paper = any(self.methodology.id in need.rules for need in load_limits().needs.values())
        if needs_paper or SELF_DECLARED not in self.methodology.evidence_weights:
            return 0, 0
        alike: dict[tuple[Any, ...], tuple[str, int, int]] = {}
        for place in self.places:
            day, year = self._bounds(place)
            first, most_day, most_year = alike.get(self._figures(place), (place, 0, 0))
            alike[self._figures(place)] = (first, max(day, most_day), max(year, most_year))
        return self._most(sorted(alike.values(), key=lambda one: (-one[1], -one[2], one[0])), SELF_DECLARED)

    def _figures(self, place: str) -> tuple[Any, ...]:
        """What tells places apart for this rule: places with the same figures pay the same."""
        ways = [[(name, option) for option in one.options] for name, one in self.methodology.choices.items()]
        found = [
            resolve(self.methodology, self.tables, place, self.on.year, choices) for choices in itertools.product(*ways)
        ]
        return tuple(
            tuple(sorted((name, entry["value"], entry["uncertainty_pct"]) for name, entry in one.entries.items()))
            if isinstance(one, Resolved)
            else None
            for one in found
        )

    def _bounds(self, place: str) -> tuple[int, int]:
        bounds = unattested_bounds(place, self.methodology.category, SHORTEST_MONTH, self.shares)
        return min(bounds["category_day"], bounds["all_day"]), min(bounds["category_year"], bounds["all_year"])

    def _most(self, places: Sequence[tuple[str, int, int]], evidence: str) -> tuple[int, int]:
        day = year = 0
        for at, (place, most_day, most_year) in enumerate(places):
            rest = places[at:]
            most = max(self._day(one[1]) for one in rest), max(self._year(one[2]) for one in rest)
            if day >= most[0] and year >= most[1]:
                break  # nobody earns more, wherever they are
            found_day, found_year = self._try(place, evidence, most, (day, year))
            day = max(day, min(self._day(most_day), found_day))
            year = max(year, min(self._year(most_year), found_year))
        return day, year

    def _try(self, place: str, evidence: str, enough: tuple[int, int], elsewhere: tuple[int, int]) -> tuple[int, int]:
        """The most of a day and a year in one place, the caps of periods aside: tried, then bettered.

        It ends at `enough`, and where what earned most `elsewhere` earns no more here.
        """
        best, rows = np.zeros(2, dtype=np.int64), self.best
        batches = np.split(self.sample, [BATCH, BATCH * BATCH])
        for tried in batches if not len(rows) else (rows, batches[0]):  # elsewhere, what earned most there does too
            if len(tried):
                best, rows = self._better(best, rows, tried, place, evidence)
            if (best >= enough).all():
                break
        if len(self.best) and (best <= elsewhere).all():
            return int(best[0]), int(best[1])
        for _ in range(MOST_CLIMBS):
            near, before = np.concatenate([self._neighbours(row) for row in rows]), best
            best, rows = self._better(best, rows, near, place, evidence)
            if (best >= enough).all() or (best == before).all():
                break
        self.best = rows
        return int(best[0]), int(best[1])

    def _better(
        self, best: Integers, rows: Integers, tried: Integers, place: str, evidence: str
    ) -> tuple[Integers, Integers]:
        """What the best of some more rows earn where it is more, and which rows these are."""
        day, year = self._earned(tried, place, evidence)
        found = np.array([day.max(), year.max()])
        if (found <= best).all() and len(rows):
            return best, rows
        return np.maximum(best, found), tried[np.unique(np.array([day.argmax(), year.argmax()]))]

    def _sample(self) -> Integers:
        """Positions on the axes: all there are, or so many evenly between."""
        shape = [len(axis) for axis in self.axes.values()]
        whole = int(np.prod(shape, dtype=object)) if shape else 1
        rows = np.unique(np.linspace(0, whole - 1, min(whole, MOST_ROWS)).astype(np.int64))
        if not shape:
            return np.zeros((1, 0), dtype=np.int64)
        found: Integers = np.stack(np.unravel_index(rows, shape), axis=1)
        levels = [at for at, name in enumerate(self.axes) if name in self.methodology.quantities]
        return found[np.argsort((found[:, levels] > 0).sum(axis=1), kind="stable")]

    def _neighbours(self, row: Integers) -> Integers:
        """Every row that differs from one in one input."""
        near = []
        for place, axis in enumerate(self.axes.values()):
            moved = np.repeat(row[None, :], len(axis), axis=0)
            moved[:, place] = np.arange(len(axis))
            near.append(moved)
        return np.concatenate(near) if near else row[None, :]

    def _day(self, bound: int) -> int:
        """The most of a day under the caps and a bound."""
        return min(bound, *(self.caps.get(period, WITHOUT_END) for period in ("per_day", "per_month", "per_year")))

    def _year(self, bound: int) -> int:
        """The most of a year under the caps and a bound."""
        parts = (("per_day", DAYS), ("per_month", MONTHS), ("per_year", 1))
        return min(bound, WITHOUT_END, *(self.caps[period] * times for period, times in parts if period in self.caps))

    def _earned(self, rows: Integers, place: str, evidence: str) -> tuple[Integers, Integers]:
        """What each row comes to in a day and in a year, the caps of periods aside."""
        columns = {
            name: _column(self.methodology, name, axis, rows[:, at])
            for at, (name, axis) in enumerate(self.axes.items())
        }
        given = {**columns, "region": Coded(np.zeros(len(rows), dtype=np.int64), (place,))}
        found = estimate_columns(self.methodology, self.tables, given, Context(place, self.on, evidence))
        amounts = found.credited_g + found.behaviour_points
        return amounts * self._times(columns, 1), amounts * self._times(columns, DAYS)

    def _times(self, columns: Mapping[str, Any], days: int) -> Integers | int:
        """How often each row may be logged in so many days."""
        covers = self.methodology.covers
        if covers is not None and covers in columns:
            return np.maximum(1, days // _whole(columns[covers]))
        meals = [use for use in flows_of(self.methodology) if not use.is_whole and _is_meal(use.flow)]
        if not meals:
            return WITHOUT_END
        slots, told = len(load_flows()[meals[0].flow].slots), meals[0].by
        return (np.maximum(1, slots // _whole(columns[told])) if told is not None and told in columns else slots) * days


def _whole(column: Any) -> Integers:
    return np.maximum(1, np.asarray(column, dtype=np.float64)).astype(np.int64)


def _is_meal(flow: str) -> bool:
    known = load_flows().get(flow)
    return known is not None and known.instance == MEAL


def _axes(methodology: Methodology) -> dict[str, Sequence[Any]]:
    """What is tried of each input: every option, and some levels between the bounds."""
    axes: dict[str, Sequence[Any]] = {name: one.options for name, one in methodology.choices.items()}
    return axes | {name: list(_levels(spec)) for name, spec in methodology.quantities.items()}


def _column(methodology: Methodology, name: str, axis: Sequence[Any], at: Integers) -> Any:
    if name in methodology.choices:
        return Coded(at, tuple(axis))
    return np.array([float(value) for value in axis])[at]


def _levels(spec: Quantity) -> Iterator[Decimal]:
    """The values of an input that are tried: its bounds, what lies between, and what stands where it is left out."""
    values = [to_step(spec.minimum + (spec.maximum - spec.minimum) * level, spec.step) for level in LEVELS]
    if spec.default is not None:
        values.append(spec.default)
    yield from dict.fromkeys(max(spec.minimum, min(spec.maximum, value)) for value in values)
