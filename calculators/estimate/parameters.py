"""The parameters of one estimate: every figure looked up, converted and ready to be recorded.

Promise: the same methodology, place, year and choices give the same figures, looked up once and kept. A figure that
nobody published for the place is answered as missing, never borrowed from another family. Touches nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from calculators.figures.baselines import FigureQuery, Found, NotFound, look_up
from calculators.figures.distributions import LOG_NORMAL, NORMAL, Ratio
from calculators.figures.earlier_tables import NOT_STATED
from calculators.figures.factors import Tables
from calculators.figures.pedigree import borrowed_half_width_pct, find_scores
from calculators.methodology.document import Methodology
from calculators.methodology.parts import Parameter
from calculators.rounding import EXACT, scaled
from calculators.units import conversion

_PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Spreading:
    """How one name's figure may differ from its value; names with the same `variable` are one row of a table."""

    variable: str
    ratio: Ratio


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """The figures of one estimate, by the name of their parameter. Compared by identity, so look-ups can be kept.

    `values` are in the document's units; `spreads` are the 95 % half-widths as parts of one, `spreading` what else is
    known of the figures that have one.
    """

    values: Mapping[str, Decimal]
    spreads: Mapping[str, Decimal]
    spreading: Mapping[str, Spreading]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The figures for one place, year and set of choices.

    `entries` is what is recorded of the figures; `review_by` the first day on which one of those that carry the result
    is due for review.
    """

    figures: Figures
    entries: Mapping[str, dict[str, Any]]
    review_by: date | None


@dataclass(frozen=True, slots=True)
class Unresolved:
    """The first parameter without a usable figure, and the places that were asked."""

    parameter: str
    table: str
    item: str
    asked: tuple[str, ...]


@lru_cache(maxsize=16384)
def resolve(
    methodology: Methodology, tables: Tables, region: str, year: int, choices: tuple[tuple[str, str], ...]
) -> Resolved | Unresolved:
    """Every parameter that applies to these choices. Raises RegionRefused."""
    chosen = dict(choices)
    family = methodology.family_of(tables.regions.chain_of(region))
    entries: dict[str, dict[str, Any]] = {}
    review_by: date | None = None
    carrying = carrying_names(methodology)
    for parameter in methodology.parameters.values():
        if not parameter.applies_to(chosen):
            continue
        if parameter.table is None:
            entries[parameter.name] = _constant_entry(parameter)
            continue
        item = parameter.item_for(chosen)
        query = FigureQuery(parameter.table, item, family, parameter.unit, parameter.fallback)
        found = look_up(tables, query, region, year)
        if isinstance(found, NotFound):
            return Unresolved(parameter.name, parameter.table, item, tuple(step.region for step in found.steps))
        entries[parameter.name] = table_entry(parameter, found)
        if parameter.name in carrying and (review_by is None or found.row.review_by < review_by):
            review_by = found.row.review_by
    return Resolved(read_entries(entries), entries, review_by)


@lru_cache(maxsize=4096)
def has_figures(methodology: Methodology, tables: Tables, region: str) -> bool:
    """Whether anything can be computed in a place: every figure is published for some of the choices.

    A figure of any year stands, so the year does not matter. Raises RegionRefused.
    """
    options = [[(name, option) for option in choice.options] for name, choice in methodology.choices.items()]
    return any(
        isinstance(resolve(methodology, tables, region, date.max.year, choices), Resolved)
        for choices in itertools.product(*options)
    )


@lru_cache(maxsize=512)
def only_country(methodology: Methodology, tables: Tables) -> str | None:
    """The one country in which anything can be computed; None where there are several, or none."""
    countries = (one.code for one in tables.regions.by_code.values() if len(tables.regions.chain_of(one.code)) == 2)
    found = list(itertools.islice((code for code in countries if has_figures(methodology, tables, code)), 2))
    return found[0] if len(found) == 1 else None


def carrying_names(methodology: Methodology) -> frozenset[str]:
    """The names that baseline, project or points rest on (a figure shown only for contrast does not count)."""
    program = methodology.program
    names: set[str] = set()
    for scenario in (program.scenario, *program.alternatives.values()):
        if scenario is not None:
            names.update(scenario.baseline.names, scenario.project.names)
    if program.points is not None:
        names.update(program.points[0].names)
    return frozenset(names)


def read_entries(entries: Mapping[str, Mapping[str, Any]]) -> Figures:
    """The figures of recorded entries: the one way into the arithmetic, fresh or years later."""
    return _read_entries(
        tuple(
            (name, entry["value"], entry["uncertainty_pct"], _distribution_of(entry), _variable_of(name, entry))
            for name, entry in entries.items()
        )
    )


@lru_cache(maxsize=16384)
def _read_entries(entries: tuple[tuple[str, str, str | None, str, str], ...]) -> Figures:
    spreads = {
        name: EXACT.multiply(Decimal(percent), _PERCENT) for name, _, percent, _, _ in entries if percent is not None
    }
    return Figures(
        values={name: Decimal(value) for name, value, _, _, _ in entries},
        spreads=spreads,
        spreading={
            name: Spreading(variable, Ratio(distribution, spreads[name]))
            for name, _, _, distribution, variable in entries
            if name in spreads
        },
    )


def _distribution_of(entry: Mapping[str, Any]) -> str:
    """The recorded distribution; a record from before there were any says by its basis."""
    return str(entry.get("distribution") or _usual_distribution(entry["uncertainty_basis"]))


def _usual_distribution(basis: str | None) -> str:
    return LOG_NORMAL if find_scores(basis or "") is not None else NORMAL


def _variable_of(name: str, entry: Mapping[str, Any]) -> str:
    """What tells random variables apart: the row of the table, or the constant of the document."""
    if "key" not in entry:
        return name
    return "|".join(str(entry[part]) for part in ("table", "key", "region", "year"))


def variable_in_sum(methodology_id: str, name: str, spreading: Spreading) -> str:
    """What tells random variables apart in a sum over documents: constants that are called alike are each its own."""
    return f"{methodology_id}|{name}" if spreading.variable == name else spreading.variable


def _constant_entry(parameter: Parameter) -> dict[str, Any]:
    spread = parameter.uncertainty_pct
    return {
        "value": format(parameter.value if parameter.value is not None else Decimal(0), "f"),
        "unit": parameter.unit,
        "uncertainty_pct": None if spread is None else format(spread, "f"),
        "uncertainty_basis": None if spread is None else "class",
        "distribution": None if spread is None else parameter.distribution,
        "distribution_reason": parameter.distribution_reason,
        "reason": dict(parameter.reason),
    }


def _unit_of(parameter: Parameter, found: Found) -> str:
    """The parameter's unit, with the gas of the family where the document asks for any."""
    measure = found.row.measure()
    gas = "CO2e" if measure is not None and "[co2e]" in dict(measure.dimensions) else "CO2"
    return parameter.unit.replace("GHG", gas)


def _widens(found: Found) -> bool:
    """Whether the range grows for being another place's; tables frozen before that was counted keep theirs."""
    return found.borrowed and found.row.distribution_reason != NOT_STATED


def table_entry(parameter: Parameter, found: Found) -> dict[str, Any]:
    """A figure as a working records it, in the unit of its parameter."""
    row = found.row
    published = row.uncertainty_pct
    spread = borrowed_half_width_pct(published) if _widens(found) and published is not None else published
    return {
        "value": format(scaled(row.value, conversion(row.unit, parameter.unit)), "f"),
        "unit": _unit_of(parameter, found),
        "uncertainty_pct": None if spread is None else format(spread, "f"),
        "uncertainty_basis": row.uncertainty_basis or None,
        "key": row.key,
        "name": {"en": row.name_en, "zh": row.name_zh},
        "kind": row.kind,
        "family": row.family,
        "region": row.region,
        "year": row.year,
        "published_value": format(row.value, "f"),
        "published_unit": row.unit,
        "gas_scope": row.gas_scope,
        "gwp": row.gwp,
        "boundary": row.boundary,
        "publisher": row.publisher,
        "document": row.document,
        "url": row.url,
        "mark": row.mark,
        "distribution": row.distribution,
        "distribution_reason": row.distribution_reason,
        "review_by": row.review_by.isoformat(),
        "table": row.table,
        "table_sha256": found.table_sha256,
        "fallback": {
            "rule": found.rule,
            "asked": [{"region": step.region, "outcome": step.outcome} for step in found.steps],
            "later_year": found.later_year,
            "borrowed_from": row.region if found.borrowed else None,
            "published_uncertainty_pct": None if published is None else format(published, "f"),
        },
    }
