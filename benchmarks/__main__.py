"""Run the benchmarks and print one table; with `--keep` also write it down as the numbers of the day.

A missed aim is reported, it is not a failure.
"""

from __future__ import annotations

import argparse
import importlib
import operator
import sys
import time
import traceback

from benchmarks import results
from benchmarks.measurement import FULL, Measurement

BENCHMARKS = (
    "activities", "activity_queue", "estimate", "figures", "footprint", "home", "ledger", "outbox", "verification",
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
    load = results.load_average()
    for index, name in enumerate(names, start=1):
        started = time.perf_counter()
        print(f"[{index}/{len(names)}] {name} …", end="", file=sys.stderr, flush=True)
        try:
            rows += importlib.import_module(f"benchmarks.{name}").run()
        except Exception:  # the others still have something to say
            broken.append(name)
            print(f"\n{traceback.format_exc()}", file=sys.stderr)
        print(f" {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
    print(table(rows, results.latest_ratios()))
    print("".join(f"{row.name}: {name} = {fact}\n" for row in rows for name, fact in row.facts.items()), end="")
    if asked.keep is not None:
        print(f"Kept in {results.keep(rows, asked.keep, load)}.")
    if broken:
        print(f"Broken: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


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
    parser.add_argument(
        "--keep", metavar="NOTE", help="write the figures into benchmarks/results, with a note on the machine's quiet"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
