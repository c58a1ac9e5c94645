"""APScheduler as the heartbeat: it wakes each job often, and the claims decide who runs a slot.

So any number of these processes may run; one is enough. `run_here` blocks until SIGTERM or SIGINT and lets what is
running finish; `run_embedded` is for the one-process default.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from backend.jobs.runner.dispatch import dispatch
from backend.jobs.runner.schedule import JOBS
from backend.jobs.runner.slots import Job, run_slot
from backend.platform.core import clock

THREADS = 4
DISPATCH_EVERY = timedelta(seconds=1)
# how soon a slot whose holder has died is noticed
LONGEST_WAIT = timedelta(seconds=30)

_log = structlog.get_logger("jobs")


def run_here(app: Flask, jobs: Sequence[Job] = JOBS) -> None:
    """Run jobs and the outbox in this process until it is told to stop; what is running then finishes."""
    told_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: told_to_stop.set())
    scheduler = run_embedded(app, jobs)
    _log.info("jobs are running", jobs=[job.name for job in jobs])
    told_to_stop.wait()
    scheduler.shutdown(wait=True)


def run_embedded(app: Flask, jobs: Sequence[Job] = JOBS) -> BackgroundScheduler:
    """Run jobs and the outbox in threads of this process; return the scheduler, for whoever wants to shut it down."""
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(THREADS)},
        # a late wake-up is one wake-up, and no job overtakes itself in one process
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    _wake(scheduler, "outbox", DISPATCH_EVERY, lambda: dispatch(app))
    for job in jobs:
        _wake(scheduler, job.name, min(job.every / 2, LONGEST_WAIT), lambda job=job: run_slot(app, job))
    scheduler.start()
    return scheduler


def _wake(scheduler: BackgroundScheduler, name: str, every: timedelta, work: Callable[[], object]) -> None:
    def attempt() -> None:
        try:
            work()
        except Exception as error:  # the database may be away for a while; the next wake-up tries again
            _log.error("wake-up failed", job=name, exc_info=error)

    scheduler.add_job(attempt, "interval", seconds=every.total_seconds(), id=name, next_run_time=clock.now())
