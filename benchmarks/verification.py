"""The proof of the ledger on real PostgreSQL: what a look at what is new costs, and whether it is quiet beside writes.

Books are loaded by COPY with chains that verify. Smaller by default; `python3 run.py bench verification --full` proves
a million postings and then ten million, and compares the time per posting.
"""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from flask import current_app
from psycopg.types.json import Jsonb

from backend.ledger import service as ledger
from backend.ledger.domain import GENESIS, Link, NewEntry, Posting, accounts_of, issuance
from backend.platform.core import clock
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import invariants
from benchmarks.ledger import application
from benchmarks.measurement import Measurement, is_full, row
from tests.servers import PostgresServer

SIZES, FULL_SIZES = (20_000, 100_000), (1_000_000, 10_000_000)
ENTRIES_A_BOOK = 50
POSTINGS_AN_ENTRY = 2
WRITES_BESIDE = 200
NEW_BOOKS = 200
RIDE = "transport.low_carbon_trip"
FIRST_AT = datetime(2026, 1, 1, tzinfo=UTC)
# what a posting by itself does not check, and what would take longer than the benchmark
WITHOUT_CHECKS = "SET session_replication_role = replica"
COPIES = {
    "ledger_entries": (
        "user_id, id, sequence, reference, kind, facts, reverses, occurred_at, posted_at, content_sha256,"
        " previous_sha256, sha256"
    ),
    "ledger_postings": "user_id, entry_id, position, source, destination, amount",
    "ledger_heads": "user_id, sequence, sha256",
    "ledger_balances": "user_id, account, balance",
}


@dataclass(frozen=True)
class Book:
    """The rows of one person's book, by table."""

    rows: dict[str, list[tuple[Any, ...]]]


def run() -> list[Measurement]:
    """The whole proof at two sizes, the look at what is new, and what it finds beside writes."""
    small, large = FULL_SIZES if is_full() else SIZES
    with PostgresServer.started(durable=True) as postgres, application(postgres) as app, app.app_context():
        app.extensions["carbon.checks"] = {"ledger": ledger.verify}
        with psycopg.connect(postgres.dsn("carbon"), autocommit=True) as connection:
            connection.execute(WITHOUT_CHECKS)
            _load(connection, 0, small)
            first_us = _whole_s() / small * 1e6
            _load(connection, small, large)
            per_posting_us = _whole_s() / large * 1e6
            first_look_s = _look_s()
            idle_s = _look_s()
            people = [f"usr_{number:026d}" for number in range(NEW_BOOKS)]
            _post(people)
            look_s = _look_s()
            alarms = _alarms_beside_writes(people)
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        row(f"prove {large:,} postings, each, beside {small:,}", per_posting_us, first_us, "<= 1.2", "µs"),
        row("the first look writes every checkpoint", first_look_s, None, "<= 3600", "s"),
        row("look where nothing is new", idle_s, None, "<= 5", "s"),
        row(f"look at {NEW_BOOKS} books that have grown", look_s, None, "<= 5", "s"),
        row("false alarms beside writes", alarms, None, "<= 0", ""),
        row("memory of the process at most", memory_mib, None, "<= 512", "MiB"),
    ]


def _load(connection: psycopg.Connection[Any], from_posting: int, to_posting: int) -> None:
    """Write whole books by COPY, until there are `to_posting` postings; count what was written."""
    a_book = ENTRIES_A_BOOK * POSTINGS_AN_ENTRY
    for first in range(from_posting // a_book, to_posting // a_book, 1_000):
        books = [_book(number) for number in range(first, min(first + 1_000, to_posting // a_book))]
        for table, columns in COPIES.items():
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for values in (values for book in books for values in book.rows[table]):
                    copy.write_row(values)
    for table in COPIES:
        connection.execute(f"VACUUM ANALYZE {table}")
    found = connection.execute("SELECT count(*) FROM ledger_postings").fetchone()
    assert found == (to_posting,), found


def _book(number: int) -> Book:
    owner = f"usr_{number:026d}"
    own = accounts_of(owner)
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COPIES}
    previous = GENESIS
    postings = [Posting(issuance(RIDE), own.pending, 300), Posting(own.pending, own.points, 200)][:POSTINGS_AN_ENTRY]
    for sequence in range(1, ENTRIES_A_BOOK + 1):
        at = FIRST_AT + timedelta(seconds=number % 1_000_000, milliseconds=sequence)
        entry_id, facts = f"ent_{number:016d}{sequence:010d}", {"activity_id": f"act_{sequence}"}
        new = NewEntry(f"activity:{sequence}", "credit", postings, facts, at)
        content = new.content_sha256()
        link = Link(owner, entry_id, sequence, new.reference, at, at, content, previous)
        ends = (previous, link.sha256())
        rows["ledger_entries"].append(
            (owner, entry_id, sequence, new.reference, new.kind, Jsonb(facts), None, at, at, content, *ends)
        )
        for position, posting in enumerate(postings):
            rows["ledger_postings"].append(
                (owner, entry_id, position, posting.source, posting.destination, posting.amount)
            )
        previous = ends[1]
    rows["ledger_heads"].append((owner, ENTRIES_A_BOOK, previous))
    rows["ledger_balances"] += [(owner, own.pending, 100 * ENTRIES_A_BOOK), (owner, own.points, 200 * ENTRIES_A_BOOK)]
    return Book(rows)


def _whole_s() -> float:
    started = time.perf_counter()
    assert invariants.run_whole() == []
    return time.perf_counter() - started


def _look_s() -> float:
    started = time.perf_counter()
    assert list(invariants.run_latest(invariants.in_snapshot)) == []
    return time.perf_counter() - started


def _post(people: list[str]) -> None:
    for owner in people:
        _post_one(owner, f"new {clock.now().isoformat()}")


def _post_one(owner: str, reference: str) -> None:
    postings = [Posting(issuance(RIDE), accounts_of(owner).pending, 1)]
    entry = NewEntry(reference, "credit", postings, {}, FIRST_AT)
    in_transaction(lambda session: ledger.post(session, owner, entry))


def _alarms_beside_writes(people: list[str]) -> int:
    """How many violations looks find while another thread posts `WRITES_BESIDE` entries."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    ended = threading.Event()

    def write() -> None:
        with app.app_context():
            for number in range(WRITES_BESIDE):
                _post_one(people[number % len(people)], f"beside {number}")
        ended.set()

    writer = threading.Thread(target=write)
    writer.start()
    alarms = len(list(_looks_until(ended)))
    writer.join()
    return alarms


def _looks_until(ended: threading.Event) -> Iterator[invariants.Broken]:
    while not ended.is_set():
        yield from invariants.run_latest(invariants.in_snapshot)
