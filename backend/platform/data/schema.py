"""The database schema of an application: bring it to head, and compare it with the models.

Alembic is imported by whoever asks: most processes serve on a schema that is there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.platform.data.transactions import Base

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"


def attach_migrations(app: Flask) -> None:
    """Let `app` know where its migrations are, and have the commands that run them."""
    from flask_migrate import Migrate

    if "migrate" not in app.extensions:
        Migrate(app, app.extensions["sqlalchemy"], directory=str(MIGRATIONS), render_as_batch=True)


def upgrade_schema(app: Flask) -> None:
    """Run every migration that the database of `app` has not seen."""
    from flask_migrate import upgrade

    attach_migrations(app)
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))


def is_current(session: Session) -> bool:
    """Whether the database has seen every migration we know; one that has seen more is ahead of us, and fine."""
    from alembic.migration import MigrationContext

    heads = MigrationContext.configure(session.connection()).get_current_heads()
    return bool(heads) and all(head == _head() or head not in _known() for head in heads)


@cache
def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(MIGRATIONS))


@cache
def _head() -> str:
    head = _scripts().get_current_head()
    assert head is not None
    return head


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in _scripts().walk_revisions())


def differences(app: Flask) -> list[Any]:
    """What the migrated database and the models do not agree on, as Alembic operations; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

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
