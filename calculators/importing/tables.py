"""A table file with new figures in it: merged, checked as a whole, and put in place in one step.

Promise: the file is either the old one or the new one, whole, whatever happens in between; a figure that is there never
changes. Touches the table's folder.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from calculators.figures.factors import COLUMNS, parse_table
from calculators.figures.regions import Regions
from calculators.importing.reader import Fault, Figure, Passed, Reading

_SAME = ("value", "unit", "family", "gas_scope", "gwp")  # what a figure says; who says it may be worded anew


@dataclass(frozen=True, slots=True)
class Merged:
    """A table's text with the new figures behind the old ones, and how many are new."""

    text: str
    added: int


def merge(reading: Reading, existing: str | None, name: str, regions: Regions) -> Merged:
    """The table `existing` (None: there is none yet) with the figures of a reading behind it.

    What is there already is left out; where it says something else, that line is at fault, and both are noted in the
    reading. Raises TableRefused where the existing table itself is bad.
    """
    before = [] if existing is None else list(csv.DictReader(io.StringIO(existing)))
    if existing is not None:
        parse_table(name, existing, regions)
    known = {_identity(row): row for row in before}
    added: list[Figure] = []
    for line, figure in sorted(reading.figures.items()):
        there = known.get(_identity(figure))
        if there is None:
            added.append(figure)
        elif all(there[column] == figure[column] for column in _SAME):
            reading.left_out.append(Passed(line, "already in the table"))
        else:
            said = f"{there['value']} {there['unit']}"
            reading.faults.append(Fault(line, f"the table has {said} for this place and year; a figure never changes"))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows([*before, *added])
    parse_table(name, text.getvalue(), regions)
    return Merged(text.getvalue(), len(added))


def table_name(path: Path) -> str:
    """What the table in a file is called: `factors.grid` for factors/grid.csv."""
    folder = path.parent.name
    return f"{folder if folder in ('factors', 'baselines', 'footprints') else 'factors'}.{path.stem}"


def write_whole(path: Path, text: str) -> None:
    """Put `text` in the place of the file at `path` in one step. Raises OSError and then leaves the file as it was."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", text=False)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        # a scratch file is private; a table is read by whoever may read the folder
        Path(scratch).chmod(path.stat().st_mode if path.exists() else 0o644)
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def _identity(row: Mapping[str, str]) -> tuple[str, str, str]:
    return row["key"], row["region"], row["year"]
