"""A person's own segment as a baseline: what people with the same measurable drivers do, where that credits less.

Promise: a segment refines the figure that carries a baseline, for its own region only, and is used only where it is
lower than the region's. Drivers are what can be measured: how many live in a home, how long a trip is. The figure that
was used stands in the working in the place of the regional one, with the driver, so that it recomputes by itself. Of a
person's job, age or habit nothing is asked. The figures are the library's table `baselines.segments`; its items read
`table/driver/from/to`, both ends included. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from calculators.errors import UnitRefused
from calculators.estimate.exact import compute_result
from calculators.estimate.parameters import read_entries, table_entry
from calculators.estimate.working import CREDITED, Estimate
from calculators.figures.baselines import SEGMENT, Found, Step
from calculators.figures.factors import Row, Tables
from calculators.figures.freshness import age_on
from calculators.methodology.document import Methodology
from calculators.rounding import EXACT, ZERO, short_text
from calculators.units import conversion

TABLE, PREFIX = "baselines.segments", "baselines."
# Which input measures a driver, and in what unit its bounds are.
INPUTS: Mapping[str, tuple[str, str]] = {
    "household_size": ("household_size", "person"),
    "trip_length": ("distance", "km"),
}


@dataclass(frozen=True, slots=True)
class _Segment:
    """One row of the table with its driver and the bounds of it."""

    row: Row
    driver: str
    least: Decimal
    most: Decimal


@lru_cache(maxsize=256)
def segmented_regions(methodology: Methodology, tables: Tables) -> frozenset[str]:
    """The places, and those within them, whose people have a segment for the baseline of a document."""
    own, regions = {one.row.region for one in _segments(methodology, tables)}, tables.regions
    return frozenset(code for code in regions.by_code if own and own.intersection(regions.chain_of(code)))


def by_segment(estimate: Estimate, tables: Tables) -> Estimate:
    """The estimate by the lowest segment that its drivers belong to; itself where none credits less."""
    working = estimate.working
    methodology, basis = working.methodology, working.methodology.basis or ""
    regional, found = working.entries.get(basis), _find(estimate, tables)
    if regional is None or "fallback" not in regional or found is None:
        return estimate
    entry = _entry(estimate, tables, found, regional)
    if Decimal(entry["value"]) >= Decimal(regional["value"]):
        return estimate
    entries = {**working.entries, basis: entry}
    age = age_on(working.context.on, methodology.review_by, found.row.review_by, tables.freshness)
    own = replace(working, entries=entries, age=min(working.age, age, key=lambda one: one.weight))
    lower = compute_result(own, read_entries(entries))
    return lower if _amount(lower) <= _amount(estimate) else estimate


def _find(estimate: Estimate, tables: Tables) -> _Segment | None:
    """The lowest segment of the nearest place that has any, by what the activity itself says."""
    working = estimate.working
    inside: dict[str, list[_Segment]] = {}
    for one in _segments(working.methodology, tables):
        told = _told(estimate, one.driver)
        if told is not None and one.least <= told <= one.most:
            inside.setdefault(one.row.region, []).append(one)
    chain = tables.regions.chain_of(working.context.region)
    near = next((inside[place] for place in chain if place in inside), ())
    return min(near, key=lambda one: one.row.value, default=None)


def _told(estimate: Estimate, driver: str) -> Decimal | None:
    """What an activity says of a driver, in the unit of its bounds."""
    name, unit = INPUTS[driver]
    value = estimate.working.data.values.get(name)
    if not isinstance(value, Decimal):
        return None
    try:
        ratio = conversion(estimate.working.methodology.quantities[name].entered_as, unit)
    except UnitRefused:  # a document that measures it otherwise
        return None
    return EXACT.divide(EXACT.multiply(value, Decimal(ratio.numerator)), Decimal(ratio.denominator))


def _entry(estimate: Estimate, tables: Tables, found: _Segment, regional: Mapping[str, Any]) -> dict[str, Any]:
    """The figure as a working records it, with the driver and the regional figure that it takes the place of."""
    working, table = estimate.working, tables.tables[TABLE]
    parameter = working.methodology.parameters[working.methodology.basis or ""]
    asked = (Step(found.row.region, "found"),)
    entry = table_entry(parameter, Found(found.row, table.sha256, SEGMENT, asked, later_year=False))
    told = {"driver": found.driver, "told": short_text(_told(estimate, found.driver) or ZERO)}
    instead = {name: regional[name] for name in ("table", "key", "region", "year", "value", "unit")}
    return {**entry, "segment": {**told, "instead_of": instead}}


@lru_cache(maxsize=256)
def _segments(methodology: Methodology, tables: Tables) -> tuple[_Segment, ...]:
    """The segments of the table that carries the baseline of a document, of its family, that a credit may rest on."""
    parameter = methodology.parameters.get(methodology.basis or "")
    table = tables.find_table(TABLE)
    if parameter is None or parameter.table is None or table is None:
        return ()
    return tuple(_of_table(methodology, tables, parameter.table.removeprefix(PREFIX), table.rows))


def _of_table(methodology: Methodology, tables: Tables, name: str, rows: tuple[Row, ...]) -> Iterator[_Segment]:
    for row in rows:
        of_table, driver, least, most = row.item.split("/")
        family = methodology.family_of(tables.regions.chain_of(row.region))
        is_of_family = row.kind != "emission_factor" or row.family == family
        if of_table == name and is_of_family and row.creditable and INPUTS[driver][0] in methodology.quantities:
            yield _Segment(row, driver, Decimal(least), Decimal(most))


def _amount(estimate: Estimate) -> int:
    return estimate.credited_g if estimate.status == CREDITED else 0
