"""Bodies that nobody means to send: seeded changes of bytes and of values, for the tests of every parser.

The same seed gives the same bodies, so that what fails once fails again.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

DIGITS = b"9" * 20_001  # more than Python makes a number of
PIECES = (
    DIGITS,
    b"[" * 3000,
    b"{" * 3000,
    b'{"a":' * 2000,
    b"\x00",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"1e999999999999999999999",
    b"NaN",
    b"nan",
    b"-inf",
    b'"""',
    b"'''",
    b"\r",
    b"0x" + b"f" * 9000,
    b"<!DOCTYPE a>",
    b"<a>" * 200,
    "😀٣²①".encode(),
    b"2026-13-45T99:99:99Z",
    b"0001-01-01T00:00:00+23:59",
    b"9999-12-31T23:59:59-23:59",
    b"1_000",
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"-1",
    b"0",
)
WHOLES = (
    b"",
    DIGITS,
    b"[" * 3000 + b"]" * 3000,
    b'{"a":' * 3000 + b"1" + b"}" * 3000,
    b'{"a":' + DIGITS + b"}",
    b'{"a": 1e99999999999999999999}',
    b'"\\ud800"',
    b"a = " + DIGITS,
    b"a = " + b"[" * 3000 + b"]" * 3000,
    b"a = 1.0e" + DIGITS,
    b"a." * 3000 + b"b = 1",
)
# as JSON writes them; most are no JSON
VALUES = (
    *("null", "true", "0", "-1", "1.5", "[]", "{}", '""', '[["a"]]', '{"value": "1", "unit": "nan"}', "[1, 2, 3]"),
    *('"nan"', '"Infinity"', '"-0"', '"1e60"', '"1e999999"', '"9e-999999"', "1e63", '"1_000"', '"+5"', '" 5 "'),
    *("9" * 64, f'"{"9" * 64}"', "1e999999999", DIGITS.decode(), f'"{DIGITS.decode()}"', "NaN", "-Infinity", "1e-63"),
    *(
        '"\\u0000"',
        '"\\ud800"',
        '"\\udfff\\ud800"',
        '"\\u202e"',
        '"٣"',
        '"²"',
        '"😀"',
        '"a\\u000ab"',
        f'"{"x" * 5000}"',
    ),
    *('"0001-01-01"', '"9999-12-31"', '"2026-02-30"', '"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59-23:59"'),
    *('"2026-11-20T08:10:00+99:99"', '"../../etc/passwd"', '"http://[::1"', '"a@b@c"', '"%00"', '"=1+1"'),
    *("[" * 40 + "]" * 40, "[" * 3000 + "]" * 3000, '{"a":' * 40 + "1" + "}" * 40, '{"a": 1, "a": 2}'),
)

TOML_VALUES = (
    *(
        "nan",
        "-inf",
        "1e400",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "07:32:00",
        "{a = 1}",
        "'''x'''",
        "0x" + "f" * 9000,
    ),
    *('"a"', '"("', '"1/0"', '"a**9"', '"min(1)"', '"if_else(1, 2)"', '"kg/0"', '"kg^-999999"', '"m^2^2"', '"%"'),
    *(f'"{"(" * 200}"', f'"{"-" * 900}1"', f'"{"1+" * 300}1"', '"passenger-km/passenger-km"', '"lambda: 1"', '"a.b"'),
)


def changed_bytes(rng: random.Random, whole: bytes) -> bytes:
    """`whole` with a few bytes changed, cut out, repeated or put in; sometimes something else altogether."""
    if rng.random() < 0.1:
        return rng.choice((*PIECES, *WHOLES))
    changed = bytearray(whole)
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(changed) + 1)
        rng.choice(_CHANGES)(rng, changed, at)
    return bytes(changed)


def _one_byte(rng: random.Random, changed: bytearray, at: int) -> None:
    changed[at : at + 1] = bytes([rng.randrange(256)])


def _piece(rng: random.Random, changed: bytearray, at: int) -> None:
    changed[at : at + rng.choice((0, 0, rng.randrange(1, 20)))] = rng.choice(PIECES)


def _left_out(rng: random.Random, changed: bytearray, at: int) -> None:
    del changed[at : at + rng.randrange(1, 40)]


def _repeated(rng: random.Random, changed: bytearray, at: int) -> None:
    changed[at:at] = changed[at : at + rng.randrange(1, 200)]


def _cut(rng: random.Random, changed: bytearray, at: int) -> None:
    if rng.random() < 0.3:
        del changed[at:]


_CHANGES: Sequence[Callable[[random.Random, bytearray, int], None]] = (
    _one_byte,
    _one_byte,
    _piece,
    _piece,
    _left_out,
    _repeated,
    _cut,
)


def changed_json(rng: random.Random, value: Any) -> bytes:
    """`value` as JSON, with one or two of what is in it replaced, left out or added; sometimes its bytes changed."""
    if rng.random() < 0.1:
        return changed_bytes(rng, json.dumps(value).encode())
    holder = [copy.deepcopy(value)]
    raw: dict[str, str] = {}
    for number in range(rng.randrange(1, 3)):
        parent, name = rng.choice(list(_places(holder)))
        if rng.random() < 0.1 and parent is not holder:
            del parent[name]
            continue
        mark = f"replaced {number}"
        raw[json.dumps(mark)] = rng.choice(VALUES)
        if isinstance(parent, dict) and rng.random() < 0.1:
            name = rng.choice(("one more", "__proto__", "", "a.b", "\ud800"))
        parent[name] = mark
    text = json.dumps(holder[0])
    for mark, written in raw.items():
        text = text.replace(mark, written)
    return text.encode()


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    names = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
    for name in names:
        yield holder, name
        yield from _places(holder[name])


def changed_line(rng: random.Random, document: str) -> str:
    """A TOML document with the value of one or two of its lines replaced, or a line left out."""
    lines = document.split("\n")
    for _ in range(rng.randrange(1, 3)):
        number = rng.choice([number for number, line in enumerate(lines) if "=" in line])
        name, _, _ = lines[number].partition("=")
        lines[number] = "" if rng.random() < 0.1 else f"{name}= {rng.choice((*VALUES, *TOML_VALUES))}"
    return "\n".join(lines)
