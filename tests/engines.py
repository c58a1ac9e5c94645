"""On which database a test of state runs: always on the one of production, on the other where the database decides.

ADR 0115. With --long every test runs on both.
"""

from __future__ import annotations

from zlib import crc32

import pytest

SQLITE, POSTGRESQL = "sqlite", "postgresql"
BOTH = (SQLITE, POSTGRESQL)
# what speaks to the database, and whole stories
ON_BOTH = ("tests/backend/platform/data/", "tests/backend/ledger/", "tests/journeys/", "tests/faults/", "tests/start/")
SAMPLED = 4  # of all others one in so many runs on both, always the same ones


def engines_of(test: pytest.Item, *, is_long: bool) -> tuple[str, ...]:
    """The databases on which `test` runs."""
    if is_long:
        return BOTH
    if test.get_closest_marker("alike_on_both_engines"):
        return (SQLITE,)
    if test.get_closest_marker("concurrency") or is_on_both(test.nodeid):
        return BOTH
    return (POSTGRESQL,)


def is_on_both(name: str) -> bool:
    """Whether the test of this name stands in a room that runs on both, or in the sample."""
    return name.startswith(ON_BOTH) or crc32(name.encode()) % SAMPLED == 0
