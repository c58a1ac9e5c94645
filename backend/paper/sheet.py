"""A sheet of paper: A4 with quiet margins, a footer on every page, tables without a grid."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import segno
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle

from backend.paper.fonts import FACE, register, spelt
from backend.paper.styles import INK, LINE, MUTED, TYPES

MARGIN = 18 * mm
PADDING = 6  # of a frame; what is set stands on the margin
WIDTH = A4[0] - 2 * MARGIN
QUIET_MODULES = 2


def paragraph(text: str, kind: str = "text") -> Paragraph:
    """`text` set in one of `TYPES`; markup in it is shown, not obeyed."""
    register()
    return Paragraph(spelt(text), TYPES[kind])


def table(head: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float], numbers_from: int) -> Table:
    """Rows under a head that is repeated on every page; columns from `numbers_from` on are set to the right."""
    kinds = [("head", "cell") if place < numbers_from else ("head_number", "number") for place in range(len(head))]
    cells = [[paragraph(text, kinds[place][0]) for place, text in enumerate(head)]]
    cells += [[paragraph(text, kinds[place][1]) for place, text in enumerate(row)] for row in rows]
    listing = Table(cells, colWidths=[WIDTH * share for share in shares], repeatRows=1)
    listing.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
            ]
        )
    )
    return listing


def fitted_qr(address: str, side: float) -> Drawing:
    """A QR code for `address`, `side` points wide."""
    matrix = [list(row) for row in segno.make(address, error="m").matrix]
    module = side / (len(matrix) + 2 * QUIET_MODULES)
    drawing = Drawing(side, side)
    for down, row in enumerate(matrix):
        for right, dark in enumerate(row):
            if dark:
                left, bottom = (right + QUIET_MODULES) * module, side - (down + 1 + QUIET_MODULES) * module
                drawing.add(Rect(left, bottom, module, module, strokeWidth=0, strokeColor=None, fillColor=INK))
    return drawing


def make_pdf(story: list[Flowable], *, title: str, subject: str, author: str, language: str, footer: str) -> bytes:
    """The PDF of `story`; the same story gives the same bytes."""
    register()
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=MARGIN - PADDING,
        rightMargin=MARGIN - PADDING,
        topMargin=16 * mm,
        bottomMargin=20 * mm,
        title=title,
        subject=subject,
        author=author,
        lang=language,
        invariant=1,
    )

    def draw_footer(canvas: Canvas, _document: Any) -> None:
        canvas.setStrokeColor(LINE)
        canvas.line(MARGIN, 14 * mm, A4[0] - MARGIN, 14 * mm)
        canvas.setFillColor(MUTED)
        canvas.setFont(FACE, 7)
        canvas.drawString(MARGIN, 10 * mm, footer)
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, str(canvas.getPageNumber()))

    document.build(story, onFirstPage=draw_footer, onLaterPages=draw_footer)
    return buffer.getvalue()
