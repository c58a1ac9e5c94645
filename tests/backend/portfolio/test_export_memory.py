"""A copy takes no more memory than a page of it, however much was done: measured in a process of its own.

Fifty thousand activities under --long; fewer otherwise, but enough that a copy made in one piece is noticed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.activities.models import Activity, Reduction
from backend.ledger.models import EntryRow, PostingRow
from backend.points.models import GrantRow
from tests.backend.activities.conftest import log
from tests.house.source import ROOT
from tests.worlds import test_environ as environ_of_tests

ALLOWED_KIB = 64 * 1024
CHUNK = 5_000

pytestmark = [
    pytest.mark.breaks_invariants("one activity is copied thousands of times behind the back of the books"),
    pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from Linux's /proc"),
]


@pytest.fixture
def many(counts):
    return counts(small=4_000, long=50_000)


@pytest.fixture
def busy(beijinger, in_transaction, many):
    """Somebody with many activities, each with its reduction, its entry and its grant."""
    log(beijinger)

    def multiply(session):
        for model, numbered in (
            (Activity, ("id",)),
            (Reduction, ("id", "activity_id")),
            (EntryRow, ("id", "reference")),
            (PostingRow, ("entry_id",)),
            (GrantRow, ("id",)),
        ):
            table = model.__table__
            first = session.execute(select(table).where(table.c.user_id == beijinger.user_id)).mappings().first()
            for begin in range(1, many, CHUNK):
                numbers = range(begin, min(begin + CHUNK, many))
                session.execute(table.insert(), [copy(first, numbered, number) for number in numbers])

    def copy(row, numbered, number):
        changed = {name: f"{row[name][:4]}{number:026}" for name in numbered}
        if "sequence" in row:
            changed["sequence"] = row["sequence"] + number
        return {**row, **changed}

    in_transaction(multiply)
    return beijinger


def measure(world, somebody, warm, *at_once):
    command = [sys.executable, str(Path(__file__).with_name("export_reader.py"))]
    command += [f"{warm.user_id}:{warm.session_id}", somebody.user_id, somebody.session_id, *map(str, at_once)]
    environ = environ_of_tests(world.settings.var_dir) | world.place.environ
    environ |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.timeout(240)
def test_everything_is_taken_along_in_bounded_memory(world, busy, new_person, many):
    warm = new_person()
    # the same measure sees a copy that is made in one piece
    read, whole = measure(world, busy, warm, 500, many)
    assert read["end"]["records"]["activity"] == many
    assert read["end"]["records"]["entry"] == read["end"]["records"]["grant"] == many
    assert read["most"] - read["before"] <= ALLOWED_KIB
    assert whole["most"] - whole["before"] > ALLOWED_KIB
