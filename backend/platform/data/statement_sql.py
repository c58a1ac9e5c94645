"""A statement's SQL for libpq, compiled once per statement object, with what types do to values both ways.

Pure: touches no connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql import Executable

Process = Callable[[Any], Any]

# libpq knows parameters by number; SQLAlchemy writes the type of each into the SQL, so that none has to be told apart
_NUMBERED = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # of the library


@dataclass(frozen=True, slots=True, eq=False)
class CompiledStatement:
    """SQL with `$1`, and what is done with values on their way to the driver and back.

    `query` and `types` are the key under which the driver remembers what is prepared on a connection.
    """

    query: bytes
    keys: tuple[str | None, ...]  # of $1, $2 …: the key of the parameter, or None for what the statement itself binds
    fixed: tuple[Any, ...]
    binds: tuple[tuple[int, Process], ...]  # what a parameter's type does to its value, where it does anything
    results: tuple[tuple[str, Process], ...]  # what a column's type does to the driver's value, where it does anything
    types: tuple[int, ...] = ()

    def bound(self, parameters: Mapping[str, Any]) -> list[Any]:
        """The values of $1, $2 … as the driver takes them."""
        values = [value if key is None else parameters[key] for key, value in zip(self.keys, self.fixed, strict=True)]
        for place, process in self.binds:
            values[place] = process(values[place])
        return values


_compiled: WeakKeyDictionary[Any, dict[tuple[str, ...], CompiledStatement]] = WeakKeyDictionary()


def compile_once(dialect: Dialect, statement: Executable, parameters: Mapping[str, Any]) -> CompiledStatement:
    """The SQL of a statement object with parameters of these names."""
    by_names = _compiled.get(statement)
    if by_names is None:
        by_names = _compiled[statement] = {}
    names = tuple(parameters)
    known = by_names.get(names)
    if known is None:
        known = by_names[names] = _compile(dialect, statement, names)
    return known


def _compile(dialect: Dialect, statement: Any, names: Sequence[str]) -> CompiledStatement:
    # the connection's dialect knows how this installation writes JSON, the numbered one where parameters stand
    typed = statement.compile(dialect=dialect, column_keys=list(names))
    numbered = statement.compile(dialect=_NUMBERED, column_keys=list(names))
    bound = {name: parameter for parameter, name in typed.bind_names.items()}
    places = [bound[name] for name in numbered.positiontup or ()]
    return CompiledStatement(
        query=str(numbered).encode(),
        keys=tuple(parameter.key if parameter.key in names else None for parameter in places),
        fixed=tuple(None if parameter.key in names else parameter.effective_value for parameter in places),
        binds=tuple(
            (place, typed._bind_processors[name])
            for place, name in enumerate(numbered.positiontup or ())
            if name in typed._bind_processors
        ),
        results=tuple(
            (column.keyname, process)
            for column in typed._result_columns
            if (process := column.type._cached_result_processor(dialect, None)) is not None
        ),
    )
