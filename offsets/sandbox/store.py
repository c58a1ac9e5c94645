"""The sandbox's memory: Stripe's objects, the books and the remembered answers in one SQLite database.

Promise: one writer at a time, and a request's effects are kept together or not at all. Touches its own file only.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Record = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    parent TEXT,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, parent, number);
CREATE TABLE IF NOT EXISTS postings (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    fact TEXT NOT NULL UNIQUE,
    currency TEXT NOT NULL,
    source TEXT NOT NULL,
    destination TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0)
);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL
);
"""
# Which object another one belongs to, so that it can be listed by it.
_PARENTS = ("payment_intent", "charge")


class Store:
    """Objects in Stripe's JSON shape by id; call everything inside `transaction`."""

    def __init__(self, path: str = ":memory:", clock: Callable[[], float] = time.time) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is kept together; an exception undoes it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def now(self) -> int:
        """Whole seconds since 1970, as Stripe counts."""
        return int(self._clock())

    def put(self, record: Record) -> Record:
        """Keep a new or changed object."""
        parent = next((record[name] for name in _PARENTS if record.get(name)), None)
        self._connection.execute(
            "INSERT INTO objects (id, kind, created, parent, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body, parent = excluded.parent",
            (record["id"], record["object"], record["created"], parent, json.dumps(record)),
        )
        return record

    def find(self, kind: str, object_id: str) -> Record | None:
        """One object, or None."""
        row = self._connection.execute(
            "SELECT body FROM objects WHERE kind = ? AND id = ?", (kind, object_id)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def list(self, kind: str, parent: str | None = None) -> Iterator[Record]:
        """Objects of a kind, newest first."""
        rows = self._connection.execute(
            "SELECT body FROM objects WHERE kind = ? AND (? IS NULL OR parent = ?) ORDER BY number DESC",
            (kind, parent, parent),
        ).fetchall()
        return (json.loads(body) for (body,) in rows)

    def list_after(self, kind: str, number: int) -> Iterator[tuple[int, Record]]:
        """Objects of a kind made after the one with that running number, oldest first, each with its own."""
        rows = self._connection.execute(
            "SELECT number, body FROM objects WHERE kind = ? AND number > ? ORDER BY number", (kind, number)
        ).fetchall()
        return ((number, json.loads(body)) for number, body in rows)

    def post(self, fact: str, currency: str, source: str, destination: str, amount: int) -> None:
        """One posting of the books; the same fact is posted once."""
        self._connection.execute(
            "INSERT INTO postings (fact, currency, source, destination, amount) VALUES (?, ?, ?, ?, ?)",
            (fact, currency, source, destination, amount),
        )

    def postings(self) -> Iterator[Record]:
        """Every posting, oldest first."""
        names = ("fact", "currency", "source", "destination", "amount")
        rows = self._connection.execute(f"SELECT {', '.join(names)} FROM postings ORDER BY number").fetchall()
        return (dict(zip(names, row, strict=True)) for row in rows)

    def remember(self, key: str, request: str, status: int, body: Record) -> None:
        """Keep the answer given under an idempotency key."""
        self._connection.execute(
            "INSERT INTO answers (key, request, status, body) VALUES (?, ?, ?, ?)",
            (key, request, status, json.dumps(body)),
        )

    def find_answer(self, key: str) -> tuple[str, int, Record] | None:
        """The request, status and body remembered under a key, or None."""
        row = self._connection.execute("SELECT request, status, body FROM answers WHERE key = ?", (key,)).fetchone()
        return (row[0], row[1], json.loads(row[2])) if row else None

    def forget_answers(self) -> None:
        """Remember no key any more, as the provider does after a day."""
        self._connection.execute("DELETE FROM answers")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def new_id(prefix: str) -> str:
    """An id as Stripe makes them: `pi_3…`."""
    return f"{prefix}_{secrets.token_hex(12)}"
