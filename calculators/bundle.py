"""A document together with every figure it can reach: what an approval binds.

Promise: `thaw(freeze(methodology, tables))` answers every estimate of that methodology as `tables` did, whatever the
tables become later; the same content always has the same text and the same hash. The frozen text is canonical JSON
that holds one small CSV per table, so that two versions can be compared line by line. Touches nothing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from calculators.figures.factors import COLUMNS, BandTable, Row, Tables, parse_table
from calculators.figures.freshness import Freshness
from calculators.figures.library import parse_bands
from calculators.figures.lower_bound import METHOD, read_lower_bound
from calculators.figures.regions import Regions, parse_regions
from calculators.methodology.credit_rules import UNCERTAINTY_BAND
from calculators.methodology.document import Methodology

SCHEMA = 1
_REGION_COLUMNS = ("code", "parent", "name_en", "name_zh", "other_spellings")
_BAND_COLUMNS = ("above_pct", "up_to_pct", "weight", "publisher", "document", "mark")


def freeze(methodology: Methodology, tables: Tables) -> str:
    """Every figure this document can look up, with the places and the policy it is read by, as canonical JSON."""
    reachable = _reachable_items(methodology)
    content: dict[str, object] = {
        "schema": SCHEMA,
        "tables": {
            name: _csv(COLUMNS, (_fields(row) for row in _rows(tables, name, items, methodology.every_family)))
            for name, items in reachable.items()
        },
        "titles": {name: dict(tables.titles[name]) for name in reachable if name in tables.titles},
        "reasons": {code: dict(words) for code, words in tables.reasons.items()},
        "regions": _csv(_REGION_COLUMNS, _region_fields(tables.regions)),
        "freshness": {
            "degrade_after_days": tables.freshness.degrade_after_days,
            "degraded_weight": format(tables.freshness.degraded_weight, "f"),
            "stop_after_days": tables.freshness.stop_after_days,
        },
    }
    if methodology.conservativeness == UNCERTAINTY_BAND and tables.bands is not None:
        content["bands"] = _csv(_BAND_COLUMNS, _band_fields(tables.bands))
    if methodology.conservativeness == METHOD and tables.lower_bound is not None:
        content["lower_bound"] = tables.lower_bound.record()
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def thaw(text: str) -> Tables:
    """The tables in a frozen text. Raises TableRefused or RegionRefused where it was not made by `freeze`."""
    content = json.loads(text)
    regions = _regions(content["regions"])
    freshness = content["freshness"]
    return Tables(
        tables={name: parse_table(name, rows, regions) for name, rows in content["tables"].items()},
        regions=regions,
        titles=content["titles"],
        reasons=content.get("reasons", {}),
        bands=parse_bands(content["bands"]) if "bands" in content else None,
        lower_bound=read_lower_bound(content["lower_bound"]) if "lower_bound" in content else None,
        freshness=Freshness(
            degrade_after_days=freshness["degrade_after_days"],
            degraded_weight=Decimal(freshness["degraded_weight"]),
            stop_after_days=freshness["stop_after_days"],
        ),
    )


def bundle_sha256(document: str, figures: str) -> str:
    """The content hash that an approval names: of the document's canonical text, a zero byte, the frozen figures."""
    return hashlib.sha256(f"{document}\0{figures}".encode()).hexdigest()


@lru_cache(maxsize=32)
def _regions(text: str) -> Regions:
    return parse_regions(text)


def _reachable_items(methodology: Methodology) -> dict[str, set[str]]:
    """What each table may be asked for, by the name of the table."""
    reachable: dict[str, set[str]] = {}
    for parameter in methodology.parameters.values():
        if parameter.table is not None:
            reachable.setdefault(parameter.table, set()).update(methodology.items_of(parameter))
    return reachable


def _rows(tables: Tables, name: str, items: set[str], families: frozenset[str]) -> Iterator[Row]:
    table = tables.find_table(name)
    for row in () if table is None else table.rows:
        # a factor of another family is never looked at, so it is no part of what is approved
        if row.item in items and (row.kind != "emission_factor" or row.family in families):
            yield row


def _csv(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _fields(row: Row) -> list[str]:
    return [_text(getattr(row, column)) for column in COLUMNS]


def _text(value: object) -> str:
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _region_fields(regions: Regions) -> Iterator[list[str]]:
    for region in regions.by_code.values():
        yield [region.code, region.parent, region.name_en, region.name_zh, ""]


def _band_fields(bands: BandTable) -> Iterator[list[str]]:
    source = bands.source
    for band in bands.bands:
        above, up_to, weight = (_text(value) for value in (band.above_pct, band.up_to_pct, band.weight))
        yield [above, up_to, weight, source.publisher, source.document, source.mark]
