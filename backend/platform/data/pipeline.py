"""Several statements in one round trip to PostgreSQL, with SQLAlchemy's statements in and its errors out.

Touches only the connection it is given. SQLite has no round trips: `transactions` sends it one statement by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable

from backend.platform.data.joined_writes import JoinedWrites, join_once
from backend.platform.data.libpq_pipeline import LibpqPipeline, Result
from backend.platform.data.statement_sql import CompiledStatement, compile_once

Statement = tuple[Executable, Mapping[str, Any]]
AT_ONCE = 1_000  # statements of one round trip; what they answer waits in memory until the last is sent

__all__ = ["Joined", "Result", "Statement", "run", "run_many"]


class Joined(NamedTuple):
    """Statements that go as one; its row has a column `write_N` for each place in `counted`."""

    statements: Sequence[Executable]
    parameters: Sequence[Mapping[str, Any]]
    counted: tuple[int, ...]


def run(connection: Connection, statements: Sequence[Statement | Joined]) -> list[Result]:
    """Run `statements` in order and return one `Result` each; raise SQLAlchemy's error of the first that fails."""
    return _run(connection, [_compiled(connection.dialect, statement) for statement in statements])


def _compiled(dialect: Dialect, statement: Statement | Joined) -> tuple[CompiledStatement | JoinedWrites, Any]:
    if isinstance(statement, Joined):
        return join_once(dialect, *statement), statement.parameters
    return compile_once(dialect, *statement), statement[1]


def run_many(connection: Connection, statement: Executable, parameters: Sequence[Mapping[str, Any]]) -> int:
    """Run one writing statement with each of `parameters` in order; return how many rows it touched in all."""
    compiled = compile_once(connection.dialect, statement, parameters[0])
    return sum(
        result.touched
        for first in range(0, len(parameters), AT_ONCE)
        for result in _run(connection, [(compiled, row) for row in parameters[first : first + AT_ONCE]])
    )


def _run(connection: Connection, statements: Sequence[tuple[CompiledStatement | JoinedWrites, Any]]) -> list[Result]:
    raw: Any = connection.connection.driver_connection
    pipeline = connection.info.get("carbon.pipeline")
    if pipeline is None:
        pipeline = connection.info["carbon.pipeline"] = LibpqPipeline(raw)
    try:
        return pipeline.run(raw._get_tx_start_command(), statements)
    except psycopg.Error as error:
        raise _translated(connection, raw, error) from error
    except BaseException as error:
        if raw.closed:
            connection.invalidate(error)
        raise


def _translated(connection: Any, raw: Any, error: psycopg.Error) -> DBAPIError:
    if raw.closed:
        # SQLAlchemy finds out for itself, and then drops every other connection of the pool as well
        connection.exec_driver_sql("SELECT 1")
    wrapped = DBAPIError.instance(
        None, None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect, connection_invalidated=False
    )
    assert isinstance(wrapped, DBAPIError)
    return wrapped
