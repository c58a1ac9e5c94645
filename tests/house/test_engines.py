"""ADR 0115: PostgreSQL plays every test of state, SQLite those it may decide otherwise and a fixed quarter."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.engines import BOTH, POSTGRESQL, SQLITE, engines_of, is_on_both

NAMES = [f"tests/backend/points/test_it.py::test_number_{number}" for number in range(2_000)]
IN_THE_SAMPLE, OUTSIDE = next(filter(is_on_both, NAMES)), next(name for name in NAMES if not is_on_both(name))


@dataclass(frozen=True)
class NamedTest:
    """What is known of a test before it runs."""

    nodeid: str
    mark: str = ""

    def get_closest_marker(self, name: str) -> str | None:
        return name if name == self.mark else None


@pytest.mark.parametrize(
    ("test", "engines"),
    [
        (NamedTest(OUTSIDE), (POSTGRESQL,)),
        (NamedTest(IN_THE_SAMPLE), BOTH),
        (NamedTest(OUTSIDE, "concurrency"), BOTH),
        (NamedTest("tests/backend/ledger/test_chain.py::test_it"), BOTH),
        (NamedTest(OUTSIDE, "alike_on_both_engines"), (SQLITE,)),
    ],
)
def test_a_test_runs_where_the_database_decides_and_all_run_everywhere_when_asked(test, engines):
    assert engines_of(test, is_long=False) == engines
    assert engines_of(test, is_long=True) == BOTH


def test_the_sample_is_about_a_quarter():
    assert 400 < sum(map(is_on_both, NAMES)) < 600
