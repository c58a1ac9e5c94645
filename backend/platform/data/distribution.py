"""How the tables lie on a distributed PostgreSQL (Citus): the statements that bring them there, in their order.

The plan is made from the models alone and needs no database. Foreign keys are dropped before a table is distributed and
made again after: a table can only refer to one that lies as it does. It runs in one transaction, on the coordinator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ForeignKeyConstraint, MetaData, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from sqlalchemy.schema import AddConstraint, DropConstraint

from backend.platform.data.table_kinds import OWNER, TableKind, placement_of, tables_of

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # of the library

# All rows of one person lie together: every owned table lies as this one does.
PEOPLE = "users"
# The triggers that refuse a change look at their own row only, so each machine can keep them by itself.
_SETTINGS = ("SET LOCAL citus.enable_unsafe_triggers TO on", "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'")


@dataclass(frozen=True)
class Step:
    """One statement of the plan, and the table it is about; of a setting, none."""

    statement: str
    table: str = ""


def plan(metadata: MetaData) -> list[Step]:
    """Every statement that distributes the tables of `metadata`, from a database that is whole on one machine."""
    keys = [key for table in metadata.sorted_tables for key in _keys_of(table)]
    return [
        *(Step(statement) for statement in _SETTINGS),
        *(_step(key.table, DropConstraint(key)) for key in reversed(keys)),
        *_references(metadata),
        *_owned(metadata),
        *_directories(metadata),
        *(_step(key.table, AddConstraint(key)) for key in keys),
    ]


def has_extension(session: Session) -> bool:
    """Whether the database is one that can distribute its tables."""
    if session.get_bind().dialect.name != "postgresql":
        return False
    return bool(session.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'citus'")))


def distributed_tables(session: Session) -> set[str]:
    """The names of the tables that are distributed or on every machine already."""
    return set(session.scalars(text("SELECT logicalrelid::text FROM pg_dist_partition")))


def missing_tables(metadata: MetaData, already: set[str]) -> set[str]:
    """The names of the tables of `metadata` that should lie on several machines and do not."""
    return {table.name for table in metadata.tables.values() if placement_of(table).kind != TableKind.LOCAL} - already


def distribute(session: Session, metadata: MetaData) -> int:
    """Run the plan in this transaction; return how many tables now lie on several machines."""
    session.execute(text("SET LOCAL statement_timeout TO 0"))
    for step in plan(metadata):
        session.execute(text(step.statement))
    return len(distributed_tables(session))


def _references(metadata: MetaData) -> Iterator[Step]:
    for table in tables_of(metadata, TableKind.REFERENCE):
        yield Step(f"SELECT create_reference_table('{table.name}')", table.name)


def _owned(metadata: MetaData) -> Iterator[Step]:
    """The people first; what is theirs lies with them."""
    for table in sorted(tables_of(metadata, TableKind.OWNED), key=lambda table: table.name != PEOPLE):
        yield _lies_by(table, OWNER, "none" if table.name == PEOPLE else PEOPLE)


def _directories(metadata: MetaData) -> Iterator[Step]:
    """Each by itself: nothing that is found together lies together."""
    for table in tables_of(metadata, TableKind.DIRECTORY):
        yield _lies_by(table, placement_of(table).key, "none")


def _lies_by(table: Table, key: str, beside: str) -> Step:
    return Step(f"SELECT create_distributed_table('{table.name}', '{key}', colocate_with => '{beside}')", table.name)


def _keys_of(table: Table) -> list[ForeignKeyConstraint]:
    return sorted(table.foreign_key_constraints, key=lambda key: str(key.name))


def _step(table: Table, statement: AddConstraint | DropConstraint) -> Step:
    return Step(" ".join(str(statement.compile(dialect=_DIALECT)).split()), table.name)
