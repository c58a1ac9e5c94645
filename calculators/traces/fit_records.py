"""What of a FIT file tells where somebody was: the same messages without everything else.

Promise: of every record only time, place and accuracy are left, and of the file what it is, so that the parser reads
four values a second where a watch writes forty; bounded in messages, of all files together. Touches nothing.
Format: https://developer.garmin.com/fit/protocol/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from calculators.traces.model import MOST_FIXES, refused

FILE_ID, RECORD = 0, 20
MOST_MESSAGES = 500_000  # a day at one position a second, and five more messages beside each
MOST_KEPT = 4 * MOST_FIXES
_TIMESTAMP = 253
_UINT32, _SINT32, _UINT8, _ENUM = 0x86, 0x85, 0x02, 0x00
# number, size in bytes and type of what is kept of each message; of others the time, from which records may count on
_KEPT = {
    FILE_ID: {(0, 1, _ENUM)},
    RECORD: {(_TIMESTAMP, 4, _UINT32), (0, 4, _SINT32), (1, 4, _SINT32), (31, 1, _UINT8)},
}
_OF_OTHERS = {(_TIMESTAMP, 4, _UINT32)}
_COUNTED_ON, _DEFINES, _HAS_MORE = 0x80, 0x40, 0x20


class Damaged(Exception):
    """Something that is no message of FIT; `kept` is what was left of those before."""

    def __init__(self, kept: bytes) -> None:
        super().__init__("no message of FIT")
        self.kept = kept


@dataclass(frozen=True, slots=True)
class _Definition:
    """How long a message of a local type is, and which of its bytes are kept; none where it tells nothing."""

    size: int
    slices: tuple[slice, ...]
    written: bytes


@dataclass(slots=True)
class Budget:
    """How many messages may still be read and kept, of all files of one upload together."""

    messages: int
    kept: int


def whole_budget() -> Budget:
    """What one upload may hold."""
    return Budget(MOST_MESSAGES, MOST_KEPT)


def keep_positions(messages: bytes, left: Budget) -> bytes:
    """The messages of one file with what tells times, places and accuracies. Raises Damaged, and InputRefused."""
    counts_on = _counts_on(messages, left)
    kept = bytearray()
    try:
        for header, definition, at in _walk(messages, left):
            if header & _DEFINES and not header & _COUNTED_ON:
                if _is_kept(definition, counts_on):
                    kept += bytes([header & ~_HAS_MORE]) + definition.written
            elif _is_kept(definition, counts_on):
                left.kept -= 1
                if left.kept < 0:
                    raise refused("trace.too_many_fixes", f"at most {MOST_KEPT} messages with a time")
                kept.append(header)
                for part in definition.slices:
                    kept += messages[at + part.start : at + part.stop]
    except (IndexError, struct.error) as error:
        raise Damaged(bytes(kept)) from error
    return bytes(kept)


def _counts_on(messages: bytes, left: Budget) -> bool:
    """Whether some messages tell their time as seconds since that of an earlier one, of whatever kind."""
    try:
        return any(header & _COUNTED_ON for header, _, _ in _walk(messages, replace(left)))
    except (IndexError, struct.error):
        return False


def _is_kept(definition: _Definition, counts_on: bool) -> bool:
    (number,) = struct.unpack(">H" if definition.written[1] else "<H", definition.written[2:4])
    return bool(definition.slices) and (number in _KEPT or counts_on)


def _walk(messages: bytes, left: Budget) -> Iterator[tuple[int, _Definition, int]]:
    """Every message: its header, its definition, and where its bytes begin. Raises IndexError and struct.error."""
    local: dict[int, _Definition] = {}
    position = 0
    while position < len(messages):
        left.messages -= 1
        if left.messages < 0:
            raise refused("trace.too_many_fixes", f"at most {MOST_MESSAGES} messages")
        header = messages[position]
        position += 1
        if header & _COUNTED_ON:
            definition = local.get(header >> 5 & 3)
        elif header & _DEFINES:
            definition, length = _defined(messages[position : position + 2000], bool(header & _HAS_MORE))
            local[header & 15] = definition
            yield header, definition, position
            position += length
            continue
        else:
            definition = local.get(header & 15)
        if definition is None or position + definition.size > len(messages):
            raise IndexError(position)
        yield header, definition, position
        position += definition.size


def _defined(written: bytes, has_more: bool) -> tuple[_Definition, int]:
    """A definition, and how many bytes it takes."""
    count, end = written[4], 5 + 3 * written[4]
    (number,) = struct.unpack(">H" if written[1] else "<H", written[2:4])
    wanted = _KEPT.get(number, _OF_OTHERS)
    size, slices, fields = 0, [], b""
    for field in range(count):
        one = written[5 + 3 * field : 8 + 3 * field]
        if (one[0], one[1], one[2]) in wanted:
            slices.append(slice(size, size + one[1]))
            fields += one
        size += one[1]
    if has_more:
        more = written[end]
        size += sum(written[end + 2 + 3 * field] for field in range(more))
        end += 1 + 3 * more
    head = written[:4] + bytes([len(slices)])
    return _Definition(size, tuple(slices), head + fields), end
