"""Tables of published figures: each row a value with where, when and by whom, each table with a content hash.

Promise: a row is complete (publisher, document, year, region, unit, mark, range with its shape) or the table is refused
with the file, line, column and remedy. Values are decimal text. A table's `sha256` is that of its canonical text, so a
stored working names exactly the figures it rested on. Touches no file itself: `library.py` hands it the text.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calculators.errors import RegionRefused, TableRefused, UnitRefused
from calculators.figures import earlier_tables
from calculators.figures.freshness import Freshness
from calculators.figures.lower_bound import LowerBound
from calculators.figures.pedigree import find_scores, half_width_pct
from calculators.figures.regions import Regions
from calculators.figures.terms import (
    CREDITABLE,
    LEAST_ASSUMED_PCT,
    Distribution,
    GasScope,
    Gwp,
    Mark,
    read_gases,
    read_term,
)
from calculators.units import Unit, parse_unit

KINDS = frozenset({"emission_factor", "statistic", "price", "scheme"})
FORMULA_KINDS = frozenset({"emission_factor", "statistic"})
BASES = frozenset({"published", "class"})

COLUMNS = [
    "key",
    "item",
    "kind",
    "family",
    "region",
    "year",
    "value",
    "unit",
    "gas_scope",
    "gwp",
    "boundary",
    "publisher",
    "document",
    "url",
    "mark",
    "uncertainty_pct",
    "uncertainty_basis",
    "distribution",
    "distribution_reason",
    "review_by",
    "name_en",
    "name_zh",
    "note",
]
_REQUIRED = (
    "key",
    "kind",
    "region",
    "year",
    "value",
    "publisher",
    "document",
    "mark",
    "review_by",
    "name_en",
    "name_zh",
)
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One published figure. `item` is what it is looked up by, `family` its boundary, gas scope and land-use rule."""

    table: str
    key: str
    item: str
    kind: str
    family: str
    region: str
    year: int
    value: Decimal
    unit: str
    gas_scope: GasScope | None
    gwp: Gwp | None
    boundary: str
    publisher: str
    document: str
    url: str
    mark: Mark
    uncertainty_pct: Decimal | None
    uncertainty_basis: str
    distribution: Distribution | None
    distribution_reason: str
    review_by: date
    name_en: str
    name_zh: str
    note: str

    @property
    def creditable(self) -> bool:
        """Whether a credited gram may rest on this figure (law 10)."""
        is_bounded = self.uncertainty_pct is not None and self.uncertainty_pct >= LEAST_ASSUMED_PCT
        return self.mark in CREDITABLE or (self.mark is Mark.ASSUMED and is_bounded)

    def measure(self) -> Unit | None:
        """What the value measures, or None where the unit is not one a formula can use (a price, a share of trips)."""
        try:
            return parse_unit(self.unit)
        except UnitRefused:
            return None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file, by what they are looked up by; `name` is `factors.trip_mode` for factors/trip_mode.csv."""

    name: str
    sha256: str
    rows: tuple[Row, ...]
    by_item: Mapping[str, tuple[Row, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Everything outside the documents that an estimate may look at. Compared by identity, so look-ups can be kept.

    `reasons` are the words for each `distribution_reason`.
    """

    tables: Mapping[str, Table]
    regions: Regions
    titles: Mapping[str, Mapping[str, str]]
    reasons: Mapping[str, Mapping[str, str]]
    bands: BandTable | None  # only beside documents frozen with it
    lower_bound: LowerBound | None  # only missing beside these
    freshness: Freshness

    def find_table(self, name: str) -> Table | None:
        """The table of this name, or None."""
        return self.tables.get(name)

    def list_rows(self) -> Iterator[Row]:
        """Every figure of every table, table by table."""
        for table in self.tables.values():
            yield from table.rows

    def find_rows(self, key: str) -> tuple[Row, ...]:
        """Every year and region of one figure; empty when nobody has it."""
        return tuple(row for row in self.list_rows() if row.key == key)


@dataclass(frozen=True, slots=True)
class Band:
    """An uncertainty above `above_pct` and up to `up_to_pct` (None: without end) is credited at `weight`."""

    above_pct: Decimal
    up_to_pct: Decimal | None
    weight: Decimal


@dataclass(frozen=True, slots=True)
class BandSource:
    """Where the conservativeness weights come from."""

    publisher: str
    document: str
    mark: Mark
    table_sha256: str


@dataclass(frozen=True, slots=True)
class BandTable:
    """The published conservativeness weights, with where they come from."""

    bands: tuple[Band, ...]
    source: BandSource


def content_sha256(text: str) -> str:
    """The hash of a text's canonical bytes: UTF-8, line ends `\\n`, one at the end."""
    canonical = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def parse_table(name: str, text: str, regions: Regions, reasons: Collection[str] = ()) -> Table:
    """The table in the text of a CSV file; `reasons` are the known codes of `distribution_reason` (none: any).

    Raises TableRefused with the first bad line.
    """
    reader = csv.DictReader(io.StringIO(text))
    headings = list(reader.fieldnames or ())
    if headings not in (COLUMNS, earlier_tables.COLUMNS):
        raise TableRefused(f"{name}, line 1: the columns must be {','.join(COLUMNS)}")
    rows: list[Row] = []
    seen: set[tuple[str, str, int]] = set()
    for fields in reader:
        try:
            row = _row(name, fields if headings == COLUMNS else earlier_tables.read_fields(fields), regions)
            if reasons and row.distribution_reason and row.distribution_reason not in reasons:
                raise ValueError(f"distribution_reason {row.distribution_reason!r} is not explained in tables.toml")
        except (ValueError, RegionRefused, UnitRefused) as problem:
            raise TableRefused(f"{name}, line {reader.line_num}: {problem}") from problem
        identity = (row.key, row.region, row.year)
        if identity in seen:
            raise TableRefused(f"{name}, line {reader.line_num}: {row.key} {row.region} {row.year} is there twice")
        seen.add(identity)
        rows.append(row)
    by_item: dict[str, list[Row]] = {}
    for row in rows:
        by_item.setdefault(row.item, []).append(row)
    return Table(name, content_sha256(text), tuple(rows), {item: tuple(found) for item, found in by_item.items()})


def _row(table: str, fields: Mapping[str, str], regions: Regions) -> Row:
    missing = [column for column in _REQUIRED if not fields[column]]
    if missing:
        raise ValueError(f"{', '.join(missing)} must not be empty")
    regions.get_region(fields["region"])
    if fields["kind"] not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(sorted(KINDS))}")
    if fields["kind"] == "emission_factor" and not fields["family"]:
        raise ValueError("an emission factor names its family (boundary, gas scope, land-use rule)")
    gas_scope, gwp = read_gases(fields["gas_scope"], fields["gwp"], fields["unit"])
    spread = _spread(fields["uncertainty_pct"], fields["uncertainty_basis"])
    return Row(
        table=table,
        key=fields["key"],
        item=fields["item"],
        kind=fields["kind"],
        family=fields["family"],
        region=fields["region"],
        year=int(fields["year"]),
        value=_decimal(fields["value"], "value"),
        unit=fields["unit"],
        gas_scope=gas_scope,
        gwp=gwp,
        boundary=fields["boundary"],
        publisher=fields["publisher"],
        document=fields["document"],
        url=fields["url"],
        mark=read_term(Mark, fields["mark"], "mark"),
        uncertainty_pct=spread,
        uncertainty_basis=fields["uncertainty_basis"],
        distribution=_distribution(fields, spread),
        distribution_reason=fields["distribution_reason"],
        review_by=_day(fields["review_by"]),
        name_en=fields["name_en"],
        name_zh=fields["name_zh"],
        note=fields["note"],
    )


def _distribution(fields: Mapping[str, str], spread: Decimal | None) -> Distribution | None:
    """The shape of the range, which stands with its reason where there is a range and nowhere else."""
    shape, reason = fields["distribution"], fields["distribution_reason"]
    if spread is None:
        if shape or reason:
            raise ValueError("distribution without an uncertainty; give one, or leave it and its reason empty")
        return None
    found = read_term(Distribution, shape, "distribution")
    if not reason:
        raise ValueError("distribution_reason must say why, with a code that tables.toml explains")
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"review_by {text!r} is no day; write it as 2028-12-31") from None


def _spread(text: str, basis: str) -> Decimal | None:
    """The 95 % half-width in per cent: as given, or computed from the scores of `pedigree 3/3/4/3/2`."""
    given = _decimal(text, "uncertainty_pct") if text else None
    scores = find_scores(basis)
    if scores is not None:
        computed = half_width_pct(scores)
        if given not in (None, computed):
            raise ValueError(f"{basis} makes an uncertainty of {computed} %; leave uncertainty_pct empty")
        return computed
    if given is not None and basis not in BASES:
        raise ValueError(
            "uncertainty_basis must say whether the uncertainty is published or that of its class, or give the "
            "pedigree scores it follows from (pedigree 3/3/4/3/2)"
        )
    return given


def _decimal(text: str, column: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{column} {text!r} is not a plain decimal number")
    return Decimal(text)
