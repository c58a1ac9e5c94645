"""Reading FIT, what watches and bicycle computers write: the positions of every record.

Promise: bounded as every track; a file whose checksum does not fit is refused, one that ends early counts as far as it
goes, and a course, which is a plan, is refused by that name. The parser is `fitdecode`, loaded with the first such
file, and sees what `fit_records` keeps. Touches nothing. Format: https://developer.garmin.com/fit/protocol/
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from calculators.traces.fit_records import FILE_ID, RECORD, Damaged, keep_positions, whole_budget
from calculators.traces.model import FixCollector, accuracy_of, refused

MARK = b".FIT"
MARKED_AT = 8
EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
SEMICIRCLE = 180 / 2**31  # degrees
MOST_FILES = 100  # one behind the other; watches that write several write a handful
_PLANS = frozenset({5, 6, 7, 34})  # a workout, a course, a schedule, a segment
_LEAST_HEADER, _CHECKSUM = 12, 2
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # of a recording that was never finished


def is_fit(content: bytes) -> bool:
    """Whether a file says of itself that it is FIT."""
    return content[MARKED_AT : MARKED_AT + len(MARK)] == MARK


def read_fit(content: bytes, fixes: FixCollector) -> FixCollector:
    """The positions of a FIT file. Raises InputRefused for what is none, is damaged, is a plan, or is too much."""
    files, ends_early = _files_in(content)
    left = whole_budget()
    for number, messages in enumerate(files, start=1):
        try:
            kept = keep_positions(messages, left)
        except Damaged as damaged:
            if not (ends_early and number == len(files)):
                raise refused("trace.not_fit", "the file holds what is no message of FIT") from damaged
            kept = damaged.kept
        for message in _decoded(kept):
            if message.global_mesg_num == FILE_ID and message.get_raw_value("type", fallback=None) in _PLANS:
                raise refused("trace.planned", "the file holds a course or workout, which is a plan and no recording")
            if message.global_mesg_num == RECORD:
                _take(message, fixes)
    return fixes


def _decoded(messages: bytes) -> Iterator[Any]:
    """The data messages of one file. Raises InputRefused for whatever the parser lets out."""
    import fitdecode  # the profile that it brings is large, and most people send no such file

    header = struct.pack("<BBHI4s", _LEAST_HEADER, 0x20, 0, len(messages), MARK)
    frames = iter(
        fitdecode.FitReader(
            header + messages + bytes(_CHECKSUM),
            processor=None,
            check_crc=fitdecode.CrcCheck.DISABLED,
            error_handling=fitdecode.ErrorHandling.IGNORE,
        )
    )
    try:
        yield from (frame for frame in frames if frame.frame_type == fitdecode.FIT_FRAME_DATA)
    except (fitdecode.FitError, struct.error, AssertionError, LookupError, TypeError, ValueError) as error:
        raise refused("trace.not_fit", "the file cannot be read to its end") from error


def _take(record: Any, fixes: FixCollector) -> None:
    latitude, longitude, seconds, accuracy = (
        _whole(record.get_raw_value(name, fallback=None))
        for name in ("position_lat", "position_long", "timestamp", "gps_accuracy")
    )
    at = "" if seconds is None else EPOCH + timedelta(seconds=seconds)
    fixes.add(_degrees(latitude), _degrees(longitude), at, accuracy_of({"accuracy": accuracy or 0}))


def _whole(value: Any) -> int | None:
    return value if type(value) is int and abs(value) < 2**32 else None


def _degrees(semicircles: int | None) -> float:
    return math.nan if semicircles is None else round(semicircles * SEMICIRCLE, 7)


def _files_in(content: bytes) -> tuple[list[bytes], bool]:
    """The messages of each file in `content`, one behind the other, and whether the last of them ends early.

    Raises InputRefused where there is none or more than `MOST_FILES`, and where a checksum is not that of its file.
    """
    begin, files = 0, list[bytes]()
    while is_fit(content[begin : begin + _LEAST_HEADER]):
        if len(files) == MOST_FILES:
            raise refused("trace.too_many_fixes", f"at most {MOST_FILES} files, one behind the other")
        header, size = content[begin], int.from_bytes(content[begin + 4 : begin + 8], "little")
        body, end = begin + header, begin + header + size + _CHECKSUM
        if size in _UNKNOWN_SIZES or end > len(content):
            return [*files, content[body:]], True
        if _crc16(content[begin:end]):
            raise refused("trace.not_fit", "the checksum is not that of the file: it was damaged on its way")
        files.append(content[body : end - _CHECKSUM])
        begin = end
    if not files:
        raise refused("trace.not_fit", "the file does not begin as FIT does")
    return files, False


def _crc16(content: bytes) -> int:
    """The checksum of FIT (CRC-16/ARC); of a file with its own checksum behind it, zero."""
    pairs, crc = _checksums_of_pairs(), 0
    for low, high in zip(content[::2], content[1::2], strict=False):
        crc = pairs[crc ^ (low | high << 8)]
    return crc if len(content) % 2 == 0 else _with_byte(crc, content[-1])


@cache
def _checksums_of_pairs() -> tuple[int, ...]:
    return tuple(_with_byte(_with_byte(0, pair & 0xFF), pair >> 8) for pair in range(0x10000))


def _with_byte(crc: int, byte: int) -> int:
    crc ^= byte
    for _ in range(8):
        crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
