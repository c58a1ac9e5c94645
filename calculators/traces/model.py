"""A trace: where somebody was and when, in the order of time.

Promise: positions on WGS 84 and aware instants, already checked; nothing is rounded here. Touches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from calculators.errors import FieldError, InputRefused

FIELD = "trace"
MOST_BYTES = 10 * 1024 * 1024  # seven hours at one position a second, as wordy as recorders of sport write them
MOST_FIXES = 50_000
FEWEST_FIXES = 2
FEWEST_USABLE_PERCENT = 50  # a file of which less can be used is no recording of a way
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
    """At least two fixes, each later than the one before; `passed_over` positions of the file show nothing."""

    fixes: tuple[Fix, ...]
    passed_over: int = 0

    @property
    def started_at(self) -> datetime:
        return self.fixes[0].at

    @property
    def ended_at(self) -> datetime:
        return self.fixes[-1].at

    @property
    def duration_s(self) -> float:
        return (self.ended_at - self.started_at).total_seconds()


class FixCollector:
    """Takes the positions of a file one by one, to `MOST_FIXES`; what shows nothing is counted, and not used.

    Recorders leave out a time, mark a pause by a position outside of the globe, write late fixes late and some of them
    twice: none of it is a fault of the person, and none of it is made up for.
    """

    def __init__(self) -> None:
        self._fixes: list[Fix] = []
        self._passed_over = 0
        self._first_fault: InputRefused | None = None

    @property
    def number(self) -> int:
        """That of the next position, counted from 1."""
        return len(self._fixes) + self._passed_over + 1

    def check_room(self) -> None:
        """Raise InputRefused where the file has more positions than a track may have."""
        if self.number > MOST_FIXES:
            raise refused("trace.too_many_fixes", f"at most {MOST_FIXES} positions")

    def add(self, latitude: float, longitude: float, at: str) -> None:
        """The next position, degrees north and east, and its time as it is written."""
        self.check_room()
        try:
            self._fixes.append(_fix_of(latitude, longitude, at, self.number))
        except InputRefused as fault:
            self._passed_over += 1
            self._first_fault = self._first_fault or fault

    def trace(self) -> Trace:
        """The fixes in the order of time, of two at one instant the first.

        Raises InputRefused with the first fault where half of the positions or more show nothing, and where fewer than
        `FEWEST_FIXES` are left.
        """
        if self._first_fault and len(self._fixes) * 100 <= FEWEST_USABLE_PERCENT * (self.number - 1):
            raise self._first_fault
        ordered: list[Fix] = []
        for fix in sorted(self._fixes, key=lambda fix: fix.at):
            if not ordered or fix.at > ordered[-1].at:
                ordered.append(fix)
        if len(ordered) < FEWEST_FIXES:
            raise refused("trace.too_few_fixes", f"a trace needs {FEWEST_FIXES} positions with their times or more")
        return Trace(tuple(ordered), self._passed_over)


def _fix_of(latitude: float, longitude: float, at: str, number: int) -> Fix:
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
