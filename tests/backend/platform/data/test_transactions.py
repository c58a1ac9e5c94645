"""The transaction door: all or nothing, retried with pauses, queued writes that keep their promise."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import threading
import time

import pytest
import structlog
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from backend.platform.core.errors import Refusal
from backend.platform.data import engine as engines
from backend.platform.data import transactions
from backend.platform.data.transactions import ask_along, enqueue_write, fetch_many
from backend.platform.ops.outbox import OutboxRow, enqueue
from config import load_settings

INSERT = text("INSERT INTO boxes VALUES (:name, :units)")
TAKE = text("UPDATE boxes SET units = units - 1 WHERE name = :name AND units > 0")
LIST = text("SELECT name, units FROM boxes ORDER BY name")


@pytest.fixture
def boxes(in_transaction):
    """A table of boxes with units in them; returns what is in it, by name."""

    def make(session):
        session.execute(text("CREATE TABLE boxes (name VARCHAR(20) PRIMARY KEY, units INTEGER CHECK (units >= 0))"))
        session.execute(INSERT, [{"name": "a", "units": 10}, {"name": "b", "units": 10}])

    in_transaction(make)
    return lambda: dict(in_transaction(lambda session: session.execute(LIST).all()))


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between attempts, which then take no time."""
    seen = []
    monkeypatch.setattr(transactions.time, "sleep", seen.append)
    monkeypatch.setattr(transactions.random, "uniform", lambda _least, most: most)
    return seen


def conflict(state="40001"):
    """A conflict as the database would report it."""

    class Conflict(Exception):
        sqlstate = state

    return OperationalError("UPDATE", {}, Conflict())


def test_what_fails_leaves_nothing(boxes, in_transaction):
    def fail(session):
        session.execute(TAKE, {"name": "a"})
        enqueue_write(session, TAKE, {"name": "b"})
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        in_transaction(fail)
    assert boxes() == {"a": 10, "b": 10}


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_a_conflict_is_tried_again_from_the_start_with_growing_pauses(state, boxes, in_transaction, pauses):
    attempts = []

    def take(session):
        session.execute(TAKE, {"name": "a"})
        attempts.append(session)
        if len(attempts) < 4:
            raise conflict(state)
        return "done"

    assert in_transaction(take) == "done"
    assert len(set(map(id, attempts))) == 4, "a fresh session each time"
    assert pauses == sorted(pauses)
    assert len(set(pauses)) == 3
    assert boxes()["a"] == 9


def test_a_database_that_stays_busy_is_refused_after_the_last_attempt(in_transaction, pauses):
    def never(_session):
        raise conflict()

    with pytest.raises(Refusal) as refused:
        in_transaction(never)
    assert refused.value.code == "service.busy"
    assert len(pauses) == transactions.ATTEMPTS - 1


def test_another_error_is_not_tried_again(in_transaction, pauses):
    def fail(_session):
        raise OperationalError("SELECT", {}, Exception("no such table"))

    with pytest.raises(OperationalError):
        in_transaction(fail)
    assert pauses == []


@pytest.fixture
def crossing(boxes, app, parallel):
    """Two transactions that take from the same boxes in opposite order, each holding its first when it asks."""

    def race(queued):
        met = threading.Barrier(2)

        def take_both(index):
            first, second = ("a", "b") if index == 0 else ("b", "a")
            meetings = iter([met.wait])

            def work(session):
                session.execute(TAKE, {"name": first})
                for meet in meetings:  # only on the first attempt
                    with contextlib.suppress(threading.BrokenBarrierError):  # SQLite lets one in at a time
                        meet(0.3)
                if queued:
                    enqueue_write(session, TAKE, {"name": second})
                else:
                    session.execute(TAKE, {"name": second})

            with app.app_context():
                return transactions.in_transaction(work)

        return parallel(2, take_both)

    return race


@pytest.mark.concurrency
@pytest.mark.parametrize("queued", [False, True])
def test_two_transactions_in_each_others_way_both_succeed(queued, crossing, boxes):
    assert crossing(queued).errors == []
    assert boxes() == {"a": 8, "b": 8}


@pytest.mark.concurrency
@pytest.mark.parametrize("queued", [False, True])
def test_control_without_a_second_attempt_a_deadlock_refuses_one_of_them(queued, crossing, boxes, monkeypatch, engine):
    monkeypatch.setattr(transactions, "ATTEMPTS", 1)
    refused = [error.code for error in crossing(queued).errors]
    # SQLite has one writer, which nobody can lock out
    assert refused == ([] if engine == "sqlite" else ["service.busy"])


def test_a_read_only_transaction_cannot_write(boxes, in_transaction):
    for write in (
        lambda session: session.execute(TAKE, {"name": "a"}),
        lambda session: enqueue_write(session, TAKE, {"name": "a"}),
    ):
        with pytest.raises(DBAPIError):
            in_transaction(write, read_only=True)
    assert boxes()["a"] == 10
    in_transaction(lambda session: session.execute(TAKE, {"name": "a"}))
    assert boxes()["a"] == 9, "the next transaction on that connection writes again"


def test_queued_writes_are_there_for_the_next_question(boxes, in_transaction):
    def work(session):
        enqueue_write(session, INSERT, {"name": "c", "units": 1})
        assert len(session.execute(LIST).all()) == 3
        enqueue_write(session, INSERT, {"name": "d", "units": 1})
        [rows] = fetch_many(session, [(LIST, {})])
        assert [row["name"] for row in rows] == ["a", "b", "c", "d"]
        enqueue_write(session, INSERT, {"name": "e", "units": 1})
        assert session.scalar(text("SELECT count(*) FROM boxes")) == 5
        enqueue_write(session, INSERT, {"name": "f", "units": 1})

    in_transaction(work)
    assert sorted(boxes()) == ["a", "b", "c", "d", "e", "f"]


def test_questions_asked_together_are_answered_in_order(boxes, in_transaction):
    one = text("SELECT units FROM boxes WHERE name = :name")
    asked = in_transaction(
        lambda session: fetch_many(session, [(one, {"name": "b"}), (one, {"name": "none"}), (LIST, {})])
    )
    assert asked == [[{"units": 10}], [], [{"name": "a", "units": 10}, {"name": "b", "units": 10}]]


def test_types_of_columns_hold_for_queued_writes_and_joint_questions(in_transaction, frozen_clock):
    facts = {"deep": [1, {"name": "林"}]}
    in_transaction(lambda session: enqueue(session, "usr_1", "topic", facts))
    [[row]] = in_transaction(lambda session: fetch_many(session, [(select(OutboxRow.__table__), {})]))
    assert row["facts"] == facts
    assert row["due_at"] == frozen_clock()


def test_a_queued_write_that_touches_another_number_of_rows_undoes_the_transaction(boxes, in_transaction):
    def oversell(session):
        enqueue_write(session, TAKE, {"name": "b"}, rows=1)
        enqueue_write(session, TAKE, {"name": "none"}, rows=1, otherwise=lambda: Refusal("checkout.sold_out"))

    with pytest.raises(Refusal, match="sold_out"):
        in_transaction(oversell)
    assert boxes() == {"a": 10, "b": 10}


def test_an_expectation_without_a_refusal_of_its_own_is_our_mistake(boxes, in_transaction):
    with pytest.raises(Refusal, match="unexpected_rows"):
        in_transaction(lambda session: enqueue_write(session, TAKE, {"name": "none"}, rows=1))


@pytest.mark.parametrize("queued", [False, True])
@pytest.mark.parametrize("bad", [{"name": "a", "units": 1}, {"name": "c", "units": -1}])
def test_a_broken_constraint_is_the_same_error_queued_or_not(bad, queued, boxes, in_transaction):
    def write(session):
        if queued:
            enqueue_write(session, TAKE, {"name": "b"})
            enqueue_write(session, INSERT, bad)
            enqueue_write(session, TAKE, {"name": "b"})
        else:
            session.execute(INSERT, bad)

    with pytest.raises(IntegrityError):
        in_transaction(write)
    assert boxes() == {"a": 10, "b": 10}


def test_a_question_that_cannot_be_asked_is_a_database_error_and_the_connection_stays_usable(boxes, in_transaction):
    with pytest.raises(DBAPIError):
        in_transaction(lambda session: fetch_many(session, [(text("SELECT * FROM nowhere"), {}), (LIST, {})]))
    assert boxes() == {"a": 10, "b": 10}


@pytest.mark.parametrize("queued", [False, True])
def test_the_log_of_a_failed_statement_never_shows_its_values(queued, boxes, in_transaction, capsys, make_app):
    make_app(log_level="ERROR")  # sends the log through our handler, on this test's standard error
    secret = {"name": "canary-4711", "units": -1}
    with pytest.raises(IntegrityError) as error:
        in_transaction(
            lambda session: enqueue_write(session, INSERT, secret) if queued else session.execute(INSERT, secret)
        )
    structlog.get_logger("test").error("database", exc_info=error.value)
    written = capsys.readouterr().err
    assert "IntegrityError" in written
    assert "canary" not in written


def test_an_exhausted_pool_is_answered_with_try_again(make_app, monkeypatch, parallel):
    monkeypatch.setattr(engines, "POOL_TIMEOUT_S", 0.2)
    app = make_app(database_pool_size=1)
    engine = app.extensions["carbon.engine"]
    with engine.connect(), engine.connect():
        answer = app.test_client().get("/v1/methodologies") if "methodology" in app.blueprints else None
        ready = app.test_client().get("/readyz")
    assert ready.status_code == 503
    assert ready.headers["Retry-After"]
    assert answer is None or (answer.status_code, answer.json["code"]) == (503, "service.busy")
    assert app.test_client().get("/readyz").status_code == 200


# --- SQLite by itself: what its listeners are for -----------------------------------------------------------------


@pytest.fixture
def sqlite_file(tmp_path):
    path = tmp_path / "units.db"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE units (n INTEGER)")
        connection.execute("INSERT INTO units VALUES (10)")
        connection.execute("CREATE TABLE sold (buyer INTEGER)")
    return path


def buy_out(make_engine, sqlite_file, parallel, buyers=40):
    """Let `buyers` look, think and buy, as a naive programmer would; how many of the 10 units they got."""
    engine = make_engine(f"sqlite:///{sqlite_file}")

    def buy(buyer):
        with engine.connect() as connection, connection.begin():
            left = connection.execute(text("SELECT n FROM units")).scalar_one()
            time.sleep(0.001)
            if left > 0:
                connection.execute(text("UPDATE units SET n = :n"), {"n": left - 1})
                connection.execute(text("INSERT INTO sold VALUES (:buyer)"), {"buyer": buyer})

    parallel(buyers, buy)
    engine.dispose()
    with contextlib.closing(sqlite3.connect(sqlite_file)) as connection:
        return connection.execute("SELECT count(*) FROM sold").fetchone()[0]


@pytest.mark.concurrency
def test_forty_buyers_cannot_buy_more_than_ten_units_on_sqlite(sqlite_file, parallel, tmp_path):
    settings = load_settings({"CARBON_DATABASE_URL": f"sqlite:///{sqlite_file}", "CARBON_DATABASE_POOL_SIZE": "40"})

    def ours(url):
        engine = create_engine(url, **engines.engine_options(settings))
        engines.configure(engine)
        return engine

    assert buy_out(ours, sqlite_file, parallel) == 10


@pytest.mark.concurrency
def test_control_with_the_drivers_own_transactions_units_are_sold_twice(sqlite_file, parallel):
    with contextlib.closing(sqlite3.connect(sqlite_file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    plain = functools.partial(create_engine, pool_size=40, connect_args={"timeout": 5})
    sold = buy_out(plain, sqlite_file, parallel)
    with contextlib.closing(sqlite3.connect(sqlite_file)) as connection:
        left = connection.execute("SELECT n FROM units").fetchone()[0]
    assert sold > 10 - left, "more units were sold than are missing"


def test_sqlite_keeps_its_foreign_keys_and_its_triggers(tmp_path):
    settings = load_settings({"CARBON_DATABASE_URL": f"sqlite:///{tmp_path}/a.db"})
    engine = create_engine(settings.database_url, **engines.engine_options(settings))
    engines.configure(engine)
    with engine.connect() as connection:
        found = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
            for pragma in ("foreign_keys", "recursive_triggers", "journal_mode")
        }
    engine.dispose()
    assert found == {"foreign_keys": 1, "recursive_triggers": 1, "journal_mode": "wal"}


def test_sqlite_that_stays_locked_is_given_up_after_the_patience(make_app, monkeypatch, engine, tmp_path):
    monkeypatch.setattr(engines, "LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(transactions, "PATIENCE_S", 0.2)
    app = make_app(database_url=f"sqlite:///{tmp_path}/locked.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "locked.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with app.app_context(), pytest.raises(Refusal, match=r"service\.busy"):
            transactions.in_transaction(lambda session: session.execute(text("SELECT 1")))
        assert time.monotonic() - began > 0.05
        other.execute("ROLLBACK")
    with app.app_context():
        assert transactions.in_transaction(lambda session: session.scalar(text("SELECT 1"))) == 1


def test_what_is_asked_along_is_heard_before_the_next_answer_and_sees_nothing_that_was_queued_after(
    boxes, in_transaction
):
    heard = []

    def work(session):
        ask_along(session, LIST, {}, heard.append)
        enqueue_write(session, INSERT, {"name": "c", "units": 1})
        [rows] = fetch_many(session, [(LIST, {})])
        return [row["name"] for row in heard[0]], [row["name"] for row in rows]

    assert in_transaction(work) == (["a", "b"], ["a", "b", "c"])


def test_what_is_asked_along_is_asked_before_the_commit_and_what_it_raises_undoes_everything(boxes, in_transaction):
    def judge(rows):
        raise Refusal("conflict", found=len(rows))

    def work(session):
        ask_along(session, LIST, {}, judge)
        enqueue_write(session, INSERT, {"name": "c", "units": 1})

    with pytest.raises(Refusal, match="conflict"):
        in_transaction(work)
    assert boxes() == {"a": 10, "b": 10}
