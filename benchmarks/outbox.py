"""The outbox on real PostgreSQL with a long backlog: who waits for whom, and what a second process adds.

Rows are loaded by COPY. Smaller by default; `python3 run.py bench outbox --full` loads a million.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

import psycopg
from flask import Flask
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.jobs import service
from backend.jobs.runner.dispatcher import Dispatcher
from backend.platform.data import ids
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import outbox
from benchmarks.ledger import application
from benchmarks.measurement import Measurement, best, is_full, row
from tests.servers import PostgresServer

ROWS, FULL_ROWS = 50_000, 1_000_000
FEW = 1_000
ROWS_A_PERSON = 10
DRAINS_FOR_S = 8.0
LETTERS = 5
STALLED_ROWS = 200
PATIENCE_S = 30.0
FIRST_DUE_AT = datetime(2026, 1, 1, tzinfo=UTC)

LOCAL_TOPIC, LETTER_TOPIC, STALLED_TOPIC = "bench.local", "bench.letter", "bench.stalled"
_NOTE = text("INSERT INTO bench_handled VALUES (:owner)")
COLUMNS = ("user_id", "id", "topic", "lane", "facts", "due_at", "not_before", "attempts", "failures")


def run() -> list[Measurement]:
    """What a look at the lane costs, what is handled a second, and how long a letter waits beside all this."""
    rows = FULL_ROWS if is_full() else ROWS
    with PostgresServer.started(durable=True) as postgres, application(postgres) as app, app.app_context():
        _register(app)
        with psycopg.connect(postgres.dsn("carbon"), autocommit=True) as connection:
            connection.execute("CREATE TABLE bench_handled (user_id text)")
            _load(connection, FEW)
            few = _look_s()
            connection.execute("TRUNCATE outbox")
            _load(connection, rows)
            many = _look_s()
            yardstick = _rate(app, connection, 1)
            both = _rate(app, connection, 2)
            waited = _letter_beside(app, lambda: None)
            stalled = _letter_beside(app, _enqueue_stalled)
    return [
        row(f"look for 100 ready rows among {rows:,}", many * 1e3, None, "<= 5", "ms"),
        row(f"the same beside {FEW:,}", many * 1e3, few * 1e3, "<= 2", "ms"),
        row("two processes beside one", both, yardstick, ">= 1.7", "rows/s"),
        row("a sign-in letter while they drain, the slowest", waited, None, "<= 2", "s"),
        row("a letter beside a provider that does not answer", stalled, None, "<= 2", "s"),
    ]


def _register(app: Flask) -> None:
    """Handlers in the place of the product's: a small write, a letter that notes its arrival, one who never answers."""
    app.extensions["carbon.outbox_handlers"] = {}
    outbox.handle(app, LOCAL_TOPIC, lambda session, owner, _facts: _note(session, owner))
    outbox.deliver(app, LETTER_TOPIC, lambda owner, _facts: in_transaction(lambda session: _note(session, owner)))
    outbox.deliver(app, STALLED_TOPIC, lambda _owner, _facts: time.sleep(PATIENCE_S))


def _note(session: Session, owner: str) -> None:
    session.execute(_NOTE, {"owner": owner})


def _load(connection: psycopg.Connection[Any], rows: int) -> None:
    """Write `rows` rows of the local lane by COPY and check that they are what `enqueue` writes."""
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY outbox ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for number in range(rows):
                copy.write_row(_row(number))
        cursor.execute("ANALYZE outbox")
        cursor.execute("SELECT count(*), count(DISTINCT user_id), min(due_at) FROM outbox")
        assert cursor.fetchone() == (rows, -(-rows // ROWS_A_PERSON), FIRST_DUE_AT)
    owner, row_id = ids.new_id("user"), _enqueue(LOCAL_TOPIC, "usr_check")
    shape = "SELECT topic, lane, facts, attempts, failures, due_at = not_before FROM outbox WHERE id = %s"
    expected = connection.execute(shape, (row_id,)).fetchone()
    loaded = connection.execute(shape, (_row(0)[1],)).fetchone()
    assert loaded == expected, owner
    connection.execute("DELETE FROM outbox WHERE id = %s", (row_id,))


def _row(number: int) -> tuple[Any, ...]:
    due_at = FIRST_DUE_AT + timedelta(milliseconds=number)
    owner = f"usr_{number // ROWS_A_PERSON:026d}"
    return owner, f"out_{number:026d}", LOCAL_TOPIC, outbox.LOCAL, Jsonb({}), due_at, due_at, 0, 0


def _look_s() -> float:
    return best(lambda: in_transaction(lambda session: service.list_ready(session, outbox.LOCAL, 100)))


def _rate(app: Flask, connection: psycopg.Connection[Any], processes: int) -> float:
    """Rows handled a second by so many processes, counted from when all of them are at work."""
    with _draining(app, processes):
        time.sleep(1)
        before, started = _handled(connection), time.perf_counter()
        time.sleep(DRAINS_FOR_S)
        return (_handled(connection) - before) / (time.perf_counter() - started)


def _handled(connection: psycopg.Connection[Any]) -> int:
    found = connection.execute("SELECT count(*) FROM bench_handled").fetchone()
    assert found is not None
    return int(found[0])


@contextmanager
def _draining(app: Flask, processes: int) -> Iterator[None]:
    """So many processes that hand out rows, forked before they open anything, until the end."""
    app.extensions["carbon.engine"].dispose()
    context = get_context("fork")
    stop = context.Event()
    started = [context.Process(target=_drain, args=(app, stop)) for _ in range(processes)]
    for process in started:
        process.start()
    try:
        yield
    finally:
        stop.set()
        for process in started:
            process.join(5)
            process.kill()  # whoever waits for the provider that does not answer


def _drain(app: Flask, stop: Any) -> None:
    dispatcher = Dispatcher(app)
    dispatcher.start()
    stop.wait()
    dispatcher.stop()


def _enqueue(topic: str, owner: str) -> str:
    return in_transaction(lambda session: outbox.enqueue(session, owner, topic, {}))


def _enqueue_stalled() -> None:
    for _ in itertools.repeat(None, STALLED_ROWS):
        _enqueue(STALLED_TOPIC, ids.new_id("user"))


def _letter_beside(app: Flask, trouble: Callable[[], None]) -> float:
    """The longest of `LETTERS` times from writing a letter to its delivery, while the backlog drains."""
    trouble()
    with _draining(app, 1):
        time.sleep(1)
        return max(_delivery_s() for _ in range(LETTERS))


def _delivery_s() -> float:
    owner, pause, started = ids.new_id("letter"), threading.Event(), time.perf_counter()
    _enqueue(LETTER_TOPIC, owner)
    asked = text("SELECT count(*) FROM bench_handled WHERE user_id = :owner")
    while time.perf_counter() - started < PATIENCE_S:
        if in_transaction(lambda session: session.scalar(asked, {"owner": owner}), read_only=True):
            break
        pause.wait(0.02)
    return time.perf_counter() - started
