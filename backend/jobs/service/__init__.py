"""The verbs of the jobs: claims on slots, rows of the outbox, dead letters."""

from backend.jobs.service.dead_letters import bury, count_dead, forget, list_dead, redrive
from backend.jobs.service.outbox_rows import Row, list_ready, oldest_due_at, postpone, remove, take, whose_rows
from backend.jobs.service.slot_leases import Claim, LeaseLost, claim, drop_ended_before, finish, hold, last_runs

__all__ = [
    "Claim",
    "LeaseLost",
    "Row",
    "bury",
    "claim",
    "count_dead",
    "drop_ended_before",
    "finish",
    "forget",
    "hold",
    "last_runs",
    "list_dead",
    "list_ready",
    "oldest_due_at",
    "postpone",
    "redrive",
    "remove",
    "take",
    "whose_rows",
]
