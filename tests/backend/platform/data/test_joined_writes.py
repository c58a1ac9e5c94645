"""Writes that travel as one statement: which may, and that they do what they would have done one by one."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table, bindparam, select, text
from sqlalchemy.exc import IntegrityError

from backend.platform.data import pipeline
from backend.platform.data.joined_writes import group_joinable
from backend.platform.data.transactions import (
    Write,
    enqueue_writes,
    fetch_many,
    flush_writes,
    join_writes,
    savepoint,
)
from backend.platform.data.upsert import insert_absent, offered, upsert

META = MetaData()
HOMES = Table("homes", META, Column("id", Integer, primary_key=True), Column("name", String))
ROOMS = Table("rooms", META, Column("id", Integer, primary_key=True), Column("home_id", ForeignKey("homes.id")))
SUMS = Table(
    "sums", META, Column("id", Integer, primary_key=True), Column("total", Integer), Column("raw", LargeBinary)
)
ADD = upsert(SUMS, key=["id"], changes={"total": SUMS.c.total + offered(SUMS).total})
RENAME = HOMES.update().where(HOMES.c.id == bindparam("home")).values(name=bindparam("new_name"))
ONE_HOME = {"id": 1, "name": "a $1 'home'"}


class Missed(Exception):
    """A write touched another number of rows than it said."""


@pytest.fixture
def tables(in_transaction):
    in_transaction(lambda session: META.create_all(session.connection()))


@pytest.fixture
def sent(monkeypatch):
    """How many statements each round trip through the pipeline had."""
    counts: list[int] = []
    real = pipeline.run

    def run(connection, statements):
        counts.append(len(statements))
        return real(connection, statements)

    monkeypatch.setattr(pipeline, "run", run)
    return counts


def write(in_transaction, *writes):
    def work(session):
        join_writes(session)
        enqueue_writes(session, writes)

    in_transaction(work)


def stored(in_transaction, table):
    return in_transaction(lambda session: fetch_many(session, [(select(table), {})])[0])


def test_no_two_writes_of_one_table_are_joined_and_nothing_else_than_a_write_is():
    statements = [HOMES.insert(), ROOMS.insert(), HOMES.insert(), text("SELECT 1"), ROOMS.insert(), SUMS.insert()]
    assert [list(places) for places in group_joinable(statements)] == [[0, 1], [2], [3], [4, 5]]
    assert list(group_joinable([])) == []


@pytest.mark.usefixtures("tables")
def test_writes_of_several_tables_are_one_statement_and_do_what_each_says(in_transaction, sent, engine):
    raw = bytes(range(256))
    write(
        in_transaction,
        Write(HOMES.insert(), ONE_HOME, rows=1),
        Write(ROOMS.insert(), {"id": 7, "home_id": 1}),
        Write(ADD, {"id": 1, "total": 5, "raw": raw}),
    )
    write(
        in_transaction,
        Write(RENAME, {"home": 1, "new_name": "b"}, rows=1),
        Write(ADD, {"id": 1, "total": 2, "raw": b""}),
    )
    assert stored(in_transaction, HOMES) == [{"id": 1, "name": "b"}]
    assert stored(in_transaction, ROOMS) == [{"id": 7, "home_id": 1}]
    assert stored(in_transaction, SUMS) == [{"id": 1, "total": 7, "raw": raw}]
    if engine == "postgresql":
        assert sent[:2] == [1, 1]


@pytest.mark.usefixtures("tables")
def test_a_key_between_their_tables_holds_whichever_comes_first(in_transaction, engine):
    if engine == "sqlite":
        pytest.skip("SQLite is told one by one, and a room before its home is refused")
    room = Write(ROOMS.insert(), {"id": 7, "home_id": 1})
    write(in_transaction, room, Write(HOMES.insert(), ONE_HOME))
    with pytest.raises(IntegrityError):
        write(
            in_transaction,
            Write(ROOMS.insert(), {"id": 8, "home_id": 2}),
            Write(ADD, {"id": 1, "total": 5, "raw": None}),
        )
    assert stored(in_transaction, SUMS) == []


@pytest.mark.usefixtures("tables")
def test_a_write_that_touches_too_few_rows_undoes_them_all_and_says_what_it_says(in_transaction):
    missing = Write(RENAME, {"home": 9, "new_name": "b"}, rows=1, otherwise=Missed)
    with pytest.raises(Missed):
        write(in_transaction, Write(ADD, {"id": 1, "total": 5, "raw": None}), missing, Write(ROOMS.insert(), {"id": 7}))
    assert stored(in_transaction, SUMS) == stored(in_transaction, ROOMS) == []


@pytest.mark.usefixtures("tables")
def test_who_hears_how_many_rows_there_were_hears_it_of_their_own_write(in_transaction):
    heard: list[int] = []
    offer = Write(insert_absent(HOMES, key=["id"]), ONE_HOME, heard=lambda _session, count: heard.append(count))
    for _ in range(2):
        write(
            in_transaction,
            Write(ADD, {"id": 1, "total": 5, "raw": None}),
            offer,
            Write(ROOMS.insert(), {"id": len(heard)}),
        )
    assert heard == [1, 0]


@pytest.mark.usefixtures("tables")
def test_what_a_savepoint_undoes_is_undone_although_the_session_itself_was_never_asked(in_transaction):
    def work(session):
        enqueue_writes(session, [Write(HOMES.insert(), ONE_HOME)])
        with suppress(Missed), savepoint(session):
            enqueue_writes(session, [Write(HOMES.insert(), {"id": 2, "name": "b"})])
            flush_writes(session)
            raise Missed

    in_transaction(work)
    assert stored(in_transaction, HOMES) == [ONE_HOME]
