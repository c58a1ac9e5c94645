"""Append-only tables: what is written stays, whoever asks and however they ask.

UPDATE of any column, DELETE, TRUNCATE and an upsert that would change a row are refused by triggers on both engines.
SQLite's batch mode rebuilds a table and drops its triggers: a migration that alters such a table calls this again.
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

from migrations.triggers import refuse


def append_only(table: str, keys: Sequence[Sequence[str]]) -> None:
    """Let the database refuse every change of a written row of `table`; `keys` are all its unique keys.

    The keys are needed on SQLite: INSERT OR REPLACE deletes the row in its way without firing the DELETE trigger on
    any connection that has not said `PRAGMA recursive_triggers=ON`, such as a shell's. So a row in the way is refused
    before the insert begins.
    """
    refuse(table, "UPDATE")
    refuse(table, "DELETE")
    if op.get_bind().dialect.name != "sqlite":
        return
    for key in keys:
        same = " AND ".join(f"kept.{column} = NEW.{column}" for column in key)
        refuse(
            table,
            "INSERT",
            name=f"replace_{'_'.join(key)}",
            when=f"EXISTS (SELECT 1 FROM {table} AS kept WHERE {same})",
        )
