"""Statements stay prepared on a connection, unless a pooler takes it away, and outlive a migration."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, text

from backend.platform.data import transactions

ASK = text("SELECT note FROM plans WHERE id = :id").bindparams(bindparam("id"))


@pytest.fixture
def _only_postgresql(engine):
    if engine != "postgresql":
        pytest.skip("SQLite prepares nothing on a server")


def test_what_was_committed_to_sqlite_is_on_the_disk(in_transaction, engine):
    if engine != "sqlite":
        pytest.skip("PostgreSQL waits for the disk unless somebody tells the server not to")
    full = 2
    assert in_transaction(lambda session: session.execute(text("PRAGMA synchronous")).scalar_one()) == full


def prepared(session) -> int:
    return session.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()


def ask_often(app, times: int = 5) -> int:
    def work(session) -> int:
        for _ in range(times):
            transactions.fetch_many(session, [(ASK, {"id": 1})])
        return prepared(session)

    with app.app_context():
        return transactions.in_transaction(work)


@pytest.fixture
def table(in_transaction):
    in_transaction(lambda session: session.execute(text("CREATE TABLE plans (id integer, note integer)")))
    in_transaction(lambda session: session.execute(text("INSERT INTO plans VALUES (1, 7)")))


@pytest.mark.usefixtures("_only_postgresql")
def test_a_statement_that_comes_again_stays_prepared(app, table):
    assert ask_often(app) > 0


@pytest.mark.usefixtures("_only_postgresql")
def test_behind_a_pooler_nothing_stays_prepared(make_app, table):
    assert ask_often(make_app(database_pooler="transaction")) == 0


@pytest.mark.usefixtures("_only_postgresql")
def test_a_migration_that_changes_a_type_while_we_serve_is_survived(app, table, make_app):
    ask_often(app)
    with make_app().app_context():
        transactions.in_transaction(
            lambda session: session.execute(text("ALTER TABLE plans ALTER COLUMN note TYPE text"))
        )
    with app.app_context():
        ((row,),) = transactions.in_transaction(lambda session: transactions.fetch_many(session, [(ASK, {"id": 1})]))
    assert row == {"note": "7"}
