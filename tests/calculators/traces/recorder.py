"""A small simulated world: ways through a town, people and vehicles on them, and receivers that scatter.

Everything is seeded. A receiver's scatter drifts over half a minute, as a real one's does, and a little of it is fresh
with every fix.
"""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from calculators.traces import Fix, Trace

METRES_PER_DEGREE = 111_320
BEIJING = (39.90, 116.40)
LONDON = (51.50, -0.12)
MORNING = datetime(2026, 11, 20, 0, 10, tzinfo=UTC)  # ten past eight in Beijing

Point = tuple[float, float]


@dataclass(frozen=True)
class Pace:
    """How something moves: km/h when it is under way, how much that varies, how often and how long it stands."""

    kmh: float
    varies: float = 0.12
    stop_every_m: float = math.inf
    stop_s: float = 0.0
    gain: float = 1.0  # metres per second, each second


WALK = Pace(4.8, 0.08, stop_every_m=400, stop_s=25)
CYCLE = Pace(16, 0.12, stop_every_m=600, stop_s=20)
EBIKE = Pace(23, 0.10, stop_every_m=700, stop_s=20)
BUS = Pace(28, 0.20, stop_every_m=450, stop_s=25)
TRAM = Pace(30, 0.15, stop_every_m=600, stop_s=25)
METRO = Pace(55, 0.10, stop_every_m=1300, stop_s=35)
TRAIN = Pace(110, 0.10, stop_every_m=9000, stop_s=90, gain=0.5)
FAST_TRAIN = Pace(300, 0.02, stop_every_m=60_000, stop_s=1500, gain=0.4)
COACH = Pace(85, 0.08, stop_every_m=20_000, stop_s=60)
CAR = Pace(45, 0.2, stop_every_m=800, stop_s=20, gain=2)
FERRY = Pace(22, 0.03, gain=0.2)


def winding(seed: int, metres: float, block_m: float = 180.0) -> list[Point]:
    """A way through a town: straight for a block or so, then round a corner; it never turns back on itself."""
    rng = random.Random(f"way {seed}")
    heading, made, points = rng.uniform(0, 2 * math.pi), 0.0, [(0.0, 0.0)]
    bias = rng.choice((-1, 1))
    while made < metres:
        length = min(rng.uniform(0.4, 1.8) * block_m, metres - made + 1)
        points.append((points[-1][0] + length * math.cos(heading), points[-1][1] + length * math.sin(heading)))
        made += length
        bias = -bias
        heading += bias * rng.choice((0.15, 0.4, 1.2))
    return points


def travel(way: Sequence[Point], pace: Pace, seed: int) -> list[Point]:
    """Where it is every second, from standing still to standing still."""
    rng = random.Random(f"pace {seed}")
    ends = [0.0]
    for one, other in itertools.pairwise(way):
        ends.append(ends[-1] + math.dist(one, other))
    done, speed, drift, stop_at, places = 0.0, 0.0, 0.0, pace.stop_every_m * rng.uniform(0.5, 1.2), []
    while done < ends[-1]:
        places.append(_place(way, ends, done))
        drift += -drift / 40 + rng.gauss(0, pace.varies * math.sqrt(2 / 40))
        wanted = max(0.3, pace.kmh / 3.6 * (1 + drift))
        rest = min(stop_at, ends[-1]) - done
        wanted = min(wanted, math.sqrt(2 * pace.gain * max(rest, 0.2)))  # in time to stop
        speed += max(-2 * pace.gain, min(pace.gain, wanted - speed))
        done += max(speed, 0.2)
        if done >= stop_at:
            places += [_place(way, ends, done)] * int(pace.stop_s * rng.uniform(0.4, 1.6))
            stop_at = done + pace.stop_every_m * rng.uniform(0.5, 1.5)
            speed = 0.0
    return places


def record(
    places: Sequence[Point],
    seed: int,
    *,
    at: datetime = MORNING,
    origin: Point = BEIJING,
    every_s: int = 1,
    scatter_m: float = 4.0,
    lost: Sequence[tuple[float, float]] = (),
    decimals: int = 7,
) -> Trace:
    """What a receiver writes down on the way; `lost` are the shares of the time in which it has no satellites."""
    rng = random.Random(f"receiver {seed}")
    drift = [rng.gauss(0, scatter_m), rng.gauss(0, scatter_m)]
    fixes = []
    for second, (east, north) in enumerate(places):
        drift = [part - part / 30 + rng.gauss(0, scatter_m * math.sqrt(2 / 30)) for part in drift]
        fresh = rng.gauss(0, scatter_m / 8), rng.gauss(0, scatter_m / 8)
        share = second / len(places)
        if second % every_s or any(first <= share < last for first, last in lost):
            continue
        fixes.append(
            fix(
                east + drift[0] + fresh[0],
                north + drift[1] + fresh[1],
                at + timedelta(seconds=second),
                origin,
                decimals,
            )
        )
    return Trace(tuple(fixes))


def fix(east: float, north: float, at: datetime, origin: Point = BEIJING, decimals: int = 7) -> Fix:
    """The position so many metres east and north of `origin`."""
    latitude = origin[0] + north / METRES_PER_DEGREE
    longitude = origin[1] + east / METRES_PER_DEGREE / math.cos(math.radians(origin[0]))
    return Fix(round(latitude, decimals), round((longitude + 180) % 360 - 180, decimals), at)


def ride(pace: Pace, metres: float, seed: int, **receiver: object) -> Trace:
    """An honest recording of a way of about so many metres."""
    return record(travel(winding(seed, metres), pace, seed), seed, **receiver)  # type: ignore[arg-type]  # passed on as given


def shifted(trace: Trace, *, east: float = 0, north: float = 0, by: timedelta = timedelta()) -> Trace:
    """The same recording said to have been elsewhere or at another time."""
    return Trace(
        tuple(
            replace(
                one,
                latitude=one.latitude + north / METRES_PER_DEGREE,
                longitude=one.longitude + east / METRES_PER_DEGREE / math.cos(math.radians(one.latitude)),
                at=one.at + by,
            )
            for one in trace.fixes
        )
    )


def jumping(trace: Trace, *positions: int, metres: float = 2000) -> Trace:
    """The recording with some of its fixes far away."""
    fixes = list(trace.fixes)
    for position in positions:
        fixes[position] = replace(fixes[position], latitude=fixes[position].latitude + metres / METRES_PER_DEGREE)
    return Trace(tuple(fixes))


def gpx(trace: Trace) -> bytes:
    """The recording as a GPX 1.1 file."""
    points = "".join(
        f'<trkpt lat="{one.latitude!r}" lon="{one.longitude!r}"><time>{one.at.isoformat()}</time></trkpt>\n'
        for one in trace.fixes
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="a recorder" '
        f'xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>\n{points}</trkseg></trk></gpx>\n'
    ).encode()


def geojson(trace: Trace) -> bytes:
    """The recording as a GeoJSON feature."""
    coordinates = [[one.longitude, one.latitude] for one in trace.fixes]
    times = [one.at.isoformat() for one in trace.fixes]
    geometry = {"type": "LineString", "coordinates": coordinates}
    return json.dumps({"type": "Feature", "geometry": geometry, "properties": {"coordTimes": times}}).encode()


def _place(way: Sequence[Point], ends: Sequence[float], done: float) -> Point:
    low, high = 0, len(ends) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if ends[middle] <= done else (low, middle)
    share = min(1.0, (done - ends[low]) / (ends[high] - ends[low]))
    one, other = way[low], way[high]
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share
