"""What runs in our child processes: the decoders of strangers' files, and what both sides of the pipe call things.

Imports nothing of ours but itself: what a child need not know takes no memory there, and holds no secret.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

TEXT, CODE, INVOICE, PICTURE = "text", "code", "invoice", "picture"  # where the lines of a paper come from

SIDE, AREA = 256, 256 * 512  # of the plane by which pictures are compared: a letter of a bill stays several fields high
LEAST_FIELDS = 8


@dataclass(frozen=True)
class DecodedPicture:
    """A picture as it is kept: JPEG of nothing but its pixels, `digest` being what two files of one picture share.

    `brightness` holds a byte for each of `columns` by `rows` fields of it, row by row: what it is compared by.
    """

    content: bytes
    digest: str
    width: int
    height: int
    brightness: bytes
    columns: int
    rows: int


@dataclass(frozen=True)
class NoPicture:
    """The file opens as none of the formats that are taken."""


@dataclass(frozen=True)
class PictureOfWrongSize:
    """It is too small, or would take too much memory: in its format and make, `most_pixels` fit."""

    most_pixels: int
    smallest_side: int


def size_of_plane(width: int, height: int) -> tuple[int, int]:
    """Columns and rows of the plane by which a picture of this size is compared with others."""
    scale = min(SIDE / min(width, height), math.sqrt(AREA / (width * height)), 1.0)
    return max(LEAST_FIELDS, round(width * scale)), max(LEAST_FIELDS, round(height * scale))
