"""Several writes sent as one statement, each of which still says how many rows it touched.

One statement costs PostgreSQL and the driver less than several, whatever they write. All parts see one snapshot and run
in no certain order, so no two write to one table, and none may read what another writes. Keys between their tables
hold: PostgreSQL looks at those once all is written. Pure: touches no connection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql import Executable

from backend.platform.data.statement_sql import CompiledStatement, compile_once

KEPT = 500
MOST_JOINED = 20  # every sequence of statements is a statement of its own, which each connection prepares

_PARAMETER = re.compile(rb"\$(\d+)")


def group_joinable(statements: Sequence[Executable]) -> Iterator[range]:
    """The places of those that may go as one, in their order, each group with no table twice."""
    first, tables = 0, set[Any]()
    for place, statement in enumerate(statements):
        table = getattr(statement, "table", None)
        if place > first and (table is None or table in tables or None in tables or place - first == MOST_JOINED):
            yield range(first, place)
            first, tables = place, set()
        tables.add(table)
    if first < len(statements):
        yield range(first, len(statements))


class JoinedWrites:
    """The one statement of some; its only row has a column for each that is counted, named by its place."""

    types: tuple[int, ...] = ()
    results: tuple[Any, ...] = ()

    def __init__(self, parts: Sequence[CompiledStatement], counted: Iterable[int]) -> None:
        places = tuple(counted)
        self._parts = parts
        self.query = _join([part.query for part in parts], places)

    def bound(self, parameters: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The values of $1, $2 … of every part, as the driver takes them."""
        values: list[Any] = []
        for part, given in zip(self._parts, parameters, strict=True):
            values += part.bound(given)
        return values


def join_once(
    dialect: Dialect,
    statements: Sequence[Executable],
    parameters: Sequence[Mapping[str, Any]],
    counted: tuple[int, ...],
) -> JoinedWrites:
    """The one statement for several with parameters of these names; `counted` are the places whose rows are counted."""
    parts = tuple(compile_once(dialect, one, given) for one, given in zip(statements, parameters, strict=True))
    return _joined(parts, counted)


@lru_cache(maxsize=KEPT)
def _joined(parts: tuple[CompiledStatement, ...], counted: tuple[int, ...]) -> JoinedWrites:
    return JoinedWrites(parts, counted)


def _join(queries: Sequence[bytes], counted: Sequence[int]) -> bytes:
    bodies, before = [], 0
    for place, query in enumerate(queries):
        returned = b" RETURNING 1" if place in counted else b""
        bodies.append(b"write_%d AS (%b%b)" % (place, _renumbered(query, before), returned))
        before += max(map(int, _PARAMETER.findall(query)), default=0)
    counts = b", ".join(b"(SELECT count(*) FROM write_%d) AS write_%d" % (place, place) for place in counted)
    return b"WITH %b SELECT %b" % (b", ".join(bodies), counts or b"1 AS written")


def _renumbered(query: bytes, before: int) -> bytes:
    """The query with its parameters counted on from those of the parts before it."""

    def count_on(found: re.Match[bytes]) -> bytes:
        return b"$%d" % (int(found[1]) + before)

    return _PARAMETER.sub(count_on, query)
