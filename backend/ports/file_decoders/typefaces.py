"""Digits drawn in the typeface that is nearest to those of a paper, for those digits that the paper does not show.

Promise: the typeface, its size and how unsharp it is are chosen by the paper's own digits, and how far it is off there
is said. Reads the typefaces that our libraries bring. Touches nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import reportlab
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from backend.ports.file_decoders.glyph_fits import Glyph, laid
from backend.ports.file_decoders.glyphs import DIGITS, FINE, Plane

VERA = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
HEIGHTS = (0.94, 1.0, 1.06)  # times that of the digits that are shown
UNSHARP = (0.7, 1.1, 1.5)  # pixels
MOST_COMPARED = 4  # digits, by which a typeface is chosen
ACROSS = 2.0  # pixels by which a drawn digit may lie elsewhere
EDGE = 0.5  # of the darkest row: where a digit begins
SIZE = 64  # of letters as they are measured

Typeface = ImageFont.FreeTypeFont | ImageFont.ImageFont


def drawn_digits(shown: Mapping[str, Glyph]) -> tuple[dict[str, Glyph], float]:
    """All ten digits in the nearest typeface, and how far it is off in those that are `shown`, with their margins."""
    compared = dict(sorted(shown.items(), key=lambda one: -float(one[1].free.mean()))[:MOST_COMPARED])
    shape = next(iter(shown.values())).dark.shape
    high = sum(_height(glyph.dark) for glyph in compared.values()) / len(compared)
    ink = max(float(np.percentile(glyph.dark, 97)) for glyph in compared.values())
    best: tuple[float, dict[str, Glyph]] | None = None
    for drawn in _tries(shape, high, ink):
        off = math.hypot(*(laid(glyph.middle(), drawn[digit], ACROSS).apart for digit, glyph in compared.items()))
        if best is None or off < best[0]:
            best = off, drawn
    assert best is not None  # there are typefaces
    return best[1], best[0] / math.sqrt(len(compared))


def _tries(shape: tuple[int, ...], high: float, ink: float) -> Iterator[dict[str, Glyph]]:
    for number, times, unsharp in product(range(2), HEIGHTS, UNSHARP):
        size = max(8, round(SIZE * high * times / _height_of_face(number)))
        yield {digit: _drawn(_face(number, size), digit, shape, (unsharp * FINE, ink)) for digit in DIGITS}


def _drawn(face: Typeface, digit: str, shape: tuple[int, ...], look: tuple[float, float]) -> Glyph:
    """A digit in the middle of a plane; `look` is how unsharp and how dark it is."""
    rows, columns = shape
    image = Image.new("L", (columns, rows))
    left, top, right, bottom = face.getbbox(digit)
    _, high, _, low = face.getbbox("0")
    del top, bottom
    at = (columns - 1) / 2 - (left + right) / 2, (rows - 1) / 2 - (high + low) / 2
    ImageDraw.Draw(image).text(at, digit, 255, font=face)
    plane = np.asarray(image.filter(ImageFilter.GaussianBlur(look[0])), dtype=np.float32)
    darkest = max(1.0, float(np.percentile(plane, 97)))
    return Glyph(plane * np.float32(look[1] / darkest), np.ones(shape, np.float32))


def _height(dark: Plane) -> float:
    """From the first row of a glyph with ink to the last, in fields."""
    columns = dark.shape[1]
    ink = dark[:, columns // 4 : -(columns // 4)].mean(axis=1)
    rows = np.nonzero(ink > EDGE * np.percentile(ink, 90))[0]
    return float(rows[-1] - rows[0] + 1)


@cache
def _height_of_face(number: int) -> float:
    _, top, _, bottom = _face(number, SIZE).getbbox("0")
    return float(bottom - top)


def _face(number: int, size: int) -> Typeface:
    return ImageFont.load_default(size) if number == 0 else ImageFont.truetype(str(VERA), size)
