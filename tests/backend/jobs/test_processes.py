"""Three scheduler processes at once: each slot is run exactly once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest
from sqlalchemy import text

from tests.house.reading import ROOT

PROCESSES = 3


@pytest.fixture
def slots_seen(world, in_transaction):
    """Run three processes for some seconds; how often each slot was run."""
    in_transaction(lambda session: session.execute(text("CREATE TABLE slots_seen (slot TEXT)")))

    def run(seconds, *guard):
        environ = {"CARBON_VAR_DIR": str(world.settings.var_dir), "CARBON_ENVIRONMENT": "test", **world.place.environ}
        command = [sys.executable, "-m", "tests.backend.jobs.schedulers", json.dumps(environ), str(seconds), *guard]
        processes = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for _ in range(PROCESSES)
        ]
        for process in processes:
            words, _ = process.communicate(timeout=60)
            assert process.returncode == 0, words
        return Counter(
            in_transaction(lambda session: session.execute(text("SELECT slot FROM slots_seen")).scalars().all())
        )

    return run


@pytest.mark.concurrency
def test_three_processes_run_each_slot_exactly_once(slots_seen, counts):
    seconds = counts(small=2, long=30)
    seen = slots_seen(seconds)
    assert len(seen) >= seconds - 1
    assert set(seen.values()) == {1}


@pytest.mark.concurrency
def test_control_without_claims_three_processes_run_slots_several_times(slots_seen):
    assert max(slots_seen(3, "unclaimed").values()) > 1
