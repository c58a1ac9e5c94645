"""Statements on slots: lease one, renew the lease, close the slot. All instants are the database's."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import RowMapping

from backend.jobs.domain import SlotRun, SlotState
from backend.jobs.models import SlotRow
from backend.platform.data.upsert import offered, replace_columns, upsert

_SLOTS = SlotRow.__table__
# Inserts the slot, or takes it over: when its lease has run out, it is not done and was not leased too often.
LEASE = upsert(
    _SLOTS,
    key=["job", "slot"],
    changes={
        **replace_columns(_SLOTS, "holder", "lease_until", "started_at"),
        "fencing_token": _SLOTS.c.fencing_token + 1,
        "state": SlotState.RUNNING.value,
        "ended_at": None,
        "reason": "",
    },
    where=(_SLOTS.c.state != SlotState.DONE.value)
    & (_SLOTS.c.lease_until < offered(_SLOTS).started_at)
    & (_SLOTS.c.fencing_token < bindparam("most_leases")),
).returning(_SLOTS.c.fencing_token)
# a slot is its holder's while the token is theirs, the slot is running and the lease has not run out
_HELD = (
    (_SLOTS.c.job == bindparam("of_job"))
    & (_SLOTS.c.slot == bindparam("of_slot"))
    & (_SLOTS.c.fencing_token == bindparam("of_token"))
    & (_SLOTS.c.state == SlotState.RUNNING.value)
    & (_SLOTS.c.lease_until >= bindparam("now"))
)
RENEW = _SLOTS.update().where(_HELD).values(lease_until=bindparam("until"))
FINISH = (
    _SLOTS.update()
    .where(_HELD)
    .values(state=bindparam("new_state"), ended_at=bindparam("now"), items=bindparam("dealt"), reason=bindparam("why"))
)
DROP_ENDED = _SLOTS.delete().where(_SLOTS.c.ended_at < bindparam("before"))

_LATEST = select(_SLOTS.c.job, func.max(_SLOTS.c.slot).label("slot")).group_by(_SLOTS.c.job).subquery()
LAST_RUNS = select(*(_SLOTS.c[name] for name in SlotRun.__dataclass_fields__)).join(
    _LATEST, (_SLOTS.c.job == _LATEST.c.job) & (_SLOTS.c.slot == _LATEST.c.slot)
)


def to_run(row: RowMapping) -> SlotRun:
    """The run a row of `LAST_RUNS` tells of."""
    return SlotRun(row["job"], row["slot"], SlotState(row["state"]), row["items"], row["reason"])
