"""How often a credit exceeds the truth, as far as the declared ranges know it: every shipped rule in every place.

Promise: each rule that credits grams is tried with every set of its choices in every place that has figures of its own,
with the activities of its worked examples and, where an input stands in the project alone, with more and less of it. Of
each such difference samples are drawn from the declared distributions, before evidence, caps and whole grams, and set
against its lower bound and its range. `docs/credit-calibration.md` is `describe_calibration`. Touches nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from calculators.errors import InputRefused
from calculators.estimate.credit import Amounts
from calculators.estimate.exact import amounts_of, compute_estimate
from calculators.estimate.parameters import read_entries
from calculators.estimate.samples import sample_reduction
from calculators.estimate.working import Context, Estimate
from calculators.figures.distributions import Ratio
from calculators.figures.factors import Tables
from calculators.figures.library import Library
from calculators.methodology.document import Methodology
from calculators.methodology.examples import read_example_context
from calculators.methodology.parts import REDUCTION
from calculators.methodology.program import Scenario
from calculators.rounding import EXACT, to_step

DRAWS = 100_000
MOST_BELOW, LEAST_BELOW, MOST_NOTHING = 0.30, 0.15, 0.30
WIDEST_ERROR = 0.05
_LEVELS = (Decimal("0.25"), Decimal("0.5"), Decimal("0.75"), Decimal(1), Decimal("1.25"))
_PLACES_SHOWN = 3
_Shape = tuple[tuple[tuple[str, Ratio], ...], tuple[Decimal, ...]]
_FINE = Decimal("1E-12")
_HEAD = """\
# How often a credit exceeds the truth

Made by `python -m calculators calibration`; a test runs it with fewer samples and fails on a violation. For every rule
that credits grams and every place with figures of its own: {draws:,} samples of the declared distributions of each
difference, before evidence, caps and whole grams. *Credited above the truth* is the share of samples below the lower
bound, wherever that is above nothing (25 % is meant, 15 to 30 % allowed); *nothing avoided* is the largest share of
samples at or below zero among these (at most 30 %); *range* is the largest error of the half-width of the 95 % range
(at most 5 %). Activities that differ in their size alone are one difference.

{cases:,} differences, {credited:,} of them with a lower bound above nothing; {wrong} outside a bar.

| rule | places | differences | with credit | credited above the truth | nothing avoided | range |
|---|---|---|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Case:
    """One difference: parts of samples below its lower bound and at or below nothing, and the error of its range."""

    is_credited: bool
    below: float
    nothing: float
    range_error: float

    @property
    def is_wrong(self) -> bool:
        """Whether it lies outside one of the bars."""
        if self.range_error > WIDEST_ERROR:
            return True
        return self.is_credited and (not LEAST_BELOW <= self.below <= MOST_BELOW or self.nothing > MOST_NOTHING)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The cases of one rule in places that have the same figures."""

    methodology_id: str
    places: tuple[str, ...]
    cases: tuple[Case, ...]


def calibrate(library: Library, draws: int = DRAWS) -> Iterator[Calibration]:
    """Every rule that credits grams, in every place with figures of its own. Deterministic for a number of draws."""
    for methodology in library.methodologies.values():
        if methodology.yields != REDUCTION:
            continue
        known: dict[_Shape, Case] = {}
        for places in _places(methodology, library.tables):
            differing = {
                _shape(found, amounts): (found, amounts)
                for inputs, context in _activities(methodology, places[0])
                if (found := _try(methodology, library.tables, inputs, context)) is not None
                and (amounts := amounts_of(found)) is not None
                and amounts.low < amounts.high
            }
            if differing:
                known |= {shape: _measure(*one, draws) for shape, one in differing.items() if shape not in known}
                yield Calibration(methodology.id, places, tuple(known[shape] for shape in differing))


def describe_calibration(library: Library, draws: int = DRAWS) -> str:
    """The page of results, as Markdown."""
    found = list(calibrate(library, draws))
    cases = [case for one in found for case in one.cases]
    head = _HEAD.format(
        draws=draws,
        cases=len(cases),
        credited=sum(case.is_credited for case in cases),
        wrong=sum(case.is_wrong for case in cases) or "none",
    )
    rows: dict[tuple[str, str], list[str]] = {}
    for one in found:
        rows.setdefault((one.methodology_id, _results(one.cases)), []).extend(one.places)
    return "\n".join([head, *(f"| `{rule}` | {_named(places)} {said}" for (rule, said), places in rows.items())])


def _results(cases: tuple[Case, ...]) -> str:
    credited = [case for case in cases if case.is_credited]
    if not credited:
        return f"| {len(cases)} | 0 | | | {max(case.range_error for case in cases):.1%} |"
    least, most = (f"{choose(case.below for case in credited):.0%}" for choose in (min, max))
    return (
        f"| {len(cases)} | {len(credited)} | {least if least == most else f'{least} to {most}'} "
        f"| {max(case.nothing for case in credited):.0%} | {max(case.range_error for case in cases):.1%} |"
    )


def _named(places: list[str]) -> str:
    shown = ", ".join(sorted(places)[:_PLACES_SHOWN])
    more = len(places) - _PLACES_SHOWN
    return shown if more <= 0 else f"{shown} and {more} more"


def _places(methodology: Methodology, tables: Tables) -> list[tuple[str, ...]]:
    """The places, those together that find the same figures: they lie within the same places that have any."""
    names = {parameter.table for parameter in methodology.parameters.values()}
    known = {row.region for name in names if name and (table := tables.find_table(name)) for row in table.rows}
    known |= set(methodology.families)
    alike: dict[tuple[str, ...], list[str]] = {}
    for code in tables.regions.by_code:
        key = tuple(place for place in tables.regions.chain_of(code) if place in known)
        alike.setdefault(key, []).append(code)
    return [tuple(places) for places in alike.values()]


def _activities(methodology: Methodology, region: str) -> Iterator[tuple[Mapping[str, Any], Context]]:
    """What is tried in a place: each worked example with every set of choices, and more and less of the project."""
    seen = set()
    options = [choice.options for choice in methodology.choices.values()]
    own = _project_only(methodology)
    for example, chosen, level in itertools.product(methodology.examples, itertools.product(*options), _LEVELS):
        inputs = {**example.inputs, **dict(zip(methodology.choices, chosen, strict=True))}
        for name in own:
            spec = methodology.quantities[name]
            given = Decimal(str(inputs.get(name, spec.default or spec.minimum)))
            scaled = to_step(EXACT.multiply(given, level), spec.step)
            inputs[name] = format(min(max(scaled, spec.minimum), spec.maximum), "f")
        context = replace(read_example_context(example.context), region=region, cap_room={}, diet=None)
        for alternative in (None, *methodology.alternatives):
            there = replace(context, declared_alternative=alternative)
            key = (repr(sorted(inputs.items(), key=str)), repr(there.history), there.household_size, alternative)
            if key not in seen:
                seen.add(key)
                yield inputs, there


def _project_only(methodology: Methodology) -> list[str]:
    """The measured inputs a person gives that stand in the project and in no baseline."""
    scenario = methodology.program.scenario
    if not isinstance(scenario, Scenario):
        return []
    baseline = set(scenario.baseline.names)
    return [
        name
        for name, spec in methodology.quantities.items()
        if spec.given_by == "person" and name in scenario.project.names and name not in baseline
    ]


def _try(methodology: Methodology, tables: Tables, inputs: Mapping[str, Any], context: Context) -> Estimate | None:
    """The estimate; None where an input cannot be."""
    try:
        return compute_estimate(methodology, tables, inputs, context)
    except InputRefused:
        return None


def _shape(found: Estimate, amounts: Amounts) -> _Shape:
    """What two differences have in common that differ in their size alone: the ratios of their figures, and parts."""
    size = EXACT.subtract(amounts.high, amounts.low)
    parts = (amounts.baseline, amounts.project, amounts.low, amounts.lower)
    ratios = tuple((name, one.ratio) for name, one in read_entries(found.working.entries).spreading.items())
    return ratios, tuple(EXACT.quantize(EXACT.divide(part, size), _FINE) for part in parts)


def _measure(found: Estimate, amounts: Amounts, draws: int) -> Case:
    samples = sample_reduction(found, draws)
    low, high = np.percentile(samples, [2.5, 97.5])
    lower = min(amounts.lower, amounts.reduction)
    return Case(
        is_credited=lower > 0,
        below=float(np.mean(samples < float(lower))),
        nothing=float(np.mean(samples <= 0)),
        range_error=abs(2 * float(amounts.half_width) / float(high - low) - 1),
    )
