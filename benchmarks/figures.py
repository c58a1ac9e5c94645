"""Figures: a search over a hundred thousand of them, and reading a published file of ten thousand.

Yardstick of the search in the same run: looking through every figure's two names for the words, one after the other.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.measurement import Measurement, row
from calculators import load_library
from calculators.figures.factors import Row
from calculators.figures.search import Filters, index_figures, search
from calculators.importing import SOURCES, Asked, merge, read_file, write_whole

FIGURES = 100_000
SEARCHES = 400
PAGE = 20
LINES = 10_000
QUERIES = (
    ("beef", Filters()),
    ("牛肉", Filters()),
    ("电力", Filters(region="CN")),
    ("北京 电力", Filters(year=2023)),
    ("grid average", Filters(unit="kgCO2/kWh")),
    ("el", Filters()),
    ("kgco2e ghg", Filters(kind="emission_factor")),
    ("", Filters(region="CN", kind="emission_factor")),
    ("average variant 7", Filters()),
    ("nothing of this name", Filters()),
)


def run() -> list[Measurement]:
    """The rows of this benchmark."""
    return [*search_rows(), import_row()]


def search_rows() -> list[Measurement]:
    """The 95th percentile of a page of results, in milliseconds."""
    rows = list(many_figures())
    index = index_figures(rows, load_library().tables.regions)
    seconds = timed(lambda query, filters: search(index, query, filters, PAGE), SEARCHES)
    scans = timed(lambda query, _: look_through(rows, query), len(QUERIES))
    measured, yardstick = (float(np.percentile(spent, 95)) * 1e3 for spent in (seconds, scans))
    name = f"a page of a search over {FIGURES:,} figures, 95th percentile"
    return [
        row(name, measured, None, "<= 20", "ms"),
        row(f"{name}, against looking through all names", measured, yardstick, "<= 0.2", "ms"),
    ]


def import_row() -> Measurement:
    """A published file into a new table: read, judged line by line, checked as a whole, written."""
    regions = load_library().tables.regions
    content = flat_file(LINES).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "uk.csv"
        started = time.perf_counter()
        reading = read_file(SOURCES["uk-flat-file"], content, Asked(), regions)
        write_whole(path, merge(reading, None, "factors.uk", regions).text)
        measured = time.perf_counter() - started
        if len(path.read_text(encoding="utf-8").splitlines()) != LINES + 1:
            raise AssertionError("the file was not taken whole")
    return row(f"{LINES:,} lines of a published file into a table", measured, None, "<= 10", "s")


def timed(work: Callable[[str, Filters], object], rounds: int) -> list[float]:
    """Seconds of each round, one query after the other."""
    seconds = []
    for number in range(rounds):
        started = time.perf_counter()
        work(*QUERIES[number % len(QUERIES)])
        seconds.append(time.perf_counter() - started)
    return seconds


def flat_file(lines: int) -> str:
    """A file in the layout of the UK's conversion factors, with made-up figures."""
    heading = "ID,Scope,Level 1,Level 2,Level 3,Level 4,Column Text,UOM,GHG/Unit,GHG Conversion Factor 2025"
    made = (f"{n},Scope 3,Material use,Material {n},Kind {n % 7},,,tonnes,kg CO2e,{n}.5" for n in range(lines))
    return "\n".join([heading, *made]) + "\n"


def many_figures() -> Iterator[Row]:
    """The shipped figures over and over, each time under other keys and names."""
    shipped = list(load_library().tables.list_rows())
    for number in range(FIGURES):
        figure, turn = shipped[number % len(shipped)], number // len(shipped)
        names = {"name_en": f"{figure.name_en} variant {turn}", "name_zh": f"{figure.name_zh}{turn}型"}
        yield replace(figure, key=f"{figure.key}_{turn}", **names)


def look_through(rows: list[Row], query: str) -> list[Row]:
    """The plain way: every name of every figure, every time."""
    words = query.lower().split()
    return [row for row in rows if all(word in row.name_en.lower() or word in row.name_zh for word in words)]
