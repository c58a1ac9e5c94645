"""APScheduler wakes each job often, and the leases decide who runs a slot; beside it the outbox has its own workers.

So any number of these processes may run; one is enough. `run_here` blocks until SIGTERM or SIGINT and lets what is
running finish; `run_embedded` is for the one-process default.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from flask import Flask

from backend.jobs.runner.dispatcher import Dispatcher
from backend.jobs.runner.schedule import JOBS
from backend.jobs.runner.slots import Job, run_slot
from backend.platform.core import clock

if TYPE_CHECKING:  # the library itself is imported by the process that runs jobs
    from apscheduler.schedulers.background import BackgroundScheduler

THREADS = 4
# how soon a slot whose holder has died is noticed
LONGEST_WAIT = timedelta(seconds=30)

_log = structlog.get_logger("jobs")


def run_here(app: Flask, jobs: Sequence[Job] = JOBS) -> None:
    """Run jobs and the outbox in this process until it is told to stop; what is running then finishes."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    running = run_embedded(app, jobs)
    _log.info("jobs are running", jobs=[job.name for job in jobs])
    stopping.wait()
    running.stop()


@dataclass(frozen=True)
class Running:
    """The jobs and the outbox of this process, at work."""

    scheduler: BackgroundScheduler
    dispatcher: Dispatcher

    def stop(self) -> None:
        """Begin nothing more, and come back when what is running has finished."""
        self.dispatcher.stop()
        self.scheduler.shutdown(wait=True)


def run_embedded(app: Flask, jobs: Sequence[Job] = JOBS) -> Running:
    """Run jobs and the outbox in threads of this process, until whoever has what is returned stops them."""
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(THREADS)},
        # a late wake-up is one wake-up, and no job overtakes itself in one process
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in jobs:
        _wake(scheduler, job.name, min(job.every / 2, LONGEST_WAIT), partial(run_slot, app, job))
    scheduler.start()
    dispatcher = Dispatcher(app)
    dispatcher.start()
    return Running(scheduler, dispatcher)


def _wake(scheduler: BackgroundScheduler, name: str, every: timedelta, work: Callable[[], object]) -> None:
    def attempt() -> None:
        try:
            work()
        except Exception as error:  # the database may be away for a while; the next wake-up tries again
            _log.error("wake-up failed", job=name, exc_info=error)

    scheduler.add_job(attempt, "interval", seconds=every.total_seconds(), id=name, next_run_time=clock.now())
