"""Charts as shapes: drawn from zero, labelled with their numbers, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.platypus import Flowable

from backend.paper.fonts import FACE, register
from backend.paper.styles import ACCENT, INK, LINE, MUTED, SOFT

ROW = 18
LABEL_SHARE, NUMBER_SHARE = 0.26, 0.17


@dataclass(frozen=True)
class Share:
    """One bar: what it is called, how much it is (0 or more), and how that is written."""

    label: str
    amount: int
    written: str


class Bars(Flowable):  # type: ignore[misc]  # reportlab ships no types
    """Horizontal bars, one a line, all from the same zero; label to the left, number to the right."""

    def __init__(self, shares: Sequence[Share]) -> None:
        super().__init__()
        register()
        self._shares = shares
        self._most = max((share.amount for share in shares), default=0) or 1

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """As wide as there is room, one row a bar."""
        self._width = width
        return width, ROW * len(self._shares)

    def draw(self) -> None:
        """Draw on the canvas that platypus gives."""
        begin, room = self._width * LABEL_SHARE, self._width * (1 - LABEL_SHARE - NUMBER_SHARE)
        for place, share in enumerate(reversed(self._shares)):
            bottom = place * ROW
            self._text(share.label, 0, bottom, begin)
            self.canv.setFillColor(SOFT)
            self.canv.roundRect(begin, bottom + 4, room, 9, 2, stroke=0, fill=1)
            self.canv.setFillColor(ACCENT)
            if share.amount:
                self.canv.roundRect(begin, bottom + 4, max(2, room * share.amount / self._most), 9, 2, stroke=0, fill=1)
            self.canv.setFillColor(INK)
            self.canv.setFont(FACE, 8)
            self.canv.drawRightString(self._width, bottom + 5, share.written)

    def _text(self, text: str, left: float, bottom: float, room: float) -> None:
        size = min(8.5, 8.5 * (room - 6) / max(1, self.canv.stringWidth(text, FACE, 8.5)))
        self.canv.setFillColor(INK)
        self.canv.setFont(FACE, size)
        self.canv.drawString(left, bottom + 5, text)


class Columns(Flowable):  # type: ignore[misc]  # reportlab ships no types
    """Columns side by side from the same zero, such as the months of a year; the highest is labelled."""

    def __init__(self, shares: Sequence[Share], height: float = 86) -> None:
        super().__init__()
        register()
        self._shares = shares
        self._height = height
        self._most = max((share.amount for share in shares), default=0) or 1

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """As wide as there is room."""
        self._width = width
        return width, self._height

    def draw(self) -> None:
        """Draw on the canvas that platypus gives."""
        step = self._width / max(1, len(self._shares))
        room = self._height - 28
        self.canv.setStrokeColor(LINE)
        self.canv.line(0, 14, self._width, 14)
        for place, share in enumerate(self._shares):
            left, tall = place * step + step * 0.2, room * share.amount / self._most
            self.canv.setFillColor(ACCENT)
            if share.amount:
                self.canv.roundRect(left, 14, step * 0.6, max(1.5, tall), 1.5, stroke=0, fill=1)
            self.canv.setFont(FACE, 7)
            self.canv.setFillColor(MUTED)
            self.canv.drawCentredString(left + step * 0.3, 3, share.label)
            if share.amount:
                self.canv.setFillColor(INK)
                self.canv.drawCentredString(left + step * 0.3, 17 + tall, share.written)
