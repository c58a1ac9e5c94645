"""Where the rows of a table live when the database is several machines, said by the table's own model.

    __table_args__ = (directory_table("token_hash", "the hash of a token", leads={"session_id": "device_sessions.id"}),)

A table is *owned* unless its model says otherwise: each row is somebody's, its keys begin with `user_id`, and all rows
of one person lie together. A *directory* is found by a value from outside and lies by that value. A *reference* table
is small and the same for everyone, so every machine has all of it. A *local* table is the installation's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import MetaData, Table

OWNER = "user_id"
_INFO = "carbon.placement"


class TableKind(StrEnum):
    """Whose the rows of a table are."""

    OWNED = "owned"
    DIRECTORY = "directory"
    REFERENCE = "reference"
    LOCAL = "local"


@dataclass(frozen=True)
class Placement:
    """The kind of a table, the column its rows lie by (empty where they do not), and why it is not owned.

    `leads` names the columns that name a row which may lie elsewhere, each with that row's `table.column`.
    There is no foreign key between them, because they may lie on two machines: `directories` checks them instead.
    """

    kind: TableKind
    key: str = ""
    because: str = ""
    leads: Mapping[str, str] = field(default_factory=dict)


_OWNED = Placement(TableKind.OWNED, OWNER)


def directory_table(key: str, because: str, *, leads: Mapping[str, str]) -> dict[str, Any]:
    """The last table argument of a directory that lies by `key`; `because` says what is found by it."""
    return _said(Placement(TableKind.DIRECTORY, key, because, leads))


def reference_table(because: str, *, leads: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The last table argument of a table that every machine has whole."""
    return _said(Placement(TableKind.REFERENCE, because=because, leads=leads or {}))


def local_table(because: str) -> dict[str, Any]:
    """The last table argument of a table that only the installation itself reads and writes."""
    return _said(Placement(TableKind.LOCAL, because=because))


def placement_of(table: Table) -> Placement:
    """What the model of a table says about where its rows live."""
    said: Placement = table.info.get(_INFO, _OWNED)
    return said


def tables_of(metadata: MetaData, kind: TableKind) -> list[Table]:
    """The tables of one kind, each behind those it refers to."""
    return [table for table in metadata.sorted_tables if placement_of(table).kind == kind]


def _said(placement: Placement) -> dict[str, Any]:
    if not placement.because:
        raise ValueError("say why a table is not owned by somebody")
    return {"info": {_INFO: placement}}
