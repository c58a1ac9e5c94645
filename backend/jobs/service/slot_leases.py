"""One run per slot: a claim with a lease, and a fencing token that stops whoever slept through it.

All instants are the database's. A slot whose holder went silent, or failed, may be claimed again after its lease,
as often as the policy allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from backend.jobs.models import DONE, FAILED, RUNNING, JobRun
from backend.platform.core import clock


@dataclass(frozen=True)
class Claim:
    """The right to run one slot of one job while the lease lasts; `lease` is renewed by every `hold`."""

    job: str
    slot: datetime
    fencing_token: int
    lease: timedelta


class LeaseLost(Exception):
    """The lease ran out, or somebody else has taken the slot over: nothing may be written for it any more."""


_RUNS = JobRun.__table__


def _claiming(insert: Any) -> Any:
    made = insert(_RUNS)
    renewed = ("holder", "lease_until", "started_at")
    return made.on_conflict_do_update(
        index_elements=["job", "slot"],
        set_={
            **{name: made.excluded[name] for name in renewed},
            "fencing_token": _RUNS.c.fencing_token + 1,
            "state": RUNNING,
            "ended_at": None,
            "reason": "",
        },
        where=(_RUNS.c.state != DONE)
        & (_RUNS.c.lease_until < made.excluded.started_at)
        & (_RUNS.c.fencing_token < bindparam("most_claims")),
    ).returning(_RUNS.c.fencing_token)


_CLAIM = {"postgresql": _claiming(postgresql_insert), "sqlite": _claiming(sqlite_insert)}
_MINE = (
    (_RUNS.c.job == bindparam("of_job"))
    & (_RUNS.c.slot == bindparam("of_slot"))
    & (_RUNS.c.fencing_token == bindparam("of_token"))
    & (_RUNS.c.state == RUNNING)
    & (_RUNS.c.lease_until >= bindparam("now"))
)
_HOLD = _RUNS.update().where(_MINE).values(lease_until=bindparam("until"))
_FINISH = (
    _RUNS.update()
    .where(_MINE)
    .values(state=bindparam("new_state"), ended_at=bindparam("now"), items=bindparam("dealt"), reason=bindparam("why"))
)


def claim(session: Session, job: str, slot: datetime, *, holder: str, lease: timedelta, most: int) -> Claim | None:
    """Claim `slot` of `job`, or return None: somebody holds it, has done it, or it was claimed `most` times already."""
    now = clock.database_now(session)
    row = {
        "job": job,
        "slot": slot,
        "fencing_token": 1,
        "holder": holder,
        "lease_until": now + lease,
        "state": RUNNING,
        "started_at": now,
        "ended_at": None,
        "items": 0,
        "reason": "",
        "most_claims": most,
    }
    token = session.execute(_CLAIM[session.get_bind().dialect.name], row).scalar_one_or_none()
    return None if token is None else Claim(job, slot, token, lease)


def hold(session: Session, mine: Claim) -> None:
    """Renew the lease, as the first act of every transaction a job writes in; raise `LeaseLost`.

    The row stays locked until that transaction ends, so nobody can take the slot over in the middle of it.
    """
    now = clock.database_now(session)
    _change(session, _HOLD, mine, {"now": now, "until": now + mine.lease})


def finish(session: Session, mine: Claim, *, items: int, reason: str = "") -> None:
    """Close the slot as done, or as failed when there is a `reason`; raise `LeaseLost`."""
    change = {
        "now": clock.database_now(session),
        "new_state": FAILED if reason else DONE,
        "dealt": items,
        "why": reason,
    }
    _change(session, _FINISH, mine, change)


def last_runs(session: Session) -> dict[str, JobRun]:
    """The latest slot of every job that was ever claimed."""
    latest = select(_RUNS.c.job, func.max(_RUNS.c.slot).label("slot")).group_by(_RUNS.c.job).subquery()
    found = select(JobRun).join(latest, (JobRun.job == latest.c.job) & (JobRun.slot == latest.c.slot))
    return {run.job: run for run in session.scalars(found)}


def drop_ended_before(session: Session, instant: datetime) -> int:
    """Drop the record of runs that ended before `instant`; return how many."""
    return session.execute(_RUNS.delete().where(_RUNS.c.ended_at < instant)).rowcount


def _change(session: Session, statement: Any, mine: Claim, values: dict[str, Any]) -> None:
    key = {"of_job": mine.job, "of_slot": mine.slot, "of_token": mine.fencing_token}
    if session.execute(statement, key | values).rowcount != 1:
        raise LeaseLost(f"{mine.job} {mine.slot.isoformat()}")
