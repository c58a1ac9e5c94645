"""Creases of a paper: straight lines that go on where nothing is printed, and are seen there.

Promise: a field is left out where such a line passes over it; a crease that cannot be seen beside the letters is not
known, and what it covers then agrees with no glyph. Pure, and bounded whatever the picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.ports.file_decoders.glyphs import GLYPH_HEIGHT, LineOfLetters, Place, Plane

REACH = 2.6  # heights of a line, around a letter: with it lines above and below and what lies between them
TURNS = np.deg2rad(np.arange(0, 180, 1.5))
ASIDE = 1.2  # of the distance between digits, on either side of one
OFF = 0.02  # how much darker or lighter than paper a spot of a crease is at least; grain and saving are below
MEAN_OFF = 0.05  # and all of it in the mean: a thinner one hides nothing
MOSTLY = 0.9  # so much of what is blank along it is darker, or lighter
FEWEST_SPOTS = 16
FAINTEST = 0.12  # what covers wholly is so far off the paper, where no crease of it is farther
NEAR = 0.6  # pixels
COVERED = 0.8  # of what covers wholly, from which on nothing is compared
BESIDE = 2.0  # pixels that belong to a line beyond its ends


def blank_of(shape: tuple[int, ...], lines: Sequence[LineOfLetters]) -> NDArray[np.bool_]:
    """Where nothing is printed."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    blank = np.ones(shape, bool)
    for line in lines:
        begin = line.place(0)
        along = (x - begin.x) * begin.right + (y - begin.y) * begin.down
        across = (y - begin.y) * begin.right - (x - begin.x) * begin.down
        is_beside = (along > -BESIDE) & (along < line.width + BESIDE)
        blank &= ~(is_beside & (np.abs(across) < GLYPH_HEIGHT * line.height))
    return blank


def uncovered(
    grey: Plane, blank: NDArray[np.bool_], place: Place, sizes: tuple[float, float], fields: tuple[Plane, Plane]
) -> Plane:
    """How much each of the fields around a place may be compared: 1 is paper or ink, 0 lies under a crease.

    `sizes` are the height of the line and the distance from digit to digit.
    """
    height, pitch = sizes
    aside = np.arange(-ASIDE * pitch, ASIDE * pitch + 0.1, 0.5)
    off, is_crease = _lines_through(grey, blank, place, REACH * height, aside)
    covering = np.zeros(fields[0].shape, np.float32)
    if not is_crease.any():
        return covering + 1
    whole = max(FAINTEST, float(off[is_crease].max()))
    x, y = fields[0] - place.x, fields[1] - place.y
    for turn, shift in zip(*np.nonzero(is_crease), strict=True):
        away = np.abs(x * np.cos(TURNS[turn]) + y * np.sin(TURNS[turn]) - aside[shift])
        np.maximum(covering, np.where(away < NEAR, off[turn, shift] / whole, 0), out=covering)
    free: Plane = np.clip(1 - covering / COVERED, 0, 1)
    return free


def _lines_through(
    grey: Plane, blank: NDArray[np.bool_], place: Place, reach: float, aside: NDArray[np.float64]
) -> tuple[Plane, NDArray[np.bool_]]:
    """Of each straight line near a place, by turn and distance: how far off the paper, and whether it is a crease."""
    right, down = np.cos(TURNS)[:, None, None], np.sin(TURNS)[:, None, None]
    along = np.arange(-reach, reach + 0.1, 1.0)
    x = np.rint(place.x + right * aside[:, None] - down * along).astype(np.int32)
    y = np.rint(place.y + down * aside[:, None] + right * along).astype(np.int32)
    rows, columns = grey.shape
    is_seen = (x >= 0) & (y >= 0) & (x < columns) & (y < rows)
    at = np.where(is_seen, y * columns + x, 0)
    is_seen &= blank.ravel()[at]
    near = grey[_within(place.y, reach, rows), _within(place.x, reach, columns)]
    paper = max(1.0, float(np.percentile(near, 75))) if near.size else 255.0
    off = np.clip(1 - grey.ravel()[at] / np.float32(paper), -0.3, 0.3) * is_seen
    spots = is_seen.sum(axis=2)
    mean = off.sum(axis=2) / np.maximum(spots, 1)
    agreeing = (off * np.sign(mean)[..., None] > OFF).sum(axis=2) / np.maximum(spots, 1)
    is_crease = (spots >= FEWEST_SPOTS) & (np.abs(mean) > MEAN_OFF) & (agreeing > MOSTLY)
    return np.abs(mean).astype(np.float32), is_crease


def _within(middle: float, reach: float, size: int) -> slice:
    return slice(min(size, max(0, int(middle - reach))), min(size, max(0, int(middle + reach) + 1)))
