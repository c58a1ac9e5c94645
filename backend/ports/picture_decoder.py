"""Decoding strangers' pictures: one port, a child process of ours behind it, the same one for a whole process.

    the_picture_decoder().decode(content)        DecodedPicture(content=b"\\xff\\xd8…", width=2048, height=1365, …)

It takes a second at most for what telephones send, and is refused while a transaction is open. One picture is decoded
at a time, within a budget of memory (ADR 0105).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import orjson

from backend.platform.core.errors import Refusal
from backend.ports.child_process import ChildBusy, ChildEnded, ChildProcess
from backend.ports.file_decoders import DecodedPicture, NoPicture, PictureOfWrongSize

CHILD = "backend.ports.file_decoders.picture_child"
DECODES_WITHIN_S = 20
WAITS_AT_MOST_S = 30  # for other pictures of the same process
RETRY_AFTER_S = 5

Outcome = DecodedPicture | NoPicture | PictureOfWrongSize


class PictureDecoder(Protocol):
    """Decodes files of strangers: whatever is in them, it answers in bounded time and memory."""

    def decode(self, content: bytes) -> Outcome:
        """The picture in `content`. Raises `service.busy` where nobody could look."""


class LocalDecoder:
    """Decodes with a child process."""

    def __init__(self, decodes_within_s: float = DECODES_WITHIN_S) -> None:
        self._within_s = decodes_within_s
        self.process = ChildProcess(CHILD, WAITS_AT_MOST_S)

    def decode(self, content: bytes) -> Outcome:
        """The picture in `content`; one over which the child ends or takes too long is none."""
        request = (len(content).to_bytes(4, "big"), content)
        try:
            return self.process.ask(request, 3, self._within_s, _outcome)
        except ChildEnded:
            return NoPicture()
        except ChildBusy as error:
            raise Refusal("service.busy", retry_after_s=RETRY_AFTER_S) from error


_DECODER = LocalDecoder()


def the_picture_decoder() -> PictureDecoder:
    """The decoder of this process. It knows no settings, so every application in the process shares it."""
    return _DECODER


def _outcome(frames: Sequence[bytes]) -> Outcome:
    facts, content, brightness = frames
    told = orjson.loads(facts)
    outcome = told.pop("outcome")
    if outcome == NoPicture.__name__:
        return NoPicture()
    if outcome == PictureOfWrongSize.__name__:
        return PictureOfWrongSize(**told)
    return DecodedPicture(content=content, brightness=brightness, **told)
