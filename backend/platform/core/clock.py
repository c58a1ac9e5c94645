"""The one clock: every instant in the backend comes from here.

`now()` is this process's clock, for what never meets the database: tokens, limits, calls to others. Whatever is stored
or compared with what is stored comes from the database's clock, so that machines with different clocks agree: with a
session at hand it is `database_now(session)`, and `columns.stamped_by_database` where a statement stamps its row by
itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

Source = Callable[[], datetime]

# What `database_now` keeps in the session: one instant for the whole transaction.
KEPT = "database_now"


def _process_clock() -> datetime:
    return datetime.now(UTC)


_source: Source = _process_clock
_database_source: Source | None = None  # None: the database is asked

POSTGRESQL_NOW = text("SELECT now() AS now")
SQLITE_NOW = text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")


def now() -> datetime:
    """This process's instant, aware, in UTC. Never stored, never compared with what is stored."""
    return _source()


def database_now(session: Session) -> datetime:
    """The database's instant, aware, in UTC; the same for the whole transaction."""
    if _database_source is not None:
        return _database_source()
    if KEPT not in session.info:
        # on the connection itself: asking the time sends nothing that is queued and flushes no half-made row
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            keep_database_now(session, connection.execute(POSTGRESQL_NOW).scalar_one())
        else:
            stamp = connection.execute(SQLITE_NOW).scalar_one()
            keep_database_now(session, datetime.fromisoformat(stamp).replace(tzinfo=UTC))
    kept: datetime = session.info[KEPT]
    return kept


def keep_database_now(session: Session, instant: datetime) -> None:
    """Take the database's instant as the one of this transaction, where it was asked along with something else."""
    session.info[KEPT] = instant.astimezone(UTC)


def set_database_instant() -> datetime | None:
    """The instant to which somebody has set the database's clock; None while it goes by itself.

    A statement that stamps its row (`columns.stamped_by_database`) takes this as its parameter.
    """
    return _database_source() if _database_source is not None else None


def local_day(at: datetime, zone: str) -> date:
    """The civil day of instant `at` in the IANA time zone `zone`."""
    return at.astimezone(ZoneInfo(zone)).date()


def start_of_day(on: date, zone: str) -> datetime:
    """The instant, in UTC, at which civil day `on` begins in `zone`."""
    return datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def span_of_day(on: date, zone: str) -> tuple[datetime, datetime]:
    """The instants, in UTC, at which civil day `on` begins in `zone`, and the one after it."""
    return start_of_day(on, zone), start_of_day(on + timedelta(days=1), zone)


@contextmanager
def installed(source: Source) -> Iterator[None]:
    """Let tests and the demo set both clocks to one source; what they were comes back afterwards.

    Both move together, so nothing follows from it about who is asked: `process_clock_installed` moves one.
    """
    global _database_source
    before, _database_source = _database_source, source
    try:
        with process_clock_installed(source):
            yield
    finally:
        _database_source = before


@contextmanager
def process_clock_installed(source: Source) -> Iterator[None]:
    """Let a test move this process's clock alone, as on a machine that is wrong about the time."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
