"""What every benchmark measures with: the shortest of a few rounds, or pairs of rounds side by side."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ROUNDS = 7
FULL, QUICK = "--full", "--quick"


@dataclass(frozen=True)
class Measurement:
    """What was measured of one thing: a row of the table.

    `ratio` is the measured over the yardstick in the sense that `aim` means; `aim`, such as `>= 0.3`, is about the
    ratio, or about what was measured where there is no yardstick, and None where nothing was promised. `rounds` are
    the raw pairs of measured and yardstick, `spread` the least and the greatest of their ratios.
    """

    name: str
    measured: float
    yardstick: float | None
    unit: str
    ratio: float | None
    aim: str | None
    spread: tuple[float, float] | None = None
    rounds: tuple[tuple[float, float], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)  # what else was seen and belongs into the results


@dataclass(frozen=True)
class Unmeasured:
    """A part that could not be measured, and why; the parts beside it say what they have to say."""

    name: str
    reason: str


Outcome = Measurement | Unmeasured


def apart(name: str, measure: Callable[[], Iterable[Outcome]]) -> Iterator[Outcome]:
    """What `measure` finds, each as soon as it is there; what stops it is said under `name` and stops nothing else."""
    try:
        yield from measure()
    except Exception as error:
        yield Unmeasured(name, str(error) or type(error).__name__)


def is_quick() -> bool:
    """Whether a first ratio is wanted sooner than a steady one: `python3 run.py bench activities --quick`."""
    return QUICK in sys.argv


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


def row(name: str, measured: float, yardstick: float | None, aim: str | None, unit: str) -> Measurement:
    """A row of one measurement."""
    ratio = None if yardstick is None else measured / yardstick
    return Measurement(name, measured, yardstick, unit, ratio, aim)


def paired_row(name: str, rounds: Sequence[tuple[float, float]], aim: str | None, unit: str) -> Measurement:
    """A row of rounds measured side by side, each as (measured, yardstick): medians, and the spread of their ratios.

    The ratio is the median of the ratios and not the ratio of the medians: what else the machine does during one
    round slows both of its sides. There is none where a yardstick took too little to be seen.
    """
    measured, yardstick = (statistics.median(side) for side in zip(*rounds, strict=True))
    if not all(yard for _, yard in rounds):
        return Measurement(name, measured, yardstick, unit, None, aim, None, tuple(rounds))
    ratios = [ours / yard for ours, yard in rounds]
    spread = min(ratios), max(ratios)
    return Measurement(name, measured, yardstick, unit, statistics.median(ratios), aim, spread, tuple(rounds))
