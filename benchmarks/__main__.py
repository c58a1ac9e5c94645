"""Run the benchmarks and print one table; with `--keep` also write it down as the numbers of the day.

Each row is printed, and kept, as soon as it is measured: what breaks later takes nothing away. A missed aim is
reported, it is not a failure; a part that could not be measured is.
"""

from __future__ import annotations

import argparse
import importlib
import operator
import sys
import time
import traceback
from collections.abc import Iterable

from benchmarks import results
from benchmarks.measurement import FULL, QUICK, Measurement, Outcome, Unmeasured

BENCHMARKS = (
    "activities", "activity_queue", "effects", "estimate", "figures", "footprint", "home", "ledger", "outbox",
    "verification",
)  # fmt: skip
COLUMNS = ("name", "measured", "yardstick", "unit", "ratio", "spread", "kept", "aim", "met")
COMPARISONS = {">=": operator.ge, "<=": operator.le}


def main(arguments: list[str]) -> int:
    """Run the chosen benchmarks (default: all), print their table, return 1 if one of them broke."""
    asked = _read(arguments)
    names = asked.names or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        print(f"No benchmark {', '.join(sorted(unknown))}. There are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    rows: list[Measurement] = []
    broken: list[str] = []
    kept = results.latest_ratios()
    book = None if asked.keep is None else results.Book(asked.keep, results.load_average())
    for index, name in enumerate(names, start=1):
        started = time.perf_counter()
        print(f"[{index}/{len(names)}] {name} …", file=sys.stderr, flush=True)
        try:
            for outcome in _outcomes(name):
                if isinstance(outcome, Unmeasured):
                    broken.append(outcome.name)
                    print(f"{outcome.name}: not measured. {outcome.reason}", file=sys.stderr, flush=True)
                    continue
                rows.append(outcome)
                print(line(outcome, kept), file=sys.stderr, flush=True)
                if book is not None:
                    book.keep(outcome)
        except Exception:  # the others still have something to say
            broken.append(name)
            print(f"\n{traceback.format_exc()}", file=sys.stderr)
        print(f" {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
    print(table(rows, kept))
    print("".join(f"{row.name}: {name} = {fact}\n" for row in rows for name, fact in row.facts.items()), end="")
    if book is not None and rows:
        print(f"Kept in {book.name}.")
    if broken:
        print(f"Broken: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def _outcomes(name: str) -> Iterable[Outcome]:
    """What the benchmark of a name finds: a list, or one after the other."""
    found: Iterable[Outcome] = importlib.import_module(f"benchmarks.{name}").run()
    return found


def line(row: Measurement, kept: dict[str, float]) -> str:
    """One row in one line, for whoever waits for the table."""
    return f"{row.name}: " + ", ".join(f"{column} {shown(row, column, kept)}" for column in COLUMNS[1:])


def table(rows: list[Measurement], kept: dict[str, float]) -> str:
    """The rows as aligned text, numbers to three digits; `kept` are the ratios to compare with, by name."""
    cells = [COLUMNS, *([shown(row, column, kept) for column in COLUMNS] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(COLUMNS))]
    aligned = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    ]
    return "\n".join([aligned[0], "  ".join("-" * width for width in widths), *aligned[1:]])


def shown(row: Measurement, column: str, kept: dict[str, float]) -> str:
    """One cell of the table."""
    if column == "met":
        met = meets(row)
        return "–" if met is None else "yes" if met else "NO"
    value = kept.get(row.name) if column == "kept" else getattr(row, column)
    if value is None:
        return "–"
    if isinstance(value, tuple):
        return "–".join(map(_number, value))
    return _number(value) if isinstance(value, int | float) else str(value)


def meets(row: Measurement) -> bool | None:
    """Whether the row's ratio (or what was measured, without a yardstick) meets its aim; None where it has none."""
    if row.aim is None:
        return None
    comparison, bound = row.aim.split()
    value = row.measured if row.ratio is None else row.ratio
    return bool(COMPARISONS[comparison](value, float(bound)))


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 run.py bench", description="What things cost, beside a yardstick.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument(FULL, action="store_true", help="the full size of what takes minutes (outbox, verification)")
    parser.add_argument(QUICK, action="store_true", help="fewer people and rounds, for a first ratio (activities)")
    parser.add_argument(
        "--keep", metavar="NOTE", help="write the figures into benchmarks/results, with a note on the machine's quiet"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
