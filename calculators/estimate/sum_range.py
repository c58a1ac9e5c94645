"""The range of a sum of reductions: a figure that several of them rest on is one random variable of the sum.

Promise: every reduction keeps its own recorded range, told apart by the figures that make it: how far the reduction
moves with each figure, to first order, is that figure's share. In the sum the shares of one figure are added with their
signs and the figures, which are independent, by the root of squares: reductions of one figure have the sum of their
ranges, reductions of different figures the root of the sum of squares, and no sum is wider than its ranges added up.
A figure is a row of a table (key, place, year), or a constant of one methodology. Touches nothing.

Source: IPCC 2006 Guidelines vol. 1, 3.2.3.1, approach 1; JCGM 100:2008, 5.2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from calculators.estimate.parameters import Figures, carrying_names, read_entries, variable_in_sum
from calculators.figures.factors import Tables
from calculators.figures.terms import GasScope
from calculators.methodology.document import Methodology
from calculators.methodology.parts import BEHAVIOUR_POINTS, Choice
from calculators.methodology.program import Scenario
from calculators.rounding import EXACT, ONE, ZERO, ceil_grams

_STEP = Decimal("0.001")  # of a figure's half-width, to either side: a slope, not a reach
_UNSHARED = "nothing that moves it"


@dataclass(frozen=True, slots=True)
class ReductionRange:
    """A reduction in whole grams with its 95 % interval, and how far it moves with each figure, by its variable.

    `shares` are signed parts whose squares sum to one; empty where the reduction has no range.
    """

    reduction_g: int
    low_g: int
    high_g: int
    shares: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class SumRange:
    """A sum of reductions in whole grams with its 95 % interval, rounded outward."""

    reduction_g: int
    low_g: int
    high_g: int


def read_range(methodology: Methodology, record: Mapping[str, Any]) -> ReductionRange:
    """The range of a stored working of `methodology`.

    Where no figure moves it near their values (a formula at a bound), one variable of the methodology stands for all.
    """
    results = record["results"]
    reduction_g, low_g, high_g = (int(results[name]) for name in ("reduction_g", "low_g", "high_g"))
    if low_g == high_g:
        return ReductionRange(reduction_g, low_g, high_g, ())
    figures, alternative = read_entries(record["parameters"]), record["context"]["declared_alternative"]
    shares = _shares(methodology, alternative, figures, tuple(_read_inputs(methodology, record)))
    return ReductionRange(reduction_g, low_g, high_g, shares)


def add_ranges(reductions: Iterable[ReductionRange]) -> SumRange:
    """All of them together."""
    total = added_low = added_high = 0
    below: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    above: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in reductions:
        total, added_low, added_high = total + one.reduction_g, added_low + one.low_g, added_high + one.high_g
        down, up = Decimal(one.reduction_g - one.low_g), Decimal(one.high_g - one.reduction_g)
        for variable, share in one.shares:
            below[variable] = EXACT.add(below[variable], EXACT.multiply(down, share))
            above[variable] = EXACT.add(above[variable], EXACT.multiply(up, share))
    low_g = max(total - ceil_grams(_root_of_squares(below.values())), added_low)
    high_g = min(total + ceil_grams(_root_of_squares(above.values())), added_high)
    return SumRange(total, low_g, high_g)


def gases_of(methodology: Methodology, record: Mapping[str, Any]) -> frozenset[GasScope]:
    """Which gases the grams of a working count; empty where it has no grams. A record from before says by its units."""
    if methodology.yields == BEHAVIOUR_POINTS:
        return frozenset()
    entries, names = record["parameters"], carrying_names(methodology)
    found = (_gas_of(entry) for name, entry in entries.items() if name in names)
    return frozenset(gas for gas in found if gas is not None)


@lru_cache(maxsize=512)
def gases_reached(methodology: Methodology, tables: Tables) -> frozenset[GasScope]:
    """Which gases the grams of a document may count, by the place it is used in; empty where it has no grams."""
    if methodology.yields == BEHAVIOUR_POINTS:
        return frozenset()
    families = methodology.every_family
    return frozenset(row.gas_scope for row in tables.list_rows() if row.family in families and row.gas_scope)


def _gas_of(entry: Mapping[str, Any]) -> GasScope | None:
    if entry.get("gwp"):  # a row since there are columns for it; before, `gas_scope` was free text
        return GasScope(entry["gas_scope"])
    mass = str(entry["unit"]).partition("/")[0]
    return GasScope.GHG if "CO2e" in mass else GasScope.CO2 if "CO2" in mass else None


def _read_inputs(methodology: Methodology, record: Mapping[str, Any]) -> Iterator[tuple[str, Decimal | str]]:
    for name, spec in methodology.inputs.items():
        entry = record["inputs"].get(name)
        if entry is not None:
            yield name, str(entry["value"]) if isinstance(spec, Choice) else Decimal(entry["value"])


@lru_cache(maxsize=8192)
def _shares(
    methodology: Methodology, alternative: str | None, figures: Figures, inputs: tuple[tuple[str, Decimal | str], ...]
) -> tuple[tuple[str, Decimal], ...]:
    program = methodology.program
    scenario = program.alternatives.get(alternative or "") or program.scenario
    if scenario is None:
        raise TypeError(f"{methodology.id} has no baseline and no project")
    given: dict[str, Any] = {**figures.values, **dict(inputs)}
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name, spreading in figures.spreading.items():
        if spreading.ratio.half_width:
            names[variable_in_sum(methodology.id, name, spreading)].append(name)
    moves = {variable: _move(scenario, program.arguments, given, figures, of) for variable, of in names.items()}
    norm = _root_of_squares(moves.values())
    if not norm:
        return ((f"{methodology.id}|{_UNSHARED}", ONE),)
    return tuple((variable, EXACT.divide(move, norm)) for variable, move in moves.items() if move)


def _move(
    scenario: Scenario, arguments: tuple[str, ...], given: Mapping[str, Any], figures: Figures, names: list[str]
) -> Decimal:
    """The central difference of the reduction over one variable, in half-widths of it."""
    found = []
    for step in (_STEP, EXACT.minus(_STEP)):
        moved = {
            name: EXACT.multiply(figures.values[name], EXACT.add(ONE, EXACT.multiply(step, figures.spreads[name])))
            for name in names
        }
        at = {**given, **moved}
        baseline, project, *_ = scenario.exact(*[at.get(name) for name in arguments])
        found.append(EXACT.subtract(baseline, project))
    return EXACT.subtract(*found)


def _root_of_squares(values: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for value in values:
        total = EXACT.add(total, EXACT.multiply(value, value))
    return EXACT.sqrt(total)
