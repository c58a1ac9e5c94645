"""The paper reader's port: what a machine can make out in a file that somebody handed in as a bill or an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from backend.ports.file_decoders import PICTURE
from config import Settings

PDF = "application/pdf"


@dataclass(frozen=True)
class PaperText:
    """What was read: `lines` from top to bottom, and `means`, the best of the sources they come from.

    `pages` is a JPEG of what a PDF looks like, for whoever looks at it later; empty for a picture. `shown` is what the
    letters of those pages say, whatever stands in the file besides; None for a picture, whose lines are what it shows.
    `fault` says why nothing could be read, where nothing could.
    """

    lines: tuple[str, ...] = ()
    means: str = PICTURE
    pages: bytes = b""
    fault: str = ""
    shown: tuple[str, ...] | None = None


class PaperReader(Protocol):
    """Reads files of strangers: whatever is in them, it answers in bounded time and never raises for it."""

    def read(self, content: bytes, media: str) -> PaperText | None:
        """What stands in a PDF or a picture; None where nobody looked, so that it may be sent again later."""


class NoReader:
    """Nobody looks: papers wait for an operator."""

    def __init__(self, settings: Settings) -> None:
        del settings

    def read(self, content: bytes, media: str) -> PaperText | None:
        """None, whatever is sent."""
        del content, media
        return None
