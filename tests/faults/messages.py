"""PostgreSQL's messages as they cross the wire: enough framing to count them and to know a COMMIT.

Source: PostgreSQL documentation, chapter "Frontend/Backend Protocol", message formats of version 3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

STARTUP = "startup"
SIMPLE_QUERY, PARSE, SYNC, TERMINATE = "Q", "P", "S", "X"
# after these the server answers at once and says that it is ready
ASKS_FOR_AN_ANSWER = frozenset({SIMPLE_QUERY, SYNC})
READY = "Z"


@dataclass(frozen=True)
class Message:
    """One whole message: its type letter (`startup` for the first of a connection) and its bytes, header included."""

    kind: str
    raw: bytes

    @property
    def is_commit(self) -> bool:
        """Whether a client asks to commit with it."""
        if self.kind == SIMPLE_QUERY:
            return self.raw[5:].strip(b"\x00 ;").upper() == b"COMMIT"
        if self.kind == PARSE:
            return self.raw[5:].split(b"\x00")[1].strip(b" ;").upper() == b"COMMIT"
        return False


@dataclass
class Reader:
    """Cuts a stream of bytes into messages; a client's first one has no type letter."""

    expects_startup: bool
    _left: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """Every message that `chunk` completes."""
        self._left += chunk
        while (message := self._next()) is not None:
            yield message

    def _next(self) -> Message | None:
        letters = 0 if self.expects_startup else 1
        if len(self._left) < letters + 4:
            return None
        (length,) = struct.unpack_from("!I", self._left, letters)
        if len(self._left) < letters + length:
            return None
        raw = bytes(self._left[: letters + length])
        del self._left[: letters + length]
        if self.expects_startup:
            self.expects_startup = False
            return Message(STARTUP, raw)
        return Message(chr(raw[0]), raw)
