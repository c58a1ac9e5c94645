"""A directory leads to rows that are there, which no foreign key holds; and the migration that dropped the keys."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Boolean, Date, Integer, LargeBinary, String, Table, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from backend.app import factory
from backend.platform.data import slices
from backend.platform.data.columns import UtcInstant
from backend.platform.data.schema import differences, trigger_names
from backend.platform.data.table_kinds import OWNER, TableKind, tables_of
from backend.platform.data.transactions import Base
from backend.platform.ops import directories

factory.import_models()
DIRECTORIES = tables_of(Base.metadata, TableKind.DIRECTORY)
LEADING = [table for table in Base.metadata.sorted_tables if directories.lead_of(table)]
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
# the narrowest first: a UtcInstant and a WholeNumber are decorators of others
VALUES: list[tuple[type, Any]] = [
    (UtcInstant, NOON),
    (Date, date(2026, 11, 30)),
    (Boolean, False),
    (Integer, 1),
    (LargeBinary, b"x"),
    (String, "planted"),
]
# where a table takes only certain words
OF_NAME = {"guest_merges": {"state": "asked"}}


def row_of(table: Table, **named: Any) -> dict[str, Any]:
    """Some row of `table`."""
    values = {column.name: _value(column) for column in table.columns} | OF_NAME.get(table.name, {})
    return values | named


def _value(column: Any) -> Any:
    for kind, value in VALUES:
        if isinstance(column.type, kind):
            return value
    raise AssertionError(f"{column} is of a type for which there is no value")


@pytest.mark.breaks_invariants("each is planted to be found")
@pytest.mark.parametrize("table", LEADING, ids=lambda table: table.name)
def test_a_row_that_leads_to_nothing_is_found(table, in_transaction):
    in_transaction(lambda session: session.execute(insert(table), row_of(table)))
    found = in_transaction(lambda session: list(directories.find_broken(session)), read_only=True)
    assert [violation.row.split()[0] for violation in found] == [table.name]
    assert "leads to no row" in found[0].rule


@pytest.mark.breaks_invariants("one of them is planted to be found")
def test_a_row_that_leads_to_another_persons_row_is_found(person, new_person, in_transaction):
    other = new_person()
    tokens = Base.metadata.tables["refresh_tokens"]
    assert in_transaction(lambda session: list(directories.find_broken(session)), read_only=True) == []
    swap = update(tokens).where(tokens.c.user_id == person.user_id).values(user_id=other.user_id)
    in_transaction(lambda session: session.execute(swap))
    (found,) = in_transaction(lambda session: list(directories.find_broken(session)), read_only=True)
    assert other.user_id in found.figures


def test_a_row_that_leads_nowhere_by_intent_is_sound(in_transaction):
    marks = Base.metadata.tables["trace_marks"]
    in_transaction(lambda session: session.execute(insert(marks), row_of(marks, user_id=None, evidence_id=None)))
    assert in_transaction(lambda session: list(directories.find_broken(session)), read_only=True) == []


@pytest.mark.breaks_invariants("each is planted to be found")
def test_every_slice_of_a_long_directory_is_read(in_transaction, monkeypatch):
    monkeypatch.setattr(slices, "AT_ONCE", 3)
    things = Base.metadata.tables["thing_claims"]  # keyed by two columns
    rows = [
        row_of(things, thing_hash=thing, claimed_on=date(2026, 11, day)) for thing in ("a", "b") for day in range(1, 5)
    ]
    in_transaction(lambda session: session.execute(insert(things), rows))
    found = in_transaction(lambda session: list(directories.find_broken(session)), read_only=True)
    assert len({violation.row for violation in found}) == len(rows)


@pytest.fixture
def step(migration_step):
    """`step("downgrade")`: one step of the migration by itself."""
    return lambda name: migration_step("0038", name)


def test_the_migration_keeps_every_row_on_the_way_back_too(app, step, person, new_person, in_transaction):
    new_person(is_guest=True)
    notices = Base.metadata.tables["notices"]
    heard = row_of(notices, user_id=None, order_id=None)
    in_transaction(lambda session: session.execute(insert(notices), heard))
    rows, triggers = _everything(in_transaction), trigger_names(app)
    assert len(rows["refresh_tokens"]) == 2  # of the two people
    assert len(rows["notices"]) == 1

    step("downgrade")
    with pytest.raises(IntegrityError):
        in_transaction(lambda session: session.execute(insert(Base.metadata.tables["identities"]), _stray()))
    assert _everything(in_transaction) == rows
    step("upgrade")
    assert _everything(in_transaction) == rows
    assert (differences(app), trigger_names(app)) == ([], triggers)
    with pytest.raises(DBAPIError, match="is refused"):
        in_transaction(lambda session: session.execute(text("UPDATE notices SET kind = 'other'")))


def test_no_directory_has_a_foreign_key(app):
    inspector = inspect(app.extensions["carbon.engine"])
    assert {table.name: inspector.get_foreign_keys(table.name) for table in DIRECTORIES} == {
        table.name: [] for table in DIRECTORIES
    }


def _stray() -> dict[str, Any]:
    return row_of(Base.metadata.tables["identities"], **{OWNER: "usr_nobody"})


def _everything(in_transaction: Any) -> dict[str, list[tuple[Any, ...]]]:
    def read(session: Any) -> dict[str, list[tuple[Any, ...]]]:
        return {table.name: sorted(map(tuple, session.execute(select(table)))) for table in DIRECTORIES}

    return in_transaction(read, read_only=True)
