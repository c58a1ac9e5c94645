"""Files that are handed in: the request's body is the file itself, of a declared kind and size.

Promise: no more is read than the endpoint allows, the media type is one it names, and however many send at once, only a
few files are in memory (ADR 0106): a body waits on the disk, in a file without a name, until it is its turn. Nothing is
believed about the content; whoever takes it looks for themselves.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from flask import g, request

from backend.platform.core.errors import Refusal
from backend.platform.web.idempotency import BODY_SHA256

PIECE = 64 * 1024
IN_MEMORY_BYTES = 256 * 1024  # what is smaller waits in memory
AT_ONCE = 2  # of one process; each takes a few times its size while it is looked at, compared and sealed
MOST_WAITING = 5  # of eight threads, one is left for whoever sends no file
WAITS_AT_MOST_S = 60
RETRY_AFTER_S = 5
FULL_FOR_S = 60  # nobody makes room on a disk within a second

_turns = threading.BoundedSemaphore(AT_ONCE)
_places = threading.BoundedSemaphore(AT_ONCE + MOST_WAITING)


@dataclass(frozen=True)
class Upload:
    """What an endpoint takes: `media` types, and at most so many bytes.

    `media_for` says which of the types fit what the query asks, all of them where it is None. `refusals` are the error
    codes of media types that people send and that need a remedy of their own.
    """

    media: tuple[str, ...]
    most_bytes: int
    refusals: Mapping[str, str] = field(default_factory=dict)
    media_for: Callable[[Mapping[str, Any]], Sequence[str]] | None = None

    def documentation(self) -> dict[str, Any]:
        """The request body in OpenAPI's words."""
        file = {"schema": {"type": "string", "format": "binary", "maxLength": self.most_bytes}}
        return {"required": True, "content": dict.fromkeys(self.media, file)}


@dataclass
class Sent:
    """A file as it was sent."""

    media: str
    _content: bytes

    def take(self) -> bytes:
        """The content, once: so it takes memory no longer than somebody looks at it."""
        content, self._content = self._content, b""
        return content


@contextmanager
def received(upload: Upload, query: Mapping[str, Any]) -> Iterator[Sent]:
    """The file in this request, while it is its turn.

    Raises `request.media_type`, `request.too_large`, `request.malformed`, a refusal of the upload's own, or
    `service.busy` where others take too long.
    """
    _check_media(upload, query)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as waiting:
        _read_into(waiting, upload.most_bytes)
        with _held(_places, 0), _held(_turns, WAITS_AT_MOST_S):
            waiting.seek(0)
            sent = Sent(request.mimetype, waiting.read())
            waiting.truncate(0)
            yield sent


@contextmanager
def _held(turns: threading.Semaphore, seconds: float) -> Iterator[None]:
    if not turns.acquire(timeout=seconds):
        raise Refusal("service.busy", retry_after_s=RETRY_AFTER_S)
    try:
        yield
    finally:
        turns.release()


def _check_media(upload: Upload, query: Mapping[str, Any]) -> None:
    taken = upload.media if upload.media_for is None else upload.media_for(query)
    kin = [media for media in taken if media.partition("/")[0] == request.mimetype.partition("/")[0]]
    if request.mimetype in upload.refusals and kin:
        raise Refusal(upload.refusals[request.mimetype], media=request.mimetype, allowed=", ".join(kin))
    if request.mimetype not in taken or request.headers.get("Content-Encoding"):
        raise Refusal("request.media_type", expected=", ".join(taken))


def _read_into(waiting: IO[bytes], most_bytes: int) -> None:
    """Read the body, however slowly it comes; nobody's turn begins before all of it is here."""
    # one more than allowed: a body that announces no length is cut there instead of being refused
    request.max_content_length = most_bytes + 1
    digest, size = hashlib.sha256(), 0
    while piece := request.stream.read(PIECE):
        size += len(piece)
        if size > most_bytes:
            raise Refusal("request.too_large")
        digest.update(piece)
        try:
            waiting.write(piece)
        except OSError as error:
            raise Refusal("service.storage_full", retry_after_s=FULL_FOR_S) from error
    if not size:
        raise Refusal("request.malformed", reason="empty")
    setattr(g, BODY_SHA256, digest.digest())  # a second request under the same key is compared by it
