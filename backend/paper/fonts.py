"""The faces documents are set in, and texts spelt so that every character has one.

Noto Sans SC holds Chinese and most of Latin; what it lacks is set in Bitstream Vera; what neither has is shown as the
replacement character, never as a blank.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FILE = Path(__file__).with_name("font_files") / "NotoSansSC-Regular.ttf"
FACE, SPARE = "NotoSansSC", "Vera"
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


@cache
def register() -> None:
    """Make both faces known to ReportLab, once per process."""
    pdfmetrics.registerFont(TTFont(FACE, FILE))
    pdfmetrics.registerFont(TTFont(SPARE, "Vera.ttf"))
    pdfmetrics.registerFontFamily(FACE, normal=FACE, bold=FACE, italic=FACE, boldItalic=FACE)


def spelt(text: str) -> str:
    """`text` as the markup of a paragraph: escaped, each run of characters in a face that has them."""
    runs = ((face, "".join(characters)) for face, characters in groupby(text, _face_of))
    return "".join(_run(face, characters) for face, characters in runs)


def is_covered(text: str) -> bool:
    """Whether every character of `text` can be set."""
    return all(_face_of(character) for character in text)


def _run(face: str | None, characters: str) -> str:
    if face == FACE:
        return escape(characters)
    if face == SPARE:
        return f'<font name="{SPARE}">{escape(characters)}</font>'
    return UNKNOWN * len(characters)


def _face_of(character: str) -> str | None:
    register()
    if character.isspace():
        return FACE
    return next((face for face in (FACE, SPARE) if ord(character) in _glyphs(face)), None)


@cache
def _glyphs(face: str) -> frozenset[int]:
    return frozenset(pdfmetrics.getFont(face).face.charToGlyph)
