"""A trace: where somebody was and when, in the order of time.

Promise: positions on WGS 84 and aware instants, already checked; nothing is rounded here. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from calculators.errors import FieldError, InputRefused

FIELD = "trace"
MOST_BYTES = 4 * 1024 * 1024
MOST_FIXES = 50_000
FEWEST_FIXES = 2
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fix:
    """One position, degrees north and east, and the instant it was taken."""

    latitude: float
    longitude: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Trace:
    """At least two fixes, each later than the one before."""

    fixes: tuple[Fix, ...]

    @property
    def started_at(self) -> datetime:
        return self.fixes[0].at

    @property
    def ended_at(self) -> datetime:
        return self.fixes[-1].at

    @property
    def duration_s(self) -> float:
        return (self.ended_at - self.started_at).total_seconds()


def make_trace(fixes: Sequence[Fix]) -> Trace:
    """The trace of `fixes` in the order of time; of two at one instant the first. Raises InputRefused.

    Recorders write late fixes late and some of them twice, so neither is a fault of the person.
    """
    ordered: list[Fix] = []
    for fix in sorted(fixes, key=lambda fix: fix.at):
        if not ordered or fix.at > ordered[-1].at:
            ordered.append(fix)
    if len(ordered) < FEWEST_FIXES:
        raise refused("trace.too_few_fixes", f"a trace needs {FEWEST_FIXES} positions with their times or more")
    return Trace(tuple(ordered))


def make_fix(latitude: float, longitude: float, at: str, number: int) -> Fix:
    """The fix that stands `number`th in its file. Raises InputRefused for what is no position or no instant."""
    # written this way round so that NaN, which is never smaller, is refused too
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise refused("trace.position", "latitude is -90 to 90 and longitude -180 to 180 degrees", number)
    try:
        instant = datetime.fromisoformat(at.strip())
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise refused("trace.time", "every position needs its time in ISO 8601 with an offset", number)
    if not EARLIEST <= instant < LATEST:
        raise refused("trace.time", "the time lies outside this century", number)
    return Fix(latitude, longitude, instant.astimezone(UTC))


def refused(code: str, message: str, number: int | None = None) -> InputRefused:
    """The refusal of a trace; `number` counts its positions from 1."""
    field = FIELD if number is None else f"{FIELD}.{number}"
    return InputRefused([FieldError(field, code, message)])
