"""Digits that a crease half covers, told by the ink that is left: each is laid beside the same paper's other digits.

Promise: a digit is told only where the paper shows the same one elsewhere, in the same size, and what is left of it
fits that clearly better than any other digit. What is covered wholly, may be two digits, or was drawn in another hand
stays untold. A digit that the paper does not show is drawn in the typeface nearest to those that it shows: it is a
rival, and is never told. Pure, and bounded whatever was read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.ports.file_decoders.creases import blank_of, uncovered
from backend.ports.file_decoders.glyph_fits import Fit, Glyph, laid
from backend.ports.file_decoders.glyphs import (
    AWRY,
    DIGITS,
    FINE,
    GLYPH_HEIGHT,
    MARGIN,
    Cell,
    LineOfLetters,
    Place,
    Plane,
    centre_of,
    darkness,
    pitch_of,
)
from backend.ports.file_decoders.typefaces import drawn_digits

UNSURE = "?"
WITHIN_A_NUMBER = ".,-/"
MOST_TOLD = 4  # of one paper
MOST_ALIKE = 3  # glyphs of one digit
SAME_SIZE = 0.15
STRAYED = 0.3  # of the distance between digits, from where a digit must be
LEAST_UNCOVERED = 0.4  # of a digit
FITS = 0.14  # of the ink: the mean distance of the digit that is told
CLEARLY = 1.4  # times as far off is any other
LEAST_APART = 0.04  # and by so much of the ink
ANYWHERE, CENTRED = MARGIN, 1.5  # pixels by which a glyph may lie elsewhere


@dataclass(frozen=True)
class _Paper:
    """A paper on which digits are to be told, and the line of one of them."""

    grey: Plane
    lines: Sequence[LineOfLetters]
    blank: NDArray[np.bool_]
    line: LineOfLetters
    pitch: float  # of its digits

    def cell(self, margin: float = 0.0, step: float = 1.0) -> Cell:
        """A digit's cell."""
        return Cell(int(self.pitch / 2) + margin, int(GLYPH_HEIGHT * self.line.height) + margin, step)

    def glyph(self, place: Place, cell: Cell) -> Glyph:
        """What stands in a cell around a place."""
        free = uncovered(self.grey, self.blank, place, (self.line.height, self.pitch), cell.fields(place))
        return Glyph(darkness(self.grey, place, cell, self.line.height), free)


def tell_digits(grey: Plane, lines: Sequence[LineOfLetters]) -> dict[tuple[int, int], str]:
    """The digits that can be told of those that were not read, each by the numbers of its line and letter."""
    unsure = [
        (number, place)
        for number, line in enumerate(lines)
        for place, letter in enumerate(line.letters)
        if letter.text == UNSURE and is_within_a_number([one.text for one in line.letters], place)
    ]
    ratio = pitch_of(lines) if unsure else None
    if ratio is None:
        return {}
    blank = blank_of(grey.shape, lines)
    told = {}
    for number, place in unsure[:MOST_TOLD]:
        line = lines[number]
        digit = _told(_Paper(grey, lines, blank, line, ratio * line.height), place)
        if digit is not None:
            told[number, place] = digit
    return told


def is_within_a_number(letters: Sequence[str], place: int) -> bool:
    """Whether a letter that was not read stands among digits, and none but digits, so that it is one."""
    plain = "".join(one if len(one) == 1 else " " for one in letters)
    run = set(DIGITS + WITHIN_A_NUMBER + UNSURE)
    begin = end = place
    while begin > 0 and plain[begin - 1] in run:
        begin -= 1
    while end < len(plain) and plain[end] in run:
        end += 1
    is_free = begin == 0 or not plain[begin - 1].isalnum()
    return is_free and any(one in DIGITS for one in plain[begin:end])


def _told(paper: _Paper, place: int) -> str | None:
    known = dict(_known(paper))
    expected = _middle(paper, place)
    if not known or expected is None:
        return None
    middle = expected
    for _ in range(2):
        seen = paper.glyph(middle, paper.cell())
        fits = (_best(seen, glyphs, ANYWHERE) for glyphs in known.values())
        middle = middle.moved(-min(fits, key=lambda fit: fit.apart).right)
    seen = paper.glyph(middle, paper.cell())
    if seen.free.mean() < LEAST_UNCOVERED or _far(middle, expected) > STRAYED * paper.pitch:
        return None  # too little of it is left, or it is the digit beside it that was found
    apart = {digit: _best(seen, glyphs, CENTRED).apart for digit, glyphs in known.items()}
    told = min(apart, key=lambda digit: apart[digit])
    ink = float(np.percentile(known[told][0].dark, 95))
    rival = min((value for digit, value in apart.items() if digit != told), default=math.inf)
    if apart[told] > FITS * ink or rival < max(CLEARLY * apart[told], apart[told] + LEAST_APART * ink):
        return None
    return told if _are_missing_far(seen, known, apart[told], ink) else None


def _known(paper: _Paper) -> Iterator[tuple[str, list[Glyph]]]:
    """The paper's sure digits of this size, each with its glyphs."""
    places: dict[str, list[tuple[LineOfLetters, float]]] = {}
    for line in paper.lines:
        if abs(line.height / paper.line.height - 1) <= SAME_SIZE:
            for letter in line.letters:
                if letter.is_sure_digit:
                    places.setdefault(letter.text, []).append((line, letter.at))
    cell = paper.cell(MARGIN, 1 / FINE)
    for digit, found in places.items():
        # from both ends of the paper, where its slant differs most
        chosen = [*found[:1], *found[1:][-(MOST_ALIKE - 1) :]]
        yield digit, [paper.glyph(centre_of(paper.grey, line, at, paper.pitch), cell) for line, at in chosen]


def _middle(paper: _Paper, place: int) -> Place | None:
    """Where a digit must be, by those beside it; None where it was read elsewhere or two of them do not agree."""
    letters, pitch, line = paper.line.letters, paper.pitch, paper.line
    beside = [
        centre_of(paper.grey, line, letters[other].at, pitch).moved(-side * pitch)
        for side, other in ((1, place + 1), (-1, place - 1))
        if 0 <= other < len(letters) and letters[other].is_sure_digit
    ]
    read = centre_of(paper.grey, line, letters[place].at, pitch)
    middle = beside[0] if beside else read
    if _far(middle, read) > 2 * AWRY * pitch or (len(beside) == 2 and _far(*beside) > AWRY * pitch):
        return None
    return middle


def _far(one: Place, other: Place) -> float:
    return math.dist((one.x, one.y), (other.x, other.y))


def _best(seen: Glyph, glyphs: Sequence[Glyph], across: float) -> Fit:
    return min((laid(seen, glyph, across) for glyph in glyphs), key=lambda fit: fit.apart)


def _are_missing_far(seen: Glyph, known: dict[str, list[Glyph]], told: float, ink: float) -> bool:
    """Whether digits that the paper does not show are clearly farther off than what is told and the typeface are."""
    missing = [digit for digit in DIGITS if digit not in known]
    if not missing:
        return True
    drawn, off = drawn_digits({digit: glyphs[0] for digit, glyphs in known.items()})
    nearest = min(laid(seen, drawn[digit], CENTRED).apart for digit in missing)
    return off <= FITS * ink and nearest > CLEARLY * max(told, off)
