"""Comma-separated registers as others send them: rows below a heading, and every fault by row and column.

Promise: one reading finds every fault, each with its row, its column and a code; a register with one fault is refused
whole. Rows are counted as a spreadsheet counts them, the heading being row 1. Touches nothing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from offsets.errors import OffsetError

MOST_ROWS = 20_000

_COUNT = re.compile(r"\d{1,9}", re.ASCII)

T = TypeVar("T")
Facts = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one row: `column` is empty where the fault is the row's, `facts` say more."""

    row: int
    column: str
    code: str
    facts: Facts = field(default_factory=dict)


class RegisterRefused(OffsetError):
    """A register with every fault found in it, in the order of its rows."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{len(self.faults)} faults")


@dataclass
class Row:
    """One row's cells by column, and where its faults go."""

    number: int
    cells: Mapping[str, str]
    reader: Reader

    def note(self, column: str, code: str, facts: Facts = MappingProxyType({})) -> None:
        """Note a fault of one cell."""
        self.reader.note(self.number, column, code, facts)

    def text(self, column: str, pattern: re.Pattern[str], code: str) -> str | None:
        """The cell, if it has the form."""
        return self.read(column, pattern, code, str)

    def count(self, column: str) -> int | None:
        """The cell as a whole number."""
        return self.read(column, _COUNT, "register_count", int)

    def read(self, column: str, pattern: re.Pattern[str], code: str, read: Callable[[str], T | None]) -> T | None:
        """What `read` makes of the cell; None, and a fault, where it has not the form or cannot be read."""
        cell = self.cells[column]
        value = read(cell) if pattern.fullmatch(cell) else None
        if value is None:
            self.note(column, code)
        return value


class Reader:
    """Rows below a heading that names the columns, these and no others, and every fault met on the way."""

    def __init__(self, text: str, columns: Sequence[str], *, has_others: bool = False) -> None:
        """With `has_others` the heading may name more columns, in any order."""
        self.faults: list[RowFault] = []
        self.lines = self._read(text.removeprefix("\ufeff"))
        self.heading = tuple(cell.strip() for cell in self.lines[0]) if self.lines else ()
        self.columns = tuple(columns)
        self.has_others = has_others

    def note(self, row: int, column: str, code: str, facts: Facts = MappingProxyType({})) -> None:
        """Note a fault."""
        self.faults.append(RowFault(row, column, code, facts))

    def finish(self) -> None:
        """Raise RegisterRefused if a fault was noted."""
        if self.faults:
            raise RegisterRefused(sorted(self.faults, key=lambda fault: fault.row))

    def rows(self) -> Iterator[Row]:
        """Every row that has as many cells as the heading."""
        if self.faults:
            return
        if not self._is_named():
            self.note(1, "", "register_heading", {"columns": ", ".join(self.columns)})
            return
        body = [(at, line) for at, line in enumerate(self.lines[1:], start=2) if any(cell.strip() for cell in line)]
        if not 0 < len(body) <= MOST_ROWS:
            self.note(1, "", "register_size", {"most": MOST_ROWS})
            return
        for number, line in body:
            if len(line) != len(self.heading):
                self.note(number, "", "register_cells", {"wanted": len(self.heading), "found": len(line)})
                continue
            yield Row(number, dict(zip(self.heading, (cell.strip() for cell in line), strict=True)), self)

    def _read(self, text: str) -> list[list[str]]:
        lines: list[list[str]] = []
        try:
            lines.extend(csv.reader(io.StringIO(text, newline="")))
        except csv.Error:
            self.note(len(lines) + 1, "", "register_unreadable")
        return lines

    def _is_named(self) -> bool:
        if self.has_others:
            return all(self.heading.count(column) == 1 for column in self.columns)
        return self.heading == self.columns
