"""A process of ours that looks at strangers' files, so that their decoders share no memory with our keys and sessions.

Promise: whatever a file does to the child, whoever asks gets an answer or a refusal in bounded time. A child is begun
with the first file and asked by one thread at a time; one that takes too long, ends or answers nonsense is ended, and
the next file begins another. It is given no environment of ours.

A request is written as it is; an answer is frames, each behind its length in four bytes.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import structlog

from backend.platform.data.transactions import refuse_in_transaction

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_S = 60  # the slowest loads the models of a picture's letters: two seconds on an idle machine
MOST_ANSWER_BYTES = 32 * 1024 * 1024
SHUT_DOWN_S = 2
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
    # glibc: what a large picture took goes back when it is done, and is not kept for the next
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}

T = TypeVar("T")

_log = structlog.get_logger("child_process")


class ChildBusy(Exception):
    """Other files take too long, or no child can be begun: nobody has looked at this one."""


class ChildEnded(Exception):
    """The child ended over this file, took too long or answered nonsense; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ChildProcess:
    """The child that runs `module`; safe to share between threads."""

    def __init__(self, module: str, waits_at_most_s: float) -> None:
        self._module = module
        self._waits_at_most_s = waits_at_most_s
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, request: Sequence[bytes], answers: int, within_s: float, read: Callable[[list[bytes]], T]) -> T:
        """What `read` makes of the frames that answer `request`. Raises `ChildBusy` or `ChildEnded`.

        Refused while a transaction is open: it takes seconds.
        """
        refuse_in_transaction()
        if not self._lock.acquire(timeout=self._waits_at_most_s):
            _log.warning("child_busy", module=self._module)
            raise ChildBusy
        try:
            child = self._running()
            try:
                return read(self._answers(child, request, answers, within_s))
            except (ChildEnded, OSError, LookupError, TypeError, ValueError) as error:
                reason = error.reason if isinstance(error, ChildEnded) else type(error).__name__.lower()
                _log.warning("child_ended", module=self._module, reason=reason, size=sum(map(len, request)))
                self._end()
                raise ChildEnded(reason) from error
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """The child's number while it runs."""
        return None if self._child is None else self._child.pid

    def _answers(
        self, child: subprocess.Popen[bytes], request: Sequence[bytes], answers: int, within_s: float
    ) -> list[bytes]:
        deadline = time.monotonic() + within_s
        for part in request:
            _send(child, part, deadline)
        return [_frame(child, deadline) for _ in range(answers)]

    def _running(self) -> subprocess.Popen[bytes]:
        # a child of the process that forked us answers that one
        if self._child is not None and self._owner == os.getpid() and self._child.poll() is None:
            return self._child
        self._end()
        try:
            self._child = self._begun()
            self._owner = os.getpid()
            if _frame(self._child, time.monotonic() + STARTS_WITHIN_S) != b"ready":
                raise ChildEnded("not ready")
        except (ChildEnded, OSError) as error:
            _log.warning("child_not_begun", module=self._module, reason=type(error).__name__)
            self._end()
            raise ChildBusy from error
        return self._child

    def _begun(self) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-m", self._module],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert child.stdin is not None  # a pipe
        # it holds 64 kB: a child that stops reading would keep whoever writes the rest for ever
        os.set_blocking(child.stdin.fileno(), False)
        return child

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


def _send(child: subprocess.Popen[bytes], part: bytes, deadline: float) -> None:
    """Write `part` to the child; raise where it ends or the deadline passes before it has taken all of it."""
    assert child.stdin is not None  # a pipe
    descriptor, rest = child.stdin.fileno(), memoryview(part)
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_WRITE)
        while rest:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise ChildEnded("too late")
            rest = rest[os.write(descriptor, rest) :]


def _frame(child: subprocess.Popen[bytes], deadline: float) -> bytes:
    size = int.from_bytes(_bytes(child, 4, deadline), "big")
    if size > MOST_ANSWER_BYTES:
        raise ChildEnded("too long an answer")
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
                raise ChildEnded("too late")
            part = os.read(descriptor, min(missing, 1 << 16))
            if not part:
                raise ChildEnded("ended")
            parts.append(part)
            missing -= len(part)
    return b"".join(parts)
