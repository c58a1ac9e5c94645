"""Each row of a directory leads to a row that is there: what a foreign key would hold between two machines.

A directory and what it leads to may lie apart, so the two are never joined: a slice of the one is read, and the other
is asked for the rows that the slice names. Both are read in one snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import ColumnElement, Table, select, tuple_
from sqlalchemy.orm import Session

from backend.platform.data.table_kinds import OWNER, TableKind, placement_of, tables_of
from backend.platform.data.transactions import Base
from backend.platform.ops import invariants
from backend.platform.ops.invariants import Violation

AT_ONCE = 1000


@dataclass(frozen=True)
class Lead:
    """The columns of a directory that name a row of `table`, and the columns by which that row is found."""

    table: Table
    names: tuple[str, ...]
    keys: tuple[str, ...]


def attach(app: Flask) -> None:
    """Declare the check `directories`."""
    invariants.declare(app, "directories", find_broken)


def find_broken(session: Session) -> Iterator[Violation]:
    """Each row of a directory that leads to nothing; a row whose leading column is empty leads nowhere by intent."""
    for table in tables_of(Base.metadata, TableKind.DIRECTORY):
        if lead := lead_of(table):
            yield from _broken_in(session, table, lead)


def lead_of(table: Table) -> Lead | None:
    """Where the rows of a directory lead: to a row of the owner they name, where that row has one."""
    for name, target in placement_of(table).leads.items():
        referred, key = target.split(".")
        there = table.metadata.tables[referred]
        if key != OWNER and OWNER in there.columns:
            return Lead(there, (OWNER, name), (OWNER, key))
        return Lead(there, (name,), (key,))
    return None


def _broken_in(session: Session, table: Table, lead: Lead) -> Iterator[Violation]:
    after: Sequence[Any] | None = None
    while rows := _slice(session, table, lead, after):
        size = len(lead.names)
        named = {tuple(row[:size]) for row in rows if None not in row[:size]}
        lost = named - _there(session, lead, named)
        for row in rows:
            if tuple(row[:size]) in lost:
                key = " ".join(str(value) for value in row[size:])
                yield Violation(f"{table.name} {key}", f"leads to no row of {lead.table.name}", " ".join(row[:size]))
        after = tuple(rows[-1][size:])


def _slice(session: Session, table: Table, lead: Lead, after: Sequence[Any] | None) -> Sequence[Any]:
    """The next rows in the order of their key: what they name, then the key."""
    key = list(table.primary_key.columns)
    query = select(*(table.c[name] for name in lead.names), *key).order_by(*key).limit(AT_ONCE)
    if after is not None:
        query = query.where(_columns(key) > _columns(after))
    return session.execute(query).all()


def _there(session: Session, lead: Lead, named: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    if not named:
        return set()
    keys = [lead.table.c[name] for name in lead.keys]
    # every machine is asked for its own part: the owners stand in a list of their own
    query = select(*keys).where(keys[0].in_({one[0] for one in named}))
    if len(keys) > 1:
        query = query.where(keys[1].in_({one[1] for one in named}))
    return {tuple(row) for row in session.execute(query)}


def _columns(values: Sequence[Any]) -> ColumnElement[Any]:
    return tuple_(*values)
