"""A track as a sketch of its fine movements, by which another recording is known to be made from it.

Promise: the same recording gives nearly the same sketch when it is moved, turned, mirrored, thinned or shifted in time,
or has metres of noise added; two receivers on one seat give two, and so do two mornings on one way. No position can be
read from a sketch. Touches nothing.

Every ten seconds the smoothed track is so far from where it is a minute, and a minute and a half, later. Of these two
distances only the remainder after `MODULUS_M` is kept, one byte each: how far somebody went is thrown away, and what a
receiver's own drift and a driver's own foot add to it stays. Phones are off by about 5 m (4.9 m under open sky,
GPS.gov after van Diggelen and Enge 2015), independently of one another, so these remainders agree by chance alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calculators.traces.model import Fix, Trace
from calculators.traces.outliers import drop_jumps, drop_settling
from calculators.traces.projection import flatten

STEP_S = 10
LAGS = (6, 9)  # steps
MODULUS_M = 25.5
CODES = 255  # 0 says nothing: standing still, or a gap
SMOOTHED_S = 12  # half of the base of a triangular window
GAP_S = 45.0
SLOWEST_M_S = 0.7  # slower than this is standing still
MOST_STEPS = 2160  # six hours
CELL_DEGREES = 0.01  # about a kilometre

Numbers = NDArray[np.float32]
Places = NDArray[np.complex128]


def sketch_of(trace: Trace) -> bytes:
    """The sketch of a trace: one byte for each lag at each step, to `MOST_STEPS`; empty where it is short."""
    return codes_of(places_of(trace), 0).tobytes()


def places_of(trace: Trace) -> Places:
    """Where the smoothed trace is every second, as one complex number of metres; not a number within gaps.

    Nothing for a trace that is shorter than what is smoothed over.
    """
    fixes = _cleaned(trace)
    seconds = np.array([(fix.at - fixes[0].at).total_seconds() for fix in fixes])
    points = np.array([complex(*point) for point in flatten(fixes)])
    grid = np.arange(0.0, min(seconds[-1], MOST_STEPS * STEP_S))
    window = np.convolve(np.ones(SMOOTHED_S), np.ones(SMOOTHED_S))
    if len(grid) < len(window):
        return np.empty(0, complex)
    places = np.interp(grid, seconds, points)
    smoothed = (np.convolve(places, window, "same") / np.convolve(np.ones(len(grid)), window, "same")).astype(complex)
    after = np.clip(np.searchsorted(seconds, grid, "right"), 1, len(seconds) - 1)
    smoothed[seconds[after] - seconds[after - 1] > GAP_S] = np.nan
    return smoothed


def codes_of(places: Places, phase: int) -> NDArray[np.uint8]:
    """The codes of a smoothed trace, one row for each lag, with steps that begin at second `phase`."""
    steps = places[phase::STEP_S]
    count = max(0, len(steps) - max(LAGS))
    codes = np.zeros((len(LAGS), count), np.uint8)
    for row, lag in enumerate(LAGS):
        metres = np.abs(steps[lag : lag + count] - steps[:count])
        says = metres > SLOWEST_M_S * lag * STEP_S  # false for what is not a number
        codes[row, says] = 1 + np.floor(metres[says] % MODULUS_M * 10).astype(np.uint8) % CODES
    return codes


def read_sketch(sketch: bytes) -> NDArray[np.uint8]:
    """The codes that `sketch_of` wrote."""
    return np.frombuffer(sketch, np.uint8).reshape(len(LAGS), -1)


def cells_of(trace: Trace) -> tuple[str, ...]:
    """The cells of a kilometre that a trace passes, each once, in its order."""
    cells = (
        f"{math.floor(fix.latitude / CELL_DEGREES)}:{math.floor(fix.longitude / CELL_DEGREES)}" for fix in trace.fixes
    )
    return tuple(dict.fromkeys(cells))


def _cleaned(trace: Trace) -> Sequence[Fix]:
    settled, _ = drop_settling(trace.fixes)
    return drop_jumps(settled)[0]
