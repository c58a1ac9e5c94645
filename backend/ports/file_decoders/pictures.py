"""Strangers' pictures decoded within a budget of memory, and written anew so that nothing but the pixels is kept.

Runs in a child process only. What a picture will take is known from its headers, before anything is decoded; what is
beyond the budget is refused. Writing anew drops the place, the device and every other tag.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
from dataclasses import dataclass

from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from backend.ports.file_decoders import DecodedPicture, NoPicture, PictureOfWrongSize, size_of_plane

# The content decides which of these it is, not what it is sent as; no other decoder is tried.
FORMATS = ("JPEG", "PNG", "WEBP")
BUDGET_BYTES = 245_000_000  # of what decoding one picture takes beside the libraries, the file and what is kept
MOST_PIXELS = 50_000_000  # the largest sensors of telephones, and some more
SMALLEST_SIDE = 64
KEPT_SIDE = 2048
KEPT_PIXELS = 26_000_000  # a long screenshot of a bill stays as wide as it is, so that its letters can be read
KEPT_WIDTH = 1080
LONG = 2.5  # times as long as it is wide: no sensor's shape, but a screenshot's
QUALITIES = (85, 60, 35)  # the first that stays below
KEPT_BYTES = 6_000_000
STRIP_PIXELS = 2_000_000
MARGIN = 8  # rows above and below a strip; scaling looks at four times the ratio, and at a few more

ORIENTATION = 0x0112  # of Exif
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {TURNS[number] for number in (5, 6, 7, 8)}

PIXEL_BYTES = 4  # of a picture in colours; Pillow keeps them in four
COEFFICIENT_BYTES = 2  # of a JPEG that comes in several scans, for each sample

PngImagePlugin.MAX_TEXT_MEMORY = PngImagePlugin.MAX_TEXT_CHUNK  # notes in a picture are dropped in any case

Outcome = DecodedPicture | NoPicture | PictureOfWrongSize


class _WrongSize(Exception):
    """The headers promise too little, or more than the budget; `most_pixels` is what fits."""

    def __init__(self, most_pixels: int) -> None:
        super().__init__(most_pixels)
        self.most_pixels = most_pixels


def decode(content: bytes) -> Outcome:
    """What is kept of the picture in `content`, or why nothing is."""
    try:
        _check_pixels(_webp_pixels(content), WEBP)
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            turn = _turn_of(opened)
            _check(opened, content, is_turned=turn is not None)
            return _kept(opened, turn)
    except _WrongSize as error:
        return PictureOfWrongSize(error.most_pixels, SMALLEST_SIDE)
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return PictureOfWrongSize(MOST_PIXELS, SMALLEST_SIDE)
    except Exception:  # decoders raise whatever they like over what strangers send
        return NoPicture()


@dataclass(frozen=True)
class _Cost:
    """Bytes for each pixel: of the picture, of its decoder beside it, and of the copy that is made of it afterwards."""

    decoded: float
    decoder: float
    copy: float

    def most_pixels(self) -> int:
        """How many pixels of such a picture fit the budget."""
        return min(MOST_PIXELS, int(BUDGET_BYTES / (self.decoded + max(self.decoder, self.copy))))


WEBP = _Cost(PIXEL_BYTES, 16, PIXEL_BYTES)  # two canvases, the decoder's own and a copy. Measured: 16.6 to 18.3 in all


def _check(opened: Image.Image, content: bytes, *, is_turned: bool) -> None:
    """Raise `_WrongSize` by what the headers say, before anything is decoded; have a large JPEG decoded smaller."""
    if min(opened.size) < SMALLEST_SIDE:
        raise _WrongSize(MOST_PIXELS)
    pixels, width, height = opened.width * opened.height, *opened.size
    if isinstance(opened, WebPImagePlugin.WebPImageFile):
        _check_pixels(pixels, WEBP)
        return
    copy = PIXEL_BYTES * (is_turned + (opened.mode != "RGB")) or PIXEL_BYTES / 2  # half: what scaling takes on its way
    if not isinstance(opened, JpegImagePlugin.JpegImageFile):
        decoded = {"1": 1, "L": 1, "P": 1, "I;16": 2}.get(opened.mode, PIXEL_BYTES)
        _check_pixels(pixels, _Cost(decoded, 0, max(copy, PIXEL_BYTES)))
        return
    decoder = 0.0 if _comes_in_one_scan(content) else COEFFICIENT_BYTES * _samples(opened)
    if max(width, height) < LONG * min(width, height):
        opened.draft(None, (KEPT_SIDE, KEPT_SIDE))
    share = opened.width * opened.height / pixels
    _check_pixels(pixels, _Cost(PIXEL_BYTES * share, decoder, max(copy, PIXEL_BYTES) * share))


def _check_pixels(pixels: int, cost: _Cost) -> None:
    if pixels > cost.most_pixels():
        raise _WrongSize(cost.most_pixels())


def _webp_pixels(content: bytes) -> int:
    """The pixels that the headers of a WebP promise, 0 for another file: opening one takes memory for all of them."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return 0
    kind, little = content[12:16], struct.Struct("<HHL")
    if kind == b"VP8X":
        width, height = (1 + int.from_bytes(content[at : at + 3], "little") for at in (24, 27))
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<L", content, 21)
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height, _ = little.unpack_from(content, 26)
        width, height = width & 0x3FFF, height & 0x3FFF
    return width * height


def _comes_in_one_scan(content: bytes) -> bool:
    """Whether a JPEG is decoded row by row; else its decoder first keeps all of it. ITU-T T.81, B.1 and B.2."""
    at, components, is_sequential = 2, 0, False
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in (0xC0, 0xC1):
            is_sequential, components = True, content[at + 9]
        if marker == 0xDA:
            return is_sequential and content[at + 4] == components
        at += 2 + length
    return False


def _samples(opened: JpegImagePlugin.JpegImageFile) -> float:
    """Samples for each pixel: three of a picture in colours, half of that where colours are coarser than brightness."""
    sizes = [down * across for _, down, across, _ in opened.layer]
    most = max(down for _, down, _, _ in opened.layer) * max(across for _, _, across, _ in opened.layer)
    return sum(sizes) / most


def _turn_of(opened: Image.Image) -> Image.Transpose | None:
    """How the picture is to be turned: a camera notes which way is up in a tag, which goes."""
    # of a PNG the tags behind the pixels are not looked for: that would decode it
    if isinstance(opened, PngImagePlugin.PngImageFile) and "exif" not in opened.info:
        return None
    try:
        return TURNS.get(int(opened.getexif().get(ORIENTATION, 1)))
    except Exception:  # a tag that cannot be read is no reason to refuse the pixels
        return None


def _kept(opened: Image.Image, turn: Image.Transpose | None) -> DecodedPicture:
    image = _scaled(opened, is_sideways=turn in SIDEWAYS)
    if turn is not None:
        image = image.transpose(turn)
    if image.mode != "RGB":
        image = image.convert("RGB")
    image.info = {}
    columns, rows = size_of_plane(*image.size)
    brightness = image.convert("L").resize((columns, rows), Image.Resampling.BOX).tobytes()
    return DecodedPicture(_written(image), _digest(image), *image.size, brightness, columns, rows)


def _scaled(opened: Image.Image, *, is_sideways: bool) -> Image.Image:
    """The picture no larger than it is kept; in its own mode where it is small enough already."""
    opened.load()
    width, height = reversed(opened.size) if is_sideways else opened.size
    kept = _kept_size(width, height)
    kept = kept[::-1] if is_sideways else kept
    if kept == opened.size:
        return opened
    if opened.mode == "RGB" and max(kept) <= KEPT_SIDE:
        opened.thumbnail((KEPT_SIDE, KEPT_SIDE))
        return opened
    return _scaled_in_strips(opened, kept)


def _scaled_in_strips(opened: Image.Image, kept: tuple[int, int]) -> Image.Image:
    """The whole would take as much again on its way from one size to the other."""
    scaled = Image.new("RGB", kept)
    rows = max(1, STRIP_PIXELS // opened.width * kept[1] // opened.height)
    ratio = opened.height / kept[1]
    margin = MARGIN + math.ceil(4 * ratio)
    for top in range(0, kept[1], rows):
        bottom = min(kept[1], top + rows)
        first, last = max(0, math.floor(top * ratio) - margin), min(opened.height, math.ceil(bottom * ratio) + margin)
        strip = opened.crop((0, first, opened.width, last)).convert("RGB")
        box = (0, top * ratio - first, opened.width, min(bottom * ratio - first, strip.height))
        scaled.paste(strip.resize((kept[0], bottom - top), Image.Resampling.BICUBIC, box), (0, top))
    return scaled


def _kept_size(width: int, height: int) -> tuple[int, int]:
    """A picture's size as it is kept: a long one keeps its width, as far as its pixels are not too many."""
    if height < LONG * width:
        share = min(1.0, KEPT_SIDE / max(width, height))
        return (width, height) if share == 1 else (max(1, round(width * share)), max(1, round(height * share)))
    kept_width = min(width, KEPT_WIDTH)
    while kept_width > SMALLEST_SIDE and kept_width * kept_width * height // width > KEPT_PIXELS:
        kept_width = kept_width * 9 // 10
    return kept_width, round(kept_width * height / width)


def _written(image: Image.Image) -> bytes:
    for quality in QUALITIES:
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality)
        if written.tell() <= KEPT_BYTES:
            break
    return written.getvalue()


def _digest(image: Image.Image) -> str:
    digest = hashlib.sha256()
    rows = max(1, STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        digest.update(image.crop((0, top, image.width, min(image.height, top + rows))).tobytes())
    return digest.hexdigest()
