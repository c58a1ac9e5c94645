"""Digits under a crease are told by the same paper's other digits, and never where what is left may be another one."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from backend.ports.file_decoders.covered_digits import is_within_a_number, tell_digits
from backend.ports.file_decoders.glyphs import Letter, LineOfLetters

PAPER, INK, CREASE = (244, 242, 234), (40, 40, 44), (190, 188, 180)
SIZE = (420, 300)
LEFT, TOP, APART = 30, 30, 34
SHOWN = ("No. 2026-2281", "2026-10-19 to 2026-11-17", "3455 4370 9866")
UNIT = " kWh"
Drawing = Callable[[ImageDraw.ImageDraw, tuple[float, float, float, float]], None]


@dataclass(frozen=True)
class Bill:
    """A bill whose amount has a digit of which the reader was not sure, and the box of that digit."""

    grey: np.ndarray
    lines: list[LineOfLetters]

    def told(self) -> str | None:
        return next(iter(tell_digits(self.grey, self.lines).values()), None)


def bill(amount: str, unsure: int, cover: Drawing, shown: tuple[str, ...] = SHOWN) -> Bill:
    """A photograph of a bill, with what is drawn over the digit at `unsure`."""
    face = ImageFont.load_default(22)
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    texts = [*shown, amount + UNIT]
    for number, text in enumerate(texts):
        pen.text((LEFT, TOP + APART * number), text, INK, font=face)
    top, bottom = face.getbbox("0")[1], face.getbbox("0")[3]
    at = TOP + APART * (len(texts) - 1)
    ends = [LEFT + face.getlength(amount[:end]) for end in (unsure, unsure + 1)]
    cover(pen, (ends[0], at + top, ends[1], at + bottom))
    written = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(0.9)).save(written, "JPEG", quality=70)
    grey = np.asarray(Image.open(written).convert("L"), dtype=np.float32)
    middle = (top + bottom) / 2
    lines = [_line(face, text, TOP + APART * number + middle) for number, text in enumerate(texts)]
    letters = list(lines[-1].letters)
    letters[unsure] = Letter("?", 0.4, letters[unsure].at)
    return Bill(grey, [*lines[:-1], LineOfLetters(lines[-1].corners, tuple(letters))])


def _line(face: ImageFont.FreeTypeFont, text: str, middle: float) -> LineOfLetters:
    right = LEFT + face.getlength(text)
    corners = (LEFT, middle - 14), (right, middle - 14), (right, middle + 14), (LEFT, middle + 14)
    ends = [face.getlength(text[:end]) / face.getlength(text) for end in range(len(text) + 1)]
    letters = [Letter(one, 1.0, (ends[n] + ends[n + 1]) / 2) for n, one in enumerate(text)]
    return LineOfLetters(corners, tuple(letters))


def creased(share: float, slope: float = 0.2, width: int = 3) -> Drawing:
    """A crease from the top to the bottom of the paper that passes at this share of the digit's width."""

    def draw(pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float]) -> None:
        x, y = box[0] + share * (box[2] - box[0]), (box[1] + box[3]) / 2
        pen.line(((x - slope * y, 0), (x + slope * (SIZE[1] - y), SIZE[1])), CREASE, width)

    return draw


def covered(colour: tuple[int, int, int]) -> Drawing:
    """A spot over the whole digit."""
    return lambda pen, box: pen.rectangle((box[0], box[1] - 2, box[2], box[3] + 2), colour)


def repainted(digit: str) -> Drawing:
    """Another digit, drawn over the one that is printed."""
    return lambda pen, box: pen.text((box[0], TOP + APART * len(SHOWN)), digit, INK, font=ImageFont.load_default(22))


@pytest.mark.parametrize(("amount", "share"), [("60", 0.5), ("90", 0.3)])
def test_a_digit_is_told_by_the_ink_beside_a_crease(amount, share):
    assert bill(amount, 0, creased(share)).told() == amount[0]


@pytest.mark.parametrize(("digit", "share"), [("3", 0.2), ("8", 0.8), ("5", 0.8)])
def test_no_digit_is_told_wrongly(digit, share):
    assert bill(f"{digit}0", 0, creased(share, 0.4, 4)).told() in (digit, None)


@pytest.mark.parametrize("colour", [PAPER, CREASE])
def test_a_digit_that_is_covered_wholly_is_not_told(colour):
    assert bill("90", 0, covered(colour)).told() is None


@pytest.mark.parametrize("painted", ["1", "4"])
def test_a_digit_painted_over_another_is_not_told(painted):
    assert bill("90", 0, repainted(painted)).told() in (None, "9")


def test_a_crease_as_wide_as_the_digit_leaves_nothing_to_tell():
    assert bill("90", 0, creased(0.5, 0.0, 14)).told() is None


@pytest.mark.parametrize("digit", ["6"])
def test_a_digit_that_the_paper_does_not_show_elsewhere_is_not_told(digit):
    shown = tuple(text.replace(digit, "2") for text in SHOWN)
    assert bill(f"{digit}0", 0, creased(0.5), shown).told() is None


def test_a_paper_without_other_digits_tells_nothing():
    assert bill("60", 0, creased(0.5), ("Electricity", "a home", "a month")).told() is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("?0 kWh", True), ("1,?00.5", True), ("2026-1?-17", True), ("?0kWh", True), ("SG-?255", False), ("A?", False),
     ("E-2026-2?81", False), ("? kWh", False), ("th?s", False)],
)  # fmt: skip
def test_only_what_stands_among_nothing_but_digits_is_taken_for_one(text, is_one):
    assert is_within_a_number(list(text), text.index("?")) is is_one
