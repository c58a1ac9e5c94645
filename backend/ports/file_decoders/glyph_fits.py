"""Two glyphs laid over one another, and how much differs where they fit best.

Promise: only what may be compared in both counts; print may be a little lighter or darker. Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from backend.ports.file_decoders.glyphs import FINE, MARGIN, Plane

LIGHTER, DARKER = 0.85, 1.15  # print of one paper
LEAST_COMPARED = 0.3  # of a glyph
UP_AND_DOWN = 2.0  # pixels by which a glyph may lie elsewhere


@dataclass(frozen=True)
class Glyph:
    """How dark a glyph is, and how much of each field may be compared."""

    dark: Plane
    free: Plane

    def middle(self) -> Glyph:
        """A glyph kept with a margin, `FINE` fields to a pixel, as it is seen in pixels without."""
        inner = slice(int(MARGIN) * FINE, -int(MARGIN) * FINE, FINE)
        return Glyph(self.dark[inner, inner], self.free[inner, inner])


@dataclass(frozen=True)
class Fit:
    """How far off a glyph is at best, so many pixels to the right of the place at which it was looked for."""

    apart: float
    right: float


def laid(seen: Glyph, glyph: Glyph, across: float) -> Fit:
    """How far off a glyph with its margin is where it fits best: the root of the mean square of what differs.

    Infinitely, where too little can be compared. It may lie `across` pixels elsewhere.
    """
    rows, columns = seen.dark.shape
    window = (rows - 1) * FINE + 1, (columns - 1) * FINE + 1
    middle_y, middle_x = ((size - part) // 2 for size, part in zip(glyph.dark.shape, window, strict=True))
    by_y, by_x = min(middle_y, int(UP_AND_DOWN * FINE)), min(middle_x, int(across * FINE))
    here = np.s_[middle_y - by_y : middle_y + by_y + 1, middle_x - by_x : middle_x + by_x + 1, ::FINE, ::FINE]
    dark = sliding_window_view(glyph.dark, window)[here]
    free = sliding_window_view(glyph.free, window)[here] * seen.free
    compared = free.sum(axis=(2, 3))
    weighed = free * dark
    print_of_it = (weighed * seen.dark).sum(axis=(2, 3)) / np.maximum(1e-6, (weighed * dark).sum(axis=(2, 3)))
    expected = np.clip(print_of_it, LIGHTER, DARKER)[..., None, None] * dark
    square = (free * (expected - seen.dark) ** 2).sum(axis=(2, 3)) / np.maximum(1e-6, compared)
    square[compared < LEAST_COMPARED * seen.dark.size] = np.inf
    y, x = np.unravel_index(square.argmin(), square.shape)
    return Fit(math.sqrt(square[y, x]), (float(x) - by_x) / FINE)
