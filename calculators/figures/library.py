"""The shipped library: every methodology, table, region and policy that lies in `library/`.

Promise: loaded once and kept; a folder that does not hold together is refused as a whole. Touches the files of that
one folder.
"""

from __future__ import annotations

import csv
import io
import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from calculators.errors import TableRefused
from calculators.figures.factors import Band, BandSource, BandTable, Row, Table, Tables, content_sha256, parse_table
from calculators.figures.freshness import Freshness
from calculators.figures.lower_bound import read_lower_bound
from calculators.figures.regions import parse_regions
from calculators.figures.terms import Gwp, read_mark
from calculators.methodology import Methodology, parse_methodology

SHIPPED = Path(__file__).resolve().parents[1] / "library"


@dataclass(frozen=True, slots=True)
class Library:
    """The rule book as shipped: `methodologies` by id, `tables` with regions and policy."""

    methodologies: Mapping[str, Methodology]
    tables: Tables


def load_library(path: Path | None = None) -> Library:
    """The library in `path`, or the shipped one. Raises DocumentRefused, TableRefused or RegionRefused."""
    return _load(path.resolve() if path else SHIPPED)


@cache
def _load(folder: Path) -> Library:
    tables = load_tables(folder)
    methodologies: dict[str, Methodology] = {}
    for document in sorted(folder.glob("methodologies/*/*.toml")):
        methodology = parse_methodology(document.read_text(encoding="utf-8"))
        methodologies[methodology.id] = methodology
    return Library(methodologies, tables)


def load_tables(folder: Path) -> Tables:
    """Only the tables of a library folder."""
    regions = parse_regions(_text(folder / "regions.csv"))
    titles = tomllib.loads(_text(folder / "tables.toml"))
    reasons = titles.pop("distribution_reasons")
    tables = {}
    for kind in ("factors", "baselines", "footprints"):
        for file in sorted((folder / kind).glob("*.csv")):
            name = f"{kind}.{file.stem}"
            tables[name] = parse_table(name, _text(file), regions, reasons)
    check_families(tables.values())
    policy = tomllib.loads(_text(folder / "policy.toml"))
    freshness = policy["freshness"]
    return Tables(
        tables=tables,
        regions=regions,
        titles={f"{kind}.{name}": words for kind, group in titles.items() for name, words in group.items()},
        reasons=reasons,
        bands=None,  # no shipped document goes by them any more
        lower_bound=read_lower_bound(policy["lower_bound"]),
        freshness=Freshness(
            degrade_after_days=freshness["degrade_after_days"],
            degraded_weight=Decimal(freshness["degraded_weight"]),
            stop_after_days=freshness["stop_after_days"],
        ),
    )


def check_families(tables: Iterable[Table]) -> None:
    """Raise TableRefused where a family weighs carbon dioxide here and all gases there, or by two reports.

    A difference is taken within one family: two of its figures must never be of different gases.
    """
    first: dict[str, Row] = {}
    weighed: dict[str, Row] = {}
    for row in (row for table in tables for row in table.rows if row.family and row.gas_scope is not None):
        other = first.setdefault(row.family, row)
        by = weighed.setdefault(row.family, row) if row.gwp is not Gwp.UNKNOWN else row
        if row.gas_scope is not other.gas_scope or by.gwp is not row.gwp:
            told = f"{row.gas_scope}, {row.gwp}", f"{other.gas_scope}, {by.gwp}"
            raise TableRefused(
                f"{row.table}: {row.key} {row.region} {row.year} is of {told[0]}, others of the family "
                f"{row.family!r} are of {told[1]}; give it a family of its own"
            )


def parse_bands(text: str) -> BandTable:
    """The conservativeness table. Raises TableRefused where bands leave a gap or end."""
    rows = list(csv.DictReader(io.StringIO(text)))
    bands = tuple(
        Band(
            Decimal(row["above_pct"]),
            Decimal(row["up_to_pct"]) if row["up_to_pct"] else None,
            Decimal(row["weight"]),
        )
        for row in rows
    )
    joined = all(lower.up_to_pct == upper.above_pct for lower, upper in itertools.pairwise(bands))
    if not bands or not joined or bands[0].above_pct != 0 or bands[-1].up_to_pct is not None:
        raise TableRefused("conservativeness.csv: the bands must follow one another from 0 without end")
    first = rows[0]
    # tables frozen before there were seven marks say `verification`
    mark = read_mark(first.get("mark") or first["verification"])
    source = BandSource(first["publisher"], first["document"], mark, content_sha256(text))
    return BandTable(bands, source)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
