"""An application that refuses without reading the body."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def refuse(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Refuse at once."""
    start_response("401 Unauthorized", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"no"]
