"""The README's table of ratios says what the benchmarks kept, on the day that it names."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEADING = "## How fast"


def shown() -> list[tuple[str, float, str]]:
    """Name, ratio and day of every row."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split(f"{HEADING}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")][2:]
    return [(name.strip(), float(ratio), day.strip()) for name, ratio, _, day in rows]


def test_every_ratio_in_the_readme_is_one_that_was_kept_that_day():
    assert len(shown()) >= 5
    for name, ratio, day in shown():
        rows = json.loads((ROOT / "benchmarks" / "results" / f"{day}.json").read_text(encoding="utf-8"))["rows"]
        kept = {row["name"]: row["ratio"] for row in rows}
        assert ratio == float(f"{kept[name]:.2g}"), name
