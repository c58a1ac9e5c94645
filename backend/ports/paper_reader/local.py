"""Reading in a child process, begun with the first paper and asked by one thread at a time.

It has limits of memory and a deadline for each paper; one that takes longer is ended, and the next begins another.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from backend.ports.child_process import ChildBusy, ChildEnded, ChildProcess
from backend.ports.paper_reader.port import PDF, PaperText
from config import Settings

CHILD = "backend.ports.file_decoders.paper_child"
READS_WITHIN_S = 20
WAITS_AT_MOST_S = 15  # for other papers of the same process


class LocalReader:
    """Reads with a child process."""

    def __init__(self, settings: Settings, reads_within_s: float = READS_WITHIN_S) -> None:
        del settings
        self._reads_within_s = reads_within_s
        self.process = ChildProcess(CHILD, WAITS_AT_MOST_S)

    def read(self, content: bytes, media: str) -> PaperText | None:
        """What stands in a PDF or a picture; None where the child is busy for too long, or cannot be begun.

        A file over which it took too long, ended or answered nonsense is a paper on which nothing stands.
        """
        head = (b"P" if media == PDF else b"I") + len(content).to_bytes(4, "big")
        try:
            return self.process.ask((head, content), 2, self._reads_within_s, _text)
        except ChildBusy:
            return None
        except ChildEnded as ended:
            return PaperText(fault=ended.reason)

    def close(self) -> None:
        """End the child."""
        self.process.close()


def _text(frames: Sequence[bytes]) -> PaperText:
    facts, pages = orjson.loads(frames[0]), frames[1]
    shown = None if facts["shown"] is None else tuple(facts["shown"])
    return PaperText(tuple(facts["lines"]), facts["means"], pages, facts["fault"], shown)
