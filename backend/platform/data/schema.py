"""The database schema of an application: bring it to head, and compare it with the models."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.platform.data.transactions import Base

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"


def upgrade_schema(app: Flask) -> None:
    """Run every migration that the database of `app` has not seen."""
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))


def is_current(session: Session) -> bool:
    """Whether the database has seen every migration we know; one that has seen more is ahead of us, and fine."""
    heads = MigrationContext.configure(session.connection()).get_current_heads()
    return bool(heads) and all(head == _head() or head not in _known() for head in heads)


@cache
def _head() -> str:
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None
    return head


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def differences(app: Flask) -> list[Any]:
    """What the migrated database and the models do not agree on, as Alembic operations; empty when they agree."""
    with app.app_context(), app.extensions["carbon.engine"].connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[Any] = compare_metadata(context, Base.metadata)
        return found


def trigger_names(app: Flask) -> set[str]:
    """The triggers of the database of `app` that we made; PostgreSQL's own keep its foreign keys."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    }
    with app.app_context(), app.extensions["carbon.engine"].connect() as connection:
        return set(connection.execute(text(query[connection.dialect.name])).scalars())
