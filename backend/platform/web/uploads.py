"""Files that are handed in: the request's body is the file itself, of a declared kind and size.

Promise: no more is read than the endpoint allows, and the media type is one it names. Nothing is believed about the
content; whoever takes it looks for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from backend.platform.core.errors import Refusal


@dataclass(frozen=True)
class Upload:
    """What an endpoint takes: `media` types, and at most so many bytes.

    `refusals` are the error codes of media types that people send and that need a remedy of their own.
    """

    media: tuple[str, ...]
    most_bytes: int
    refusals: Mapping[str, str] = field(default_factory=dict)

    def documentation(self) -> dict[str, Any]:
        """The request body in OpenAPI's words."""
        file = {"schema": {"type": "string", "format": "binary", "maxLength": self.most_bytes}}
        return {"required": True, "content": dict.fromkeys(self.media, file)}


@dataclass(frozen=True)
class Sent:
    """A file as it was sent."""

    media: str
    content: bytes


def read_upload(upload: Upload) -> Sent:
    """The file in this request; raise `request.media_type`, `request.too_large`, `request.malformed` or a refusal
    of the upload's own.
    """
    if request.mimetype in upload.refusals:
        kin = request.mimetype.partition("/")[0]
        allowed = ", ".join(media for media in upload.media if media.startswith(f"{kin}/"))
        raise Refusal(upload.refusals[request.mimetype], media=request.mimetype, allowed=allowed)
    if request.mimetype not in upload.media or request.headers.get("Content-Encoding"):
        raise Refusal("request.media_type", expected=", ".join(upload.media))
    # one more than allowed: a body that announces no length is cut there instead of being refused
    request.max_content_length = upload.most_bytes + 1
    content = request.get_data(cache=True)
    if len(content) > upload.most_bytes:
        raise Refusal("request.too_large")
    if not content:
        raise Refusal("request.malformed", reason="empty")
    return Sent(request.mimetype, content)
