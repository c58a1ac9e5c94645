"""Four and forty people who fake it. What is marked as faked must earn nothing that can be spent."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

from calculators.traces import Trace
from tests.calculators.traces import recorder
from tests.calculators.traces.recorder import BUS, CAR, CYCLE, LONDON, MORNING, WALK, Pace, record, ride, shifted
from tests.calculators.traces.stories import DAY, HOUR, MINUTE, NOON, Story, Told, drawn, walked
from tests.calculators.traces.trips_without_times import untimed_cheats

PLANE = Pace(800, 0.02, gain=2)


def faked(mode: str, trace: Trace, km: float | None = None, **given: object) -> Told:
    return walked(mode, trace, km, **{"faked": True} | given)


def alone(name: str, *told: Told) -> Story:
    return Story(name, told)


@cache
def cheats() -> tuple[Story, ...]:
    """All of them, recorded once a process."""
    return tuple(_recorded())


def _recorded() -> Iterator[Story]:
    yield from _drives_and_says_it_walked()
    yield from _draws_a_track()
    yield from _hands_a_track_in_again()
    yield from _says_more_than_the_track_shows()
    yield from _is_at_two_places_at_once()
    yield from _plays_with_days_and_places()
    yield from untimed_cheats()


def _drives_and_says_it_walked() -> Iterator[Story]:
    yield alone("a car as a walk", faked("walk", ride(CAR, 8000, 1)))
    yield alone("a car as a bicycle", faked("cycle", ride(CAR, 9000, 2)))
    yield alone("a motorway as a bus", faked("bus", ride(Pace(130, 0.05), 30_000, 3)))
    yield alone("a plane as a metro", faked("metro", ride(PLANE, 120_000, 4)))
    yield alone("a bus ride as a walk", faked("walk", ride(BUS, 5000, 5)))
    half = recorder.travel(recorder.winding(7, 2000), WALK, 7) + [
        (east + 1400, north) for east, north in recorder.travel(recorder.winding(8, 6000), CAR, 8)
    ]
    yield alone("a walk that goes on by car", faked("walk", record(half, 7)))
    yield alone("thirty kilometres on foot in an hour", Told("walk", 30, duration_s=3600, faked=True))
    yield alone("a hundred kilometres by bicycle in two hours", Told("cycle", 100, duration_s=7200, faked=True))
    yield alone("two hundred kilometres by bus in one hour", Told("bus", 200, duration_s=3600, faked=True))


def _draws_a_track() -> Iterator[Story]:
    yield alone("a straight line at walking speed", faked("walk", drawn(5, 3000)))
    yield alone("a smooth curve by bicycle", faked("cycle", drawn(18, 8000, bend=2)))
    yield alone("uniformly too fast, so that no filter sees an outlier", faked("walk", drawn(14, 6000, bend=1)))
    yield alone("coarse coordinates hide that nothing scatters", faked("bus", drawn(30, 9000, bend=1, decimals=4)))
    yield alone("even speed under fresh noise", faked("bus", drawn(36, 12_000, bend=1, scatter_m=3, seed=1)))
    yield alone("even speed by metro, a fix every ten seconds", faked("metro", drawn(60, 18_000, every_s=10, seed=2)))
    hops = ride(WALK, 1500, 11)
    yield alone("three hops across town", faked("walk", _hopping(hops, 3)))
    rng = random.Random("shaken")
    shaken = [(rng.gauss(0, 6), rng.gauss(0, 6)) for _ in range(2400)]
    yield alone("a phone that is shaken on a sofa", faked("walk", record(shaken, 13), 4.0))
    still = record([(0.0, 0.0)] * 3000, 14)
    yield alone("a treadmill", faked("walk", still, 5.0))


def _hopping(trace: Trace, hops: int) -> Trace:
    """The same walk, but somewhere in between it is far away all of a sudden, and stays there."""
    fixes = list(trace.fixes)
    for hop in range(1, hops + 1):
        start = len(fixes) * hop // (hops + 1)
        moved = shifted(Trace(tuple(fixes[start:])), north=4000 * (1 if hop % 2 else -1), east=2500)
        fixes[start:] = moved.fixes
    return Trace(tuple(fixes))


def _hands_a_track_in_again() -> Iterator[Story]:
    mine = ride(WALK, 2500, 21)
    first = walked("walk", mine)
    tomorrow = {"told_at": NOON + DAY}
    yield alone("yesterday's walk again today", first, faked("walk", shifted(mine, by=DAY), **tomorrow))
    yield alone(
        "the same walk two streets on", first, faked("walk", shifted(mine, by=DAY, east=350, north=-220), **tomorrow)
    )
    yield alone("a friend's walk", first, faked("walk", shifted(mine, by=HOUR), who="a friend"))
    yield alone(
        "a friend's walk, in another part of town",
        first,
        faked("walk", shifted(mine, by=HOUR, north=6000), who="a friend"),
    )
    times = [one.at + DAY for one in mine.fixes]
    back = Trace(tuple(replace(one, at=at) for one, at in zip(mine.fixes[::-1], times, strict=True)))
    yield alone("the same walk backwards", first, faked("walk", back, **tomorrow))
    slower = Trace(tuple(replace(one, at=MORNING + DAY + (one.at - MORNING) * 1.1) for one in mine.fixes))
    yield alone("the same walk a little slower", first, faked("walk", slower, **tomorrow))
    rng = random.Random("noise on a copy")
    noisy = Trace(
        tuple(
            replace(one, at=one.at + DAY, latitude=one.latitude + rng.gauss(0, 3) / 111_320, longitude=one.longitude)
            for one in mine.fixes
        )
    )
    yield alone("the same walk under metres of fresh noise", first, faked("walk", noisy, **tomorrow))


def _says_more_than_the_track_shows() -> Iterator[Story]:
    yield alone("three times as far as the track", faked("walk", ride(WALK, 2500, 31), 7.5))
    bus = ride(BUS, 4000, 32)
    yield alone("ten times as far as the track", faked("bus", bus, 40.0, duration_s=3600))
    yield alone("half as far again", faked("cycle", ride(CYCLE, 6000, 33), 9.6))
    yield alone("a walk of another day", faked("walk", ride(WALK, 2000, 34, at=MORNING - 2 * DAY), at=MORNING))
    yield alone(
        "a walk of the afternoon before", faked("walk", ride(WALK, 2000, 35, at=MORNING - 16 * HOUR), at=MORNING)
    )
    ahead = ride(WALK, 2000, 36, at=NOON - 10 * MINUTE)
    yield alone("a track that ends after it was sent", faked("walk", ahead, told_at=NOON))


def _is_at_two_places_at_once() -> Iterator[Story]:
    metro = Told("metro", 20, MORNING, duration_s=2400)
    yield alone(
        "a second trip within the first", metro, Told("bus", 6, MORNING + 10 * MINUTE, duration_s=1200, faked=True)
    )
    yield alone("the same trip told by another mode", metro, replace(metro, mode="bus", faked=True))
    half = Told("metro", 15, MORNING + 20 * MINUTE, duration_s=2400, faked=True)
    yield alone("a trip that begins before the last one ends", metro, half)


def _plays_with_days_and_places() -> Iterator[Story]:
    pieces = [Told("metro", 4, MORNING + number * 9 * MINUTE, duration_s=500) for number in range(6)]
    yield alone("one trip cut into six", *pieces[:3], *(replace(piece, faked=True) for piece in pieces[3:]))
    far = {"duration_s": 5 * 3600}
    rides = [Told("metro", 500, NOON - 21 * HOUR + number * 6 * HOUR, **far) for number in range(3)]
    hop = Told("metro", 500, NOON - 2 * HOUR, duration_s=4 * 3600 + 1800, zone="Pacific/Kiritimati", faked=True)
    yield alone("a second day's cap by moving the clock", *rides, replace(hop, told_at=NOON + 4 * HOUR))
    english = ride(WALK, 3000, 41, origin=LONDON)
    yield alone("a walk in London told for Beijing", faked("walk", english, region="CN-BJ"))
    tomorrow = Told("walk", 5, NOON + DAY, duration_s=3600, faked=True)
    yield alone("tomorrow's walk", tomorrow)
    yield alone("a walk of three weeks ago", Told("walk", 5, NOON - 21 * DAY, duration_s=3600, faked=True))
    yield alone(
        "ninety kilometres on foot in a day",
        *(
            Told("walk", 30, NOON - timedelta(hours=15 - 5 * part), duration_s=4 * 3600, faked=part > 1)
            for part in range(3)
        ),
    )
