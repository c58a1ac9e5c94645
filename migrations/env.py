"""Alembic's entry: the migrations run on the engine of the current application, on either database."""

from __future__ import annotations

from alembic import context
from flask import current_app

from backend.platform.data.transactions import Base


def run_migrations() -> None:
    """Bring the database of the current application to the wanted revision."""
    engine = current_app.extensions["carbon.engine"]
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
