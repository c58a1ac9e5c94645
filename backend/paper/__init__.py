"""Documents on paper: one look, one Chinese and Latin face with its licence, charts drawn as shapes.

    make_pdf([Paragraph(...), Bars(...)], title=…, subject=…, footer=…)      the bytes of a PDF

Whoever prints something composes flowables of these; nothing here knows what is printed. Touches only its fonts.
"""

from backend.paper.charts import Bars, Columns, Share
from backend.paper.sheet import WIDTH, fitted_qr, make_pdf, paragraph, table
from backend.paper.styles import ACCENT, INK, LINE, MUTED, PALE, SOFT, TYPES

__all__ = [
    "ACCENT",
    "INK",
    "LINE",
    "MUTED",
    "PALE",
    "SOFT",
    "TYPES",
    "WIDTH",
    "Bars",
    "Columns",
    "Share",
    "fitted_qr",
    "make_pdf",
    "paragraph",
    "table",
]
