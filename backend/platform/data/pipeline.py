"""Several statements in one round trip to PostgreSQL: psycopg's pipeline mode, SQL compiled once per statement object.

Touches only the connection it is given. SQLite has no round trips: `transactions` sends it one statement by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable

Statement = tuple[Executable, Mapping[str, Any]]
Process = Callable[[Any], Any]


class _Compiled(NamedTuple):
    sql: str
    fixed: dict[str, Any]  # what the statement itself binds
    parameter_keys: dict[str, str]  # name in the SQL: key of the parameter
    binds: dict[str, Process]  # what a parameter's type does to its value, where it does anything
    results: dict[str, Process]  # what a column's type does to the driver's value, where it does anything


_compiled: WeakKeyDictionary[Any, dict[tuple[str, ...], _Compiled]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Result:
    """What one statement did: the number of rows it touched or returned, and the rows it returned."""

    count: int
    rows: list[dict[str, Any]]


def run(connection: Connection, statements: Sequence[Statement]) -> list[Result]:
    """Run `statements` in order and return one `Result` each; raise SQLAlchemy's error of the first that fails."""
    raw = connection.connection.driver_connection
    assert raw is not None
    compiled = [_compile(connection.dialect, statement, parameters) for statement, parameters in statements]
    cursors = [raw.cursor(row_factory=psycopg.rows.dict_row) for _ in compiled]
    try:
        with raw.pipeline():
            for cursor, prepared, (_, parameters) in zip(cursors, compiled, statements, strict=True):
                cursor.execute(prepared.sql, _bound(prepared, parameters))
    except psycopg.Error as error:
        raise _translated(connection, raw, error) from error
    return [
        Result(cursor.rowcount, _rows(cursor, prepared)) for cursor, prepared in zip(cursors, compiled, strict=True)
    ]


def run_many(connection: Connection, statement: Executable, parameters: Sequence[Mapping[str, Any]]) -> int:
    """Run one writing statement with each of `parameters` in order; return how many rows it touched in all."""
    raw = connection.connection.driver_connection
    assert raw is not None
    prepared = _compile(connection.dialect, statement, parameters[0])
    try:
        with raw.cursor() as cursor:
            cursor.executemany(prepared.sql, [_bound(prepared, row) for row in parameters])
            return int(cursor.rowcount)
    except psycopg.Error as error:
        raise _translated(connection, raw, error) from error


def _compile(dialect: Any, statement: Any, parameters: Mapping[str, Any]) -> _Compiled:
    names = tuple(sorted(parameters))
    by_names = _compiled.setdefault(statement, {})
    if names not in by_names:
        prepared = statement.compile(dialect=dialect, column_keys=list(names))
        processes = {
            column.keyname: process
            for column in prepared._result_columns
            if (process := column.type._cached_result_processor(dialect, None)) is not None
        }
        parameter_keys = {
            name: parameter.key for parameter, name in prepared.bind_names.items() if parameter.key in names
        }
        fixed = {
            name: parameter.effective_value
            for parameter, name in prepared.bind_names.items()
            if name not in parameter_keys
        }
        by_names[names] = _Compiled(str(prepared), fixed, parameter_keys, dict(prepared._bind_processors), processes)
    return by_names[names]


def _bound(compiled: _Compiled, parameters: Mapping[str, Any]) -> dict[str, Any]:
    values = {**compiled.fixed, **{name: parameters[key] for name, key in compiled.parameter_keys.items()}}
    for name, process in compiled.binds.items():
        values[name] = process(values[name])
    return values


def _rows(cursor: Any, compiled: _Compiled) -> list[dict[str, Any]]:
    if not cursor.pgresult.nfields:
        return []
    rows: list[dict[str, Any]] = cursor.fetchall()
    for name, process in compiled.results.items():
        for row in rows:
            row[name] = process(row[name])
    return rows


def _translated(connection: Any, raw: Any, error: psycopg.Error) -> DBAPIError:
    if raw.closed:
        # SQLAlchemy finds out for itself, and then drops every other connection of the pool as well
        connection.exec_driver_sql("SELECT 1")
    wrapped = DBAPIError.instance(
        None, None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect, connection_invalidated=False
    )
    assert isinstance(wrapped, DBAPIError)
    return wrapped
