"""One run per slot: a lease, and a fencing token that stops whoever slept through it.

All instants are the database's. A slot whose holder went silent, or failed, may be leased again after its lease,
as often as the policy allows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Update
from sqlalchemy.orm import Session

from backend.jobs.domain import LeaseLost, LeaseTerms, SlotLease, SlotRun, SlotState
from backend.jobs.sql import slots as sql
from backend.platform.core import clock
from backend.platform.data.transactions import touched


def lease_slot(session: Session, job: str, slot: datetime, terms: LeaseTerms) -> SlotLease | None:
    """Lease `slot` of `job`; None when somebody holds it or has done it, or it was leased too often already."""
    now = clock.database_now(session)
    row = {
        "job": job,
        "slot": slot,
        "fencing_token": 1,
        "holder": terms.holder,
        "lease_until": now + terms.duration,
        "state": SlotState.RUNNING.value,
        "started_at": now,
        "ended_at": None,
        "items": 0,
        "reason": "",
        "most_leases": terms.most_leases,
    }
    token = session.execute(sql.LEASE, row).scalar_one_or_none()
    return None if token is None else SlotLease(job, slot, token, terms.duration)


def renew_lease(session: Session, lease: SlotLease) -> None:
    """Renew the lease, as the first act of every transaction a job writes in; raise `LeaseLost`.

    The row stays locked until that transaction ends, so nobody can take the slot over in the middle of it.
    """
    now = clock.database_now(session)
    _change(session, sql.RENEW, lease, {"now": now, "until": now + lease.duration})


def finish_slot(session: Session, lease: SlotLease, *, items: int, reason: str = "") -> None:
    """Close the slot as done, or as failed when there is a `reason`; raise `LeaseLost`."""
    state = SlotState.FAILED if reason else SlotState.DONE
    change = {"now": clock.database_now(session), "new_state": state.value, "dealt": items, "why": reason}
    _change(session, sql.FINISH, lease, change)


def list_last_runs(session: Session) -> dict[str, SlotRun]:
    """The latest slot of every job that was ever leased, by the job's name."""
    return {row["job"]: sql.to_run(row) for row in session.execute(sql.LAST_RUNS).mappings()}


def drop_ended_before(session: Session, instant: datetime) -> int:
    """Drop the record of runs that ended before `instant`; return how many."""
    return touched(session, sql.DROP_ENDED, {"before": instant})


def _change(session: Session, statement: Update, lease: SlotLease, values: dict[str, Any]) -> None:
    key = {"of_job": lease.job, "of_slot": lease.slot, "of_token": lease.fencing_token}
    if touched(session, statement, key | values) != 1:
        raise LeaseLost(f"{lease.job} {lease.slot.isoformat()}")
