"""A trace laid flat around its first fix, for looking at its small features; never for its length.

Promise: metres east and north with the ellipsoid's own radii at each fix's latitude, good to a few parts in ten
thousand over a hundred kilometres. Touches nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from geographiclib.geodesic import Geodesic

from calculators.traces.model import Fix

Point = tuple[float, float]

_RADIUS_M, _FLATTENING = Geodesic.WGS84.a, Geodesic.WGS84.f
_ECCENTRICITY = _FLATTENING * (2 - _FLATTENING)  # squared


def flatten(fixes: Sequence[Fix]) -> list[Point]:
    """Metres east and north of the first fix, one point per fix; across the date line too."""
    first = fixes[0]
    points: list[Point] = []
    for fix in fixes:
        middle = math.radians((fix.latitude + first.latitude) / 2)
        bulge = 1 - _ECCENTRICITY * math.sin(middle) ** 2
        east_m = _RADIUS_M / math.sqrt(bulge) * math.cos(middle) * math.radians(turn(fix.longitude - first.longitude))
        north_m = _RADIUS_M * (1 - _ECCENTRICITY) / bulge**1.5 * math.radians(fix.latitude - first.latitude)
        points.append((east_m, north_m))
    return points


def turn(degrees: float) -> float:
    """An angle between -180 and 180 degrees."""
    return (degrees + 180) % 360 - 180


def apart(one: Point, other: Point) -> float:
    """Metres between two points of one plane."""
    return math.hypot(one[0] - other[0], one[1] - other[1])
