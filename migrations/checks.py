"""Replacing a CHECK of a table that exists, on either engine, without rebuilding the table.

SQLite cannot alter a constraint. A rebuild would drop the triggers and trip over the foreign keys that lead to the
table, so the declaration itself is edited, as https://www.sqlite.org/lang_altertable.html (section 7) describes for
changes that touch no stored row.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def replace_check(table: str, name: str, before: str, after: str) -> None:
    """Let the CHECK called `name` ask for `after` where it asked for `before`; the rows must satisfy it already."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, sa.text(after))
        return
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    edited = bind.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after)"
            " WHERE type = 'table' AND name = :table AND instr(sql, :before) > 0"
        ),
        {"before": f"CHECK ({before})", "after": f"CHECK ({after})", "table": table},
    ).rowcount
    if edited != 1:
        raise ValueError(f"{table} has no CHECK ({before})")
    # every connection reads the declarations again
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")
