"""Several scheduler processes for a test: one job every second that writes down its slot.

    python -m tests.backend.jobs.schedulers SETTINGS_JSON PROCESSES SECONDS [unleased]

With `unleased` every process grants itself every slot: the control run.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from datetime import timedelta
from multiprocessing import get_context

from flask import Flask
from sqlalchemy import text

from backend.app.factory import create_app
from backend.jobs import service
from backend.jobs.domain import SlotLease
from backend.jobs.runner import run_embedded
from backend.jobs.runner.slots import Job, Run
from config import load_settings

NOTE = text("INSERT INTO slots_seen VALUES (:slot)")


def write_down(run: Run) -> int:
    """Note the slot in the fenced transaction of the job."""
    run.write(lambda session: session.execute(NOTE, {"slot": run.lease.slot.isoformat()}))
    return 1


def grant_everything() -> None:
    """Switch the guard off: a lease is granted to whoever asks, once per slot and process."""
    granted = set()
    tokens = itertools.count(1)

    def lease_slot(_session, job, slot, terms):
        if slot in granted:
            return None
        granted.add(slot)
        return SlotLease(job, slot, next(tokens), terms.duration)

    service.lease_slot = lease_slot
    service.renew_lease = lambda session, lease: None
    service.finish_slot = lambda session, lease, *, items, reason="": None


def run(app: Flask, seconds: float) -> None:
    """One scheduler: run until `seconds` have passed, then let the running work finish."""
    running = run_embedded(app, [Job("write_down", timedelta(seconds=1), write_down)])
    time.sleep(seconds)
    running.stop()


def main(environ: str, processes: str, seconds: str, *guard: str) -> int:
    """Start them all at once; return how many failed."""
    # built once and forked before it opens anything: starting Python three times is what would take long
    app = create_app(load_settings(json.loads(environ)))
    if guard:
        grant_everything()
    started = [get_context("fork").Process(target=run, args=(app, float(seconds))) for _ in range(int(processes))]
    for process in started:
        process.start()
    for process in started:
        process.join()
    return sum(process.exitcode != 0 for process in started)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
