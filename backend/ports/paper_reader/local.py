"""Reading in a child process: the decoders of strangers' files never share memory with our keys and sessions.

One child for each process of ours, begun with the first paper and asked by one thread at a time. It has no environment
of ours, limits of memory, and a deadline for each paper; one that takes longer is ended, and the next paper begins
another.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import orjson
import structlog

from backend.platform.data.transactions import refuse_in_transaction
from backend.ports.paper_reader.port import PDF, PaperText
from config import Settings

ROOT = Path(__file__).resolve().parents[3]
CHILD = "backend.ports.paper_reader.child"
STARTS_WITHIN_S = 60  # with the models of a picture's letters: two seconds on an idle machine
READS_WITHIN_S = 20
WAITS_AT_MOST_S = 15  # for other papers of the same process
MOST_ANSWER_BYTES = 32 * 1024 * 1024
SHUT_DOWN_S = 2

_log = structlog.get_logger("paper_reader")


class _Ended(Exception):
    """The child does not answer any more."""


class LocalReader:
    """Reads with a child process."""

    def __init__(self, settings: Settings, reads_within_s: float = READS_WITHIN_S) -> None:
        del settings
        self._reads_within_s = reads_within_s
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def read(self, content: bytes, media: str) -> PaperText | None:
        """What stands in a PDF or a picture; None where the child is busy for too long, or cannot be begun.

        A file over which it took too long, ended or answered nonsense is a paper on which nothing stands.
        """
        refuse_in_transaction()
        if not self._lock.acquire(timeout=WAITS_AT_MOST_S):
            _log.warning("paper_reader_busy")
            return None
        try:
            return self._read(content, media)
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def _read(self, content: bytes, media: str) -> PaperText | None:
        try:
            child = self._running()
        except (_Ended, OSError) as error:
            _log.warning("paper_reader_not_begun", reason=type(error).__name__)
            self._end()
            return None
        try:
            return self._ask(child, content, media)
        except (_Ended, OSError, LookupError, TypeError, ValueError) as error:
            _log.warning("paper_reader_ended", reason=type(error).__name__, size=len(content))
            self._end()
            return PaperText(fault=type(error).__name__.strip("_").lower())

    def _ask(self, child: subprocess.Popen[bytes], content: bytes, media: str) -> PaperText:
        assert child.stdin is not None  # a pipe
        head = (b"P" if media == PDF else b"I") + len(content).to_bytes(4, "big")
        child.stdin.write(head + content)
        child.stdin.flush()
        deadline = time.monotonic() + self._reads_within_s
        facts = orjson.loads(_frame(child, deadline))
        pages = _frame(child, deadline)
        shown = None if facts["shown"] is None else tuple(facts["shown"])
        return PaperText(tuple(facts["lines"]), facts["means"], pages, facts["fault"], shown)

    def _running(self) -> subprocess.Popen[bytes]:
        # a child of the process that forked us answers that one
        if self._child is not None and self._owner == os.getpid() and self._child.poll() is None:
            return self._child
        self._end()
        self._child = subprocess.Popen(
            [sys.executable, "-m", CHILD],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._owner = os.getpid()
        ready = _frame(self._child, time.monotonic() + STARTS_WITHIN_S)
        if ready != b"ready":
            raise _Ended
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if self._owner == os.getpid():
            child.kill()
            child.wait(timeout=SHUT_DOWN_S)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not sent yet goes nowhere
                    pipe.close()


def _frame(child: subprocess.Popen[bytes], deadline: float) -> bytes:
    size = int.from_bytes(_bytes(child, 4, deadline), "big")
    if size > MOST_ANSWER_BYTES:
        raise _Ended
    return _bytes(child, size, deadline)


def _bytes(child: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
    """Exactly `size` bytes from the child; raise where it ends or the deadline passes first."""
    assert child.stdout is not None  # a pipe
    descriptor, parts, missing = child.stdout.fileno(), [], size
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while missing:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise _Ended
            part = os.read(descriptor, min(missing, 1 << 16))
            if not part:
                raise _Ended
            parts.append(part)
            missing -= len(part)
    return b"".join(parts)
