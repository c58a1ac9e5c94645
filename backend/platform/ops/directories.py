"""Each row of a directory leads to a row that is there: what a foreign key would hold between two machines.

A directory and what it leads to may lie apart, so the two are never joined (`platform.data.slices`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import Table
from sqlalchemy.orm import Session

from backend.platform.data.slices import find_rows, read_slices
from backend.platform.data.table_kinds import OWNER, placement_of
from backend.platform.data.transactions import Base
from backend.platform.ops import invariants
from backend.platform.ops.invariants import Violation


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
    """Each row that leads to nothing; one whose leading column is empty leads nowhere by intent."""
    for table in Base.metadata.sorted_tables:
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
    key = [column.name for column in table.primary_key.columns]
    for rows in read_slices(session, table, lead.names):
        named = {tuple(getattr(row, name) for name in lead.names) for row in rows}
        wanted = {one for one in named if None not in one}
        lost = wanted - find_rows(session, lead.table, lead.keys, wanted).keys()
        for row in rows:
            leads_to = tuple(getattr(row, name) for name in lead.names)
            if leads_to in lost:
                found_by = " ".join(str(getattr(row, name)) for name in key)
                yield Violation(f"{table.name} {found_by}", f"leads to no row of {lead.table.name}", " ".join(leads_to))
