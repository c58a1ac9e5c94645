"""What a trace shows: how far, how fast leg by leg, where it has gaps, and whether it scatters as a receiver does.

Promise: plain figures without any position, enough for every rule of plausibility. Distance is on the ellipsoid,
rounded down to the metre: what we grant rounds down. Touches nothing.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calculators.traces.model import Fix, Trace
from calculators.traces.outliers import (
    Leg,
    accuracy_m,
    average,
    distance_m,
    drop_inaccurate,
    drop_jumps,
    drop_settling,
    legs_of,
)
from calculators.traces.projection import apart, flatten

GAP_S = 60.0  # nobody knows what happened in between
SHORTEST_STEP_M = 25.0  # less than this is the scatter of a receiver, not a way,
STEP_TIMES = 2.5  # and less than so many times what the positions say
WIDEST_SCATTER_M = 150.0
MOVING_KMH = 2.0
BIN_KMH = 5
WINDOW_LEGS = 3  # speeds are compared over so many legs, about half a minute
FEWEST_WINDOWS = 6
LONGEST_TRIPLE_S = 30.0  # three fixes further apart than this say nothing about scatter
METRES_PER_DEGREE = 111_320
FINEST_DECIMALS = 7
# figures that what was recorded earlier lacks
NOT_ALWAYS_RECORDED: dict[str, Any] = {"passed_over": 0, "unsettled": 0, "inaccurate": 0, "accuracy_m": None}


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one trace. Metres, seconds, km/h.

    `passed_over` positions of the file showed nothing; `jumps` are single positions far off and back, `unsettled` the
    first before the receiver knew where it was, `inaccurate` those that say they may be far off; all are taken out.
    `accuracy_m` is the median of what the file tells of its positions, None where it tells nothing.
    `metres_by_speed` sums the ways by speed, in bins of `BIN_KMH` named by their lower bound; `extent_m` is the
    greatest distance from the start; `scatter_m` the median deviation of a fix from the middle of its neighbours, and
    `grid_m` the step its coordinates are written in; `speed_spread` the standard deviation of speeds over their mean.
    The last three are None where there are too few fixes to say.
    """

    started_at: datetime
    ended_at: datetime
    fixes: int
    passed_over: int
    jumps: int
    unsettled: int
    inaccurate: int
    accuracy_m: int | None
    distance_m: int
    extent_m: int
    gap_s: int
    gap_m: int
    longest_gap_s: int
    metres_by_speed: Mapping[int, int]
    scatter_m: float | None
    grid_m: float
    speed_spread: float | None

    @property
    def duration_s(self) -> int:
        return int((self.ended_at - self.started_at).total_seconds())

    def metres_above(self, kmh: float) -> int:
        """How far it went in bins that lie wholly above a speed."""
        return sum(metres for bound, metres in self.metres_by_speed.items() if bound >= kmh)

    def record(self) -> dict[str, Any]:
        """The figures as JSON-able data."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "metres_by_speed": {str(bound): metres for bound, metres in self.metres_by_speed.items()},
        }


def read_measured(recorded: Mapping[str, Any]) -> Measured:
    """The figures that `Measured.record` wrote."""
    return Measured(
        **NOT_ALWAYS_RECORDED
        | {name: recorded[name] for name in Measured.__slots__ if name in recorded}
        | {
            "started_at": datetime.fromisoformat(recorded["started_at"]),
            "ended_at": datetime.fromisoformat(recorded["ended_at"]),
            "metres_by_speed": {int(bound): metres for bound, metres in recorded["metres_by_speed"].items()},
        }
    )


def measure(trace: Trace) -> Measured:
    """The figures of `trace`."""
    accurate, inaccurate = drop_inaccurate(trace.fixes)
    settled, unsettled = drop_settling(accurate)
    cleaned, jumps = drop_jumps(settled)
    averaged = average(cleaned)
    legs = legs_of(averaged)
    gaps = [leg for leg in legs if leg.seconds > GAP_S]
    start = averaged[0]
    return Measured(
        started_at=trace.started_at,
        ended_at=trace.ended_at,
        fixes=len(trace.fixes),
        passed_over=trace.passed_over,
        jumps=jumps,
        unsettled=unsettled,
        inaccurate=inaccurate,
        accuracy_m=_median_accuracy_m(trace.fixes),
        distance_m=int(_travelled_m(averaged)),
        extent_m=int(max((distance_m(start, fix) for fix in averaged[:: _stride(averaged)]), default=0.0)),
        gap_s=int(sum(leg.seconds for leg in gaps)),
        gap_m=int(sum(leg.metres for leg in gaps)),
        longest_gap_s=int(max((leg.seconds for leg in gaps), default=0.0)),
        metres_by_speed=_metres_by_speed(legs),
        scatter_m=_scatter_m(cleaned),
        grid_m=_grid_m(trace.fixes),
        speed_spread=_speed_spread(legs),
    )


def _travelled_m(fixes: Sequence[Fix]) -> float:
    """The way along the fixes in steps of some length: standing still goes nowhere, however much it scatters."""
    total, anchor = 0.0, fixes[0]
    for fix in fixes[1:]:
        step = distance_m(anchor, fix)
        if step >= max(SHORTEST_STEP_M, STEP_TIMES * accuracy_m(anchor), STEP_TIMES * accuracy_m(fix)):
            total, anchor = total + step, fix
    return total


def _median_accuracy_m(fixes: Sequence[Fix]) -> int | None:
    told = [fix.accuracy_m for fix in fixes if fix.accuracy_m is not None]
    return math.ceil(statistics.median(told)) if told else None


def _stride(fixes: Sequence[Fix]) -> int:
    return max(1, len(fixes) // 500)


def _metres_by_speed(legs: Sequence[Leg]) -> dict[int, int]:
    """Ways by speed over half a minute: one fast leg between two slow ones is the receiver's, not the person's."""
    sums: Counter[int] = Counter()
    for position, leg in enumerate(legs):
        usual = statistics.median(one.kmh for one in legs[max(0, position - 1) : position + 2])
        # a leg across a gap, or one no scatter explains, speaks for itself
        surprising = leg.metres > usual / 3.6 * leg.seconds + WIDEST_SCATTER_M
        kmh = leg.kmh if leg.seconds > GAP_S or surprising else usual
        sums[int(kmh // BIN_KMH) * BIN_KMH] += round(leg.metres)
    return dict(sorted(sums.items()))


def _scatter_m(fixes: Sequence[Fix]) -> float | None:
    """How far a moving fix lies from where its neighbours' times would have it, in the median."""
    points, found = flatten(fixes), []
    for position in range(1, len(fixes) - 1):
        before, at, after = fixes[position - 1 : position + 2]
        whole_s = (after.at - before.at).total_seconds()
        one, other = points[position - 1], points[position + 1]
        if whole_s > LONGEST_TRIPLE_S or apart(one, other) * 3.6 < MOVING_KMH * whole_s:
            continue
        share = (at.at - before.at).total_seconds() / whole_s
        expected = (one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share)
        found.append(apart(points[position], expected))
    return round(statistics.median(found), 3) if len(found) >= FEWEST_WINDOWS else None


def _grid_m(fixes: Sequence[Fix]) -> float:
    """The step of the coordinates: a file with five decimals cannot scatter by less than a metre."""
    values = [value for fix in fixes[:200] for value in (fix.latitude, fix.longitude)]
    decimals = 0
    while decimals < FINEST_DECIMALS and any(abs(value - round(value, decimals)) >= 1e-9 for value in values):
        decimals += 1
    return METRES_PER_DEGREE / float(10**decimals)


def _speed_spread(legs: Sequence[Leg]) -> float | None:
    speeds = []
    for position in range(WINDOW_LEGS, len(legs) - 2 * WINDOW_LEGS + 1, WINDOW_LEGS):
        window = legs[position : position + WINDOW_LEGS]
        if any(leg.seconds > GAP_S for leg in window):
            continue
        speeds.append(sum(leg.metres for leg in window) / sum(leg.seconds for leg in window) * 3.6)
    if len(speeds) < FEWEST_WINDOWS or not any(speeds):
        return None
    return round(statistics.pstdev(speeds) / statistics.mean(speeds), 4)
