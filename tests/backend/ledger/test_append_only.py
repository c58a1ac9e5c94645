"""What is written stays: every kind of tampering is refused by the database itself, on both engines."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.ledger.models import EntryRow, PostingRow

TABLES = {table.__tablename__: table.__table__ for table in (EntryRow, PostingRow)}
COLUMNS = [(name, column.name) for name, table in TABLES.items() for column in table.columns]


@pytest.fixture
def refused(person, in_transaction):
    """`refused(sql)`: the database refuses it, and not a byte has changed."""
    person.earn(100)

    def everything():
        return in_transaction(
            lambda session: [session.execute(text(f"SELECT * FROM {name}")).all() for name in TABLES],
            read_only=True,
        )

    def check(sql: str) -> None:
        before = everything()
        with pytest.raises(DBAPIError, match="refused"):
            in_transaction(lambda session: session.execute(text(sql)))
        assert everything() == before

    return check


@pytest.mark.parametrize("table, column", COLUMNS)
def test_no_column_can_be_updated(refused, table, column):
    refused(f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_deleted(refused, table):
    refused(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", TABLES)
def test_no_table_can_be_emptied(refused, table, engine):
    refused(f"TRUNCATE {table} CASCADE" if engine == "postgresql" else f"DELETE FROM {table} WHERE 1")


@pytest.mark.parametrize(
    "table, key", [("ledger_entries", "user_id, id"), ("ledger_postings", "user_id, entry_id, position")]
)
def test_no_row_can_be_replaced_by_an_upsert(refused, table, key):
    refused(
        f"INSERT INTO {table} SELECT * FROM {table} WHERE true"
        f" ON CONFLICT ({key}) DO UPDATE SET user_id = excluded.user_id"
    )


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_replaced(refused, engine, table):
    if engine != "sqlite":
        pytest.skip("INSERT OR REPLACE is a word of SQLite's")
    refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


@pytest.mark.parametrize("key", ["id", "reference", "sequence"], ids=lambda key: f"by the same {key}")
def test_a_shell_that_never_heard_of_recursive_triggers_cannot_replace_an_entry(person, app, engine, key):
    if engine != "sqlite":
        pytest.skip("the pragma is SQLite's")
    person.earn(100)
    columns = [column.name for column in EntryRow.__table__.columns]
    fresh = {"id": "'ent_new'", "reference": "'new'", "sequence": "2"} | {key: key}
    values = ", ".join(fresh.get(name, name) for name in columns)
    shell = sqlite3.connect(app.extensions["carbon.engine"].url.database)
    try:
        assert shell.execute("PRAGMA recursive_triggers").fetchone() == (0,)
        with pytest.raises(sqlite3.IntegrityError, match="refused"):
            shell.execute(f"INSERT OR REPLACE INTO ledger_entries SELECT {values} FROM ledger_entries")
    finally:
        shell.close()
    assert [entry.reference for entry in person.entries()] == ["earned"]
