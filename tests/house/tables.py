"""What every table must be: of one kind, led by its owner where it has one, whole numbers, instants with a zone.

A table's own model says its kind (`backend.platform.data.table_kinds`). What is asked of each kind is what a
distributed database asks: it can keep a key or a reference only where all rows that it is about lie on one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Date, DateTime, Float, ForeignKeyConstraint, MetaData, Numeric, Table, UniqueConstraint
from sqlalchemy.types import TypeDecorator

from backend.platform.data.table_kinds import OWNER, TableKind, placement_of, tables_of

# Instants whose name says so without the ending.
SAYS_IT_IS_AN_INSTANT: dict[str, str] = {
    "at": "the ending alone: a row that is one happening",
    "slot": "a job's period, named by the instant it begins",
    "not_before": "a bound on time",
    "lease_until": "a bound on time",
}
# To which kinds a table of a kind may refer by a foreign key.
REFERS_TO = {
    TableKind.OWNED: (TableKind.OWNED, TableKind.REFERENCE),
    TableKind.DIRECTORY: (),
    TableKind.REFERENCE: (TableKind.REFERENCE,),
    TableKind.LOCAL: (TableKind.LOCAL,),
}

Rule = Callable[[MetaData], Iterator[str]]


def an_owned_table_is_keyed_by_its_owner_first(metadata: MetaData) -> Iterator[str]:
    for table in tables_of(metadata, TableKind.OWNED):
        key = [column.name for column in table.primary_key]
        if key[:1] != [OWNER]:
            yield (
                f"{table.name} is keyed {key}: start with {OWNER}, or let the model say that it is a directory, a "
                "reference table or a local one, with the reason"
            )


def an_owned_table_is_unique_per_owner(metadata: MetaData) -> Iterator[str]:
    for table in tables_of(metadata, TableKind.OWNED):
        for columns in _unique(table):
            if columns[:1] != [OWNER]:
                yield f"{table.name} is unique over {columns}: start with {OWNER}, or it belongs in a directory"


def an_owned_table_refers_to_its_owners_rows(metadata: MetaData) -> Iterator[str]:
    for table in tables_of(metadata, TableKind.OWNED):
        for constraint, kind in _references(table):
            pairs = [(element.parent.name, element.column.name) for element in constraint.elements]
            if kind == TableKind.OWNED and pairs[:1] != [(OWNER, OWNER)]:
                yield f"{table.name} refers to {constraint.referred_table.name} by {pairs}: start with {OWNER} on both"


def no_reference_leads_to_a_kind_that_lies_elsewhere(metadata: MetaData) -> Iterator[str]:
    for table in metadata.tables.values():
        mine = placement_of(table).kind
        for constraint, kind in _references(table):
            if kind not in REFERS_TO[mine]:
                yield f"{table.name} ({mine}) refers to {constraint.referred_table.name} ({kind}): they may lie apart"


def a_directory_is_keyed_by_the_outside_value(metadata: MetaData) -> Iterator[str]:
    for table in tables_of(metadata, TableKind.DIRECTORY):
        key = placement_of(table).key
        if OWNER in [column.name for column in table.primary_key]:
            yield f"{table.name} is a directory: its key is the outside value alone"
        for columns in [[column.name for column in table.primary_key], *_unique(table)]:
            if key not in columns:
                yield f"{table.name} is unique over {columns}, but lies by {key}"


def a_directory_says_where_it_leads(metadata: MetaData) -> Iterator[str]:
    for table in tables_of(metadata, TableKind.DIRECTORY):
        leads = placement_of(table).leads
        if OWNER in table.columns and not leads:
            yield f"{table.name} names a {OWNER}: say what it leads to"
        for name, target in leads.items():
            referred, _, key = target.partition(".")
            there = metadata.tables.get(referred)
            if name not in table.columns or there is None or key not in there.columns:
                yield f"{table.name}.{name} leads to {target}, which is not there"
            elif placement_of(there).kind == TableKind.OWNED and OWNER not in table.columns:
                yield f"{table.name} leads to {target} without {OWNER}: nobody could find it"


def no_column_is_a_float(metadata: MetaData) -> Iterator[str]:
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(_stored(column.type), Numeric | Float):
                yield f"{table.name}.{column.name} is {column.type!r}: whole numbers, or DecimalText"


def every_instant_knows_its_zone(metadata: MetaData) -> Iterator[str]:
    from backend.platform.data.columns import UtcInstant

    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(_stored(column.type), DateTime):
                if not isinstance(column.type, UtcInstant):
                    yield f"{table.name}.{column.name} is a naive instant: use UtcInstant"
                if not column.name.endswith("_at") and column.name not in SAYS_IT_IS_AN_INSTANT:
                    yield f"{table.name}.{column.name} is an instant: its name ends with _at"
            elif isinstance(_stored(column.type), Date) and not column.name.endswith("_on"):
                yield f"{table.name}.{column.name} is a civil day: its name ends with _on"


RULES: dict[str, Rule] = {
    check.__name__: check
    for check in (
        an_owned_table_is_keyed_by_its_owner_first,
        an_owned_table_is_unique_per_owner,
        an_owned_table_refers_to_its_owners_rows,
        no_reference_leads_to_a_kind_that_lies_elsewhere,
        a_directory_is_keyed_by_the_outside_value,
        a_directory_says_where_it_leads,
        no_column_is_a_float,
        every_instant_knows_its_zone,
    )
}


def _stored(kind: object) -> object:
    return kind.impl if isinstance(kind, TypeDecorator) else kind


def _unique(table: Table) -> Iterator[list[str]]:
    """The columns of every constraint and index that holds a table's rows apart, but its primary key."""
    constraints = (one for one in table.constraints if isinstance(one, UniqueConstraint))
    for one in [*constraints, *(index for index in table.indexes if index.unique)]:
        yield [column.name for column in one.columns]


def _references(table: Table) -> Iterator[tuple[ForeignKeyConstraint, TableKind]]:
    for constraint in table.foreign_key_constraints:
        yield constraint, placement_of(constraint.referred_table).kind
