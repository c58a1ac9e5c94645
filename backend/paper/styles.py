"""Colours and sizes of type: one look for everything we print."""

from __future__ import annotations

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle

from backend.paper.fonts import FACE

INK = HexColor("#17211d")
MUTED = HexColor("#5d6b65")
LINE = HexColor("#d9e2de")
PALE = HexColor("#eff6f2")
SOFT = HexColor("#b9d8c8")
ACCENT = HexColor("#1f6b4f")

_BASE = ParagraphStyle("text", fontName=FACE, fontSize=9, leading=13.5, textColor=INK, wordWrap="CJK")


def _type(name: str, **changes: object) -> ParagraphStyle:
    return ParagraphStyle(name, parent=_BASE, **changes)


TYPES = {
    "text": _BASE,
    "eyebrow": _type("eyebrow", fontSize=9.5, leading=12, textColor=ACCENT),
    "title": _type("title", fontSize=24, leading=30, spaceAfter=5),
    "figure": _type("figure", fontSize=30, leading=38, textColor=ACCENT, spaceAfter=2),
    "heading": _type(
        "heading", fontSize=12, leading=16, textColor=ACCENT, spaceBefore=10, spaceAfter=4, keepWithNext=1
    ),
    "small": _type("small", fontSize=7.5, leading=11, textColor=MUTED),
    "cell": _type("cell", fontSize=8, leading=11),
    "number": _type("number", fontSize=8, leading=11, alignment=TA_RIGHT),
    "head": _type("head", fontSize=7.5, leading=10, textColor=MUTED),
    "head_number": _type("head_number", fontSize=7.5, leading=10, textColor=MUTED, alignment=TA_RIGHT),
    "code": _type("code", fontSize=7, leading=10, textColor=MUTED),
}
