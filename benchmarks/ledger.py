"""The ledger on real PostgreSQL: posting beside the leanest transaction, a balance with a hundred times the postings.

Both sides run on the same server, one after the other in turns, so that a busy machine slows both.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from flask import Flask
from psycopg.types.json import Jsonb

from backend.accounts import service as accounts
from backend.app.factory import create_app
from backend.ledger import service as ledger
from backend.ledger.domain import NewEntry, Posting, accounts_of, issuance
from backend.platform.core import clock
from backend.platform.data import ids, transactions
from backend.platform.data.schema import upgrade_schema
from backend.points import service as points
from benchmarks.measurement import Measurement, row
from config import load_settings
from tests.servers import PostgresServer
from tests.servers.process import make_scratch, remove_scratch

TURNS, POSTS_A_TURN = 15, 40
READS = 400
FEW, MANY = 10_000, 1_000_000
RIDE = "transport.low_carbon_trip"

# The same rows as one posting, with nothing decided, hashed or checked: everything is known beforehand.
BY_HAND = [
    """INSERT INTO ledger_entries (user_id, id, sequence, reference, kind, facts, reverses, occurred_at, posted_at,
           content_sha256, previous_sha256, sha256)
       VALUES (%(user)s, %(id)s, %(sequence)s, %(id)s, 'credit', %(facts)s, NULL, %(at)s, %(at)s, %(sha)s, %(sha)s,
           %(sha)s)""",
    "INSERT INTO ledger_postings VALUES (%(user)s, %(id)s, 0, %(source)s, %(destination)s, 320)",
    """INSERT INTO ledger_balances VALUES (%(user)s, %(destination)s, 320) ON CONFLICT (user_id, account)
       DO UPDATE SET balance = ledger_balances.balance + excluded.balance""",
    "UPDATE ledger_heads SET sequence = %(sequence)s, sha256 = %(sha)s WHERE user_id = %(user)s",
]


def run() -> list[Measurement]:
    """Posting and reading a balance, each beside its yardstick."""
    with PostgresServer.started(durable=True) as postgres, application(postgres) as app, app.app_context():
        waiting = _posting(postgres, "post one entry")
        with psycopg.connect(postgres.dsn("carbon"), autocommit=True) as connection:
            connection.execute("ALTER DATABASE carbon SET synchronous_commit = off")
        app.extensions["carbon.engine"].dispose()
        return [waiting, _posting(postgres, "post one entry, not waiting for the disk"), _balance(postgres)]


def _posting(postgres: PostgresServer, name: str) -> Measurement:
    ours, theirs = _new_user(), _new_user()
    with psycopg.connect(postgres.dsn("carbon"), prepare_threshold=None) as connection:
        _post(ours, 0)
        by_hand = _hand_writer(connection, theirs)
        measured, yardstick = _in_turns(lambda number: _post(ours, number), by_hand)
    return row(name, 1 / measured, 1 / yardstick, ">= 0.4", "entries/s")


def _post(user_id: str, number: int) -> None:
    move = Posting(issuance(RIDE), accounts_of(user_id).pending, 320)
    transactions.in_transaction(
        lambda session: ledger.post(
            session, user_id, NewEntry(f"ride {number}", "credit", [move], {"activity_id": "act_1"}, clock.now())
        )
    )


def _hand_writer(connection: psycopg.Connection, user_id: str) -> Callable[[int], None]:
    connection.execute("INSERT INTO ledger_heads VALUES (%s, 0, %s)", (user_id, "0" * 64))
    connection.commit()
    connection.autocommit = True  # the transaction is said by hand, so that its end travels with the rest

    def write(number: int) -> None:
        row = {
            "user": user_id,
            "id": ids.new_id("entry"),
            "sequence": number + 1,
            "facts": Jsonb({"activity_id": "act_1"}),
            "at": clock.now(),
            "sha": "0" * 64,
            "source": issuance(RIDE),
            "destination": accounts_of(user_id).pending,
        }
        with connection.pipeline():
            connection.execute("BEGIN")
            for statement in BY_HAND:
                connection.execute(statement, row)
            connection.execute("COMMIT")

    return write


def _balance(postgres: PostgresServer) -> Measurement:
    few, many = _new_user(), _new_user()
    with psycopg.connect(postgres.dsn("carbon"), autocommit=True) as connection:
        # a million foreign keys checked one by one would take longer than the benchmark
        connection.execute("SET session_replication_role = replica")
        for user_id, postings in ((few, FEW), (many, MANY)):
            _fill(connection, user_id, postings)
        connection.execute("VACUUM ANALYZE")
    reads: dict[str, list[float]] = {few: [], many: []}
    for _ in range(READS):
        for user_id, seen in reads.items():
            started = time.perf_counter()
            transactions.in_transaction(
                lambda session, owner=user_id: points.get_balances(session, owner), read_only=True
            )
            seen.append(time.perf_counter() - started)
    with_few, with_many = statistics.median(reads[few]) * 1e6, statistics.median(reads[many]) * 1e6
    return row(f"balance with {MANY:,} postings beside {FEW:,}", with_many, with_few, "<= 1.2", "µs")


def _fill(connection: psycopg.Connection, user_id: str, postings: int) -> None:
    """A long book written by the server itself; its hashes are not looked at here."""
    given = {"owner": user_id, "last": postings, "source": issuance(RIDE), "to": accounts_of(user_id).pending}
    for statement in FILL:
        connection.execute(statement, given)


FILL = [
    """INSERT INTO ledger_heads VALUES (%(owner)s, %(last)s, REPEAT('0', 64))""",
    """INSERT INTO ledger_balances VALUES (%(owner)s, %(to)s, 320 * CAST(%(last)s AS bigint))""",
    """INSERT INTO ledger_entries SELECT %(owner)s, 'ent_' || LPAD(CAST(n AS text), 26, '0'), n, 'ride ' || n, 'credit',
           '{}', NULL, TIMESTAMPTZ '2026-01-01' + n * INTERVAL '1 second',
           TIMESTAMPTZ '2026-01-01' + n * INTERVAL '1 second', REPEAT('0', 64), REPEAT('0', 64), REPEAT('0', 64)
       FROM GENERATE_SERIES(1, CAST(%(last)s AS integer)) AS n""",
    """INSERT INTO ledger_postings
       SELECT %(owner)s, 'ent_' || LPAD(CAST(n AS text), 26, '0'), 0, %(source)s, %(to)s, 320
       FROM GENERATE_SERIES(1, CAST(%(last)s AS integer)) AS n""",
]


def _in_turns(ours: Callable[[int], None], theirs: Callable[[int], None]) -> tuple[float, float]:
    """Seconds per call of each, the median turn of `TURNS`."""
    spent: tuple[list[float], list[float]] = ([], [])
    for turn in range(TURNS):
        for write, turns in zip((ours, theirs), spent, strict=True):
            started = time.perf_counter()
            for number in range(turn * POSTS_A_TURN + 1, (turn + 1) * POSTS_A_TURN + 1):
                write(number)
            turns.append((time.perf_counter() - started) / POSTS_A_TURN)
    return statistics.median(spent[0]), statistics.median(spent[1])


def _new_user() -> str:
    return transactions.in_transaction(lambda session: accounts.create_user(session, is_guest=True))


@contextmanager
def application(postgres: PostgresServer) -> Iterator[Flask]:
    """The product on a fresh database `carbon` of this server."""
    postgres.create_database("carbon")
    var_dir: Path = make_scratch("bench")
    try:
        app = create_app(
            load_settings(
                {
                    "CARBON_ENVIRONMENT": "test",
                    "CARBON_VAR_DIR": str(var_dir),
                    "CARBON_DATABASE_URL": postgres.url("carbon"),
                    "CARBON_REDIS_URL": "embedded://",
                    "CARBON_SCHEDULER": "off",
                    "CARBON_LOG_LEVEL": "WARNING",
                }
            )
        )
        upgrade_schema(app)
        yield app
        app.extensions["carbon.engine"].dispose()
    finally:
        remove_scratch(var_dir)
