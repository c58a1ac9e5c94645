"""Telling whether two pictures of trees show the same one: by a fingerprint of their brightness, and by their place.

Promise: the fingerprint is the same on every machine; two pictures are near-identical when few of its bits differ and
they were taken close to each other. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

from offsets.planting.registers import MICRO

COLUMNS, ROWS = 9, 8  # of the plane of which neighbours are compared: 64 bits
FINGERPRINT_BITS = 64
MOST_DIFFERENT_BITS = 6
NEAR_M = 50
METRES_PER_DEGREE = 111_320  # of latitude


@dataclass(frozen=True, slots=True)
class Sighting:
    """One tree's picture and place; `fingerprint` is 64 bits."""

    number: str
    fingerprint: int
    latitude_micro: int
    longitude_micro: int


def fingerprint(brightness: Sequence[int], columns: int, rows: int) -> int:
    """64 bits of a field of brightness, row by row: one for each point that is brighter than its right neighbour.

    The difference hash of nine by eight means; small changes of light, size or compression change few bits.
    """
    plane = [_mean(brightness, columns, rows, place) for place in range(COLUMNS * ROWS)]
    bits = 0
    for row in range(ROWS):
        for column in range(COLUMNS - 1):
            left = row * COLUMNS + column
            bits = bits << 1 | (plane[left] > plane[left + 1])
    return bits


def are_near_identical(one: Sighting, other: Sighting) -> bool:
    """Whether two trees may be one photographed twice."""
    different = (one.fingerprint ^ other.fingerprint).bit_count()
    return different <= MOST_DIFFERENT_BITS and distance_m(one, other) <= NEAR_M


def distance_m(one: Sighting, other: Sighting) -> float:
    """Metres between two places, good to a per cent below a kilometre."""
    north = (one.latitude_micro - other.latitude_micro) / MICRO * METRES_PER_DEGREE
    middle = radians((one.latitude_micro + other.latitude_micro) / (2 * MICRO))
    east = (one.longitude_micro - other.longitude_micro) / MICRO * METRES_PER_DEGREE * cos(middle)
    return hypot(north, east)


def _mean(brightness: Sequence[int], columns: int, rows: int, place: int) -> int:
    """The mean brightness of one of the nine by eight fields, in thousandths."""
    row, column = divmod(place, COLUMNS)
    top, bottom = row * rows // ROWS, max(row * rows // ROWS + 1, (row + 1) * rows // ROWS)
    left, right = column * columns // COLUMNS, max(column * columns // COLUMNS + 1, (column + 1) * columns // COLUMNS)
    field = [brightness[y * columns + x] for y in range(top, bottom) for x in range(left, right)]
    return sum(field) * 1000 // len(field)


def find_alike(new: Sequence[Sighting], known: Sequence[Sighting]) -> dict[str, str]:
    """For each of the `new` trees whose picture is near-identical to an earlier one: that tree's number.

    Earlier are those `known` and those before it in `new`. Two fingerprints that differ in few bits are equal in one of
    the bands, as there are more bands than bits that may differ; so each is compared with few others.
    """
    kept: dict[tuple[int, int], list[Sighting]] = {}
    for sighting in known:
        _keep(kept, sighting)
    alike: dict[str, str] = {}
    for sighting in new:
        near = (one for band in _bands(sighting) for one in kept.get(band, ()) if are_near_identical(one, sighting))
        if (earlier := min(near, key=lambda one: one.number, default=None)) is not None:
            alike[sighting.number] = earlier.number
        _keep(kept, sighting)
    return alike


def _keep(kept: dict[tuple[int, int], list[Sighting]], sighting: Sighting) -> None:
    for band in _bands(sighting):
        kept.setdefault(band, []).append(sighting)


def _bands(sighting: Sighting) -> list[tuple[int, int]]:
    bands = MOST_DIFFERENT_BITS + 1
    width = -(-FINGERPRINT_BITS // bands)
    return [(band, sighting.fingerprint >> band * width & (1 << width) - 1) for band in range(bands)]
