"""The verbs of the jobs: leases on slots, rows of the outbox, dead letters."""

from backend.jobs.domain import DeadLetter, LeaseLost, LeaseTerms, Row, SlotLease, SlotRun, SlotState
from backend.jobs.service.dead_letters import (
    count_dead_letters,
    forget,
    list_dead_letters,
    list_people_with_dead_letters,
    record_dead_letter,
    redrive,
)
from backend.jobs.service.outbox_rows import (
    get_oldest_due_at,
    list_lanes_with_ready_rows,
    list_people_with_rows,
    list_ready,
    remove,
    rest,
    take,
)
from backend.jobs.service.slot_leases import drop_ended_before, finish_slot, lease_slot, list_last_runs, renew_lease
from backend.jobs.sql.dead_letters import people_with_dead_letters

__all__ = [
    "DeadLetter",
    "LeaseLost",
    "LeaseTerms",
    "Row",
    "SlotLease",
    "SlotRun",
    "SlotState",
    "count_dead_letters",
    "drop_ended_before",
    "finish_slot",
    "forget",
    "get_oldest_due_at",
    "lease_slot",
    "list_dead_letters",
    "list_lanes_with_ready_rows",
    "list_last_runs",
    "list_people_with_dead_letters",
    "list_people_with_rows",
    "list_ready",
    "people_with_dead_letters",
    "record_dead_letter",
    "redrive",
    "remove",
    "renew_lease",
    "rest",
    "take",
]
