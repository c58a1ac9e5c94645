"""What every benchmark measures with: the shortest of a few rounds, and a row of the table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 7
FULL = "--full"


def is_full() -> bool:
    """Whether the benchmarks that take minutes at their full size are asked for it: `python3 run.py bench --full`."""
    return FULL in sys.argv


def best(work: Callable[[], Any]) -> float:
    """The shortest of a few rounds, in seconds: what else the machine does only adds."""
    work()
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def row(name: str, measured: float, yardstick: float | None, aim: str, unit: str) -> dict[str, Any]:
    """One row of the table."""
    ratio = None if yardstick is None else measured / yardstick
    return {"name": name, "measured": measured, "yardstick": yardstick, "ratio": ratio, "aim": aim, "unit": unit}
