"""The plan that distributes the tables keeps the rules of a distributed database, and the command says what it did.

The stand-in below holds the rules of Citus that a schema can break, as far as we know them; it runs no statement. That
the plan itself is taken was seen on Citus 13.2.2 with three PostgreSQL 15 servers on 2026-11-30 (docs/scale.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Index, MetaData, String, Table, UniqueConstraint, text

from backend.app import factory
from backend.platform.data import distribution
from backend.platform.data.distribution import Step, plan
from backend.platform.data.table_kinds import TableKind, directory_table, placement_of, reference_table, tables_of
from backend.platform.data.transactions import Base

factory.import_models()

DISTRIBUTED = re.compile(r"SELECT create_distributed_table\('(\w+)', '(\w+)', colocate_with => '(\w+)'\)")
REFERENCE = re.compile(r"SELECT create_reference_table\('(\w+)'\)")
KEY = re.compile(r"ALTER TABLE (\w+) (ADD|DROP) CONSTRAINT (\w+)")


class StandIn:
    """A database that takes the statements of a plan and refuses what a distributed one refuses."""

    def __init__(self, metadata: MetaData) -> None:
        self.tables = metadata.tables
        self.keys = {key.name: key for table in self.tables.values() for key in table.foreign_key_constraints}
        self.is_kept = dict.fromkeys(self.keys, True)
        self.lies_by: dict[str, str] = {}  # an empty key: whole on every machine
        self.beside: dict[str, str] = {}

    def refusals(self, steps: list[Step]) -> list[str]:
        return [refusal for step in steps for refusal in self._run(step.statement)]

    def _run(self, statement: str) -> Iterator[str]:
        if said := DISTRIBUTED.fullmatch(statement):
            name, column, beside = said.groups()
            self.lies_by[name], self.beside[name] = column, name if beside == "none" else self.beside.get(beside, "")
            if beside != "none" and beside not in self.lies_by:
                yield f"{name} cannot lie beside {beside}, which is not distributed"
            yield from self._uniqueness(self.tables[name], column)
            yield from self._keys_of(name)
        elif said := REFERENCE.fullmatch(statement):
            self.lies_by[said[1]] = ""
            yield from self._keys_of(said[1])
        elif said := KEY.match(statement):
            self.is_kept[said[3]] = said[2] == "ADD"
            if said[2] == "ADD":
                yield from self._reference(self.keys[said[3]])
        elif not statement.startswith("SET LOCAL "):
            yield f"an unknown statement: {statement}"

    def _uniqueness(self, table: Table, column: str) -> Iterator[str]:
        unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
        for one in [table.primary_key, *unique, *(index for index in table.indexes if index.unique)]:
            if column not in [part.name for part in one.columns]:
                yield f"{table.name}: {one.name} does not contain {column}"

    def _keys_of(self, name: str) -> Iterator[str]:
        for key_name, key in self.keys.items():
            if self.is_kept[key_name] and name in (key.table.name, key.referred_table.name):
                yield from self._reference(key)

    def _reference(self, key: ForeignKeyConstraint) -> Iterator[str]:
        from_name, to_name = key.table.name, key.referred_table.name
        mine, theirs = self.lies_by.get(from_name), self.lies_by.get(to_name)
        if theirs == "" or (mine is None and theirs is None):
            return  # to a table that is everywhere, or both on one machine
        if not mine or not theirs:
            yield f"{from_name} refers to {to_name}, which lies elsewhere"
        elif self.beside[from_name] != self.beside[to_name]:
            yield f"{from_name} refers to {to_name}, which does not lie beside it"
        elif (mine, theirs) not in [(one.parent.name, one.column.name) for one in key.elements]:
            yield f"{from_name} refers to {to_name} without {mine} on both sides"


def test_the_plan_keeps_every_rule_of_a_distributed_database():
    stand_in = StandIn(Base.metadata)
    assert stand_in.refusals(plan(Base.metadata)) == []
    assert all(stand_in.is_kept.values())
    local = {table.name for table in tables_of(Base.metadata, TableKind.LOCAL)}
    assert stand_in.lies_by.keys() == Base.metadata.tables.keys() - local


def test_every_owned_table_lies_beside_the_people_and_no_directory_does():
    stand_in = StandIn(Base.metadata)
    stand_in.refusals(plan(Base.metadata))
    for table in Base.metadata.tables.values():
        if placement_of(table).kind == TableKind.OWNED:
            assert stand_in.beside[table.name] == "users"
        if placement_of(table).kind == TableKind.DIRECTORY:
            assert stand_in.beside[table.name] == table.name


def test_without_dropping_the_keys_first_the_plan_is_refused():
    """The control: the stand-in does refuse."""
    kept = [step for step in plan(Base.metadata) if not KEY.match(step.statement)]
    assert any("lies elsewhere" in refusal for refusal in StandIn(Base.metadata).refusals(kept))


def owned(name, metadata, *parts):
    Table(name, metadata, Column("user_id", String, primary_key=True), Column("id", String, primary_key=True), *parts)


def with_a_directorys_key(metadata):
    owned("users", metadata)
    Table(
        "addresses",
        metadata,
        Column("address", String, primary_key=True),
        Column("user_id", String),
        Column("of_id", String),
        ForeignKeyConstraint(["user_id", "of_id"], ["users.user_id", "users.id"], name="back"),
        **directory_table("address", "how somebody is found", leads={"of_id": "users.id"}),
    )


def with_uniqueness_for_everyone(metadata):
    owned("users", metadata)
    owned("orders", metadata, Column("number", String), Index("uq_number", "number", unique=True))


def with_a_key_without_the_owner(metadata):
    owned("users", metadata)
    owned("orders", metadata, Column("of_id", String), ForeignKeyConstraint(["of_id"], ["users.id"], name="fk_of"))


def with_a_reference_to_a_person(metadata):
    owned("users", metadata)
    column = Column("user_id", String, ForeignKey("users.user_id", name="fk_of"))
    Table("lots", metadata, Column("id", String, primary_key=True), column, **reference_table("for everyone"))


@pytest.mark.parametrize(
    "make, words",
    [
        (with_a_directorys_key, "does not lie beside it"),
        (with_uniqueness_for_everyone, "does not contain user_id"),
        (with_a_key_without_the_owner, "without user_id on both sides"),
        (with_a_reference_to_a_person, "which lies elsewhere"),
    ],
)
def test_a_planted_schema_that_cannot_be_distributed_is_refused(make, words):
    metadata = MetaData()
    make(metadata)
    refusals = StandIn(metadata).refusals(plan(metadata))
    assert refusals
    assert all(words in refusal for refusal in refusals)


def test_a_database_of_one_machine_is_left_as_it_is(app, in_transaction):
    run = app.test_cli_runner().invoke(args=["db", "distribute"])
    assert (run.exit_code, "nothing to distribute" in run.output) == (0, True), run.output


def test_the_plan_is_printed_without_such_a_database(app):
    run = app.test_cli_runner().invoke(args=["db", "distribute", "--plan"])
    assert run.exit_code == 0, run.output
    assert run.output.splitlines() == [f"{step.statement};" for step in plan(Base.metadata)]


@pytest.fixture
def as_distributed(monkeypatch):
    """`as_distributed("users", …)`: the database says that it can distribute tables, and that these are."""

    def say(*names: str) -> None:
        monkeypatch.setattr(distribution, "has_extension", lambda _: True)
        monkeypatch.setattr(distribution, "distributed_tables", lambda _: set(names))

    return say


def test_what_is_distributed_stays(app, as_distributed):
    as_distributed(*Base.metadata.tables)
    run = app.test_cli_runner().invoke(args=["db", "distribute"])
    assert (run.exit_code, run.output) == (0, "Nothing to do: every table is distributed already.\n")


def test_a_table_that_came_later_is_named(app, as_distributed):
    as_distributed(*(Base.metadata.tables.keys() - {"routines"}))
    run = app.test_cli_runner().invoke(args=["db", "distribute"])
    assert run.exit_code == 1
    assert "these are not: routines" in run.output


def test_the_statements_of_the_plan_are_sent_in_their_order(app, as_distributed, in_transaction, monkeypatch):
    as_distributed()
    sent = []
    monkeypatch.setattr(distribution, "text", lambda statement: sent.append(statement) or text("SELECT 1"))
    run = app.test_cli_runner().invoke(args=["db", "distribute"])
    assert run.exit_code == 0, run.output
    assert sent[1:] == [step.statement for step in plan(Base.metadata)]
