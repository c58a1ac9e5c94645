"""What the marks of figures do to the rules: how many figures carry each mark, and which rule stops or changes where.

Promise: computed from the shipped documents and tables alone, by the look-up that estimates use, for every rule that
credits grams, every place and every choice its figures depend on. `describe_marks` is the text of docs/marks.md.
Touches nothing.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from calculators.estimate.parameters import Resolved, Unresolved, resolve
from calculators.figures.factors import Row, Table, Tables
from calculators.figures.library import Library
from calculators.figures.regions import Regions
from calculators.figures.terms import Mark
from calculators.methodology.document import Methodology
from calculators.methodology.parts import REDUCTION

_YEAR = date.max.year  # a figure of any year stands
_MOST_NAMED = 24
_WORDS = "\\|"

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """One figure of a rule that its mark keeps out in some places: the rule stops there, or another stands in."""

    rule: str
    parameter: str
    table: str
    item: str
    stops: bool
    places: tuple[str, ...]


def count_marks(rows: Sequence[Row]) -> Mapping[Mark, int]:
    """How many figures carry each mark, every mark in its order."""
    counted = Counter(row.mark for row in rows)
    return {mark: counted[mark] for mark in Mark}


def list_effects(library: Library) -> list[Effect]:
    """Every figure that its mark keeps out of a rule, by rule and parameter."""
    unmarked = _as_if_all_were_read(library.tables)
    found: dict[tuple[str, str, str, str, bool], dict[str, None]] = {}
    for methodology in library.methodologies.values():
        if methodology.yields != REDUCTION:
            continue
        for place, choices in itertools.product(library.tables.regions.by_code, choices_of(methodology)):
            wanted = resolve(methodology, unmarked, place, _YEAR, choices)
            if isinstance(wanted, Resolved):
                given = resolve(methodology, library.tables, place, _YEAR, choices)
                for effect in _between(methodology, wanted, given):
                    found.setdefault(effect, {})[place] = None
    return [Effect(*named, tuple(places)) for named, places in sorted(found.items())]


def choices_of(methodology: Methodology) -> Iterator[Choices]:
    """Every combination of the options that decide which figures are looked up."""
    asked: dict[str, None] = {}
    for parameter in methodology.parameters.values():
        asked.update(dict.fromkeys((*parameter.by, *parameter.when)))
        asked.update((name, None) for name in methodology.choices if f"{{{name}}}" in parameter.item)
    options = [[(name, option) for option in methodology.choices[name].options] for name in asked]
    yield from itertools.product(*options)


def describe_marks(library: Library) -> str:
    """The tables of docs/marks.md: the counts, the effects, and what somebody would have to read."""
    return "\n".join([*_counts(library.tables), "", *_effects(library), "", *_to_read(library.tables)])


def _counts(tables: Tables) -> Iterator[str]:
    yield "| table | " + " | ".join(Mark) + " | all |"
    yield "|---|" + "---|" * (len(Mark) + 1)
    for table in tables.tables.values():
        counted = count_marks(table.rows)
        yield f"| `{table.name}` | " + " | ".join(str(counted[mark] or "") for mark in Mark) + f" | {len(table.rows)} |"
    rows = list(tables.list_rows())
    counted = count_marks(rows)
    yield "| **all** | " + " | ".join(str(counted[mark]) for mark in Mark) + f" | {len(rows)} |"


def _effects(library: Library) -> Iterator[str]:
    yield "| rule | figure | what happens | where |"
    yield "|---|---|---|---|"
    for effect in list_effects(library):
        happens = "stops" if effect.stops else "another figure stands in"
        where = _named(effect.places, library.tables.regions)
        item = f", {effect.item.replace('|', _WORDS)}" if effect.item else ""
        yield f"| `{effect.rule}` | {effect.parameter} (`{effect.table}`{item}) | {happens} | {where} |"


def _to_read(tables: Tables) -> Iterator[str]:
    yield "| table | figures | mark | publisher and document | note |"
    yield "|---|---|---|---|---|"
    grouped: dict[tuple[str, str, str], list[Row]] = {}
    for row in tables.list_rows():
        if not row.creditable:
            grouped.setdefault((row.table, row.mark, f"{row.publisher}, {row.document}"), []).append(row)
    for (table, mark, document), rows in sorted(grouped.items()):
        places = ", ".join(sorted({row.region for row in rows}))
        yield f"| `{table}` | {len(rows)} ({places}) | {mark} | {document.replace('|', _WORDS)} | {rows[0].url} |"


def _as_if_all_were_read(tables: Tables) -> Tables:
    def read(table: Table) -> Table:
        rows = tuple(row if row.creditable else replace(row, mark=Mark.REPORTED) for row in table.rows)
        by_item: dict[str, list[Row]] = {}
        for row in rows:
            by_item.setdefault(row.item, []).append(row)
        return Table(table.name, table.sha256, rows, {item: tuple(found) for item, found in by_item.items()})

    return replace(tables, tables={name: read(table) for name, table in tables.tables.items()})


def _between(
    methodology: Methodology, wanted: Resolved, given: Resolved | Unresolved
) -> Iterator[tuple[str, str, str, str, bool]]:
    if isinstance(given, Unresolved):
        yield methodology.id, given.parameter, given.table, given.item, True
        return
    for name, entry in wanted.entries.items():
        stands = given.entries[name]
        if any(entry.get(part) != stands.get(part) for part in ("key", "region", "year")):
            yield methodology.id, name, entry["table"], "", False


def _named(places: Sequence[str], regions: Regions) -> str:
    """The places in words: everywhere, everywhere but a few, or each, without those inside one that is named."""
    if len(places) == len(regions.by_code):
        return "everywhere"
    others = [code for code in regions.by_code if code not in set(places)]
    if len(others) < len(places):
        return "everywhere but " + _list(others, regions)
    return _list(places, regions)


def _list(places: Sequence[str], regions: Regions) -> str:
    chosen = set(places)
    outer = [code for code in places if regions.by_code[code].parent not in chosen]
    more = f" and {len(outer) - _MOST_NAMED} more" if len(outer) > _MOST_NAMED else ""
    return ", ".join(outer[:_MOST_NAMED]) + more
