"""The PostgreSQL under measurement: what is kept of it, begun again from, and read off it."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.processor import cpu_seconds
from tests.servers.postgres import SUPERUSER
from tests.worlds import LIVE, World

POPULATED = "populated"


class Databases:
    """The live database of a world, beside the copy it can begin again from."""

    def __init__(self, world: World) -> None:
        self._world, self._server = world, world.place.postgres

    @property
    def socket(self) -> Path:
        """Where PostgreSQL listens."""
        return self._server.scratch / ".s.PGSQL.5432"

    def url_at(self, port: int) -> str:
        """The live database behind something that listens on a port and reads along, hence in the clear."""
        return f"postgresql+psycopg://{SUPERUSER}@127.0.0.1:{port}/{LIVE}?sslmode=disable&gssencmode=disable"

    def keep(self) -> None:
        """Remember the live database, to which nobody may be connected."""
        self._world.place.keep(POPULATED)

    def begin_again(self, *, synchronous: bool) -> None:
        """Put what was kept in the place of the live database; whether its commits wait for the disk."""
        self._world.disconnect()
        self._world.place.replace(POPULATED)
        statement = sql.SQL("ALTER DATABASE {} SET synchronous_commit = {}")
        self.execute(statement.format(sql.Identifier(LIVE), sql.Literal("on" if synchronous else "off")))

    def execute(self, statement: str | sql.Composed) -> None:
        """Run one statement outside any transaction block."""
        with psycopg.connect(self._server.dsn(LIVE), autocommit=True) as connection:
            connection.execute(statement)

    def wal_bytes(self) -> int:
        """How much write-ahead log there has been since the server was made."""
        with psycopg.connect(self._server.dsn("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')").fetchone()
        assert found is not None
        return int(found[0])

    def cpu_s(self) -> float:
        """Processor seconds of PostgreSQL and all its processes so far."""
        assert self._server.running is not None
        return cpu_seconds(self._server.running.pid)
