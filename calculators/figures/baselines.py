"""Which figure stands for a place and a year, and why this one: the look-up with its recorded fall-back.

Promise: the chosen row together with every step that led to it. The order is: the place itself, its parents up to the
world, and, only where the methodology allows it, the lowest (for a baseline) or highest (for a project) figure anyone
published, marked as an assumption. Figures no credited gram may rest on are passed over, and the step says so. Where
one of those is more cautious than the range of the one that would stand in, none stands in: what was read in the press
must not raise a credit by falling away. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from calculators.figures.factors import FORMULA_KINDS, Row, Tables
from calculators.units import fits, parse_unit

OWN = "own"  # a figure of the very place
PARENT = "parent"  # a figure of a place around it
SEGMENT = "segment"  # that of people with the same measurable drivers, where it credits less
LOWEST = "lowest_published"  # an assumption: nobody published for this place or its parents
HIGHEST = "highest_published"
FALLBACKS = frozenset({LOWEST, HIGHEST, "none"})


@dataclass(frozen=True, slots=True)
class Step:
    """One place that was asked: `outcome` is found, none, or the mark that no credit may rest on."""

    region: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Found:
    """The figure that is used, the rule that chose it, the places asked on the way, and its table's content hash."""

    row: Row
    table_sha256: str
    rule: str
    steps: tuple[Step, ...]
    later_year: bool

    @property
    def borrowed(self) -> bool:
        """Whether it is the figure of a place that does not hold the one asked for."""
        return self.rule in (LOWEST, HIGHEST)


@dataclass(frozen=True, slots=True)
class NotFound:
    """No usable figure, and the places that were asked."""

    table: str
    item: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """Which figure is wanted: of `table` for `item`, in this family and measuring what `unit` measures.

    `fallback` says what may stand in where nobody published for the place: LOWEST, HIGHEST or "none".
    """

    table: str
    item: str
    family: str
    unit: str
    fallback: str = "none"


@lru_cache(maxsize=65536)
def look_up(tables: Tables, query: FigureQuery, region: str, year: int) -> Found | NotFound:
    """The figure for a place and a year. Raises RegionRefused for a place nobody knows."""
    table = tables.find_table(query.table)
    candidates = () if table is None else table.by_item.get(query.item, ())
    usable = [row for row in candidates if _fits(row, query)]
    steps: list[Step] = []
    for place in tables.regions.chain_of(region):
        here = [row for row in usable if row.region == place]
        creditable = [row for row in here if row.creditable]
        if creditable and table is not None:
            row, later = _of_year(creditable, year)
            rule = OWN if place == region else PARENT
            return Found(row, table.sha256, rule, (*steps, Step(place, "found")), later)
        steps.append(Step(place, here[0].mark if here else "none"))
    published = [row for row in usable if row.creditable]
    if published and table is not None and query.fallback in (LOWEST, HIGHEST):
        sign = 1 if query.fallback == LOWEST else -1
        row, later = _most_cautious(published, year, sign)
        doubted, _ = _most_cautious(usable, year, sign)
        if sign * doubted.value >= sign * row.value - abs(row.value) * _half_width(row):
            return Found(row, table.sha256, query.fallback, (*steps, Step(row.region, "found")), later)
        steps.append(Step(doubted.region, doubted.mark))
    return NotFound(query.table, query.item, tuple(steps))


def _most_cautious(rows: Sequence[Row], year: int, sign: int) -> tuple[Row, bool]:
    """The lowest (sign 1) or highest (-1) of the figures that stand for each place, and whether it is a later one."""
    current = [_of_year([row for row in rows if row.region == place], year) for place in _places(rows)]
    return min(current, key=lambda pair: (sign * pair[0].value, pair[0].region))


def _half_width(row: Row) -> Decimal:
    return Decimal(0) if row.uncertainty_pct is None else row.uncertainty_pct / 100


def _fits(row: Row, query: FigureQuery) -> bool:
    if row.kind not in FORMULA_KINDS:
        return False
    if row.kind == "emission_factor" and row.family != query.family:
        return False
    measure = row.measure()
    return measure is not None and fits(measure, parse_unit(query.unit))


def _of_year(rows: Sequence[Row], year: int) -> tuple[Row, bool]:
    """The newest figure up to `year`; failing that the oldest later one, and whether it is later."""
    before = [row for row in rows if row.year <= year]
    if before:
        return max(before, key=lambda row: row.year), False
    return min(rows, key=lambda row: row.year), True


def _places(rows: Sequence[Row]) -> list[str]:
    return sorted({row.region for row in rows})
