"""The share of statements a run has executed: every statement counts once, and what was never imported counts too."""

from __future__ import annotations

import ast
import importlib
import sys
from textwrap import dedent

import pytest

from tests import coverage
from tests.coverage import RoomCoverage, Share, by_room, statements, table

SOURCE = '''
    """A docstring is no statement."""
    import math

    LIMIT: int = 3


    def is_small(number: int) -> bool:
        """Nor is this one."""
        if (
            number < LIMIT
            and math.isfinite(number)
        ):
            return True
        return False


    def never_called() -> None:
        global LIMIT
        LIMIT = 4
'''
COUNTED = 8  # import, LIMIT, def, if, two returns, def, LIMIT = 4


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A small house whose one room is imported as `planted_room`."""
    room = tmp_path / "planted_room"
    room.mkdir()
    (room / "__init__.py").write_text("")
    (room / "sizes.py").write_text(dedent(SOURCE))
    (room / "unused.py").write_text("NEVER = 'imported'\n")
    monkeypatch.setattr(coverage, "MEASURED", ("planted_room",))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("planted_room")]:
        del sys.modules[name]


@pytest.fixture
def counting(house, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    started = RoomCoverage(house)
    started.start()
    return started


def test_a_statement_counts_once_however_many_lines_it_has():
    assert len(list(statements(ast.parse(dedent(SOURCE))))) == COUNTED


def test_what_was_executed_is_told_from_what_was_not(house, counting):
    sizes = importlib.import_module("planted_room.sizes")
    assert by_room(house, counting.own_lines())["planted_room"] == Share(COUNTED + 1, 4)
    assert sizes.is_small(2)
    assert by_room(house, counting.own_lines())["planted_room"] == Share(COUNTED + 1, 6)
    assert not sizes.is_small(5)
    assert by_room(house, counting.own_lines())["planted_room"] == Share(COUNTED + 1, 7)


def test_what_a_test_executed_a_thousand_times_is_still_counted_once(house, counting):
    sizes = importlib.import_module("planted_room.sizes")
    assert all(sizes.is_small(1) for _ in range(1000))
    assert by_room(house, counting.own_lines())["planted_room"].executed == 6


def test_a_module_that_was_imported_before_is_refused(house, monkeypatch):
    importlib.import_module("planted_room.sizes")
    with pytest.raises(pytest.UsageError, match="imported before"):
        RoomCoverage(house).start()


def test_the_table_ends_with_the_sum_and_says_what_is_left_out():
    lines = list(table({"offsets": Share(4, 3), "backend/ledger": Share(4, 4)}))
    assert "own" in lines[0]
    assert lines[-1].split() == ["all", "8", "7", "87.5"]
