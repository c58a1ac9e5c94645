"""The one clock: every instant in the backend comes from here.

`now()` is this process's clock; what expires uses `database_now(session)`, so that two machines with different
clocks agree on when a hold or a code has lapsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

Source = Callable[[], datetime]


def _process_clock() -> datetime:
    return datetime.now(UTC)


_source: Source = _process_clock


def now() -> datetime:
    """This instant, aware, in UTC."""
    return _source()


def database_now(session: Session) -> datetime:
    """The database's instant, aware, in UTC; the same for the whole transaction on PostgreSQL.

    A clock installed by a test wins, so that a test can move both clocks together.
    """
    if _source is not _process_clock:
        return _source()
    if session.get_bind().dialect.name == "postgresql":
        return session.execute(text("SELECT now()")).scalar_one().astimezone(UTC)
    stamp = session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


def local_day(at: datetime, zone: str) -> date:
    """The civil day of instant `at` in the IANA time zone `zone`."""
    return at.astimezone(ZoneInfo(zone)).date()


def start_of_day(on: date, zone: str) -> datetime:
    """The instant, in UTC, at which civil day `on` begins in `zone`."""
    return datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def days_later(on: date, days: int) -> date:
    """The civil day `days` after `on`."""
    return on + timedelta(days=days)


@contextmanager
def installed(source: Source) -> Iterator[None]:
    """Let tests and the demo bring their own clock; the process clock comes back afterwards."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
