"""What the jobs talk about: slots and who runs them, rows of the outbox, dead letters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class SlotState(StrEnum):
    """How far a slot has come."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class LeaseTerms:
    """Who asks for a slot, for how long, and how often a slot may be leased in all."""

    holder: str
    duration: timedelta
    most_leases: int


@dataclass(frozen=True)
class SlotLease:
    """The right to run one slot of one job while it lasts; every `renew_lease` makes it last `duration` again."""

    job: str
    slot: datetime
    fencing_token: int
    duration: timedelta


@dataclass(frozen=True)
class SlotRun:
    """How a slot went: how many items it has dealt with, and why it failed, empty otherwise."""

    job: str
    slot: datetime
    state: SlotState
    items: int
    reason: str


class LeaseLost(Exception):
    """The lease ran out, or somebody else has taken the slot over: nothing may be written for it any more."""


@dataclass(frozen=True)
class Row:
    """An outbox row as it was last read.

    `attempts` counts how often it was taken and tells it from the same row taken again by somebody else; `failures`
    counts the attempts that ended with an error. The others ended with their process. `first_failed_at` is since when
    it has been tried in vain, in the one way or the other.
    """

    user_id: str
    id: str
    topic: str
    lane: str
    facts: dict[str, Any]
    due_at: datetime
    attempts: int
    failures: int
    first_failed_at: datetime | None = None

    @property
    def is_suspect(self) -> bool:
        """Whether a process ended while it had the row, before the row is taken again."""
        return self.attempts > self.failures

    def taken(self, at: datetime) -> Row:
        """The row as whoever takes it has it."""
        first_failed_at = self.first_failed_at or (at if self.is_suspect else None)
        return replace(self, attempts=self.attempts + 1, first_failed_at=first_failed_at)

    @property
    def crashes(self) -> int:
        """How many attempts before this one ended with their process, once the row is taken."""
        return self.attempts - 1 - self.failures


@dataclass(frozen=True)
class DeadLetter:
    """An outbox row put aside, and why: the kind and place of the last error, not its words."""

    user_id: str
    id: str
    topic: str
    lane: str
    facts: dict[str, Any]
    attempts: int
    reason: str
    died_at: datetime
