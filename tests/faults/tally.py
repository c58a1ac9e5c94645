"""A tiny application to try the faults on: one counter, raised once per key, or carelessly.

`/tally` claims the key and counts in one transaction. `/careless-tally` counts in one transaction and remembers the
key in another: the mistake that the walk through all faults must find.
"""

from __future__ import annotations

from flask import Flask, Response, request
from sqlalchemy import text

TABLES = (
    "CREATE TABLE tally (id INTEGER PRIMARY KEY, counted INTEGER NOT NULL)",
    "CREATE TABLE tally_keys (key TEXT PRIMARY KEY)",
    "INSERT INTO tally VALUES (1, 0)",
)
COUNT = text("UPDATE tally SET counted = counted + 1 WHERE id = 1")
CLAIM = text("INSERT INTO tally_keys VALUES (:key) ON CONFLICT DO NOTHING")
KNOWN = text("SELECT 1 FROM tally_keys WHERE key = :key")
READ = text("SELECT counted FROM tally")


def attach(app: Flask) -> None:
    """Add both endpoints to `app`."""
    from backend.platform.data.transactions import in_transaction

    @app.post("/tally")
    def tally() -> Response:
        key = {"key": request.headers["Idempotency-Key"]}

        def count_once(session) -> None:
            if session.execute(CLAIM, key).rowcount:
                session.execute(COUNT)

        in_transaction(count_once)
        return Response("{}")

    @app.post("/careless-tally")
    def careless_tally() -> Response:
        key = {"key": request.headers["Idempotency-Key"]}
        if not in_transaction(lambda session: session.execute(KNOWN, key).first()):
            in_transaction(lambda session: session.execute(COUNT))
            in_transaction(lambda session: session.execute(CLAIM, key))
        return Response("{}")
