"""Region averages: what people of a place emit in a year, as published, with a range.

Promise: every gram names its publisher, and the place whose average was used when the asked one has none. A place
without a published average on its way up gets none: nothing is borrowed from another country.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from calculators.errors import CalculatorError
from calculators.figures.factors import Row
from calculators.figures.library import load_library
from calculators.rounding import EXACT, ZERO, nearest_grams, round_outward

TABLE = "footprints.region_average"
GRAMS_PER_KG = Decimal(1000)
PERCENT = Decimal(100)


class NoAverage(CalculatorError):
    """Nobody has published an average footprint for this place or any place it lies in."""


@dataclass(frozen=True, slots=True)
class CategoryFootprint:
    """One category's yearly grams and 95 % range. `is_default` is False once the person has answered for it."""

    category: str
    grams: int
    low_g: int
    high_g: int
    is_default: bool
    figure: Row


@dataclass(frozen=True, slots=True)
class Footprint:
    """A person-year in grams. `region` is the place whose average was used, first in `fallback` the place asked for."""

    region: str
    fallback: tuple[str, ...]
    categories: tuple[CategoryFootprint, ...]
    total_g: int
    low_g: int
    high_g: int
    default_share_pct: int


def average_footprint(region: str) -> Footprint:
    """The published average of `region`, or of the nearest place around it that has one.

    Raises RegionRefused for an unknown place, NoAverage when nobody on the way up has published one. The range of the
    total treats categories as independent: the root of the summed squares (IPCC 2006 guidelines, vol. 1, eq. 3.2).
    """
    tables = load_library().tables
    chain = tables.regions.chain_of(region)
    for steps, place in enumerate(chain):
        rows = [row for row in tables.tables[TABLE].rows if row.region == place]
        if rows:
            return _footprint(place, chain[: steps + 1], rows)
    raise NoAverage(f"no average footprint is published for {region} or a place it lies in")


def _footprint(place: str, fallback: tuple[str, ...], rows: Sequence[Row]) -> Footprint:
    categories = tuple(_category(row) for row in rows)
    total = sum((_grams(row) for row in rows), ZERO)
    spread = EXACT.sqrt(sum((EXACT.power(_spread(row), 2) for row in rows), ZERO))
    low_g, high_g = round_outward(max(ZERO, total - spread), total + spread)
    return Footprint(
        region=place,
        fallback=fallback,
        categories=categories,
        total_g=nearest_grams(total),
        low_g=low_g,
        high_g=high_g,
        default_share_pct=100,
    )


def _category(row: Row) -> CategoryFootprint:
    grams, spread = _grams(row), _spread(row)
    low_g, high_g = round_outward(max(ZERO, EXACT.subtract(grams, spread)), EXACT.add(grams, spread))
    return CategoryFootprint(row.item, nearest_grams(grams), low_g, high_g, is_default=True, figure=row)


def _grams(row: Row) -> Decimal:
    return EXACT.multiply(row.value, GRAMS_PER_KG)


def _spread(row: Row) -> Decimal:
    return EXACT.divide(EXACT.multiply(_grams(row), row.uncertainty_pct or ZERO), PERCENT)
