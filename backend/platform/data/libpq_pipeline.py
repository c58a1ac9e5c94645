"""libpq's pipeline through `psycopg.pq`: every statement sent in one write, every answer read in one wait.

psycopg's own pipeline writes and polls once for each statement, which costs a request more than the statements
themselves do. What is prepared stays the driver's knowledge, so its own cursors, its rollback and a pooler in
transaction mode meet no surprise. Uses private names of the driver: `_prepared`, `_get_tx_start_command`; a test
holds them.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus

from backend.platform.data.joined_writes import JoinedWrites
from backend.platform.data.statement_sql import CompiledStatement

Sent = CompiledStatement | JoinedWrites  # its values come from one mapping, or from one for each part

TEXT, BINARY = 0, 1
FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED)
Prepare: Any = psycopg._preparing.Prepare


# Text for the types most values have, without a call of ours; bytes go as they are.
_WRITERS: dict[type, Callable[[Any], bytes | None]] = {
    type(None): {}.get,
    str: str.encode,
    bytes: bytes,
    int: b"%d".__mod__,
    bool: {True: b"t", False: b"f"}.__getitem__,
    datetime: lambda value: value.isoformat().encode(),
    date: lambda value: value.isoformat().encode(),
    Decimal: lambda value: str(value).encode(),
}
_NUL = b"\x00"


class _Writers(dict[type, Callable[[Any], bytes | None]]):
    """How a value of each type is written; every type not known above by the driver's own dumper."""

    def __init__(self, types: Any) -> None:
        super().__init__(_WRITERS)
        self._types = types

    def __missing__(self, kind: type) -> Callable[[Any], bytes | None]:
        self[kind] = str.encode if issubclass(kind, str) else self._dump
        return self[kind]

    def _dump(self, value: Any) -> bytes | None:
        written = self._types.get_dumper(value, PyFormat.TEXT).dump(value)
        return None if written is None else bytes(written)


class Result(NamedTuple):
    """What one statement did: the number of rows it touched or returned, and the rows it returned."""

    touched: int
    rows: list[dict[str, Any]]


class _Sending(NamedTuple):
    """One statement with its values in the form of the wire, and what the driver says about preparing it."""

    statement: Sent
    values: list[bytes | None]
    formats: list[int] | None


class LibpqPipeline:
    """The pipeline of one connection of the driver."""

    def __init__(self, raw: Any) -> None:
        self._pg, self._lock, self._prepared = raw.pgconn, raw.lock, raw._prepared
        self._types = Transformer(raw)
        self._writers = _Writers(self._types)
        self._columns: dict[bytes, list[str]] = {}

    def run(self, begin: bytes, statements: Sequence[tuple[Sent, Any]]) -> list[Result]:
        """Run the statements in order, in a transaction begun by `begin` where none is open.

        Raises the driver's error of the first that fails; those behind it were not run. Whatever else is raised in
        the middle, such as an interrupt, leaves the connection closed: nobody could tell whose answers come next.
        """
        with self._lock:
            # whatever cannot be written fails here, before anything is sent
            sendings = [self._sending(statement, parameters) for statement, parameters in statements]
            try:
                answers, prepares = self._converse(begin, sendings)
            except BaseException:
                self._pg.finish()
                raise
            failed = next((answer for answer, _ in answers if answer.status in FAILED), None)
            for key, prepare, name, place in prepares:
                self._prepared.validate(key, prepare, name, [answers[place][0]])
            if failed is not None:
                raise error_from_result(failed)
            return [self._result(statement, answer) for answer, statement in answers if statement is not None]

    def _sending(self, statement: Sent, parameters: Any) -> _Sending:
        bound, writers = statement.bound(parameters), self._writers
        values = [writers[value.__class__](value) for value in bound]
        binary = [place for place, value in enumerate(bound) if value.__class__ is bytes]
        texts = values if not binary else [value for place, value in enumerate(values) if place not in binary]
        if _NUL in b"".join(filter(None, texts)):  # libpq would end the text there, and say nothing
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        formats = [BINARY if place in binary else TEXT for place in range(len(values))] if binary else None
        return _Sending(statement, values, formats)

    def _converse(
        self, begin: bytes, sendings: Sequence[_Sending]
    ) -> tuple[list[tuple[Any, Sent | None]], list[tuple[Any, Any, bytes, int]]]:
        """Every answer with the statement it is the answer to, or None; and what is to be validated at which place."""
        pg, prepared = self._pg, self._prepared
        asked: list[Sent | None] = []
        prepares: list[tuple[Any, Any, bytes, int]] = []
        pg.enter_pipeline_mode()
        if pg.transaction_status == TransactionStatus.IDLE:
            pg.send_query_params(begin, None)
            asked.append(None)
        for sending in sendings:
            statement = sending.statement
            prepare, name = prepared.get(statement)
            if prepare is Prepare.SHOULD:
                pg.send_prepare(name, statement.query)
                asked.append(None)
            if prepare is Prepare.NO:
                pg.send_query_params(statement.query, sending.values, None, sending.formats, TEXT)
            else:
                pg.send_query_prepared(name, sending.values, sending.formats, TEXT)
            key = prepared.maybe_add_to_cache(statement, prepare, name)
            if prepare is Prepare.SHOULD or key is not None:
                prepares.append((prepared.key(statement), prepare, name, len(asked)))
            asked.append(statement)
        pg.pipeline_sync()
        answers = self._answers()
        pg.exit_pipeline_mode()
        return list(zip(answers, asked, strict=True)), prepares

    def _answers(self) -> list[Any]:
        pg = self._pg
        poll = select.poll()
        poll.register(pg.socket, select.POLLIN | select.POLLOUT)
        while pg.flush():  # the server stops reading while nobody takes what it answers
            if any(seen & ~select.POLLOUT for _, seen in poll.poll()):
                pg.consume_input()
        poll.modify(pg.socket, select.POLLIN)
        answers: list[Any] = []
        while True:
            while pg.is_busy():
                poll.poll()
                pg.consume_input()
            answer = pg.get_result()
            if answer is None:  # it stands between two answers, and is all there is on a lost connection
                if pg.status != psycopg.pq.ConnStatus.OK:
                    raise psycopg.OperationalError("the connection is lost")
            elif answer.status == ExecStatus.PIPELINE_SYNC:
                return answers
            else:
                answers.append(answer)

    def _result(self, statement: Sent, answer: Any) -> Result:
        if not answer.nfields:
            return Result(answer.command_tuples or 0, [])
        if not answer.ntuples:
            return Result(0, [])
        names = self._columns.get(statement.query)
        if names is None or len(names) != answer.nfields:
            names = [answer.fname(column).decode() for column in range(answer.nfields)]
            self._columns[statement.query] = names
        self._types.set_pgresult(answer)
        rows: list[dict[str, Any]] = self._types.load_rows(
            0, answer.ntuples, lambda values: dict(zip(names, values, strict=False))
        )
        for name, process in statement.results:
            for row in rows:
                row[name] = process(row[name])
        return Result(len(rows), rows)
