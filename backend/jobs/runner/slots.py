"""One slot of one job: lease it, do the work in fenced transactions, close it."""

from __future__ import annotations

import os
import socket
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from backend.jobs import service
from backend.jobs.domain import LeaseLost, LeaseTerms, SlotLease
from backend.platform.core import clock, context
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import switches

T = TypeVar("T")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 200
ROOT = Path(__file__).resolve().parents[3]

_log = structlog.get_logger("jobs")


@dataclass(frozen=True)
class Run:
    """What a job's work is given: transactions that end with the lease, and reading ones."""

    lease: SlotLease

    def write(self, verb: Callable[[Session], T], *, snapshot: bool = False) -> T:
        """Run `verb` in a transaction that commits only while the slot is ours; raise `LeaseLost`."""

        def fenced(session: Session) -> T:
            service.renew_lease(session, self.lease)
            return verb(session)

        return in_transaction(fenced, snapshot=snapshot)

    def read(self, verb: Callable[[Session], T]) -> T:
        """Run `verb` in a read-only transaction."""
        return in_transaction(verb, read_only=True)


@dataclass(frozen=True)
class Job:
    """One line of the schedule. `work` returns how many items it has dealt with; doing a slot again must do no harm."""

    name: str
    every: timedelta
    work: Callable[[Run], int]
    after: timedelta = timedelta(0)  # how long after the period's beginning, in UTC, a slot starts

    def slot_at(self, instant: datetime) -> datetime:
        """The slot that `instant` belongs to: the clock floored to the period."""
        past = (instant - EPOCH - self.after) // self.every
        return EPOCH + self.after + past * self.every


def sweep(verb: Callable[[Session, int], int]) -> Callable[[Run], int]:
    """Work that calls `verb(session, limit)`, a transaction each time, until it finds fewer than `limit` items."""

    def work(run: Run) -> int:
        total = 0
        while True:
            found = run.write(lambda session: verb(session, BATCH))
            total += found
            if found < BATCH:
                return total

    return work


def run_slot(app: Flask, job: Job) -> bool:
    """Run the present slot of `job` unless it is somebody's; return whether this process ran it to its end."""
    with app.app_context():
        lease = _lease(job)
        if lease is None:
            return False
        log = _log.bind(job=job.name, slot=lease.slot.isoformat(), fence=lease.fencing_token)
        items, reason = 0, ""
        try:
            items = job.work(Run(lease))
        except LeaseLost:
            log.warning("lease lost")
            return False
        except Exception as error:  # any failure of a job is recorded beside its slot; the scheduler lives on
            log.error("job failed", exc_info=error)
            reason = place_of(error)
        return _close(lease, items, reason)


def place_of(error: BaseException) -> str:
    """The kind of `error` and where in our code it arose; not its words, which may hold what a person has written."""
    frames = [(Path(frame.filename), frame) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [(path, frame) for path, frame in frames if ROOT in path.parents and ".venv" not in path.parts]
    if not ours:
        return type(error).__name__
    path, frame = ours[-1]
    return f"{type(error).__name__} in {frame.name}, {path.relative_to(ROOT)}:{frame.lineno}"


def process_name() -> str:
    """This process, for the person who looks at a lease."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}"


def _lease(job: Job) -> SlotLease | None:
    policy = context.policy().jobs
    terms = LeaseTerms(process_name(), timedelta(seconds=policy.lease_s), policy.attempts_before_dead_letter)

    def ask(session: Session) -> SlotLease | None:
        if switches.is_on(session, switches.READ_ONLY):
            return None
        slot = job.slot_at(clock.database_now(session))
        return service.lease_slot(session, job.name, slot, terms)

    return in_transaction(ask)


def _close(lease: SlotLease, items: int, reason: str) -> bool:
    try:
        in_transaction(lambda session: service.finish_slot(session, lease, items=items, reason=reason))
    except LeaseLost:
        return False
    return not reason
