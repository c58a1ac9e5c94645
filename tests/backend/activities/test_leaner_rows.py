"""The migration that drops keys and indexes (ADR 0121): it leads back with the rows that are there, and forth again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, text

from backend.platform.data.schema import differences, trigger_names
from tests.backend.activities.conftest import log

KEYS = {
    ("reductions", "activities"),
    ("ledger_postings", "ledger_entries"),
    ("grants", "ledger_entries"),
}
TABLES = {
    "ledger_postings": "user_id, entry_id, position",
    "grants": "user_id, id",
    "reductions": "user_id, id",
    "activities": "user_id, id",
}


def keys_in_force(app: Any) -> set[tuple[str, str]]:
    """Of the three, those that the database has, both columns with them."""
    tables = inspect(app.extensions["carbon.engine"])
    return KEYS & {
        (table, key["referred_table"])
        for table, _ in KEYS
        for key in tables.get_foreign_keys(table)
        if len(key["constrained_columns"]) == len(key["referred_columns"]) == 2
    }


def test_the_migration_leads_back_and_forth_with_every_row(beijinger, app, in_transaction, migration_step) -> None:
    log(beijinger)

    def rows() -> dict[str, Any]:
        statements = {table: text(f"SELECT * FROM {table} ORDER BY {order}") for table, order in TABLES.items()}
        return in_transaction(lambda session: {name: session.execute(s).all() for name, s in statements.items()})

    before, triggers = rows(), trigger_names(app)
    assert all(before.values())
    assert keys_in_force(app) == set()

    migration_step("0036", "downgrade")
    assert keys_in_force(app) == KEYS
    assert inspect(app.extensions["carbon.engine"]).has_table("activity_books")

    migration_step("0036", "upgrade")
    assert keys_in_force(app) == set()
    assert (differences(app), trigger_names(app), rows()) == ([], triggers, before)
