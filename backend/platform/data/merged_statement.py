"""Several SELECTs sent as one, each of whose answers comes back as the rows it would have given alone.

One statement costs PostgreSQL and the driver less than several, whatever they ask. Each SELECT becomes a JSON array of
its rows; dates and instants are read as their columns' types read them. For SELECTs that lock nothing
and whose order among each other does not matter: all see one snapshot. Pure: touches no connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import BindParameter, Date, LargeBinary, Select, SelectBase, Text, bindparam, cast, func, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.visitors import replacement_traverse

from backend.platform.data.columns import DecimalText, UtcInstant

Decode = Callable[[str], Any]
Rows = list[dict[str, Any]]
KEPT = 500


@dataclass(frozen=True, slots=True)
class _Part:
    """One SELECT in the whole: how its parameters are called there, and how its rows are read."""

    parameters: Mapping[str, str]
    names: tuple[str, ...]
    decodes: tuple[tuple[str, Decode], ...]

    def read(self, rows: Sequence[Sequence[Any]]) -> Rows:
        read = [dict(zip(self.names, row, strict=True)) for row in rows]
        for name, decode in self.decodes:
            for row in read:
                if row[name] is not None:
                    row[name] = decode(row[name])
        return read


@dataclass(frozen=True, slots=True)
class MergedStatement:
    """The one statement; `parameters` and `read` are for those of the parts, in their order."""

    statement: Select[Any]
    parts: tuple[_Part, ...]

    def parameters(self, of_parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What the statement is sent with."""
        return {
            name: given[key]
            for part, given in zip(self.parts, of_parts, strict=True)
            for key, name in part.parameters.items()
        }

    def read(self, row: Mapping[str, Any]) -> list[Rows]:
        """The rows of each part, out of the one row there is."""
        return [part.read(rows) for part, rows in zip(self.parts, orjson.loads(row["parts"]), strict=True)]


@lru_cache(maxsize=KEPT)
def merge(statements: tuple[SelectBase, ...]) -> MergedStatement:
    """`statements` as one; raise `TypeError` where a column cannot be written as JSON."""
    columns, parts = [], []
    for place, statement in enumerate(statements):
        column, part = _as_column(statement, place)
        columns.append(column)
        parts.append(part)
    # as text: it is read once, by the quickest reader there is
    return MergedStatement(select(cast(func.json_build_array(*columns), Text).label("parts")), tuple(parts))


def _as_column(statement: SelectBase, place: int) -> tuple[ColumnElement[Any], _Part]:
    names: dict[str, str] = {}

    def renamed(element: Any, **_options: Any) -> Any:
        """Two parts may give one name to different things."""
        if not isinstance(element, BindParameter) or not element.required:
            return None
        names[element.key] = f"part_{place}_{element.key}"
        return bindparam(names[element.key], type_=element.type)

    copied: Any = replacement_traverse(statement, {}, renamed)
    rows = copied.subquery(f"rows_{place}")
    array = func.coalesce(func.json_agg(func.json_build_array(*rows.c)), func.json_build_array())
    part = _Part(
        names,
        tuple(str(column.key) for column in rows.c),
        tuple((str(column.key), decode) for column in rows.c if (decode := _decode_of(column)) is not None),
    )
    return select(array).select_from(rows).scalar_subquery(), part


def _decode_of(column: ColumnElement[Any]) -> Decode | None:
    if isinstance(column.type, UtcInstant):
        return _read_instant
    if isinstance(column.type, Date):
        return date.fromisoformat
    if isinstance(column.type, DecimalText):
        return Decimal
    if isinstance(column.type, LargeBinary):
        raise TypeError(f"{column.key} is no JSON: ask for it alone")
    return None


def _read_instant(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)
