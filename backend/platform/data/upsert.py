"""INSERT … ON CONFLICT: one statement object for both databases.

PostgreSQL and SQLite spell the clause alike, and SQLAlchemy's compiler of each reads the same construct, so a statement
is built once, at module level, and its SQL is compiled once per database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.base import ReadOnlyColumnCollection


def offered(table: Table) -> ReadOnlyColumnCollection[str, Any]:
    """The columns of the row that an `upsert` offered, beside `table.c`, those of the row that is there."""
    return table.alias("excluded").columns


def replace_columns(table: Table, *names: str) -> dict[str, Any]:
    """The `changes` of an `upsert` that takes these columns from the row that was offered."""
    return {name: offered(table)[name] for name in names}


def insert_absent(table: Table, *, key: Sequence[str] | None = None) -> Insert:
    """An INSERT that leaves a row which is there already as it is; with `key`, only one of the same key.

    Count the rows it wrote by what `.returning(…)` gives back: a row count is not the same on every driver.
    """
    return insert(table).on_conflict_do_nothing(index_elements=key)


def upsert(
    table: Table, *, key: Sequence[str], changes: Mapping[str, Any], where: ColumnElement[bool] | None = None
) -> Insert:
    """An INSERT that makes `changes` to the row of the same `key` where there is one, if `where` holds for it.

    Both may speak of the row that is there (`table.c`) and of the one that was offered (`offered(table)`).
    """
    return insert(table).on_conflict_do_update(index_elements=key, set_=changes, where=where)
