"""Three scheduler processes at once: each slot is run exactly once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter

import pytest
from sqlalchemy import text

from backend.jobs import service
from backend.jobs.domain import SlotState
from backend.jobs.runner.schedule import JOBS
from config import environment_with
from tests.house.source import ROOT

PROCESSES = 3


@pytest.fixture
def slots_seen(world, in_transaction):
    """Run three processes for some seconds; how often each slot was run."""
    in_transaction(lambda session: session.execute(text("CREATE TABLE slots_seen (slot TEXT)")))

    def run(seconds, *guard):
        environ = {"CARBON_VAR_DIR": str(world.settings.var_dir), "CARBON_ENVIRONMENT": "test", **world.place.environ}
        words = [json.dumps(environ), str(PROCESSES), str(seconds), *guard]
        ended = subprocess.run(
            [sys.executable, "-m", "tests.backend.jobs.schedulers", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=100,
        )
        assert ended.returncode == 0, ended.stdout
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
def test_control_without_leases_three_processes_run_slots_several_times(slots_seen):
    assert max(slots_seen(3, "unleased").values()) > 1


def test_a_jobs_process_that_is_told_to_stop_finishes_and_leaves_no_slot_open(world, in_transaction):
    environ = {"CARBON_VAR_DIR": str(world.settings.var_dir), "CARBON_ENVIRONMENT": "test", **world.place.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run"],
        cwd=ROOT,
        env=environment_with(environ),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert any("jobs are running" in line for line in process.stderr)
    wanted = {job.name for job in JOBS}
    deadline = time.monotonic() + 30
    while set(in_transaction(service.list_last_runs)) < wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert {run.job: run.state for run in in_transaction(service.list_last_runs).values()} == dict.fromkeys(
        wanted, SlotState.DONE
    )
