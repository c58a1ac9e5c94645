"""Decoding strangers' pictures in a child process: within a budget of memory, whatever a file promises or hides."""

from __future__ import annotations

import io
import os
import random
import signal
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.ports.file_decoders import DecodedPicture, NoPicture, PictureOfWrongSize
from backend.ports.file_decoders.pictures import BUDGET_BYTES, MOST_PIXELS, _scaled_in_strips, decode
from backend.ports.picture_decoder import LocalDecoder
from tests.mutations import changed_bytes

MOST_MIB = 300
OUTCOMES = DecodedPicture | NoPicture | PictureOfWrongSize


@pytest.fixture(scope="module")
def decoder() -> Iterator[LocalDecoder]:
    made = LocalDecoder()
    yield made
    made.process.close()


def fine(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """A picture with something in every corner; small as a file."""
    dots = random.Random(5).randbytes(48 * 64 * 3)
    return Image.frombytes("RGB", (48, 64), dots).resize(size, Image.Resampling.NEAREST).convert(mode)


def written(image: Image.Image, kind: str, **how: object) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **how)
    return made.getvalue()


def png_of(width: int, height: int, colour: int = 6) -> bytes:
    """The headers of a PNG, and pixels that hardly begin."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")
    )


def webp_of(width: int, height: int, kind: bytes) -> bytes:
    """The headers of a WebP that promise so many pixels."""
    if kind == b"VP8X":
        sizes = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        sizes = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little")
    else:
        sizes = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)
    body = b"WEBP" + kind + (len(sizes) + 64).to_bytes(4, "little") + sizes + bytes(64)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def peak_mib(decoder: LocalDecoder) -> int:
    status = Path(f"/proc/{decoder.process.pid}/status")
    if not status.exists():
        pytest.skip("this system does not show the memory of a process")
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) // 1024


LARGE = {
    "a long screenshot with transparency": lambda: written(fine((1080, 24_000), "RGBA"), "PNG", compress_level=1),
    "a telephone's largest, in many scans": lambda: written(fine((6120, 8160)), "JPEG", progressive=True, quality=50),
    "twelve million pixels": lambda: written(fine((3024, 4032), "RGBA"), "WEBP", lossless=True, method=0, quality=0),
    "a palette": lambda: written(fine((5000, 9000), "P"), "PNG", compress_level=1),
    "one that is shrunk": lambda: written(fine((1080, 28_000)), "PNG", compress_level=1),
    "interlaced grey of the largest size": lambda: written(fine((6000, 8000), "L"), "PNG", compress_level=1),
    "a long one in many scans": lambda: written(fine((1080, 24_000)), "JPEG", progressive=True, quality=50),
    "ink": lambda: written(fine((5000, 6000), "CMYK"), "JPEG", quality=50),
}


@pytest.mark.timeout(600)
def test_the_largest_of_every_make_fit_the_budget(decoder, counts):
    for name, make in list(LARGE.items())[: counts(small=4, long=len(LARGE))]:
        outcome = decoder.decode(make())
        assert isinstance(outcome, DecodedPicture), name
        assert outcome.width * outcome.height <= 26_000_000, name
        assert peak_mib(decoder) < MOST_MIB, name


BEYOND = {
    "a bomb": written(Image.new("1", (30_000, 30_000)), "PNG"),
    "colours": png_of(6000, 6000),
    "grey": png_of(12_000, 12_000, colour=0),
    "the widest": png_of(2**31 - 1, 64),
    "canvas": webp_of(16_383, 16_383, b"VP8X"),
    "far beyond": webp_of(2**24, 2**24, b"VP8X"),
    "lossless": webp_of(16_383, 16_383, b"VP8L"),
    "lossy": webp_of(16_383, 16_383, b"VP8 "),
}


@pytest.mark.parametrize("name", BEYOND)
def test_what_its_headers_promise_beyond_the_budget_is_refused_before_it_is_decoded(name, decoder):
    outcome = decoder.decode(BEYOND[name])
    assert isinstance(outcome, PictureOfWrongSize)
    assert outcome.most_pixels <= MOST_PIXELS
    assert peak_mib(decoder) < MOST_MIB


@pytest.mark.timeout(600)
def test_a_jpeg_whose_decoder_keeps_all_of_it_has_a_smaller_bound_than_one_read_row_by_row(decoder):
    whole = fine((6120, 8160))
    rows, scans = (written(whole, "JPEG", quality=30, subsampling=0, progressive=many) for many in (False, True))
    assert isinstance(decoder.decode(rows), DecodedPicture)
    refused = decoder.decode(scans)
    assert isinstance(refused, PictureOfWrongSize)
    assert BUDGET_BYTES / 8 < refused.most_pixels < 6120 * 8160
    assert peak_mib(decoder) < MOST_MIB


@pytest.mark.timeout(3600)
def test_no_changed_picture_is_anything_but_an_outcome(counts):
    """The same decoders, here without the child, so that nothing hides what they raise."""
    rng = random.Random(6)
    picture = fine((200, 160))
    wholes = [
        *(written(picture.convert(mode), "PNG") for mode in ("RGB", "RGBA", "L", "P", "1", "I;16", "LA")),
        *(written(picture, "JPEG", progressive=many) for many in (False, True)),
        written(picture.convert("CMYK"), "JPEG"),
        *(written(picture, "WEBP", lossless=exact) for exact in (False, True)),
    ]
    outcomes = set()
    for turn in range(counts(small=240, long=12_000)):
        outcome = decode(changed_bytes(rng, wholes[turn % len(wholes)]))
        assert isinstance(outcome, OUTCOMES)
        outcomes.add(type(outcome))
    assert outcomes >= {DecodedPicture, NoPicture}


@pytest.mark.parametrize("turn", range(1, 9))
def test_the_tag_that_says_which_way_is_up_turns_the_pixels_and_goes(turn, decoder):
    upright = Image.new("RGB", (240, 160), (250, 250, 250))
    upright.paste((10, 10, 10), (0, 0, 80, 80))  # dark in the top left corner
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that undoes what the tag asks for
    stored = upright if turn == 1 else upright.transpose(Image.Transpose(back[turn]))
    tags = Image.Exif()
    tags[0x0112] = turn
    outcome = decoder.decode(written(stored, "JPEG", quality=95, exif=tags))
    kept = Image.open(io.BytesIO(outcome.content))
    assert (kept.size, kept.getpixel((20, 20))[0] < 60, kept.getpixel((220, 20))[0] > 200) == ((240, 160), True, True)
    assert kept.getpixel((20, 140))[0] > 200
    assert not kept.getexif()


def test_a_long_picture_shrunk_in_strips_has_no_seams():
    whole = fine((540, 14_000))
    kept = (437, 11_330)
    plain, strips = whole.resize(kept, Image.Resampling.BICUBIC), _scaled_in_strips(whole, kept)
    apart = np.abs(np.asarray(plain, np.int16) - np.asarray(strips, np.int16))
    assert apart.max() <= 2


def test_a_picture_that_ends_the_child_is_none_and_the_next_is_decoded(decoder, monkeypatch):
    assert isinstance(decoder.decode(written(fine((99, 99)), "PNG")), DecodedPicture)
    os.kill(decoder.process.pid, 9)
    decoder.process._child.wait(10)
    assert isinstance(decoder.decode(written(fine((99, 99)), "PNG")), DecodedPicture)
    hasty = LocalDecoder(decodes_within_s=0.0)
    try:
        assert hasty.decode(written(fine((99, 99)), "PNG")) == NoPicture()
        hasty._within_s = 60
        assert isinstance(hasty.decode(written(fine((99, 99)), "PNG")), DecodedPicture)
    finally:
        hasty.process.close()


def test_the_child_knows_nothing_of_our_environment_and_imports_nothing_of_ours(decoder, monkeypatch):
    monkeypatch.setenv("CARBON_SECRET_KEY", "a secret of this process")
    decoder.process.close()
    assert isinstance(decoder.decode(written(fine((99, 99)), "PNG")), DecodedPicture)
    assert peak_mib(decoder) < 60  # the application alone takes more than a hundred
    assert b"CARBON" not in Path(f"/proc/{decoder.process.pid}/environ").read_bytes()


def test_a_child_that_stops_reading_is_ended_and_the_next_picture_is_decoded():
    """A pipe holds 64 kB: whoever writes a megabyte waits for a reader."""
    picture, hasty = written(fine((120, 90)), "JPEG"), LocalDecoder(decodes_within_s=2)
    assert isinstance(hasty.decode(picture), DecodedPicture)
    stopped, heard = hasty.process._child, []
    os.kill(stopped.pid, signal.SIGSTOP)
    asking = threading.Thread(target=lambda: heard.append(hasty.decode(bytes(1_000_000))), daemon=True)
    asking.start()
    try:
        asking.join(20)
        assert heard == [NoPicture()]
        assert stopped.returncode == -signal.SIGKILL
        assert isinstance(hasty.decode(picture), DecodedPicture)
        assert hasty.process.pid != stopped.pid
    finally:
        stopped.kill()
        asking.join(20)
        hasty.process.close()
