"""A published file read line by line: each line is a figure, left out for a reason, or at fault.

Promise: no line is passed over in silence, and the file's first fault does not hide the others. The heading is found
wherever it stands, for publishers put titles above it. Touches nothing but the bytes it gets.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from calculators.errors import TableRefused
from calculators.figures.factors import COLUMNS, parse_table
from calculators.figures.regions import Regions
from calculators.figures.terms import Mark
from calculators.importing.sheets import Row, UnreadableFile, ways_to_read

HEADING_WITHIN = 40  # lines; publishers put a cover above it
_ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")

T = TypeVar("T")
Figure = Mapping[str, str]  # one row of a table, by `factors.COLUMNS`
Watch = Callable[[Sequence[T]], Iterable[T]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the person who imports says: the year where the file names none, and who has checked the figures."""

    year: int | None = None
    mark: Mark = Mark.RECALLED


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number, counted from 1, its cells by our names, and the heading above each."""

    number: int
    cells: Mapping[str, str]
    headings: Mapping[str, str]
    above: str  # what stands above the heading

    def get(self, name: str) -> str:
        """The cell without spaces around it; empty where the file has no such column."""
        return self.cells.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of file: its columns by our names, as patterns of their headings, and how one line becomes a figure.

    `read` raises LeftOut for a line that is no figure for us, and ValueError for one that cannot be understood.
    """

    name: str
    title: str
    columns: Mapping[str, str]
    optional: frozenset[str]
    delimiters: str
    read: Callable[[Line, Asked, Regions], Figure]
    encodings: tuple[str, ...] = _ENCODINGS
    most_trusted: Mark = Mark.OFFICIAL  # a compilation can never be the first hand
    one_of: frozenset[str] = frozenset()  # of these optional columns a file has one at least

    def missing(self, found: Collection[str]) -> set[str]:
        """The columns a file cannot do without that are not among `found`."""
        needed = set(self.columns) - self.optional - set(found)
        return needed if not self.one_of or self.one_of & set(found) else needed | self.one_of


class LeftOut(Exception):
    """A line that is understood and is no figure for us; the text says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be taken, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A line that was left out, and why."""

    line: int
    why: str


@dataclass(slots=True)
class Reading:
    """What a file holds: figures by the line they stand in, what was left out, and every fault."""

    source: str
    figures: dict[int, Figure] = field(default_factory=dict)
    left_out: list[Passed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_file(
    source: Source, content: bytes, asked: Asked, regions: Regions, watch: Watch[Line] | None = None
) -> Reading:
    """Every line of the file, judged; `watch` may look on as the lines go by. Raises UnreadableFile."""
    lines = list(_lines(source, content))
    reading = Reading(source.name)
    seen: dict[tuple[str, str, str], int] = {}
    for line in watch(lines) if watch else lines:
        try:
            figure = source.read(line, asked, regions)
            _check(figure, regions)
            first = seen.setdefault((figure["key"], figure["region"], figure["year"]), line.number)
            if first != line.number:
                _check_again(figure, reading.figures[first], first)
        except LeftOut as reason:
            reading.left_out.append(Passed(line.number, str(reason)))
        except ValueError as problem:
            reading.faults.append(Fault(line.number, str(problem)))
        else:
            reading.figures[line.number] = figure
    return reading


def _check_again(figure: Figure, before: Figure, line: int) -> None:
    if (figure["value"], figure["unit"]) == (before["value"], before["unit"]):
        raise LeftOut(f"the same as line {line}")
    raise ValueError(f"another value for the figure of line {line}")


def _check(figure: Figure, regions: Regions) -> None:
    """A figure must be a row that a table takes; the table itself says so."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerow(figure)
    try:
        parse_table("figure", text.getvalue(), regions)
    except TableRefused as refused:
        raise ValueError(str(refused).partition(": ")[2]) from refused


def _lines(source: Source, content: bytes) -> Iterator[Line]:
    missing = source.missing(())
    for way in ways_to_read(content, source.encodings, source.delimiters):
        above: list[str] = []
        rows = iter(way)
        for _, row in itertools.islice(rows, HEADING_WITHIN):
            found = _columns(source, row)
            if not source.missing(found):
                yield from _below(rows, found, row, " ".join(above))
                return
            missing = min(missing, source.missing(found), key=len)
            above.extend(cell for cell in row if cell)
    names = ", ".join(sorted(source.columns[name] for name in missing))
    raise UnreadableFile(f"this is not {source.title}: no heading among the first {HEADING_WITHIN} lines has {names}")


def _columns(source: Source, row: Sequence[str]) -> dict[str, int]:
    headings = [" ".join(cell.split()) for cell in row]
    found: dict[str, int] = {}
    for name, pattern in source.columns.items():
        places = [place for place, heading in enumerate(headings) if re.fullmatch(pattern, heading, re.IGNORECASE)]
        if places:
            found[name] = places[0]
    return found


def _below(rows: Iterator[Row], found: Mapping[str, int], heading: Sequence[str], above: str) -> Iterator[Line]:
    headings = {name: " ".join(heading[place].split()) for name, place in found.items()}
    for number, row in rows:
        if any(cell.strip() for cell in row):
            cells = {name: row[place] for name, place in found.items() if place < len(row)}
            yield Line(number, cells, headings, above)
