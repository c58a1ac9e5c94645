"""Writing JSON: instants as ISO 8601 with offset, decimals as strings, keys as given."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
from flask import Flask
from flask.json.provider import JSONProvider

from backend.platform.web import strict_json


def dumps(value: Any) -> bytes:
    """`value` as UTF-8 JSON bytes. Decimals are written as strings; floats have no business here but pass."""
    return orjson.dumps(value, default=_default)


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no form on the wire")


class StrictProvider(JSONProvider):
    """Flask's JSON door: orjson writes, the strict reader reads."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)

    def dumps(self, obj: Any, **_: Any) -> str:
        return dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return strict_json.read(s.encode() if isinstance(s, str) else s)
