"""The schedule, as data: which job, how often, which verb. Every verb may be repeated without harm."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy.orm import Session

from backend import clock, idempotency
from backend.jobs import service
from backend.jobs.runner.slots import Job, Run

HOUR = timedelta(hours=1)
RUNS_KEPT = timedelta(days=7)


def _drop_stored_answers(run: Run) -> int:
    kept = timedelta(days=current_app.extensions["carbon.policy"].idempotency.kept_days)
    return run.write(lambda session: idempotency.drop_older_than(session, clock.database_now(session) - kept))


def _drop_old_runs(run: Run) -> int:
    def drop(session: Session) -> int:
        return service.drop_ended_before(session, clock.database_now(session) - RUNS_KEPT)

    return run.write(drop)


JOBS: tuple[Job, ...] = (
    Job("stored_answers.drop", HOUR, _drop_stored_answers),
    Job("job_runs.drop", HOUR, _drop_old_runs),
)
