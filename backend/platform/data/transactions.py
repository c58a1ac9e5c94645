"""The transaction door: the only place that commits.

`in_transaction(work)` runs `work(session)` in one transaction and retries it, with a pause, when the database says
that two transactions got in each other's way. Services receive the session and never commit.

Round trips are what a write costs, so statements whose rows are not needed at once are queued with `enqueue_write`
and travel together: with the next `fetch_many`, the next ordinary query, or the commit.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

from flask import current_app
from sqlalchemy import Connection, CursorResult, Engine, MetaData, Table, event
from sqlalchemy.exc import DBAPIError, NotSupportedError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql import Executable

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data import pipeline
from backend.platform.data.writes import Write as Write
from backend.platform.data.writes import added_up, check_touched, group_writes, statements_of

T = TypeVar("T")
Ask = tuple[Executable, Mapping[str, Any]]
Rows = list[dict[str, Any]]

ATTEMPTS = 5
FIRST_PAUSE_S = 0.01
# a locked SQLite has waited for the lock already when it says so
PATIENCE_S = 5.0
# serialization failure, deadlock, and a statement prepared before a migration changed the type of what it returns
RETRIABLE_STATES = {"40001", "40P01", "0A000"}
LOCK_TIMEOUT_STATE = "55P03"

READ_ONLY = "carbon_read_only"  # option of a connection
# Option of a statement that writes only to lock a row: to commit what it wrote says nothing to anybody.
LOCKS = {"carbon_locks": True}

_is_open: ContextVar[bool] = ContextVar("transaction_is_open", default=False)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of the project; names of constraints follow one convention on both databases."""

    metadata = MetaData(naming_convention=NAMES)
    __table__: ClassVar[Table]


@dataclass(frozen=True)
class _Along:
    """A question that travels with the next round trip, and who hears its answer."""

    statement: Executable
    parameters: Mapping[str, Any]
    judge: Callable[[Rows], None] | None
    tells_now: bool

    @property
    def ask(self) -> Ask:
        return self.statement, self.parameters


class QueueingSession(Session):
    """A session that sends what was queued before it asks anything new, so that queries see every write."""

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        flush_writes(self)
        return super().execute(*args, **kwargs)

    def scalars(self, *args: Any, **kwargs: Any) -> Any:
        flush_writes(self)
        return super().scalars(*args, **kwargs)

    def scalar(self, *args: Any, **kwargs: Any) -> Any:
        flush_writes(self)
        return super().scalar(*args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        flush_writes(self)
        return super().get(*args, **kwargs)

    def flush(self, *args: Any, **kwargs: Any) -> None:
        if self.new or self.dirty or self.deleted:
            self.info["has_written"] = True
        super().flush(*args, **kwargs)


def enqueue_write(
    session: Session,
    statement: Executable,
    parameters: Mapping[str, Any],
    *,
    rows: int | None = None,
    otherwise: Callable[[], Exception] | None = None,
    adds: tuple[str, ...] = (),
) -> None:
    """Queue one `Write` of this transaction."""
    _queue(session).append(Write(statement, parameters, rows, otherwise, adds))


def enqueue_writes(session: Session, writes: Iterable[Write]) -> None:
    """Queue several, in their order."""
    _queue(session).extend(writes)


def ask_along(
    session: Session,
    statement: Executable,
    parameters: Mapping[str, Any],
    judge: Callable[[Rows], None],
    *,
    tells_now: bool = False,
) -> None:
    """Ask with the next round trip, whoever makes it, before what is queued; at the latest before the commit.

    `judge` hears the rows before anybody hears those of another question; what it raises undoes everything. For what
    may stop a transaction, and is worth no round trip of its own. With `tells_now` the first row has the database's
    instant in its column `now`, so that nobody has to ask for it.
    """
    session.info.setdefault("along", []).append(_Along(statement, parameters, judge, tells_now))


def fetch_many(session: Session, asks: Sequence[Ask]) -> list[Rows]:
    """Send what is asked along, the queue and then `asks` in one round trip; return the rows of each ask."""
    _flush(session)
    along = _take_along(session)
    if session.info.get("alike"):
        flush_writes(session)
    queued = _take(session)
    _note_writes(session, [*queued, *(statement for statement, _ in asks if not _only_locks(statement))])
    groups = group_writes(queued, joins=_joins(session)) if queued else []
    writes = statements_of(groups) if queued else []
    results = _send(session, [*(question.ask for question in along), *writes, *asks])
    for question, result in zip(along, results, strict=False):
        if question.tells_now:
            clock.keep_database_now(session, result.rows[0]["now"])
        if question.judge is not None:
            question.judge(result.rows)
    if queued:
        check_touched(session, groups, results[len(along) :])
    return [result.rows for result in results[len(along) + len(groups) :]]


def _take_along(session: Session) -> list[_Along]:
    """What is asked along, and the database's instant with the first questions: nobody makes a round trip for it."""
    along: list[_Along] = session.info.pop("along", [])
    knows_now = clock.KEPT in session.info or any(question.tells_now for question in along)
    if knows_now or connection_of(session).dialect.name != "postgresql":
        return along
    return [_Along(clock.POSTGRESQL_NOW, {}, None, tells_now=True), *along]


def drop_unsent_writes(session: Session) -> bool:
    """Forget what is queued; False where anything that writes was sent already, so that only a rollback undoes it."""
    _take(session)
    return not session.info.get("has_written", False)


def touched(session: Session, statement: Executable, parameters: Mapping[str, Any] | None = None) -> int:
    """Run one UPDATE or DELETE now and return how many rows it touched."""
    result: CursorResult[Any] = session.execute(statement, parameters)  # type: ignore[assignment]  # of a writing statement
    return result.rowcount


def batch_equal_writes(session: Session) -> None:
    """From now on send what this transaction queues statement by statement, each with all its parameters at once.

    For many rows of the same few statements. Statements keep the order in which they were first queued, and each its
    parameters in theirs: so no queued statement may depend on one that is queued for the first time after it.
    """
    session.info["alike"] = True


def join_writes(session: Session) -> None:
    """From now on let what this transaction queues go as few statements, where the database takes several as one.

    For writes of which none reads what another one writes: they then run in no certain order (see `joined_writes`).
    """
    session.info["joins"] = True


def flush_writes(session: Session) -> None:
    """Send everything queued with `enqueue_write` now."""
    if session.info.get("along"):
        fetch_many(session, [])
    queued = _take(session)
    if not queued:
        return
    _flush(session)
    _note_writes(session, queued)
    if session.info.get("alike"):
        _send_alike(session, queued)
    else:
        groups = group_writes(queued, joins=_joins(session))
        check_touched(session, groups, _send(session, statements_of(groups)))


def _joins(session: Session) -> bool:
    return "joins" in session.info and connection_of(session).dialect.name == "postgresql"


def _send(session: Session, statements: Sequence[pipeline.Statement | pipeline.Joined]) -> list[pipeline.Result]:
    """Run `statements` in order: in one round trip, or one by one where there are none."""
    if not statements:
        return []
    connection = connection_of(session)
    if connection.dialect.name == "postgresql":
        return pipeline.run(connection, statements)
    results = []
    for statement, parameters in cast("Sequence[pipeline.Statement]", statements):
        result = connection.execute(statement, parameters)
        rows = [dict(row) for row in result.mappings()] if result.returns_rows else []
        results.append(pipeline.Result(len(rows) if result.returns_rows else result.rowcount, rows))
    return results


def _send_alike(session: Session, queued: Sequence[Write]) -> None:
    connection = connection_of(session)
    alike: dict[Executable, list[Write]] = {}
    for item in queued:
        alike.setdefault(item.statement, []).append(item)
    for statement, items in alike.items():
        rows: Sequence[Mapping[str, Any]] = [item.parameters for item in items]
        rows = added_up(rows, items[0].adds) if items[0].adds or items[0].once else rows
        if connection.dialect.name == "postgresql":
            count = pipeline.run_many(connection, statement, rows)
        else:
            count = connection.execute(statement, rows).rowcount
        expected = [item.rows for item in items if item.rows is not None]
        if expected and count != sum(expected):
            raise items[0].otherwise() if items[0].otherwise else Refusal("internal.unexpected_rows")
        for item in items:
            if item.heard is not None:
                item.heard(session, count)


def connection_of(session: Session) -> Connection:
    """The connection on which the door opened this session, without the session's own book-keeping."""
    bind = session.bind
    return bind if isinstance(bind, Connection) else session.connection()


def _flush(session: Session) -> None:
    if session.new or session.dirty or session.deleted:
        session.flush()


def _only_locks(statement: Executable) -> bool:
    return bool(statement.is_select or statement.get_execution_options().get("carbon_locks"))


def _note_writes(session: Session, writes: Sequence[Any]) -> None:
    if writes:
        session.info["has_written"] = True


def _queue(session: Session) -> list[Write]:
    queued: list[Write] = session.info.setdefault("queued", [])
    return queued


def _take(session: Session) -> list[Write]:
    queued = _queue(session)
    session.info["queued"] = []
    return queued


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Work that may fail by itself: what raises undoes what was written inside, and nothing of what came before."""
    flush_writes(session)
    try:
        with session.begin_nested():
            session.connection()  # begins the savepoint now: what is written by the door never asks the session for it
            yield
            flush_writes(session)
    except BaseException:
        _take(session)
        raise


def in_transaction(work: Callable[[Session], T], *, read_only: bool = False, snapshot: bool = False) -> T:
    """Run `work` in one transaction and commit; return its result.

    With `snapshot` everything it reads is as of one instant, however much others commit meanwhile, and it may take as
    long as it needs: for whoever compares many rows with each other.

    Retries serialization failures, deadlocks and a locked SQLite up to `ATTEMPTS` times or for `PATIENCE_S`, with a
    growing random pause, each time from the start with a fresh session: `work` must have no effect but through it.
    Raises `Refusal("service.busy")` when the database stays busy, and whatever `work` raises.
    """
    give_up_at = time.monotonic() + PATIENCE_S
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _attempt(work, read_only, snapshot)
        except (OperationalError, NotSupportedError) as error:
            if not is_retriable(error):
                raise
            if attempt == ATTEMPTS or time.monotonic() > give_up_at:
                raise Refusal("service.busy", retry_after_s=1) from error
            time.sleep(random.uniform(0, FIRST_PAUSE_S * 2**attempt))
    raise AssertionError("unreachable")


def refuse_in_transaction() -> None:
    """Raise `RuntimeError` when this thread has a transaction open: for doors to slow, remote things."""
    if _is_open.get():
        raise RuntimeError("a remote call inside a transaction: commit first, or put it in the outbox")


def _attempt(work: Callable[[Session], T], read_only: bool, snapshot: bool) -> T:
    mark = _is_open.set(True)
    try:
        return _transact(work, read_only, snapshot)
    finally:
        _is_open.reset(mark)


def _transact(work: Callable[[Session], T], read_only: bool, snapshot: bool) -> T:
    options: dict[str, Any] = {READ_ONLY: read_only}
    engine = current_app.extensions["carbon.engine"]
    # a transaction on SQLite reads one snapshot in any case
    is_postgresql = engine.dialect.name == "postgresql"
    if is_postgresql and read_only:
        options["postgresql_readonly"] = True
    if is_postgresql and snapshot:
        options["isolation_level"] = "REPEATABLE READ"
    # on the connection itself: most transactions use the session for its queue alone, and it then begins nothing
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if is_postgresql and snapshot:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        with QueueingSession(connection, expire_on_commit=False) as session:
            result = work(session)
            flush_writes(session)
            if session.in_transaction():
                session.commit()
    return result


def say_begin(engine: Engine) -> None:
    """Let a SQLite engine begin its transactions as the door needs them; the driver's own would begin late."""

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        # a deferred BEGIN would let two writers read the same balance before either takes the lock
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's five-letter state of `error`, or None on SQLite."""
    return getattr(error.orig, "sqlstate", None)


def is_lock_timeout(error: DBAPIError) -> bool:
    """Whether the database gave up waiting for a lock."""
    return sqlstate(error) == LOCK_TIMEOUT_STATE


def is_retriable(error: DBAPIError) -> bool:
    """Whether two transactions only got in each other's way, so that trying again from the start helps."""
    return sqlstate(error) in RETRIABLE_STATES or "database is locked" in str(error.orig)
