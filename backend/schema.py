"""The database schema of an application: bring it to head, and compare it with the models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import upgrade

from backend.db import Base

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def upgrade_schema(app: Flask) -> None:
    """Run every migration that the database of `app` has not seen."""
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))


def differences(app: Flask) -> list[Any]:
    """What the migrated database and the models do not agree on, as Alembic operations; empty when they agree."""
    with app.app_context(), app.extensions["carbon.engine"].connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[Any] = compare_metadata(context, Base.metadata)
        return found
