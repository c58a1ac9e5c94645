"""What a footprint is measured against, by year: the person's own aim, their country's, the 1.5 °C lifestyle.

Promise: every target has a source, or is the person's own; the gap is counted over the target's boundary. A country
that names no target per head has none. Touches the shipped `targets.toml`, once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from calculators.errors import TableRefused
from calculators.figures.library import SHIPPED, load_library
from calculators.figures.terms import read_mark
from calculators.footprint.evaluation import SurveyFootprint
from calculators.footprint.packs import Source, find_row
from calculators.rounding import EXACT, nearest_grams
from calculators.units import conversion

OWN, NATIONAL, LIFESTYLE = "own", "national", "lifestyle_1_5"
_FILE = SHIPPED / "footprints" / "targets.toml"
_PER_KG = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Target:
    """Grams a person and year from `year` on. `without` are categories outside its boundary; own aims: no source."""

    kind: str
    region: str
    year: int
    grams: int
    without: tuple[str, ...]
    source: Source | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A target, the footprint within its boundary, and how far above it the footprint is (0 where it is met)."""

    target: Target
    footprint_g: int
    gap_g: int


def list_gaps(region: str, footprint: SurveyFootprint, own_target: tuple[int, int] | None = None) -> tuple[Gap, ...]:
    """The gaps to every target of a place, by year; `own_target` is the person's own (year, grams)."""
    chain = load_library().tables.regions.chain_of(region)
    targets = [target for target in _targets() if target.region in chain]
    if own_target is not None:
        targets.append(Target(OWN, region, *own_target, (), None))
    return tuple(_gap(target, footprint) for target in sorted(targets, key=lambda one: (one.year, one.kind)))


def _gap(target: Target, footprint: SurveyFootprint) -> Gap:
    outside = sum(share.grams for name, share in footprint.categories.items() if name in target.without)
    inside = footprint.whole.grams - outside
    return Gap(target, inside, max(0, inside - target.grams))


@cache
def _targets() -> tuple[Target, ...]:
    parts = tomllib.loads(_FILE.read_text(encoding="utf-8"))["target"]
    return tuple(target for part in parts for target in _read(part))


def _read(part: Mapping[str, Any]) -> Iterator[Target]:
    without = tuple(part.get("without", ()))
    if "rows" not in part:
        source = Source(
            part["publisher"], part["document"], part["url"], part["year"], part["region"], read_mark(part["mark"])
        )
        grams = nearest_grams(EXACT.multiply(Decimal(part["kilograms"]), _PER_KG))
        yield Target(part["kind"], part["region"], part["year"], grams, without, source)
        return
    for text in part["rows"]:
        row = find_row(load_library().tables, text.split())
        if row is None:
            raise TableRefused(f"targets.toml: there is no figure {text!r}")
        source = Source(row.publisher, row.document, row.url, row.year, row.region, row.mark)
        per_unit = conversion(row.unit, "gCO2e/person-year")
        grams = nearest_grams(EXACT.multiply(row.value, Decimal(per_unit.numerator)))
        yield Target(part["kind"], row.region, row.year, grams, without, source)
