"""A recorded track as a picture: every position on a plain grid with its scale, and no map behind it.

What somebody looks for is in the line itself: how evenly the positions follow one another, how they scatter where the
person stands still, and whether two tracks are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, floor, log10, radians
from xml.etree.ElementTree import Element, SubElement, tostring

WIDTH, HEIGHT, MARGIN = 640, 480, 28
METRES_PER_DEGREE = 111_320  # of latitude; of longitude times the cosine. WGS 84, mean of the meridian
SMALLEST_EXTENT_M = 40.0  # a person who stands still is drawn as a small cloud, not over the whole picture
SQUARES = 5  # across the picture, at least
MOST_DOTS = 600  # single positions are drawn up to here; beyond they would be one line
INK, PAPER, LINE, QUIET = "#0b6b43", "#ffffff", "#d5ddd8", "#55625b"

Point = tuple[float, float]


@dataclass(frozen=True)
class _Frame:
    """How metres become points of the picture: `left` and `top` in metres, `scale` in points per metre."""

    left: float
    top: float
    scale: float

    def place(self, point: Point) -> Point:
        return MARGIN + (point[0] - self.left) * self.scale, MARGIN + (self.top - point[1]) * self.scale


def draw_track(places: Sequence[Point]) -> str:
    """An SVG picture of positions given as (longitude, latitude) in degrees, in their order; the first is ringed."""
    metres = _to_metres(places)
    frame = _frame(metres)
    points = [frame.place(point) for point in metres]
    picture = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {HEIGHT}")
    SubElement(picture, "rect", width=str(WIDTH), height=str(HEIGHT), fill=PAPER)
    _draw_grid(picture, frame)
    _draw_line(picture, points)
    return tostring(picture, encoding="unicode")


def square_m(extent_m: float) -> float:
    """How wide a square of the grid is for an extent, in metres: 1, 2 or 5 times a power of ten."""
    most = extent_m / SQUARES
    power = 10.0 ** floor(log10(most))
    return max(step * power for step in (1, 2, 5) if step * power <= most)


def _to_metres(places: Sequence[Point]) -> list[Point]:
    """East and north of the first position; a degree of longitude is as long as at the middle latitude."""
    if not places:
        return []
    first, middle = places[0], (min(place[1] for place in places) + max(place[1] for place in places)) / 2
    east = METRES_PER_DEGREE * cos(radians(middle))
    # across the 180th meridian the short way
    return [
        (((place[0] - first[0] + 180) % 360 - 180) * east, (place[1] - first[1]) * METRES_PER_DEGREE)
        for place in places
    ]


def _frame(metres: Sequence[Point]) -> _Frame:
    xs, ys = [point[0] for point in metres] or [0.0], [point[1] for point in metres] or [0.0]
    wide = max(max(xs) - min(xs), SMALLEST_EXTENT_M)
    high = max(max(ys) - min(ys), SMALLEST_EXTENT_M)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    left = (min(xs) + max(xs)) / 2 - (WIDTH / 2 - MARGIN) / scale
    top = (min(ys) + max(ys)) / 2 + (HEIGHT / 2 - MARGIN) / scale
    return _Frame(left, top, scale)


def _draw_grid(picture: Element, frame: _Frame) -> None:
    """Squares over the whole picture, and one of them measured."""
    metres = square_m((WIDTH - 2 * MARGIN) / frame.scale)
    step = metres * frame.scale
    grid = SubElement(picture, "g", stroke=LINE)
    for across in range(int((WIDTH - MARGIN) / step) + 1):
        x = f"{MARGIN + across * step:.1f}"
        SubElement(grid, "line", x1=x, x2=x, y1="0", y2=str(HEIGHT))
    for down in range(int((HEIGHT - MARGIN) / step) + 1):
        y = f"{HEIGHT - MARGIN - down * step:.1f}"
        SubElement(grid, "line", x1="0", x2=str(WIDTH), y1=y, y2=y)
    low = HEIGHT - MARGIN
    scale = {"d": f"M{MARGIN} {low - 5}v5h{step:.1f}v-5", "stroke": QUIET, "stroke-width": "2", "fill": "none"}
    SubElement(picture, "path", scale)
    said = SubElement(picture, "text", x=str(MARGIN + 4), y=str(low + 18), fill=QUIET)
    said.set("font-size", "14")
    said.set("font-family", "sans-serif")
    said.text = f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"


def _draw_line(picture: Element, points: Sequence[Point]) -> None:
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = {"points": drawn, "fill": "none", "stroke": INK, "stroke-width": "1.5", "stroke-linejoin": "round"}
    SubElement(picture, "polyline", line)
    if len(points) <= MOST_DOTS:
        dots = SubElement(picture, "g", fill=INK)
        for x, y in points:
            SubElement(dots, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="2.2")
    if points:
        x, y = points[0]
        ring = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "6", "fill": PAPER, "stroke": INK, "stroke-width": "3"}
        SubElement(picture, "circle", ring)
