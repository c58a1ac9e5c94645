"""Pictures that are handed in: looked at, made smaller, and written anew, so that nothing but the pixels is kept.

Writing anew drops the place, the device and every other tag. Types, bytes and pixels are bounded before anything is
decoded.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from backend.activities.domain import JPEG, PICTURES, PNG, WEBP
from backend.platform.core.errors import Refusal

# The content decides which of these it is, not what it is sent as; no other decoder is tried.
FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
MOST_PIXELS = 50_000_000  # the largest sensors of telephones, and some more
SMALLEST_SIDE = 64
KEPT_SIDE = 2048
KEPT_PIXELS = 26_000_000  # a long screenshot of a bill stays as wide as it is, so that its letters can be read
KEPT_WIDTH = 1080
LONG = 2.5  # times as long as it is wide: no sensor's shape, but a screenshot's
QUALITY = 85


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept: JPEG without any tag; `pixels` are what two files of one picture have in common."""

    content: bytes
    pixels: bytes
    width: int
    height: int


def read_picture(content: bytes, media: str) -> Picture:
    """The picture in `content`; raise `evidence.not_a_picture` or `evidence.picture_size` with the bounds."""
    try:
        # messengers save WebP and PNG as .jpg; every further decoder is one more for a stranger to attack
        with Image.open(io.BytesIO(content), formats=list(FORMATS.values())) as opened:
            if opened.width * opened.height > MOST_PIXELS or min(opened.size) < SMALLEST_SIDE:
                raise _size_refused()
            return _written_anew(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _size_refused() from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise Refusal("evidence.not_a_picture", media=media, allowed=", ".join(PICTURES)) from error


def _written_anew(opened: Image.Image) -> Picture:
    # a camera notes in a tag which way is up; the tag goes, so the pixels turn
    upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.thumbnail(_kept_size(*upright.size))
    bare = Image.frombytes("RGB", upright.size, upright.tobytes())
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=QUALITY)
    return Picture(written.getvalue(), bare.tobytes(), bare.width, bare.height)


def _kept_size(width: int, height: int) -> tuple[int, int]:
    """The bounds of a picture as it is kept: a long one keeps its width, as far as its pixels are not too many."""
    if height < LONG * width:
        return KEPT_SIDE, KEPT_SIDE
    kept_width = min(width, KEPT_WIDTH)
    while kept_width > SMALLEST_SIDE and kept_width * kept_width * height // width > KEPT_PIXELS:
        kept_width = kept_width * 9 // 10
    return kept_width, height


def _size_refused() -> Refusal:
    return Refusal("evidence.picture_size", most_pixels=MOST_PIXELS, smallest_side=SMALLEST_SIDE)
