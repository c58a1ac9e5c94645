"""What each database needs to be told once per engine or connection, and why.

SQLite's driver would otherwise open transactions late (40 buyers bought 40 of 10 units); PostgreSQL would otherwise
wait for ever on a dead client.
"""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Engine, event

from backend.platform.data.transactions import say_begin
from config import Settings

LOCK_TIMEOUT_MS = 5_000
PREPARED_AFTER = 2  # uses of a statement on one connection
MOST_PREPARED = (
    1_000  # on one connection: every statement of the product, which the driver's hundred would take turns in
)
STATEMENT_TIMEOUT_MS = 30_000
POOL_TIMEOUT_S = 10


def engine_options(settings: Settings) -> dict[str, Any]:
    """Arguments for SQLAlchemy's `create_engine` that fit the database of `settings`."""
    pool = {
        "pool_size": settings.database_pool_size,
        "max_overflow": settings.database_pool_size,
        "pool_timeout": POOL_TIMEOUT_S,
        # an error says which statement failed, never with whose data
        "hide_parameters": True,
    }
    if settings.database_url.startswith("sqlite"):
        # autocommit mode: we say BEGIN ourselves, see `configure`
        return pool | {"connect_args": {"isolation_level": None, "timeout": LOCK_TIMEOUT_MS / 1000}}
    return pool | {
        "json_serializer": _write_json,
        "connect_args": {
            # a pooler in transaction mode would lose prepared statements; without one they save a third of the time
            "client_encoding": "utf8",
            "prepare_threshold": None if settings.database_pooler == "transaction" else PREPARED_AFTER,
            "options": (
                f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS}"
                " -c idle_in_transaction_session_timeout=15000 -c timezone=UTC"
                # read by a distributed database alone: what has asked several machines at once could otherwise not
                # change what every machine has, such as a lot, in the same transaction
                " -c citus.multi_shard_modify_mode=sequential"
            ),
        },
    }


def _write_json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def database_url(settings: Settings) -> str:
    """The database URL with the driver we install."""
    return settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)


def configure(engine: Engine) -> None:
    """Attach the listeners an engine needs; PostgreSQL is told nearly everything in its connection options."""
    if engine.dialect.name != "sqlite":

        @event.listens_for(engine, "connect")
        def _on_connect_to_postgresql(connection: Any, _record: Any) -> None:
            connection.prepared_max = MOST_PREPARED

        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        for pragma in (
            "journal_mode=WAL",
            # what was answered is on the disk: NORMAL may lose the last commits, a payment among them, with the power
            "synchronous=FULL",
            "foreign_keys=ON",
            # without it INSERT OR REPLACE deletes rows behind the back of the append-only triggers
            "recursive_triggers=ON",
            # what is deleted is overwritten: a data key that was destroyed must not be read out of the file
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    say_begin(engine)


def empty_log(engine: Engine) -> bool:
    """Bring SQLite's log into its file and empty it, so that what was deleted stands in neither; return whether it is.

    False while somebody reads an older state: the next time does it. PostgreSQL keeps house by itself.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        busy, _, _ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return not busy
