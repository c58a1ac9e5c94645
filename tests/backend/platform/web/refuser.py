"""Two applications that refuse without reading the body: one as every application of ours is wrapped, one bare."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from backend.platform.web.unread_bodies import read_unread


def leaves(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Refuse at once."""
    start_response("401 Unauthorized", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"no"]


reads = read_unread(leaves)
