"""Where letters stand in a picture, and how their glyphs look: darkness around a place, upright, to part of a pixel.

Promise: light that falls unevenly on the paper makes no difference; whatever the places, what lies outside of the
picture is its edge. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.ports.file_decoders.rows import Corner

Plane = NDArray[np.float32]
DIGITS = "0123456789"
SURE = 0.9  # of a digit by which others are known
FINE = 4  # fields to a pixel in which glyphs are kept, so that they are laid to a quarter of one
MARGIN = 3.0  # pixels around a glyph by which it may lie elsewhere
GLYPH_HEIGHT = 0.36  # of a line, up and down from its middle: the finder leaves room above and below letters
PAPER_PERCENTILE = 80
FEWEST_TOGETHER = 3  # digits, of which the distance from one to the next is known
AWRY = 0.45  # of that distance, by which the reader may be wrong about where a digit is


@dataclass(frozen=True)
class Letter:
    """A letter as it was read, how sure of it the reader was, and where on its line: 0 at the left, 1 at the right."""

    text: str
    share: float
    at: float

    @property
    def is_sure_digit(self) -> bool:
        """Whether other digits are known by it."""
        return self.text in DIGITS and self.share >= SURE


@dataclass(frozen=True)
class Place:
    """A place in the picture and the direction in which is read there, of length 1; y goes downwards."""

    x: float
    y: float
    right: float
    down: float

    def moved(self, along: float) -> Place:
        """The place so many pixels farther on in the line."""
        return Place(self.x + along * self.right, self.y + along * self.down, self.right, self.down)


@dataclass(frozen=True)
class LineOfLetters:
    """A line in the picture: its four corners, from the top left one clockwise, and its letters."""

    corners: tuple[Corner, ...]
    letters: tuple[Letter, ...]

    @property
    def height(self) -> float:
        """In pixels, with the room that the finder leaves."""
        top_left, top_right, bottom_right, bottom_left = self.corners
        return (math.dist(top_left, bottom_left) + math.dist(top_right, bottom_right)) / 2

    @property
    def width(self) -> float:
        """In pixels."""
        return max(1e-6, math.dist(self._end(0), self._end(1)))

    def place(self, at: float) -> Place:
        """Where in the picture a letter stands."""
        (left, top), (far, bottom) = self._end(0), self._end(1)
        right, down = (far - left) / self.width, (bottom - top) / self.width
        return Place(left + at * (far - left), top + at * (bottom - top), right, down)

    def _end(self, side: int) -> tuple[float, float]:
        above, below = (self.corners[0], self.corners[3]) if side == 0 else (self.corners[1], self.corners[2])
        return (above[0] + below[0]) / 2, (above[1] + below[1]) / 2


@dataclass(frozen=True)
class Cell:
    """The fields of a glyph: half of its width and height in pixels, and pixels from field to field."""

    half_width: float
    half_height: float
    step: float = 1.0

    def fields(self, place: Place) -> tuple[Plane, Plane]:
        """Where in the picture the fields lie when the cell is laid around a place: x and y, rows by columns."""
        across, down = _steps(self.half_width, self.step), _steps(self.half_height, self.step)[:, None]
        x = place.x + across * place.right - down * place.down
        y = place.y + across * place.down + down * place.right
        return x.astype(np.float32), y.astype(np.float32)


def darkness(grey: Plane, place: Place, cell: Cell, height: float) -> Plane:
    """How dark the fields of a cell are: 0 is the paper of a line so high around the place, 1 no light at all."""
    around = Cell(1.5 * height, 0.8 * height)
    paper = max(1.0, float(np.percentile(sampled(grey, *around.fields(place)), PAPER_PERCENTILE)))
    dark: Plane = np.clip(1 - sampled(grey, *cell.fields(place)) / paper, -0.2, 1.0)
    return dark


def pitch_of(lines: Sequence[LineOfLetters]) -> float | None:
    """How far digits are from one another, as a share of the height of their line; None where too few tell."""
    steps, pixels = 0, 0.0
    for line in lines:
        for run in _runs(line):
            steps += len(run) - 1
            pixels += (run[-1].at - run[0].at) * line.width / line.height
    return pixels / steps if steps else None


def centre_of(grey: Plane, line: LineOfLetters, at: float, pitch: float) -> Place:
    """The middle of the digit near `at`: between two places a pitch apart at which there is the least ink."""
    place = line.place(at)
    cell = Cell(1.2 * pitch, 0.33 * line.height, 0.5)
    ink = np.clip(darkness(grey, place, cell, line.height), 0, 1).mean(axis=0)
    ink = np.convolve(ink, (0.25, 0.5, 0.25), "same")
    fields = _steps(cell.half_width, cell.step)
    shifts = np.arange(-AWRY, AWRY + 0.01, 0.02) * pitch
    beside = np.interp(shifts - pitch / 2, fields, ink) + np.interp(shifts + pitch / 2, fields, ink)
    far = 0.15 * np.abs(shifts) / pitch * ink.max()
    return place.moved(float(shifts[np.argmin(beside + far)]))


def sampled(grey: Plane, x: Plane, y: Plane) -> Plane:
    """A picture between its pixels (cubic convolution, Keys 1981, which keeps fine strokes)."""
    left, top = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    by_column, by_row = _weights(x - left), _weights(y - top)
    rows, columns = grey.shape
    found = np.zeros(x.shape, np.float32)
    for down, share in enumerate(by_row):
        row = np.clip(top + down - 1, 0, rows - 1)
        for right, weight in enumerate(by_column):
            found += share * weight * grey[row, np.clip(left + right - 1, 0, columns - 1)]
    return found


def _weights(part: Plane) -> tuple[Plane, Plane, Plane, Plane]:
    square, cube = part**2, part**3
    return (
        -0.5 * part + square - 0.5 * cube,
        1 - 2.5 * square + 1.5 * cube,
        0.5 * part + 2 * square - 1.5 * cube,
        -0.5 * square + 0.5 * cube,
    )


def _steps(half: float, step: float) -> NDArray[np.floating]:
    """From minus about `half` to about `half`, with 0 in the middle."""
    many = int(half / step)
    return np.arange(-many, many + 1) * step


def _runs(line: LineOfLetters) -> list[list[Letter]]:
    """The sure digits of a line that stand side by side, where there are enough of them."""
    runs: list[list[Letter]] = [[]]
    for letter in line.letters:
        if letter.is_sure_digit:
            runs[-1].append(letter)
        else:
            runs.append([])
    return [run for run in runs if len(run) >= FEWEST_TOGETHER]
