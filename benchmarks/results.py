"""The numbers of a day, kept in `results/` so that each later change sees what it costs.

One JSON file a day, one row a line: what was measured, its raw rounds, and what of the machine explains them. Nothing
in it names the machine.
"""

from __future__ import annotations

import functools
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measurement import Measurement
from tests.servers.postgres import find_binaries

FOLDER = Path(__file__).with_name("results")
DIGITS = 6  # significant


def keep(rows: Sequence[Measurement], note: str, load: float, folder: Path = FOLDER) -> Path:
    """Write `rows` into the file of today and return its name; rows of other names that are there stay."""
    day = datetime.now(UTC).date().isoformat()
    file = folder / f"{day}.json"
    known = _read(file)["rows"] if file.exists() else []
    names = {row.name for row in rows}
    kept = [row for row in known if row["name"] not in names] + [_rounded(asdict(row)) for row in rows]
    head = {"date": day, "note": note, "machine": machine(load)}
    lines = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in kept)
    text = json.dumps(head, ensure_ascii=False, indent=1)
    file.write_text(f'{text[:-2]},\n "rows": [\n  {lines}\n ]\n}}\n', encoding="utf-8")
    return file.relative_to(folder.parent.parent)


class Book:
    """Keeps row after row in the file of today; `name` is that file, once a row is in it."""

    def __init__(self, note: str, load: float, folder: Path = FOLDER) -> None:
        self.name: Path | None = None
        self._note, self._folder, self._load = note, folder, load

    def keep(self, row: Measurement) -> None:
        """Write one more row."""
        self.name = keep([row], self._note, self._load, self._folder)


def latest_ratios(folder: Path = FOLDER) -> dict[str, float]:
    """The ratio of every row kept last, by its name."""
    ratios: dict[str, float] = {}
    for file in sorted(folder.glob("*.json")):
        ratios |= {row["name"]: row["ratio"] for row in _read(file)["rows"] if row["ratio"] is not None}
    return ratios


def machine(load: float) -> dict[str, Any]:
    """What of this machine explains its figures; `load` as it was before the measuring began."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "postgresql": _postgresql_version(),
        "load_average_before": load,
    }


def load_average() -> float:
    """How many processes wanted to run during the last minute, ours included."""
    return round(os.getloadavg()[0], 1)


@functools.cache
def _postgresql_version() -> str:
    with tempfile.TemporaryDirectory() as scratch:
        command = [find_binaries(Path(scratch)) / "postgres", "--version"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return said.split()[2]  # "postgres (PostgreSQL) 18.1 (distribution)"


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _rounded(value: Any) -> Any:
    """The same with every fraction cut to a few significant digits."""
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
