"""The migrated database is the one the models describe, on both engines, and its triggers stand."""

from __future__ import annotations

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.platform.data.schema import MIGRATIONS, differences
from backend.platform.privacy import audit


def test_the_migrated_schema_equals_the_models(app):
    assert differences(app) == []


def test_a_column_the_migrations_forgot_is_noticed(app, in_transaction):
    before = len(differences(app))
    in_transaction(lambda session: session.execute(text("ALTER TABLE switches DROP COLUMN reason")))
    assert len(differences(app)) == before + 1


def test_there_is_one_line_of_history():
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


REWRITES = ["UPDATE audit_entries SET reason = 'another'", "DELETE FROM audit_entries"]
REWRITES_OF = {
    "sqlite": "INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries",
    "postgresql": "TRUNCATE audit_entries",
}


def test_the_audit_trail_cannot_be_rewritten(engine, in_transaction):
    in_transaction(lambda session: audit.record(session, who="Lin", action="a", subject="s", reason="why"))

    for change in [*REWRITES, REWRITES_OF[engine]]:
        with pytest.raises(DBAPIError, match="is refused"):
            in_transaction(lambda session, change=change: session.execute(text(change)))

    kept = in_transaction(lambda session: session.execute(text("SELECT reason FROM audit_entries")).scalars().all())
    assert kept == ["why"]


@pytest.mark.parametrize("who, reason", [("", "why"), ("Lin", " "), ("L" * 121, "why"), ("Lin", "w" * 501)])
def test_an_act_without_a_usable_name_or_reason_is_refused(who, reason, in_transaction):
    with pytest.raises(ValueError, match="needs a name"):
        in_transaction(lambda session: audit.record(session, who=who, action="a", subject="s", reason=reason))
