"""For the server: a refusal sent before its body was read leaves the connection usable, or ends it and says so.

A server answers the next request of a connection only after the body of the one before. What nobody read is read here
and thrown away, for a moment and by one thread at a time, so that whoever announces a body and sends none holds up
nobody for long; otherwise the answer carries `Connection: close`.

A body that arrives slowly keeps the thread that reads it. So only some threads may wait for one at once, and who comes
when all of them do is refused: what has no body, such as the probe of health, is answered all the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from backend.platform.core.errors import Refusal

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# assumed: more than any body that an endpoint takes, so that whoever is refused hears why before the connection ends
MOST_BYTES = 16 * 1024 * 1024
MOST_UNANNOUNCED_BYTES = 1024 * 1024
MOST_SECONDS = 1.0
PIECE = 64 * 1024
TURN_S = 0.1  # assumed: longer than a piece takes that is there already, short enough to keep nobody waiting


def read_unread(application: Application, at_once: int | None = None) -> Application:
    """`application`, whose answers are sent when the body of their request was read or the connection is to end.

    At most `at_once` threads wait for a body; reading one more raises `service.busy`.
    """
    turns = threading.Semaphore(at_once) if at_once else None

    def reading(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not _announces_body(environ):
            return application(environ, start_response)
        body = environ["wsgi.input"] = _Body(environ, turns)

        def start(status: str, headers: list[tuple[str, str]], *problem: Any) -> Any:
            if not _is_read(body):
                headers = [*headers, ("Connection", "close")]
            return start_response(status, headers, *problem)

        return application(environ, start)

    return reading


_draining = threading.Semaphore(1)  # a read cannot be ended from outside: never more than one thread waits in one


def _is_read(body: _Body) -> bool:
    """Whether the body has been read to its end, if need be now and within the bounds."""
    if body.is_complete() or not body.may_be_read():
        return body.is_complete()
    if not _draining.acquire(blocking=False):
        return False
    reader = threading.Thread(target=_drain, args=(body,), name="unread body", daemon=True)
    reader.start()
    reader.join(MOST_SECONDS)
    return not reader.is_alive() and body.is_complete()


def _drain(body: _Body) -> None:
    try:
        body.read_rest()
    finally:
        _draining.release()


def _announces_body(environ: dict[str, Any]) -> bool:
    return environ.get("CONTENT_LENGTH") not in (None, "", "0") or "HTTP_TRANSFER_ENCODING" in environ


class _Body:
    """The body of one request, and how much of it is still to come."""

    def __init__(self, environ: dict[str, Any], turns: threading.Semaphore | None) -> None:
        self._turns = turns
        self._is_refused = False
        self._stream = environ["wsgi.input"]
        length = environ.get("CONTENT_LENGTH") or ""
        self._length = int(length) if length.isdecimal() else None
        self._ends_itself = bool(environ.get("wsgi.input_terminated"))
        # whoever asks before sending has not sent anything until somebody reads
        self._waits_to_be_asked = "HTTP_EXPECT" in environ
        self._count = 0
        self._has_ended = False

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; empty at the end."""
        with self._turn():
            return self._counted(self._stream.read(size), size)

    def readline(self, size: int = -1) -> bytes:
        """A line, or what there is of it."""
        with self._turn():
            return self._counted(self._stream.readline(size), size)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._turns is None:
            yield
        elif self._turns.acquire(timeout=TURN_S):
            try:
                yield
            finally:
                self._turns.release()
        else:
            self._is_refused = True
            raise Refusal("service.busy", retry_after_s=1)

    def _counted(self, piece: bytes, size: int) -> bytes:
        self._count += len(piece)
        self._has_ended = self._has_ended or size < 0 or (size > 0 and not piece)
        return piece

    def may_be_read(self) -> bool:
        """Whether there is a rest that fits the bounds, and whoever sends it does so unasked and not too slowly."""
        if self._is_refused:
            return False
        return not (self._waits_to_be_asked and not self._count) and self._left() <= MOST_BYTES

    def read_rest(self) -> None:
        """Read what nobody has, while it fits the bounds."""
        with suppress(OSError):  # the other side has gone
            while not self.is_complete() and self._left() <= MOST_BYTES:
                size = min(PIECE, self._left())
                self._counted(self._stream.read(size), size)

    def is_complete(self) -> bool:
        """Whether nothing is to come any more."""
        return self._has_ended or (self._length is not None and self._count >= self._length)

    def _left(self) -> int:
        if self._length is not None:
            return self._length - self._count
        # without a length only a stream that ends by itself may be read on, and not for ever
        return PIECE if self._ends_itself and self._count < MOST_UNANNOUNCED_BYTES else MOST_BYTES + 1
