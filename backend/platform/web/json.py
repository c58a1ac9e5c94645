"""JSON on the wire: written as the API promises, read as the standard says and nothing more.

Written: instants as ISO 8601 with offset, decimals as strings, keys as given. Read: Python's reader takes NaN,
Infinity, duplicate keys, lone surrogates, endless digits and great depth; each of these is refused with the reason.
Numbers with a fraction become `Decimal`, never a float.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
from flask import Flask
from flask.json.provider import JSONProvider

MAX_DEPTH = 32
MAX_DIGITS = 64
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotStrict(ValueError):
    """The bytes are not JSON as this project reads it; `code` says in which way."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def loads(body: bytes) -> Any:
    """The value in `body` (UTF-8 JSON); raise `NotStrict`."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotStrict("json.not_utf8") from error
    try:
        value = json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_no_constant,
            object_pairs_hook=_no_duplicates,
        )
    except json.JSONDecodeError as error:
        raise NotStrict("json.malformed") from error
    except RecursionError as error:
        raise NotStrict("json.too_deep") from error
    _check(value, 0)
    return value


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
        return loads(s.encode() if isinstance(s, str) else s)


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_DIGITS:
        raise NotStrict("json.number_too_long")
    try:
        value = Decimal(text)
    except InvalidOperation as error:  # an exponent beyond what even decimals hold
        raise NotStrict("json.number_too_long") from error
    if abs(value.adjusted()) > MAX_DIGITS:
        raise NotStrict("json.number_too_long")
    return value


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise NotStrict("json.number_too_long")
    return int(text)


def _no_constant(_text: str) -> Any:
    raise NotStrict("json.not_a_number")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotStrict("json.duplicate_key")
    return made


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise NotStrict("json.nul_character")
        if not value.isascii() and _SURROGATE.search(value):
            raise NotStrict("json.lone_surrogate")
    elif isinstance(value, dict | list):
        if depth == MAX_DEPTH:
            raise NotStrict("json.too_deep")
        for item in value:
            _check(item, depth + 1)
        if isinstance(value, dict):
            for item in value.values():
                _check(item, depth + 1)
