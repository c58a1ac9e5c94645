"""A track without where exactly: what is left once its activity was decided.

Promise: positions on a grid of about a kilometre and times to five minutes, so that it still tells a commute from a
journey and no longer a door from its neighbour's. The figures that the proof rests on were taken before and stay as
they are. Touches nothing.
"""

from __future__ import annotations

from datetime import timedelta

from calculators.traces.model import Fix, Trace

GRID_DEGREES = 0.01
TIME_S = 300


def coarsen(trace: Trace) -> tuple[Fix, ...]:
    """The fixes of `trace` on the grid, each place once in a row, and the last; it is a trace again."""
    coarse: list[Fix] = []
    for fix in trace.fixes:
        at = fix.at.fromtimestamp(fix.at.timestamp() // TIME_S * TIME_S, fix.at.tzinfo)
        moved = Fix(_on_grid(fix.latitude), _on_grid(fix.longitude), at)
        if not coarse or (moved.latitude, moved.longitude) != (coarse[-1].latitude, coarse[-1].longitude):
            coarse.append(moved)
    if len(coarse) == 1:
        coarse.append(Fix(coarse[0].latitude, coarse[0].longitude, coarse[0].at + timedelta(seconds=TIME_S)))
    return tuple(coarse)


def _on_grid(degrees: float) -> float:
    return round(round(degrees / GRID_DEGREES) * GRID_DEGREES, 2)
