"""Whether one picture was made from another: saved again, made smaller, cropped at its edges, made lighter.

Promise: two photographs of one thing are two, however alike they look; so are two receipts of one shop and two screens
of one application. A copy keeps every stroke in its place. So the new picture is laid over the earlier one, shifted and
stretched until they fit best, and the small squares with something in them are compared one by one.

Pure: pixels in, numbers out. Nothing here finds a picture that was turned by more than a degree or painted over.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from backend.ports.file_decoders import size_of_plane

Plane = NDArray[np.float32]  # brightness, 0 to 255, rows by columns

MOST_STRETCHED = 0.09  # of the ratio of the sides, as a logarithm: two per cent lost at every edge change it by 0.03
FARTHEST = 0.12  # of the sides: what is shifted or stretched by more is another picture
LEVELS = ((8, 4, 2), (4, 2), (2,))  # coarse to fine; where the coarse one is led astray, begin finer
BESIDE = 5e-4  # of the sides: what begins so close to where another search began ends where that one did
STEPS = 12
LARGEST_STEP, SMALLEST_STEP = 0.03, 2e-4
EDGE = 20  # the outermost twentieth is not compared: a crop has nothing to lie beside there
SQUARE = 8
SOFTENED = 0.7  # pixels: saving and making smaller change what is finer than this
SOMETHING = 6  # levels of grey by which a square must vary to be compared
FEWEST = 8  # squares with something in them; a blank page is like every other
# Copies agree in 0.97 of the squares and more, two screens of one application with other numbers in 0.94 and less.
LEAST_SHARE = 0.96
NEAR = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
AGREES = 0.8  # correlation of two squares that show the same

BANDS, BAND_BITS = 4, 16
CUTS = (0.0, 0.01, 0.02, 0.03)  # of every edge: a picture is kept under each, so that a cropped one is found
WEAKEST = 4  # bits of a band that may have changed, two at a time


@dataclass(frozen=True)
class Outline:
    """By what a picture is found: `bands` under which to keep it, and 256 bits by which candidates are ordered."""

    bands: tuple[str, ...]
    fine: bytes


def plane_of_fields(brightness: bytes, columns: int, rows: int) -> Plane:
    """The plane of a picture that was decoded."""
    return np.frombuffer(brightness, np.uint8).reshape(rows, columns).astype(np.float32)


def plane_of_jpeg(content: bytes) -> Plane:
    """The plane of a picture as we have written it; decoded no larger than it takes, whatever its size."""
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as opened:
        size = size_of_plane(*opened.size)
        opened.draft("L", size)
        return np.asarray(opened.convert("L").resize(size, Image.Resampling.BOX), dtype=np.float32)


def outlines_of(plane: Plane) -> Iterator[Outline]:
    """Under what a picture is to be kept: as it is, and as it would be with its edges cropped."""
    for cut in CUTS:
        part = _cropped(plane, cut)
        bands = tuple(f"{band}:{value}" for band, value in enumerate(_values(_differences(part, 8) > 0)))
        yield Outline(bands, fine_of(part))


def bands_to_ask(plane: Plane) -> list[str]:
    """Under what an earlier picture would stand of which this one is a copy; its weakest bits may have changed."""
    differences = _differences(plane, 8).reshape(BANDS, BAND_BITS)
    asked = []
    for band, row in enumerate(differences):
        (value,) = _values(row > 0)
        weakest = [1 << int(bit) for bit in np.argsort(np.abs(row))[:WEAKEST]]
        flips = {0, *weakest, *(one | other for one in weakest for other in weakest)}
        asked += [f"{band}:{value ^ flip}" for flip in sorted(flips)]
    return asked


def fine_of(plane: Plane) -> bytes:
    """256 bits of a picture, by which many candidates are ordered."""
    return np.packbits(_differences(plane, 16).ravel() > 0).tobytes()


def distance(fine: bytes, other: bytes) -> int:
    """How many bits of two outlines differ."""
    return (int.from_bytes(fine) ^ int.from_bytes(other)).bit_count()


def share_alike(new: Plane, earlier: Plane) -> float:
    """How much of what is in the new picture is in the earlier one, stroke for stroke: 0 to 1."""
    height, width = new.shape
    ratio = (height / width) / (earlier.shape[0] / earlier.shape[1])
    if abs(math.log(ratio)) > MOST_STRETCHED:
        return 0.0
    laid = _scaled(earlier, width, height, Image.Resampling.BICUBIC)
    best = 0.0
    for fit in _fits(new, laid):
        best = max(best, _share(new, _laid(laid, fit)))
        if best >= LEAST_SHARE:
            break
    return best


def _scaled(plane: Plane, width: int, height: int, by: Image.Resampling) -> Plane:
    return np.asarray(Image.fromarray(plane).resize((width, height), by), dtype=np.float32)


def _cropped(plane: Plane, cut: float) -> Plane:
    height, width = plane.shape
    box = (width * cut, height * cut, width * (1 - cut), height * (1 - cut))
    whole = Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR, box=box)
    return np.asarray(whole, dtype=np.float32)


def _differences(plane: Plane, rows: int) -> Plane:
    """From each cell of a coarse grid to its right neighbour."""
    columns = 9 if rows == 8 else 17
    return np.diff(_scaled(plane, columns, rows, Image.Resampling.BOX), axis=1)


def _values(bits: NDArray[np.bool_]) -> list[int]:
    return [int.from_bytes(np.packbits(row).tobytes()) for row in bits.reshape(-1, BAND_BITS)]


@dataclass(frozen=True)
class _Fit:
    """How the earlier picture lies under the new one, in shares of the sides, from the middle."""

    stretch_x: float = 0.0
    shift_x: float = 0.0
    stretch_y: float = 0.0
    shift_y: float = 0.0

    def is_beside(self, other: _Fit) -> bool:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return all(abs(ours - theirs) < BESIDE for ours, theirs in pairs)

    def box(self, width: int, height: int) -> tuple[float, float, float, float]:
        half_x, half_y = (1 + self.stretch_x) / 2, (1 + self.stretch_y) / 2
        left, right = 0.5 + self.shift_x - half_x, 0.5 + self.shift_x + half_x
        top, bottom = 0.5 + self.shift_y - half_y, 0.5 + self.shift_y + half_y
        return left * width, top * height, right * width, bottom * height


def _laid(plane: Plane, fit: _Fit) -> Plane:
    height, width = plane.shape
    left, top, right, bottom = fit.box(width, height)
    laid = _between(top, bottom, height) @ plane @ _between(left, right, width).T
    return np.asarray(laid, dtype=np.float32)


def _between(start: float, end: float, fields: int) -> Plane:
    """What each of as many fields between two places takes of a row of fields: cubic, nothing from outside.

    A plane is stretched along either side by a product with such a matrix: its places are found once a side, not once a
    field.
    """
    at = start + (end - start) / fields * (np.arange(fields) + 0.5)
    first = np.floor(at - 0.5).astype(np.intp)
    off = at - 0.5 - first
    weights = (-off + 2 * off**2 - off**3, 1 - 2 * off**2 + off**3, off + off**2 - off**3, off**3 - off**2)
    taken = np.zeros((fields, fields), np.float32)
    for beside, weight in enumerate(weights, -1):
        taken[np.arange(fields), np.minimum(np.maximum(first + beside, 0), fields - 1)] += weight
    taken[(at < 0) | (at >= fields)] = 0
    return taken


def _fits(new: Plane, earlier: Plane) -> Iterator[_Fit]:
    """Where the earlier picture may lie: each place once, whichever level led there."""
    begun: list[_Fit] = []
    for factors in LEVELS:
        coarse = _fit(new, earlier, factors, _Fit())
        if coarse is None or any(coarse.is_beside(other) for other in begun):
            continue
        begun.append(coarse)
        if (fine := _fit(new, earlier, (1,), coarse)) is not None:
            yield fine


def _fit(new: Plane, earlier: Plane, factors: Sequence[int], start: _Fit) -> _Fit | None:
    height, width = new.shape
    fit = start
    for factor in factors:
        size = max(16, width // factor), max(16, height // factor)
        coarse = [_scaled(plane, *size, Image.Resampling.BOX) for plane in (new, earlier)]
        better = _improved(coarse[0], coarse[1], fit)
        if better is None:
            return None
        fit = better
    return fit


def _improved(new: Plane, earlier: Plane, start: _Fit) -> _Fit | None:
    """Least squares by the brightness and its slopes (Lucas and Kanade 1981): shift, stretch, contrast, lightness."""
    rows, columns = map(_inner, new.shape)
    at = np.array([start.stretch_x, start.shift_x, start.stretch_y, start.shift_y])
    ours = np.ascontiguousarray(new[rows, columns])
    by = np.ones((6, *ours.shape), np.float32)  # the last for the lightness
    for _ in range(STEPS):
        _describe(by, _laid(earlier, _Fit(*at)))
        step = _least_squares(by.reshape(len(by), -1), (ours - by[4]).ravel())[:4]
        step = step.clip(-LARGEST_STEP, LARGEST_STEP)
        at = at + step
        if np.abs(at).max() > FARTHEST:
            return None
        if np.abs(step).max() < SMALLEST_STEP:
            break
    return _Fit(*(float(value) for value in at))


def _describe(by: Plane, laid: Plane) -> None:
    """Write into `by` what a step each way changes: across stretched and shifted, down likewise, and the contrast."""
    height, width = laid.shape
    rows, columns = _inner(height), _inner(width)
    np.subtract(laid[rows, _moved(columns, 1)], laid[rows, _moved(columns, -1)], out=by[1])
    np.subtract(laid[_moved(rows, 1), columns], laid[_moved(rows, -1), columns], out=by[3])
    by[1] *= width / 2
    by[3] *= height / 2
    np.multiply(by[1], _from_middle(width)[columns], out=by[0])
    np.multiply(by[3], _from_middle(height)[rows, None], out=by[2])
    by[4] = laid[rows, columns]


def _inner(fields: int) -> slice:
    edge = max(1, fields // EDGE)
    return slice(edge, fields - edge)


def _moved(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)


def _from_middle(fields: int) -> Plane:
    """Where each field lies, in shares of the side."""
    return ((np.arange(fields) + 0.5) / fields - 0.5).astype(np.float32)


def _least_squares(by: Plane, apart: Plane) -> NDArray[np.float64]:
    products = (by @ by.T).astype(np.float64)
    solved = np.linalg.solve(products + 1e-3 * np.eye(len(by)), (by @ apart).astype(np.float64))
    return np.asarray(solved, dtype=np.float64)


def _share(new: Plane, laid: Plane) -> float:
    soft = _softened(laid)
    ours, theirs = _squares(_softened(new)), _squares(soft)
    filled = np.maximum(ours.std(axis=1), theirs.std(axis=1)) > SOMETHING
    if filled.sum() < FEWEST:
        return 0.0
    # by up to a pixel each square may lie elsewhere: a line at its very edge is in one picture and not in the other
    near = (np.roll(soft, by, axis=(0, 1)) for by in NEAR)
    together = np.max([_correlation(ours, _squares(moved)) for moved in near], axis=0)
    return float((together > AGREES)[filled].mean())


def _correlation(ours: Plane, theirs: Plane) -> Plane:
    correlation: Plane = (ours * theirs).mean(axis=1) / (ours.std(axis=1) * theirs.std(axis=1) + 1e-6)
    return correlation


def _softened(plane: Plane) -> Plane:
    soft = Image.fromarray(plane.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(SOFTENED))
    return np.asarray(soft, dtype=np.float32)


def _squares(plane: Plane) -> Plane:
    """The squares of a plane without its edge: one a row, around their mean."""
    edge = max(3, min(plane.shape) // EDGE)
    inner = plane[edge:-edge, edge:-edge]
    rows, columns = inner.shape[0] // SQUARE, inner.shape[1] // SQUARE
    cut = inner[: rows * SQUARE, : columns * SQUARE].reshape(rows, SQUARE, columns, SQUARE)
    squares: Plane = cut.transpose(0, 2, 1, 3).reshape(-1, SQUARE * SQUARE)
    around: Plane = squares - squares.mean(axis=1, keepdims=True)
    return around
