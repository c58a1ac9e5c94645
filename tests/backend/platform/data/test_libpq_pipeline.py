"""The pipeline to PostgreSQL: what it carries, and what it leaves behind when something breaks in the middle of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import JSON, Column, Date, DateTime, Integer, LargeBinary, MetaData, String, Table, bindparam, text
from sqlalchemy.exc import DataError, IntegrityError, InternalError, OperationalError

from backend.platform.core.errors import Refusal
from backend.platform.data import libpq_pipeline, pipeline, transactions
from backend.platform.data.transactions import enqueue_write, fetch_many

THINGS = Table("things", MetaData(), Column("id", Integer, primary_key=True), Column("name", String))
INSERT = THINGS.insert()
COUNT = text("SELECT count(*) AS things FROM things")
SLOWLY = text("SELECT pg_sleep(20)")
PREPARED = text("SELECT count(*) AS prepared FROM pg_prepared_statements")


@pytest.fixture(autouse=True)
def only_postgresql(engine):
    if engine != "postgresql":
        pytest.skip("SQLite is asked statement by statement")


@pytest.fixture
def things(in_transaction):
    in_transaction(lambda session: session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, name VARCHAR)")))


@pytest.fixture
def count(in_transaction):
    return lambda: in_transaction(lambda session: fetch_many(session, [(COUNT, {})])[0][0]["things"])


def thing(number: int, name: str | None = "a"):
    return INSERT, {"id": number, "name": name}


def test_every_kind_of_value_comes_back_as_the_drivers_own_cursor_brings_it(app):
    values = Table(
        "kinds",
        MetaData(),
        Column("moment", DateTime(timezone=True)),
        Column("day", Date),
        Column("whole", Integer),
        Column("words", String),
        Column("document", JSON),
        Column("raw", LargeBinary),
    )
    rows = [
        {
            "moment": datetime(2026, 3, 29, 1, 30, 0, 7, tzinfo=UTC),
            "day": date(2024, 2, 29),
            "whole": -(2**31),
            "words": "碳 \\ '%s' %% $1 :x\n\t\U0001f331",
            "document": {"a": [1, None, "ü\u2028"], "b": {"c": True}},
            "raw": bytes(range(256)),
        },
        dict.fromkeys(("moment", "day", "whole", "words", "document", "raw")),
        {
            "moment": datetime(1, 1, 1, tzinfo=UTC),
            "day": date(9999, 12, 31),
            "whole": 0,
            "words": "",
            "document": [],
            "raw": b"",
        },
    ]
    engine = app.extensions["carbon.engine"]
    with app.app_context(), engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE kinds (moment timestamptz, day date, whole integer, words varchar,"
                " document json, raw bytea)"
            )
        )
        pipeline.run(connection, [(values.insert(), row) for row in rows])
        (through_pipeline,) = pipeline.run(connection, [(values.select(), {})])
        through_cursor = [dict(row) for row in connection.execute(values.select()).mappings()]
    assert through_pipeline.rows == through_cursor == rows


def test_lists_and_other_types_are_written_by_the_driver(in_transaction):
    ask = text(
        "SELECT :ids = ARRAY[1, 2, 3] AS same, CAST(:known AS uuid) AS known, CAST(:amount AS numeric) AS amount"
    )
    known, amount = UUID("0198a1b2-0000-7000-8000-000000000001"), Decimal("-1234567890.000000000012300")
    values = {"ids": [1, 2, 3], "known": known, "amount": amount}
    (row,) = in_transaction(lambda session: fetch_many(session, [(ask, values)])[0])
    assert row == {"same": True, "known": known, "amount": amount}
    assert str(row["amount"]) == str(amount)


@pytest.mark.usefixtures("things")
def test_a_nul_in_a_text_is_refused_before_anything_is_sent(in_transaction, count):
    def write(session):
        enqueue_write(session, *thing(1))
        enqueue_write(session, *thing(2, "cut\x00off"))

    with pytest.raises(DataError, match="NUL"):
        in_transaction(write)
    assert count() == 0


@pytest.mark.usefixtures("things")
def test_the_first_error_is_the_one_that_is_raised_and_nothing_behind_it_runs(in_transaction, count):
    in_transaction(lambda session: enqueue_write(session, *thing(1)))

    def write(session):
        fetch_many(session, [thing(2), thing(1), (text("SELECT 1 / 0"), {}), thing(3)])

    for _ in range(4):  # the driver forgets what it prepared at each rollback
        with pytest.raises(IntegrityError, match="things_pkey"):
            in_transaction(write)
        assert count() == 1
    in_transaction(lambda session: fetch_many(session, [thing(2), thing(3)]))
    assert count() == 3


@pytest.mark.usefixtures("things")
def test_a_statement_is_prepared_once_on_a_connection_and_never_behind_a_pooler(make_app):
    def prepared(app) -> int:
        with app.app_context():
            for _ in range(5):
                found = transactions.in_transaction(lambda session: fetch_many(session, [(COUNT, {}), (PREPARED, {})]))
        return int(found[1][0]["prepared"])

    # the two of this test, and the clock's question that goes along
    assert prepared(make_app(database_pool_size=1)) == 3
    assert prepared(make_app(database_pool_size=1, database_pooler="transaction")) == 0


@pytest.mark.usefixtures("things")
def test_an_interrupt_in_the_middle_closes_the_connection_and_writes_nothing(app, in_transaction, count, monkeypatch):
    def interrupted(pipeline):
        raise KeyboardInterrupt

    def write(session):
        raw.append(session.connection().connection.driver_connection)
        fetch_many(session, [thing(1), thing(2)])

    raw = []
    with monkeypatch.context() as patched:
        patched.setattr(libpq_pipeline.LibpqPipeline, "_answers", interrupted)
        with pytest.raises(KeyboardInterrupt):
            in_transaction(write)
    assert raw[0].closed
    assert count() == 0
    in_transaction(lambda session: fetch_many(session, [thing(1)]))
    assert count() == 1


@pytest.mark.usefixtures("things")
def test_a_server_process_that_ends_in_the_middle_loses_the_transaction_and_the_next_goes_on(in_transaction, count):
    end = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(OperationalError):
        in_transaction(lambda session: fetch_many(session, [thing(1), (end, {}), thing(2)]))
    assert count() == 0


@pytest.mark.usefixtures("things")
def test_more_than_any_buffer_holds_goes_both_ways_at_once(in_transaction):
    echo = text("SELECT CAST(:sent AS text) AS came").bindparams(bindparam("sent"))
    long = ["x" * 3_000_000 + str(number) for number in range(12)]
    came = in_transaction(lambda session: fetch_many(session, [(echo, {"sent": one}) for one in long]))
    assert [rows[0]["came"] for rows in came] == long


@pytest.mark.usefixtures("things")
def test_a_reading_transaction_begins_as_one(in_transaction):
    with pytest.raises(InternalError, match="read-only"):
        in_transaction(lambda session: fetch_many(session, [thing(1)]), read_only=True)


@pytest.mark.usefixtures("things")
def test_a_snapshot_begins_with_the_first_statement_of_a_pipeline(in_transaction):
    level = text("SELECT current_setting('transaction_isolation') AS level")
    for snapshot, wanted in ((True, "repeatable read"), (False, "read committed")):
        ((row,),) = in_transaction(lambda session: fetch_many(session, [(level, {})]), snapshot=snapshot)
        assert row["level"] == wanted


@pytest.mark.usefixtures("things")
def test_a_table_that_changes_under_a_prepared_question_is_asked_again(in_transaction):
    ask = text("SELECT * FROM things")
    for _ in range(4):
        in_transaction(lambda session: fetch_many(session, [(ask, {})]))
    in_transaction(lambda session: session.execute(text("ALTER TABLE things ADD COLUMN size INTEGER DEFAULT 7")))
    in_transaction(lambda session: enqueue_write(session, *thing(1)))
    ((row,),) = in_transaction(lambda session: fetch_many(session, [(ask, {})]))
    assert row == {"id": 1, "name": "a", "size": 7}


@pytest.mark.usefixtures("things")
def test_a_statement_that_takes_too_long_is_ended_by_the_server(in_transaction, count):
    def wait(session):
        fetch_many(session, [(text("SET LOCAL statement_timeout = 20"), {}), thing(1), (SLOWLY, {})])

    with pytest.raises((OperationalError, Refusal), match=r"statement timeout|busy"):
        in_transaction(wait)
    assert count() == 0


def test_the_driver_has_the_private_names_the_pipeline_uses(app):
    with app.extensions["carbon.engine"].connect() as connection:
        raw = connection.connection.driver_connection
        assert raw._get_tx_start_command() == b"BEGIN"
        assert raw._prepared.prepared_max == 1_000
        for name in ("key", "get", "maybe_add_to_cache", "validate"):
            assert callable(getattr(raw._prepared, name))
        assert {"NO", "YES", "SHOULD"} == set(psycopg._preparing.Prepare.__members__)
        assert raw.lock.acquire(timeout=1)
        raw.lock.release()
