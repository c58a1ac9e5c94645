"""A document as TOML, and where in it a key stands.

Promise: whatever a stranger writes is read or refused; and the line of a dotted path, or of the nearest thing around
it, so that a refusal can point. The standard library reads TOML without positions; this keeps only what a reviewer
needs. Touches nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from calculators.errors import DocumentProblem, DocumentRefused

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_\-.\"']+)\s*=\s*(.*)$")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'')
# besides its own, what the parser lets through: integers and exponents of endless digits, endless nesting
_UNREADABLE = (ValueError, ArithmeticError, RecursionError)


def read_toml(text: str, longest: int | None = None) -> dict[str, Any]:
    """What `text` holds, numbers with a point as decimals; raises DocumentRefused for what is no TOML or too long."""
    if longest is not None and len(text) > longest:
        raise DocumentRefused([DocumentProblem(1, "document", f"longer than {longest} characters")])
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except _UNREADABLE as problem:
        found = re.search(r"line (\d+)", str(problem))
        line = int(found[1]) if found else 1
        told = str(problem) if isinstance(problem, tomllib.TOMLDecodeError) else "a number or the nesting has no end"
        raise DocumentRefused([DocumentProblem(line, "document", f"not TOML: {told}")]) from problem


def index_lines(text: str) -> Mapping[str, int]:
    """Line numbers (from 1) by dotted path; the items of an array of tables are `source[0]`, `source[1]`."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    section, depth, closing = "", 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        if depth == 0 and (header := _HEADER.match(line)):
            section = _dotted(header[2])
            if header[1] == "[[":
                counts[section] = counts.get(section, -1) + 1
                section = f"{section}[{counts[section]}]"
            lines.setdefault(section, number)
            continue
        value = line
        if depth == 0 and (key := _KEY.match(line)):
            path = f"{section}.{_dotted(key[1])}" if section else _dotted(key[1])
            lines.setdefault(path, number)
            value = key[2]
        for quotes in ('"""', "'''"):
            if value.count(quotes) % 2:
                closing = quotes
        bare = _QUOTED.sub("", value).split("#")[0]
        depth = max(0, depth + sum(bare.count(c) for c in "[{") - sum(bare.count(c) for c in "]}"))
    return lines


def line_of(lines: Mapping[str, int], path: str) -> int:
    """The line of `path`, else of the closest part of the document that holds it, else 1."""
    while path:
        if path in lines:
            return lines[path]
        path = path.rpartition(".")[0]
    return 1


def _dotted(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in key.split("."))
