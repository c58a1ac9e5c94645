"""Pictures that are handed in: decoded by a process of their own, made smaller, and kept as nothing but their pixels.

Types, bytes and pixels are bounded before anything is decoded; the content decides what a picture is, not what it is
sent as. Writing anew drops the place, the device and every other tag.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.activities.domain import PICTURES
from backend.activities.service.evidence.picture_likeness import Plane, plane_of_fields
from backend.platform.core.errors import Refusal
from backend.ports.file_decoders import NoPicture, PictureOfWrongSize
from backend.ports.picture_decoder import the_picture_decoder


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept: JPEG without any tag.

    `digest` is what two files of the very same pixels have in common, `plane` what is laid beside earlier pictures.
    """

    content: bytes
    digest: str
    width: int
    height: int
    plane: Plane


def read_picture(content: bytes, media: str) -> Picture:
    """The picture in `content`; raise `evidence.not_a_picture`, `evidence.picture_size` with the bounds or
    `service.busy`.
    """
    decoded = the_picture_decoder().decode(content)
    if isinstance(decoded, NoPicture):
        raise Refusal("evidence.not_a_picture", media=media, allowed=", ".join(PICTURES))
    if isinstance(decoded, PictureOfWrongSize):
        raise Refusal("evidence.picture_size", most_pixels=decoded.most_pixels, smallest_side=decoded.smallest_side)
    plane = plane_of_fields(decoded.brightness, decoded.columns, decoded.rows)
    return Picture(decoded.content, decoded.digest, decoded.width, decoded.height, plane)
