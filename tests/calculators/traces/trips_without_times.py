"""People who say neither how long a trip took nor show a track of it: some who fake it, and some who round the hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.calculators.traces.recorder import MORNING
from tests.calculators.traces.stories import HOUR, MINUTE, NOON, Story, Told


def untimed_cheats() -> Iterator[Story]:
    long = Told("metro", 400, NOON - 8 * HOUR)
    other = Told("bus", 300, NOON - 7.5 * HOUR, faked=True)
    yield Story("two long rides within the same hours", (long, other))
    many = tuple(Told("bus", 40, NOON - 6 * HOUR + part * 6 * MINUTE, faked=part > 5) for part in range(10))
    yield Story("ten half hours by bus within one", many)
    timed = Told("metro", 400, NOON - 9 * HOUR, duration_s=5 * 3600)
    yield Story("another ride in the middle of a long one", (timed, Told("bus", 20, NOON - 7 * HOUR, faked=True)))
    inner = Told("bus", 20, NOON - 7 * HOUR)
    yield Story("a long ride around another", (inner, replace(timed, faked=True)))


def untimed_honest() -> Iterator[Story]:
    legs = Told("walk", 0.8, MORNING), Told("metro", 10, MORNING), Told("bus", 5, MORNING)
    yield Story("three legs told for eight sharp", legs)
    noon = [("cycle", 14.0), ("bus", 9.0), ("walk", 3.5), ("metro", 22.0)]
    yield Story("a day of errands told for noon", tuple(Told(mode, km, NOON) for mode, km in noon))
    both = Told("metro", 9, MORNING), Told("metro", 9, MORNING + 10 * HOUR, told_at=NOON + 7 * HOUR)
    yield Story("there and back, to the hour", both)
    timed = Told("metro", 30, MORNING, duration_s=1800)
    yield Story("a bus told for the hour in which the metro was timed", (timed, Told("bus", 6, MORNING + 10 * MINUTE)))
