"""Triggers that refuse a change of a row, in the words of either engine.

`refuse` is called by migrations. SQLite's batch mode rebuilds a table and drops its triggers: a migration that alters
such a table calls `refuse` again.
"""

from __future__ import annotations

from alembic import op


def refuse(table: str, operation: str, *, when: str = "", name: str = "") -> None:
    """Let the database refuse `operation` (INSERT, UPDATE or DELETE) on `table`, only `when` its condition holds.

    The condition is SQL that both engines read, about `OLD` and `NEW`. Refusing DELETE also refuses TRUNCATE, and on
    SQLite it stops INSERT OR REPLACE, which deletes first (`recursive_triggers` is on).
    """
    trigger = f"{table}_{name or operation.lower()}_refused"
    words = f"{table}: this {operation} is refused, the row is kept as it was written"
    if op.get_bind().dialect.name == "sqlite":
        condition = f" WHEN {when}" if when else ""
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE {operation} ON {table}{condition}"
            f" BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    condition = f" WHEN ({when})" if when else ""
    op.execute(
        f"CREATE TRIGGER {trigger} BEFORE {operation} ON {table} FOR EACH ROW{condition} EXECUTE FUNCTION {trigger}()"
    )
    if operation == "DELETE":
        op.execute(
            f"CREATE TRIGGER {table}_truncate_refused BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {trigger}()"
        )


def changed(*columns: str) -> str:
    """The condition that an UPDATE changes one of `columns`."""
    return " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)


def forget_functions(table: str) -> None:
    """Drop what `refuse` left behind on PostgreSQL after `table` itself is gone."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    found = connection.exec_driver_sql(
        "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname LIKE %s",
        (f"{table}\\_%\\_refused",),
    )
    for (function,) in found.all():
        op.execute(f"DROP FUNCTION {function}()")
