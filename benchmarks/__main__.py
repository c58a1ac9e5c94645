"""Run the benchmarks and print one table. Writes nothing; a missed aim is reported, it is not a failure."""

from __future__ import annotations

import importlib
import operator
import pkgutil
import sys
import time
import traceback
from typing import Any

import benchmarks
from benchmarks._measurement import FULL

Row = dict[str, Any]
COLUMNS = ("name", "measured", "yardstick", "unit", "ratio", "aim", "met")
COMPARISONS = {">=": operator.ge, "<=": operator.le}


def main(chosen: list[str]) -> int:
    """Run the chosen benchmarks (default: all), print their table, return 1 if one of them broke."""
    known = [found.name for found in pkgutil.iter_modules(benchmarks.__path__) if not found.name.startswith("_")]
    if unknown := set(chosen) - set(known):
        print(f"No benchmark {', '.join(sorted(unknown))}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    rows: list[Row] = []
    broken: list[str] = []
    names = chosen or known
    for index, name in enumerate(names, start=1):
        started = time.perf_counter()
        print(f"[{index}/{len(names)}] {name} …", end="", file=sys.stderr, flush=True)
        try:
            rows += importlib.import_module(f"benchmarks.{name}").run()
        except Exception:  # the others still have something to say
            broken.append(name)
            print(f"\n{traceback.format_exc()}", file=sys.stderr)
        print(f" {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
    print(table(rows))
    if broken:
        print(f"Broken: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def table(rows: list[Row]) -> str:
    """The rows as aligned text, numbers to three digits."""
    cells = [COLUMNS, *([shown(row, column) for column in COLUMNS] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(COLUMNS))]
    aligned = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    ]
    return "\n".join([aligned[0], "  ".join("-" * width for width in widths), *aligned[1:]])


def shown(row: Row, column: str) -> str:
    """One cell of the table."""
    value = meets(row) if column == "met" else row[column]
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, int | float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


def meets(row: Row) -> bool:
    """Whether the row's ratio (or what was measured, without a yardstick) meets its aim."""
    comparison, bound = row["aim"].split()
    value = row["measured"] if row["yardstick"] is None else row["ratio"]
    return bool(COMPARISONS[comparison](value, float(bound)))


if __name__ == "__main__":
    sys.exit(main([word for word in sys.argv[1:] if word != FULL]))
