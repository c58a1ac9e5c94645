"""What a PostgreSQL database holds, and how it is made to hold what it did before without copying all its files.

A copy of a database costs the server several hundred files and a checkpoint, for a test that wrote twenty rows.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

SEQUENCES = "SELECT count(*) FROM pg_class WHERE relkind = 'S'"  # deleting rows takes none of them back
MOST_RESTORED = 300  # in a row; dead rows stay, so that a table filled and emptied often is slow to read
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
STATE_OF_TABLE = "SELECT {name} AS place, count(*), max(xmin::text::bigint) FROM {table}"
CATALOGUES = ("pg_class", "pg_attribute", "pg_constraint", "pg_trigger", "pg_proc", "pg_index")
BUSY = """
    SELECT EXISTS (
        SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
        AND state <> 'idle'
    )
"""


@dataclass(frozen=True)
class Contents:
    """The rows of each table and the shape of the tables, as the numbers of the transactions that wrote them.

    Whatever is inserted, updated or altered bears the number of a later transaction, whatever is deleted is missing
    from the count; a copy of a database keeps the numbers.
    """

    rows: dict[str, tuple[int, int]]
    shape: tuple[Any, ...]


class ContentsKeeper:
    """One connection that looks at a database between tests, and empties what one of them has filled."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._restored = 0
        self._connection: psycopg.Connection[Any] | None = None

    def contents(self) -> Contents:
        """What the database holds now."""
        tables = [name for (name,) in self._ask(sql.SQL(TABLES))]
        asked = [
            sql.SQL(STATE_OF_TABLE).format(name=sql.Literal(name), table=sql.Identifier(name))
            for name in [*tables, *CATALOGUES]
        ]
        states = {name: (count, number or 0) for name, count, number in self._ask(sql.SQL(" UNION ALL ").join(asked))}
        shape = tuple(states.pop(name) for name in CATALOGUES)
        return Contents({name: state for name, state in states.items() if state[0]}, shape)

    def restore(self, wanted: Contents) -> bool:
        """Delete the rows that are too many; False, and nothing done, where that does not restore what is wanted.

        Nor is anything done while a connection, which a test has left behind, is in the middle of something.
        """
        self._restored += 1
        with suppress(psycopg.OperationalError):
            if self._restored > MOST_RESTORED or self._ask(sql.SQL(BUSY))[0][0] or self._ask(sql.SQL(SEQUENCES))[0][0]:
                return False
            present = self.contents()
            changed = {name for name, state in wanted.rows.items() if present.rows.get(name) != state}
            if changed or present.shape != wanted.shape:
                return False
            self._delete(sorted(present.rows.keys() - wanted.rows.keys()))
            return True
        return False

    def close(self) -> None:
        """Leave the database, which can be dropped and copied only while nobody is connected."""
        self._restored = 0
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _delete(self, tables: list[str]) -> None:
        if tables:
            deletes = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables]
            self._connected().execute(sql.SQL("; ").join(deletes))

    def _ask(self, statement: sql.Composable) -> list[Any]:
        return self._connected().execute(statement).fetchall()

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._dsn, autocommit=True)
            # rows are deleted in any order: foreign keys and triggers of the product do not look
            self._connection.execute("SET session_replication_role = replica")
        return self._connection
