"""Boxes of text as lines: what stands side by side on a turned paper is one line, from left to right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

Corner = Sequence[float]  # x to the right, y downwards
MOST_REPEATED = 6  # lines that two parts of one picture share


@dataclass(frozen=True)
class Box:
    """A piece of text with its middle, height and how it is turned, in pixels and radians."""

    text: str
    x: float
    y: float
    height: float
    width: float
    turned: float

    @classmethod
    def of(cls, corners: Sequence[Corner], text: str) -> Box:
        """The box of four corners, from the top left one clockwise."""
        (left, top), (right, top_right), (far_right, bottom_right), (far_left, bottom) = corners[:4]
        width = math.hypot(right - left, top_right - top)
        height = math.hypot(far_left - left, bottom - top)
        x = (left + right + far_right + far_left) / 4
        y = (top + top_right + bottom_right + bottom) / 4
        return cls(text, x, y, height, width, math.atan2(top_right - top, right - left))


def rows_of(boxes: Sequence[Box]) -> list[str]:
    """The text of boxes as lines from top to bottom."""
    if not boxes:
        return []
    wide = [box for box in boxes if box.width > 2 * box.height] or list(boxes)
    turned = median(box.turned for box in wide)
    sine, cosine = math.sin(-turned), math.cos(-turned)
    placed = sorted((box.x * sine + box.y * cosine, box.x * cosine - box.y * sine, box) for box in boxes)
    near = 0.5 * median(box.height for box in boxes)
    rows: list[list[tuple[float, float, Box]]] = []
    for one in placed:
        if rows and one[0] - rows[-1][0][0] < near:
            rows[-1].append(one)
        else:
            rows.append([one])
    return [" ".join(box.text for _, _, box in sorted(row, key=lambda one: one[1])) for row in rows]


def joined(parts: Iterable[Sequence[str]]) -> list[str]:
    """The lines of parts that overlap, without those that the next part repeats from the end of the one before."""
    lines: list[str] = []
    for part in parts:
        most = min(len(part), len(lines), MOST_REPEATED)
        repeated = next((many for many in range(most, 0, -1) if lines[-many:] == list(part[:many])), 0)
        lines += part[repeated:]
    return lines
