"""Replacing a CHECK or a NOT NULL of a table that exists, on either engine, without rebuilding the table.

SQLite cannot alter a constraint. A rebuild would drop the triggers and trip over the foreign keys that lead to the
table, so the declaration itself is edited, as https://www.sqlite.org/lang_altertable.html (section 7) describes for
changes that touch no stored row.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from alembic import op


def replace_check(table: str, name: str, before: str, after: str) -> None:
    """Let the CHECK called `name` ask for `after` where it asked for `before`; the rows must satisfy it already."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, sa.text(after))
        return
    _edit_declaration(table, f"CHECK ({before})", f"CHECK ({after})")


def allow_null(table: str, column: str, kind: str) -> None:
    """Let a column of this type, which was NOT NULL, hold NULL."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(table, column, nullable=True)
        return
    _edit_declaration(table, f"{column} {kind} NOT NULL", f"{column} {kind}")


def refuse_null(table: str, column: str, kind: str) -> None:
    """Let a column of this type, which could hold NULL, be NOT NULL; no row may hold one already."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(table, column, nullable=False)
        return
    _edit_declaration(table, f"{column} {kind}", f"{column} {kind} NOT NULL")


class ForeignKey(NamedTuple):
    """A foreign key of a table, as its declaration says it."""

    table: str
    columns: tuple[str, ...]
    referred: str
    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"fk_{self.table}_{'_'.join(self.columns)}_{self.referred}"

    @property
    def declaration(self) -> str:
        """How SQLite keeps it, between two others."""
        columns, keys = ", ".join(self.columns), ", ".join(self.keys)
        return f"CONSTRAINT {self.name} FOREIGN KEY({columns}) REFERENCES {self.referred} ({keys}), "


def drop_foreign_key(key: ForeignKey) -> None:
    """Let the columns of `key` lead nowhere any more."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(key.name, key.table, type_="foreignkey")
        return
    _edit_declaration(key.table, f"{key.declaration}\n\t", "")


def create_foreign_key(key: ForeignKey, before: str) -> None:
    """Let them lead there again, declared in front of the constraint called `before`; the rows must lead there."""
    if op.get_bind().dialect.name != "sqlite":
        op.create_foreign_key(key.name, key.table, key.referred, list(key.columns), list(key.keys))
        return
    _edit_declaration(key.table, f"CONSTRAINT {before} ", f"{key.declaration}\n\tCONSTRAINT {before} ")


def _edit_declaration(table: str, before: str, after: str) -> None:
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    edited = bind.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after)"
            " WHERE type = 'table' AND name = :table AND instr(sql, :before) > 0"
        ),
        {"before": before, "after": after, "table": table},
    ).rowcount
    if edited != 1:
        raise ValueError(f"{table} does not say {before}")
    # every connection reads the declarations again
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")
