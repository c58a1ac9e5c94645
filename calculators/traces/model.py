"""A trace: where somebody was and when, in the order of time.

Promise: positions on WGS 84 and aware instants, already checked; nothing is rounded here. Touches nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from calculators.errors import FieldError, InputRefused

FIELD = "trace"
MOST_BYTES = 10 * 1024 * 1024  # seven hours at one position a second, as wordy as recorders of sport write them
MOST_FIXES = 50_000
FEWEST_FIXES = 2
FEWEST_USABLE_PERCENT = 50  # a file of which less can be used is no recording of a way
# What is beyond it says nothing; nothing that people carry knows its place better than the least.
LEAST_ACCURACY_M, MOST_ACCURACY_M = 0.5, 100_000.0
HDOP_M = (
    5.0  # a phone under open sky is off by 4.9 m (GPS.gov, after van Diggelen and Enge 2015), where the dilution is 1
)
# What recorders call the radius in metres within which a position lies, in small letters without underscores.
ACCURACIES = frozenset(
    {"accuracy", "hacc", "haccuracy", "horizontalaccuracy", "accuracyhorizontal", "accuracymeters", "gpsaccuracy"}
)
DILUTION = "hdop"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_UNIVERSAL = re.compile(r"\s*(z|UTC|GMT)\Z")
# A clock that was not set yet, or counts its weeks wrongly, is years away from the others: a few such positions are
# passed over. Where there are more, that is what the file says.
STRAY = timedelta(days=30)
MOST_STRAY_PERCENT = 10


@dataclass(frozen=True, slots=True)
class Fix:
    """One position, degrees north and east, and the instant it was taken; how far off it may be, where the file tells.

    Two fixes are the same fix whatever they say of their accuracy.
    """

    latitude: float
    longitude: float
    at: datetime
    accuracy_m: float | None = field(default=None, compare=False)


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


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when positions are taken, both included; where an end is None it is open."""

    from_at: datetime | None = None
    until_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies within."""
        return (self.from_at is None or at >= self.from_at) and (self.until_at is None or at <= self.until_at)


EVER = Span()


class FixCollector:
    """Takes the positions of a file one by one, to `MOST_FIXES`; what shows nothing is counted, and not used.

    Of those that show something only what lies within `span` is kept; nobody learns of the others.

    Recorders leave out a time, mark a pause by a position outside of the globe, write late fixes late and some of them
    twice: none of it is a fault of the person, and none of it is made up for.
    """

    def __init__(self, span: Span = EVER) -> None:
        self._span = span
        self._fixes: list[Fix] = []
        self._passed_over = self._outside = 0
        self._first_fault: InputRefused | None = None

    @property
    def number(self) -> int:
        """That of the next position, counted from 1."""
        return len(self._fixes) + self._passed_over + 1

    @property
    def has_any(self) -> bool:
        """Whether the file had a position so far, whatever it showed."""
        return bool(self._fixes or self._passed_over or self._outside)

    @property
    def usable(self) -> int:
        """How many positions show something, and lie within the span."""
        return len(self._fixes)

    @property
    def length(self) -> timedelta:
        """The time between the first of those and the last."""
        instants = [fix.at for fix in self._fixes]
        return max(instants) - min(instants) if instants else timedelta()

    def check_room(self) -> None:
        """Raise InputRefused where the file has more positions than a track may have."""
        if self.number > MOST_FIXES:
            raise refused("trace.too_many_fixes", f"at most {MOST_FIXES} positions")

    def add(self, latitude: float, longitude: float, at: str | datetime, accuracy_m: float | None = None) -> None:
        """The next position, degrees north and east, its time as it is written, and how far off it says it may be."""
        self.check_room()
        try:
            fix = _fix_of(latitude, longitude, at, self.number)
        except InputRefused as fault:
            self._passed_over += 1
            self._first_fault = self._first_fault or fault
            return
        if not self._span.holds(fix.at):
            self._outside += 1
            return
        self._fixes.append(fix if accuracy_m is None else replace(fix, accuracy_m=accuracy_m))

    def trace(self) -> Trace:
        """The fixes in the order of time, of two at one instant the first.

        Raises InputRefused with the first fault where half of the positions or more show nothing, and where fewer than
        `FEWEST_FIXES` are left.
        """
        if self._first_fault and len(self._fixes) * 100 <= FEWEST_USABLE_PERCENT * (self.number - 1):
            raise self._first_fault
        if self._outside and not self._fixes:
            raise refused("trace.none_between", "nothing was recorded between the two instants")
        ordered: list[Fix] = []
        in_time = _without_stray(sorted(self._fixes, key=lambda fix: fix.at))
        for fix in in_time:
            if not ordered or fix.at > ordered[-1].at:
                ordered.append(fix)
        if len(ordered) < FEWEST_FIXES:
            raise refused("trace.too_few_fixes", f"a trace needs {FEWEST_FIXES} positions with their times or more")
        return Trace(tuple(ordered), self._passed_over + len(self._fixes) - len(in_time))


def _without_stray(in_time: Sequence[Fix]) -> Sequence[Fix]:
    """The fixes without the few whose clock was not set."""
    if not in_time:
        return in_time
    middle = in_time[len(in_time) // 2].at
    kept = [fix for fix in in_time if abs(fix.at - middle) <= STRAY]
    return kept if (len(in_time) - len(kept)) * 100 <= MOST_STRAY_PERCENT * len(in_time) else in_time


def _fix_of(latitude: float, longitude: float, at: str | datetime, number: int) -> Fix:
    """The fix that stands `number`th in its file. Raises InputRefused for what is no position or no instant."""
    # written this way round so that NaN, which is never smaller, is refused too
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise refused("trace.position", "latitude is -90 to 90 and longitude -180 to 180 degrees", number)
    if latitude == 0 == longitude:
        raise refused("trace.position", "0, 0 is what a recorder writes that does not know where it is", number)
    instant = at if isinstance(at, datetime) else _instant_of(at)
    if instant is None or instant.tzinfo is None:
        raise refused("trace.time", "every position needs its time in ISO 8601 with an offset", number)
    if not EARLIEST <= instant < LATEST:
        raise refused("trace.time", "the time lies outside this century", number)
    return Fix(latitude, longitude, instant.astimezone(UTC))


def _instant_of(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(_UNIVERSAL.sub("Z", written.strip()))
    except ValueError:
        return None


def is_accuracy(name: str) -> bool:
    """Whether a recorder calls by this name how far off a position may be."""
    return (plain := plain_name(name)) in ACCURACIES or plain == DILUTION


def plain_name(name: str) -> str:
    """A recorder's name in small letters without underscores."""
    return name.lower().replace("_", "")


def accuracy_of(said: Mapping[str, object]) -> float | None:
    """How far off a position may be, in metres, by what its recorder said of it; None where it said nothing of use."""
    by_name = {plain_name(name): _metres(value) for name, value in said.items() if is_accuracy(name)}
    metres = next((by_name[name] for name in sorted(by_name) if name != DILUTION and by_name[name]), None)
    dilution = by_name.get(DILUTION)
    told = metres or (dilution and dilution * HDOP_M)
    return max(told, LEAST_ACCURACY_M) if told else None


def _metres(value: object) -> float | None:
    """A positive number; None for anything else: a recorder that does not know writes -1 or 0."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        metres = float(value) if not isinstance(value, int) or abs(value) <= MOST_ACCURACY_M else math.nan
    except ValueError:
        return None
    return metres if 0 < metres <= MOST_ACCURACY_M else None


def refused(code: str, message: str, number: int | None = None) -> InputRefused:
    """The refusal of a trace; `number` counts its positions from 1."""
    field = FIELD if number is None else f"{FIELD}.{number}"
    return InputRefused([FieldError(field, code, message)])
