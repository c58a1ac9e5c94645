"""Exports of the registries: rows of blocks, each with its project there, its vintage, its units and its serials.

Promise: an export is read whole or refused with every fault by row and column. Which columns say what is data
(`library/registry_exports.toml`). Touches that one file, once; projects and the day come in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from offsets.catalogue import LotOffer
from offsets.documents import Document, Table
from offsets.errors import OffsetRefused
from offsets.register_rows import Reader, Row
from offsets.serials import Registry, SerialBlock, get_registry, list_registries, parse_block

_EXPORTS = Path(__file__).parent / "library" / "registry_exports.toml"
_OLDEST_VINTAGE = 1990
_LONGEST_PROJECT = 50  # of a project's id within that of its lot, which holds 80
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)", re.ASCII)
_QUANTITY = re.compile(r"\d{1,9}|\d{1,3}(,\d{3}){1,2}", re.ASCII)
_ANYTHING = re.compile(r".*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ExportColumns:
    """Which column of an export says what; `closed` name those that are empty while units can be sold."""

    registries: tuple[str, ...]
    project: str
    vintage: str
    quantity: str
    serials: str
    closed: tuple[str, ...]
    project_prefix: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        """The columns without which a row cannot be read."""
        return (self.project, self.vintage, self.quantity, self.serials)

    def number_of(self, project: str) -> str:
        """A project's number within its registry, in the one spelling it is compared in."""
        return "".join(project.split()).upper().removeprefix(self.project_prefix)


@dataclass(frozen=True, slots=True)
class BlockRow:
    """One block of an export, in its `row`; `columns` say where its parts stand."""

    row: int
    project_id: str
    offer: LotOffer
    columns: ExportColumns


@dataclass(frozen=True, slots=True)
class ExportScope:
    """What an export is held against: our projects by their number in the registry, and today."""

    projects: Mapping[str, str]
    today: date


def read_registry_export(registry_id: str, text: str, scope: ExportScope) -> tuple[BlockRow, ...]:
    """The blocks of an export, no two of which share a unit; raises RegisterRefused, `registries.unknown`."""
    registry = get_registry(registry_id)
    forms = [form for form in list_exports() if registry_id in form.registries]
    readers = [(Reader(text, form.required, has_others=True), form) for form in forms]
    reader, columns = next(((one, form) for one, form in readers if set(form.required) <= set(one.heading)), readers[0])
    ours = {columns.number_of(number): project_id for number, project_id in scope.projects.items()}
    known = ExportScope(ours, scope.today)
    read = [_read_block(row, registry, columns, known) for row in reader.rows()]
    blocks = [block for block in read if block is not None]
    _note_overlaps(reader, blocks)
    reader.finish()
    return tuple(blocks)


@cache
def list_exports() -> tuple[ExportColumns, ...]:
    """Every form an export may have, a registry's own before the one for all."""
    return read_exports(_EXPORTS.name, _EXPORTS.read_text(encoding="utf-8"))


def read_exports(name: str, text: str) -> tuple[ExportColumns, ...]:
    """The forms of a document; raises DocumentRefused with every problem."""
    document = Document(name, text)
    forms = tuple(_read_form(table) for table in document.root.tables("export"))
    document.root.done()
    document.finish()
    return forms


def _read_form(table: Table) -> ExportColumns:
    form = ExportColumns(
        registries=table.names("registries", tuple(list_registries())),
        project=table.text("project"),
        vintage=table.text("vintage"),
        quantity=table.text("quantity"),
        serials=table.text("serials"),
        closed=table.all_texts("closed"),
        project_prefix=table.text("project_prefix") if table.has("project_prefix") else "",
    )
    if table.has("source"):
        table.url("source")
    table.done()
    return form


def _read_block(row: Row, registry: Registry, columns: ExportColumns, scope: ExportScope) -> BlockRow | None:
    project_id = scope.projects.get(columns.number_of(row.cells[columns.project]))
    if project_id is None:
        row.note(columns.project, "export_unknown_project", {"registry": registry.name})
    vintage = row.read(columns.vintage, _ANYTHING, "export_vintage", lambda cell: _year(cell, scope.today))
    units = row.read(columns.quantity, _QUANTITY, "register_count", lambda cell: int(cell.replace(",", "")))
    block = None if units is None else _block(row, registry, columns, units)
    for column in columns.closed:
        if row.cells.get(column):
            row.note(column, "export_closed")
    if project_id is None or vintage is None or block is None:
        return None
    offer = LotOffer(_lot_id(project_id, vintage, block), vintage, block, block.is_demonstration)
    return BlockRow(row.number, project_id, offer, columns)


def _year(cell: str, today: date) -> int | None:
    """The one year a cell names, be it in a day of it; None where it names none, several, or one that has not come."""
    years = {int(year) for year in _YEAR.findall(cell)}
    year = years.pop() if len(years) == 1 else 0
    return year if _OLDEST_VINTAGE <= year <= today.year else None


def _block(row: Row, registry: Registry, columns: ExportColumns, units: int) -> SerialBlock | None:
    try:
        block = parse_block(registry, row.cells[columns.serials], units)
    except OffsetRefused as refused:
        if refused.code == "serials.letter_for_digit":
            row.note(columns.serials, "export_letter", {"meant": str(refused.facts["meant"])})
        else:
            row.note(columns.serials, "export_serials", {"registry": registry.name})
        return None
    if block.units != units:
        row.note(columns.quantity, "export_quantity", {"units": block.units})
    return block


def _lot_id(project_id: str, vintage: int, block: SerialBlock) -> str:
    """The same for the same block, whenever it comes."""
    named = f"{block.registry_id}|{block.series}|{block.first}|{block.last}"
    return f"{project_id[:_LONGEST_PROJECT].rstrip('-._')}-{vintage}-{sha256(named.encode()).hexdigest()[:12]}"


def _note_overlaps(reader: Reader, blocks: Sequence[BlockRow]) -> None:
    """Note each row that shares a unit with one before it; in order of units, so that a long export is read fast."""
    ordered = sorted(blocks, key=lambda one: (one.offer.block.series, one.offer.block.first, one.row))
    reach: BlockRow | None = None  # of those so far the one that ends last
    for one in ordered:
        block = one.offer.block
        if reach is None or reach.offer.block.series != block.series:
            reach = one
            continue
        if reach.offer.block.overlaps(block):
            earlier, later = sorted((reach, one), key=lambda two: two.row)
            reader.note(later.row, later.columns.serials, "export_overlap_row", {"first": earlier.row})
        if block.last > reach.offer.block.last:
            reach = one
