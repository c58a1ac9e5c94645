"""The cheats on the way: copied, shifted, cut, drawn and repeated trips. Only posts marked `faked` are theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from calculators.traces import Fix
from tests.calculators.traces.recorder import BUS, CAR, CYCLE, METRO, WALK, Pace, ride
from tests.corpora import tracks
from tests.corpora.cheats_papers import paper_cheats
from tests.corpora.honest import PLAIN, trip
from tests.corpora.people import TODAY, TRIP, Person, Post, Side
from tests.corpora.tracks import Blemish

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
WAYS = {"walk": (WALK, 3000), "cycle": (CYCLE, 8000), "bus": (BUS, 12_000), "metro": (METRO, 18_000)}


def cheats() -> Iterator[Person]:
    """Everybody, in a fixed order."""
    yield from _copies()
    yield from _drawn()
    yield from _driven()
    yield from _repeated()
    yield from _misplaced()
    yield from paper_cheats()


def cheat(name: str, *posts: Post, category: str = "transport", account_days: int = 400) -> Person:
    return Person(name, Side.CHEAT, category, posts, account_days=account_days)


def copied(name: str, mode: str, seed: int, *changes: Blemish, whose: str = "somebody else") -> Person:
    """An honest trip three days ago, and its changed copy handed in as the cheat's own of today."""
    pace, metres = WAYS[mode]
    began = 3 * DAY + 4 * HOUR
    whole = ride(pace, metres, seed, at=TODAY - began)
    true = PLAIN(tracks.blemished(whole, seed, tracks.every(2)))
    copy = tracks.blemished(whole, seed, tracks.every(2), *changes)
    shown = (copy[-1].at - copy[0].at) / (whole.ended_at - whole.started_at)
    first = replace(trip(mode, metres, began, true, whose), told_before=began - 2 * HOUR)
    claimed = metres * min(1.0, shown)
    return cheat(name, first, replace(trip(mode, claimed, TODAY - copy[0].at, PLAIN(copy)), faked=True))


def _copies() -> Iterator[Person]:
    shift = tracks.later(3 * DAY)
    for n, mode in enumerate(WAYS):
        for metres in (0.3, 1, 3):
            yield copied(f"a copied {mode} with {metres} m of noise", mode, 2000 + n, shift, tracks.noise(metres))
        yield copied(f"a copied {mode}, shifted in time", mode, 2010 + n, tracks.later(3 * DAY - 40 * MINUTE))
    for n, mode in enumerate(("cycle", "bus")):
        yield copied(f"a copied {mode}, cut", mode, 2020 + n, shift, tracks.cut(0.15, 0.9))
        yield copied(f"a copied {mode}, reversed", mode, 2030 + n, shift, tracks.backwards, tracks.noise(1))
        yield copied(f"a copied {mode}, mirrored", mode, 2040 + n, shift, tracks.mirrored)
        yield copied(f"a copied {mode}, every third point", mode, 2050 + n, shift, tracks.every(3))
        yield copied(f"a copied {mode}, slower by a tenth", mode, 2060 + n, shift, tracks.stretched(1.1))
        yield copied(f"the own {mode} again with noise", mode, 2070 + n, shift, tracks.noise(1), whose="somebody")
    yield _joined()


def _joined() -> Person:
    began, posts, halves = 3 * DAY + 4 * HOUR, [], []
    for n in (0, 1):
        whole = ride(CYCLE, 6000, 2080 + n, at=TODAY - began)
        content = PLAIN(tracks.blemished(whole, n, tracks.every(2)))
        posts.append(replace(trip("cycle", 6000, began, content, f"other {n}"), told_before=began - 2 * HOUR))
        halves.append(tracks.blemished(whole, n, tracks.every(2), tracks.cut(0.5 * n, 0.5 + 0.5 * n)))
    content = PLAIN(_after(halves[0], halves[1]))
    return cheat("two halves of others joined", *posts, replace(trip("cycle", 6000, 4 * HOUR, content), faked=True))


def _after(first: list[Fix], second: list[Fix]) -> list[Fix]:
    """The second half moved to where and when the first one ends, both of three days later."""
    end, begin = first[-1], second[0]
    north, east, by = end.latitude - begin.latitude, end.longitude - begin.longitude, end.at - begin.at
    moved = [
        replace(
            one, latitude=one.latitude + north, longitude=one.longitude + east, at=one.at + by + timedelta(seconds=2)
        )
        for one in second
    ]
    return [replace(one, at=one.at + 3 * DAY) for one in first + moved]


def _drawn() -> Iterator[Person]:
    for n, (mode, kmh, metres) in enumerate(
        [("walk", 5, 4000), ("cycle", 18, 15_000), ("bus", 30, 25_000), ("metro", 60, 50_000)]
    ):
        line = tracks.straight(metres, kmh, ride(WALK, 300, 2100 + n, at=TODAY - 4 * HOUR))
        length = metres * 1.077
        yield cheat(f"a straight {mode} at one speed", replace(trip(mode, length, 4 * HOUR, PLAIN(line)), faked=True))


def _driven() -> Iterator[Person]:
    for n, (mode, pace) in enumerate(
        [("bus", CAR), ("cycle", Pace(28, 0.1)), ("cycle", CAR), ("walk", CAR), ("metro", CAR)]
    ):
        whole = ride(pace, 15_000, 2200 + n, at=TODAY - 4 * HOUR)
        content = PLAIN(tracks.blemished(whole, n, tracks.every(3)))
        name = f"a car said to be {mode}, {pace.kmh} km/h"
        yield cheat(name, replace(trip(mode, 15_000, 4 * HOUR, content), faked=True))


def told(mode: str, km: str, before: timedelta, *, who: str = "somebody", zone: str = "Asia/Shanghai",
         told_before: timedelta = timedelta(), faked: bool = True) -> Post:  # fmt: skip
    """A trip without evidence."""
    inputs = (("mode", mode), ("distance", km))
    return Post(TRIP, inputs, before, who=who, zone=zone, told_before=told_before, faked=faked)


def _repeated() -> Iterator[Person]:
    yield cheat("a metro of 500 km without a track", told("metro", "500", 20 * HOUR))
    yield cheat("a bus of 300 km every day for a week", *(told("bus", "300", n * DAY + 12 * HOUR) for n in range(7)))
    ride_told = [told("metro", "20", 3 * HOUR, faked=n > 0) for n in range(6)]
    yield cheat("one ride with six device ids", *ride_told)
    yield cheat("ten bicycle rides of 30 km in a day", *(told("cycle", "30", n * 2 * HOUR + HOUR) for n in range(10)))
    yield cheat(
        "four accounts of one household", *(told("metro", "120", 5 * HOUR, who=f"account {n}") for n in range(4))
    )
    batch = tuple(told("metro", "150", n * 5 * HOUR + 5 * HOUR, who="guest") for n in range(10))
    yield replace(cheat("a guest's batch", *batch, account_days=0), guests=frozenset({"guest"}))
    yield cheat("backfilled before the account existed",
                *(told("metro", "80", n * DAY) for n in range(3, 13)), account_days=1)  # fmt: skip


def _misplaced() -> Iterator[Person]:
    zones = ("Asia/Shanghai", "Pacific/Kiritimati", "Pacific/Honolulu")
    yield cheat("double days by time zones", *(told("metro", "90", 11 * HOUR, zone=zone) for zone in zones))
    began = 4 * HOUR
    own = ride(WALK, 1500, 2300, at=TODAY - began)
    bus = ride(BUS, 12_000, 2301, at=TODAY - began, origin=(39.99, 116.30))
    true = trip("walk", 1500, began, PLAIN(list(own.fixes)))
    theirs = trip("bus", 12_000, began, PLAIN(list(bus.fixes)), "a passenger")
    copy = PLAIN(tracks.blemished(bus, 2301, tracks.every(2), tracks.noise(2)))
    faked = replace(trip("bus", 12_000, began, copy), faked=True)
    yield cheat("somebody else's bus while walking elsewhere", true, theirs, faked)
