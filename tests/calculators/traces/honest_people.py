"""Four and forty people who did what they say, with the receivers and the luck that people have."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from calculators.traces import Trace
from tests.calculators.traces.recorder import (
    BUS,
    COACH,
    CYCLE,
    EBIKE,
    FAST_TRAIN,
    FERRY,
    METRO,
    MORNING,
    TRAIN,
    TRAM,
    WALK,
    Pace,
    jumping,
    record,
    ride,
    travel,
    winding,
)  # fmt: skip
from tests.calculators.traces.stories import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PARIS,
    Story,
    Told,
    french,
    honest,
    walked,
)  # fmt: skip
from tests.calculators.traces.trips_without_times import untimed_honest

FRENCH = {"zone": "Europe/Paris"}


@cache
def honest_people() -> tuple[Story, ...]:
    """All of them, recorded once a process."""
    return tuple(_recorded())


def _recorded() -> Iterator[Story]:
    yield from _on_foot_and_by_bicycle()
    yield from _by_bus_and_metro()
    yield from _by_rail_and_road_in_france()
    yield from _with_a_life_around_it()
    yield from untimed_honest()


def _on_foot_and_by_bicycle() -> Iterator[Story]:
    yield honest("a walk to work", "walk", WALK, 2200, 101)
    yield honest("a walk between tall houses", "walk", WALK, 1800, 102, scatter_m=14)
    yield Story("one jumping point", (walked("walk", jumping(ride(WALK, 2000, 103), 600)),))
    yield Story("a receiver that jumps three times", (walked("walk", jumping(ride(WALK, 2400, 104), 300, 301, 900)),))
    yield honest("a fix every half minute, to save the battery", "walk", WALK, 3000, 105, every_s=30)
    yield honest("five decimals", "walk", WALK, 2000, 106, decimals=5)
    way, other = travel(winding(107, 1200), WALK, 107), travel(winding(108, 1500), WALK, 108)
    coffee = way + [way[-1]] * 1200 + [(way[-1][0] + east, way[-1][1] + north) for east, north in other]
    yield Story("twenty minutes of coffee on the way", (walked("walk", record(coffee, 107), 2.7),))
    first = ride(WALK, 2000, 109)
    cold = Trace((replace(first.fixes[0], latitude=first.fixes[0].latitude + 0.004), *first.fixes[1:]))
    yield Story("the first fix is still off", (walked("walk", cold, 2.0),))
    yield honest("a run for the bus", "walk", Pace(7.2, 0.2, stop_every_m=500, stop_s=20), 1500, 110)
    yield honest("a ride through town", "cycle", CYCLE, 7000, 111)
    yield honest("a fast ride", "cycle", Pace(25, 0.12, stop_every_m=1500, stop_s=20), 14_000, 112)
    hills = travel(winding(113, 4000), Pace(9, 0.1), 113)
    down = [(hills[-1][0] + e, hills[-1][1] + n) for e, n in travel(winding(114, 1500), Pace(42, 0.08), 114)]
    yield Story("up a hill and down the other side", (walked("cycle", record(hills + down, 113), 5.5),))
    boat = travel(winding(115, 3000), CYCLE, 115)
    ferry = boat + [(boat[-1][0] + e, boat[-1][1] + n) for e, n in travel(winding(116, 4000, 900), FERRY, 116)]
    yield Story("a cyclist on a ferry", (walked("cycle", record(ferry, 115), 7.0),))
    yield honest("a ride along a canyon of glass", "cycle", CYCLE, 6000, 117, scatter_m=16, every_s=3)


def _by_bus_and_metro() -> Iterator[Story]:
    yield honest("a bus", "bus", BUS, 9000, 121)
    yield honest("a bus through a tunnel", "bus", BUS, 8000, 122, lost=[(0.4, 0.5)])
    yield honest("a bus on a ring road", "bus", Pace(60, 0.1, stop_every_m=4000, stop_s=30), 20_000, 123)
    yield honest("a metro with tunnels", "metro", METRO, 15_000, 124, lost=[(0.1, 0.4), (0.5, 0.9)])
    yield honest("a metro that is one tunnel", "metro", METRO, 12_000, 125, lost=[(0.03, 0.97)])
    yield honest("a metro above ground", "metro", METRO, 18_000, 126, scatter_m=6)
    yield honest("the airport line", "metro", Pace(125, 0.08, stop_every_m=12_000, stop_s=60, gain=0.8), 38_000, 127)
    yield honest("a metro, a fix a minute", "metro", METRO, 16_000, 128, every_s=55)
    jammed = Pace(14, 0.3, stop_every_m=200, stop_s=60)
    yield honest("a bus in a jam", "bus", jammed, 5000, 129)
    ferry = travel(winding(130, 4000), BUS, 130)
    over = ferry + [(ferry[-1][0] + e, ferry[-1][1] + n) for e, n in travel(winding(131, 5000, 900), FERRY, 131)]
    yield Story("a bus that takes the ferry", (walked("bus", record(over, 130), 9.0),))


def _by_rail_and_road_in_france() -> Iterator[Story]:
    yield french("a train at 300 km/h", "train", FAST_TRAIN, 150_000, 141)
    yield french("a train at 300 km/h with tunnels", "train", FAST_TRAIN, 120_000, 142, lost=[(0.2, 0.25), (0.6, 0.66)])
    yield french("a regional train", "train", TRAIN, 60_000, 143)
    yield french("a train, a fix every twenty seconds", "train", TRAIN, 45_000, 144, every_s=20)
    yield french("a tram", "tram", TRAM, 7000, 145)
    yield french("an e-bike", "ebike", EBIKE, 9000, 146)
    yield french("a coach", "coach", COACH, 80_000, 147)
    road = travel(winding(148, 30_000, 900), COACH, 148)
    over = road + [(road[-1][0] + e, road[-1][1] + n) for e, n in travel(winding(149, 8000, 2000), FERRY, 149)]
    yield Story("a coach on a ferry", (walked("coach", record(over, 148, origin=PARIS), 38.0, **FRENCH),), home="FR")


def _with_a_life_around_it() -> Iterator[Story]:
    old = ride(WALK, 2100, 161, at=MORNING - 3 * DAY)
    yield Story("three days offline", (walked("walk", old),))
    way = winding(162, 2400)
    days = [record(travel(way, WALK, 170 + day), 170 + day, at=MORNING - day * DAY) for day in range(3)]
    yield Story("the same way every morning", tuple(walked("walk", one) for one in days))
    there, back = travel(way, WALK, 181), travel(way[::-1], WALK, 182)
    both = record(there, 181), record(back, 182, at=MORNING + 2 * HOUR)
    yield Story("there and back", tuple(walked("walk", one) for one in both))
    change = [
        Told("walk", 0.9, MORNING, duration_s=700),
        Told("bus", 5, MORNING + 12 * MINUTE, duration_s=900),
        Told("metro", 12, MORNING + 29 * MINUTE, duration_s=1500),
        Told("walk", 0.7, MORNING + 55 * MINUTE, duration_s=540),
    ]
    yield Story("three changes on the way to work", tuple(change))
    slow = ride(WALK, 1900, 163)
    yield Story("a phone whose clock is four minutes slow", (walked("walk", slow, at=slow.started_at + 4 * MINUTE),))
    late = Told("metro", 20, NOON - 20 * HOUR, duration_s=2000)
    tokyo = Told("metro", 20, NOON - 8 * HOUR, duration_s=2000, zone="Asia/Tokyo")
    yield Story("a flight to another zone", (late, tokyo))
    rng = random.Random("twice")
    double = ride(WALK, 1800, 164)
    fixes = [one for fix in double.fixes for one in ([fix, fix] if rng.random() < 0.1 else [fix])]
    yield Story("a recorder that writes some fixes twice", (walked("walk", Trace(tuple(dict.fromkeys(fixes)))),))
    day = [Told("walk", 12, NOON - 10 * HOUR + part * 4 * HOUR, duration_s=3 * 3600) for part in range(2)]
    yield Story("a long day on foot", tuple(day))
