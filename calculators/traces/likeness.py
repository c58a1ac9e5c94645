"""Comparing a track with the sketches of earlier ones: how much of it was made from one of them.

Promise: windows of four minutes are laid beside every step of the earlier track, forwards and backwards, and must agree
at one shift in time (rigid alignment; the pace of a copy is that of its original). Touches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from calculators.traces.model import Trace
from calculators.traces.sketch import CODES, LAGS, STEP_S, codes_of, places_of, read_sketch

WINDOW = 24  # steps: four minutes
STRIDE = 12
MOST_WINDOWS = 24
AGREES = 0.84  # mean cosine of the phases; a copy with 3 m of noise has 0.9, two receivers on one seat 0.15
SAYS_AT_LEAST = 0.5  # of a window's codes, in both tracks
LEAST_SHARE = 0.38  # of what a track says: half of it may be somebody else's

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of a new track in both directions and at every phase: what each is worth, its way round and start."""

    features: Features
    says: Features
    turns: NDArray[np.int64]  # direction and phase as one number
    starts: NDArray[np.int64]
    steps: int  # that they cover


def windows_of(trace: Trace) -> Windows | None:
    """What is to be laid beside earlier tracks; None for a track too short to be known again."""
    places = places_of(trace)
    parts, turns, starts = [], [], []
    for turn in range(2 * STEP_S):
        one_way = places if turn < STEP_S else places[::-1]
        codes = codes_of(one_way, turn % STEP_S)
        room = codes.shape[1] - WINDOW
        if room < 0:
            continue
        chosen = np.unique(np.linspace(0, room, min(MOST_WINDOWS, 1 + -(-room // STRIDE))).astype(int))
        for start in chosen:
            part = codes[:, start : start + WINDOW]
            if np.mean(part > 0) >= SAYS_AT_LEAST:
                parts.append(part.ravel())
                turns.append(turn)
                starts.append(start)
    if not parts:
        return None
    features, says = _features(np.array(parts))
    by_turn, all_starts = np.array(turns), np.array(starts)
    steps = max(_covered(all_starts[by_turn == turn]) for turn in set(turns))
    return Windows(features, says, by_turn, all_starts, steps)


def likeness(windows: Windows, sketch: bytes) -> float:
    """The share of a track's windows that agree with an earlier one at one shift in time; 0 where none do."""
    codes = read_sketch(sketch)
    if codes.shape[1] < WINDOW:
        return 0.0
    laid = sliding_window_view(codes, WINDOW, axis=1).transpose(1, 0, 2).reshape(-1, len(LAGS) * WINDOW)
    features, says = _features(laid)
    counted = says @ windows.says.T
    agreed = features @ windows.features.T >= AGREES * np.maximum(counted, SAYS_AT_LEAST * says.shape[1])
    at, which = np.nonzero(agreed)
    if not len(at):
        return 0.0
    shifts = np.stack([windows.turns[which], at - windows.starts[which]])
    _, group, counts = np.unique(shifts, axis=1, return_inverse=True, return_counts=True)
    return _covered(windows.starts[which[group.ravel() == counts.argmax()]]) / windows.steps


def _covered(starts: NDArray[np.int64]) -> int:
    """How many steps windows with these starts cover together."""
    return len(np.unique(np.add.outer(starts, np.arange(WINDOW))))


def _features(codes: NDArray[np.uint8]) -> tuple[Features, Features]:
    """Codes as points of the unit circle, cosines beside sines, and which of them say anything."""
    says = (codes > 0).astype(np.float32)
    angles = codes.astype(np.float32) * np.float32(2 * np.pi / CODES)
    return np.concatenate([np.cos(angles) * says, np.sin(angles) * says], axis=1), says
