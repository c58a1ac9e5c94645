"""One slot of one job: claim it, do the work in fenced transactions, close it."""

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
from flask import Flask, current_app
from sqlalchemy.orm import Session

from backend.jobs import service
from backend.platform.core import clock
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import switches

T = TypeVar("T")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 200
HOUSE = Path(__file__).resolve().parents[3]

_log = structlog.get_logger("jobs")


@dataclass(frozen=True)
class Run:
    """What a job's work is given: transactions that end with the lease, and reading ones."""

    claim: service.Claim

    def write(self, verb: Callable[[Session], T]) -> T:
        """Run `verb` in a transaction that commits only while the slot is ours; raise `LeaseLost`."""

        def fenced(session: Session) -> T:
            service.hold(session, self.claim)
            return verb(session)

        return in_transaction(fenced)

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
        claim = _claim(job)
        if claim is None:
            return False
        log = _log.bind(job=job.name, slot=claim.slot.isoformat(), fence=claim.fencing_token)
        items, reason = 0, ""
        try:
            items = job.work(Run(claim))
        except service.LeaseLost:
            log.warning("lease lost")
            return False
        except Exception as error:  # any failure of a job is recorded beside its slot; the scheduler lives on
            log.error("job failed", exc_info=error)
            reason = place_of(error)
        return _close(claim, items, reason)


def place_of(error: BaseException) -> str:
    """The kind of `error` and where in this house it arose; not its words, which may hold what a person has written."""
    frames = [(Path(frame.filename), frame) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [(path, frame) for path, frame in frames if HOUSE in path.parents and ".venv" not in path.parts]
    if not ours:
        return type(error).__name__
    path, frame = ours[-1]
    return f"{type(error).__name__} in {frame.name}, {path.relative_to(HOUSE)}:{frame.lineno}"


def holder() -> str:
    """This process, for the person who looks at a claim."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}"


def _claim(job: Job) -> service.Claim | None:
    policy = current_app.extensions["carbon.policy"].jobs

    def ask(session: Session) -> service.Claim | None:
        if switches.is_on(session, switches.READ_ONLY):
            return None
        slot = job.slot_at(clock.database_now(session))
        return service.claim(
            session,
            job.name,
            slot,
            holder=holder(),
            lease=timedelta(seconds=policy.lease_s),
            most=policy.attempts_before_dead_letter,
        )

    return in_transaction(ask)


def _close(claim: service.Claim, items: int, reason: str) -> bool:
    try:
        in_transaction(lambda session: service.finish(session, claim, items=items, reason=reason))
    except service.LeaseLost:
        return False
    return not reason
