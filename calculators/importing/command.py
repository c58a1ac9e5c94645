"""The command `import`: a published file into a table, or only a look at what would come of it.

Promise: nothing is written while one line is at fault, and nothing at all in a dry run; the exit code is 0 only when
the file could be taken whole. Touches the file it reads, the table and the report it is told to write.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from calculators.errors import TableRefused
from calculators.figures.regions import Regions
from calculators.figures.terms import Mark
from calculators.importing.reader import Asked, Fault, Line, Passed, Reading, read_file
from calculators.importing.sheets import UnreadableFile
from calculators.importing.sources import SOURCES
from calculators.importing.tables import merge, table_name, write_whole

SHOWN = 20  # faults in the terminal; all of them stand in the report


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    command = commands.add_parser("import", help="take the figures of a published file into a table")
    command.add_argument("source", choices=sorted(SOURCES), help="what kind of file it is")
    command.add_argument("file", type=Path)
    command.add_argument("--into", type=Path, help="the table: made, or added to; not needed for a dry run")
    command.add_argument("--dry-run", action="store_true", help="judge every line and write nothing")
    command.add_argument("--year", type=int, help="where the file names none")
    command.add_argument(
        "--mark",
        type=Mark,
        choices=(Mark.RECALLED, Mark.REPORTED, Mark.OFFICIAL),
        default=Mark.RECALLED,
        help="who compared the figures with the publisher's own: nobody (no gram may be credited on them), somebody "
        "with a copy, or you with the original",
    )
    command.add_argument("--report", type=Path, help="a CSV file with every line at fault or left out, and why")


def run(chosen: argparse.Namespace, regions: Regions) -> tuple[int, list[str]]:
    """Do what was asked; the exit code, and what to say. Raises OSError."""
    source = SOURCES[chosen.source]
    if chosen.into is None and not chosen.dry_run:
        return 2, ["say where the figures go with --into TABLE.csv, or look first with --dry-run"]
    if chosen.mark == Mark.OFFICIAL and source.most_trusted != Mark.OFFICIAL:
        return 2, [f"{source.title} is second hand: --mark {source.most_trusted} at most"]
    asked = Asked(chosen.year, chosen.mark)
    try:
        reading = read_file(source, chosen.file.read_bytes(), asked, regions, watch=_with_progress)
        existing = chosen.into.read_text(encoding="utf-8") if chosen.into and chosen.into.exists() else None
        name = table_name(chosen.into or Path(f"factors/{source.name}.csv"))
        merged = merge(reading, existing, name, regions)
    except (UnreadableFile, TableRefused) as problem:
        return 1, [str(problem)]
    if chosen.report:
        write_whole(chosen.report, report_text(reading))
    said = list(_summary(reading, merged.added))
    if reading.faults:
        return 1, [*said, "nothing was written: a file is taken whole or not at all"]
    if chosen.dry_run:
        return 0, [*said, "nothing was written: this was a dry run"]
    write_whole(chosen.into, merged.text)
    return 0, [*said, f"{chosen.into} holds them now"]


def report_text(reading: Reading) -> str:
    """Every line at fault or left out, in the file's order, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["line", "outcome", "why"])
    writer.writerows((told.line, _outcome(told), told.why) for told in _in_order(reading))
    return text.getvalue()


def _summary(reading: Reading, added: int) -> Iterable[str]:
    yield f"{len(reading.figures)} figures, {added} of them new"
    for why, count in Counter(passed.why for passed in reading.left_out).most_common(SHOWN):
        yield f"left out {count}: {why}"
    for fault in sorted(reading.faults, key=lambda fault: fault.line)[:SHOWN]:
        yield f"line {fault.line}: {fault.why}"
    if len(reading.faults) > SHOWN:
        yield f"and {len(reading.faults) - SHOWN} more lines at fault; --report FILE lists them all"


def _in_order(reading: Reading) -> list[Fault | Passed]:
    return sorted([*reading.faults, *reading.left_out], key=lambda told: told.line)


def _outcome(told: Fault | Passed) -> str:
    return "at fault" if isinstance(told, Fault) else "left out"


def _with_progress(lines: Sequence[Line]) -> Iterable[Line]:
    with click.progressbar(lines, label=f"{len(lines)} lines", file=sys.stderr, update_min_steps=100) as bar:
        yield from bar
