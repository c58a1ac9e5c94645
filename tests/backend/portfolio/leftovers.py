"""Looking for what is left of a person: in tables, Redis, files and logs; as written and as any plain hash."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from backend.platform.data import transactions
from backend.platform.data.engine import empty_log
from backend.platform.data.transactions import Base

HASHES = (hashlib.sha256, hashlib.sha1, hashlib.md5)


def needles_of(words: str | bytes) -> dict[str, bytes]:
    """Everything by which `words`, or a file, could be recognised, by what it is."""
    found = {}
    if isinstance(words, bytes):
        return {"the file itself": words} | _hashes("the file", words)
    for written in {words, words.lower(), words.casefold(), words.upper()}:
        plain = written.encode()
        found[written] = plain
        found[f"base64 of {written}"] = base64.b64encode(plain).rstrip(b"=")[:-1]
        found[f"as JSON {written}"] = json.dumps(written).encode()[1:-1]
        found |= _hashes(written, plain)
    return found


def _hashes(named: str, plain: bytes) -> dict[str, bytes]:
    digests = [name(plain) for name in HASHES]
    raw = {f"{digest.name} of {named}": digest.digest() for digest in digests}
    return raw | {f"{digest.name} in hex of {named}": digest.hexdigest().encode() for digest in digests}


def find(words: str | bytes, places: dict[str, bytes]) -> list[str]:
    """Where anything of `words` stands: the place and what was found there."""
    needles = needles_of(words)
    return [f"{place}: {what}" for place, hay in places.items() for what, needle in needles.items() if needle in hay]


def places_of(app: Flask, *, logs: str) -> dict[str, bytes]:
    """Everything this installation keeps, by the name of the place."""
    with app.app_context():
        places = transactions.in_transaction(lambda session: dict(_tables(session)), read_only=True)
    places |= dict(_redis(app.extensions["carbon.redis"]))
    # what the job does every hour, while the server goes on
    assert empty_log(app.extensions["carbon.engine"])
    places |= dict(_files(app.extensions["carbon.settings"].var_dir))
    return places | {"logs": logs.encode()}


def _tables(session: Any) -> Iterator[tuple[str, bytes]]:
    for table in Base.metadata.sorted_tables:
        rows = session.execute(select(table)).all()
        yield f"table {table.name}", b"\x00".join(_bytes(value) for row in rows for value in row)


def _redis(connection: Any) -> Iterator[tuple[str, bytes]]:
    for key in connection.scan_iter():
        kind = connection.type(key).decode() if isinstance(connection.type(key), bytes) else connection.type(key)
        read = {
            "string": connection.get,
            "hash": connection.hgetall,
            "set": connection.smembers,
            "zset": lambda name: connection.zrange(name, 0, -1),
            "list": lambda name: connection.lrange(name, 0, -1),
        }[kind]
        yield f"redis {key!r}", _bytes(key) + _bytes(repr(read(key)))


def _files(directory: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(directory.rglob("*")):
        if path.is_file() and "template" not in path.name:
            yield f"file {path.name}", str(path.relative_to(directory)).encode() + path.read_bytes()


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    return json.dumps(value, ensure_ascii=False, default=str).encode()
