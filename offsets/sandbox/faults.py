"""Faults on order: what a network and a busy provider do to an answer, at a moment the test chooses.

Promise: a fault is used as often as ordered and no more; the kinds say whether the effect has happened. Touches nothing
but its own list.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """When the fault strikes, and what the caller sees."""

    CLOSE_BEFORE = "close_before"  # no effect, the connection breaks
    STALL_BEFORE = "stall_before"  # no effect, no answer in time
    ERROR_BEFORE = "error_before"  # no effect, 500, nothing remembered under the key
    RATE_LIMITED = "rate_limited"  # no effect, 429
    CONFLICT = "conflict"  # no effect, 409 as when objects are locked
    SLOW = "slow"  # the answer comes, only later
    CLOSE_AFTER = "close_after"  # the effect stands, the connection breaks; the key replays the true answer
    STALL_AFTER = "stall_after"  # the effect stands, no answer in time; the key replays the true answer
    ERROR_AFTER = "error_after"  # the effect stands, 500, and as at Stripe the key replays the 500


@dataclass(frozen=True, slots=True)
class Fault:
    """One ordered fault: for requests of `method` whose path starts with `path`."""

    kind: FaultKind
    method: str
    path: str
    seconds: float = 0.0


class Faults:
    """The faults still to come, first ordered first used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: list[Fault] = []

    def order(self, fault: Fault, times: int = 1) -> None:
        """Let `fault` strike the next `times` requests it fits."""
        with self._lock:
            self._ordered.extend([fault] * times)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, used up; None for an ordinary day."""
        with self._lock:
            for index, fault in enumerate(self._ordered):
                if fault.method == method and path.startswith(fault.path):
                    return self._ordered.pop(index)
        return None

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._ordered.clear()
