"""The honest: people who did what they say, with the blemishes that real recordings and papers have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.calculators.traces.recorder import (
    BUS,
    CYCLE,
    EBIKE,
    METRO,
    TRAM,
    WALK,
    Pace,
    record,
    ride,
    travel,
    winding,
)
from tests.corpora import tracks
from tests.corpora.honest_papers import papers
from tests.corpora.people import MEAL, TODAY, TRIP, Person, Piece, Post, Side
from tests.corpora.tracks import Blemish, Writer

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PARIS = (48.85, 2.35)
RUN, BRISK = Pace(11, 0.05), Pace(8.04, 0.01)
DOWNHILL = Pace(33, 0.2, gain=2)  # reaches 45 km/h
LANE = Pace(45, 0.1, stop_every_m=900, stop_s=20)
PLAIN = tracks.gpx("a recorder")
COMMUTES = 5


def honest_people() -> Iterator[Person]:
    """Everybody, in a fixed order."""
    yield from _walkers()
    yield from _riders()
    yield from _passengers()
    yield from _together()
    yield from _bare_words()
    yield from papers()


def trip(mode: str, metres: float, began: timedelta, content: bytes, who: str = "somebody") -> Post:
    """A trip with its track, told an hour after it began or today."""
    inputs = (("mode", mode), ("distance", f"{metres / 1000:.3f}"))
    return Post(TRIP, inputs, began, (Piece("gps_trace", content),), who=who)


def going(name: str, mode: str, pace: Pace, metres: float, seed: int, *blemishes: Blemish,
          write: Writer = PLAIN, began: timedelta = 3 * HOUR, scatter_m: float = 4.0) -> Person:  # fmt: skip
    """Somebody with one recorded trip."""
    whole = ride(pace, metres, seed, at=TODAY - began, scatter_m=scatter_m)
    content = write(tracks.blemished(whole, seed, *blemishes))
    return Person(name, Side.HONEST, "transport", (trip(mode, metres, began, content),))


def _walkers() -> Iterator[Person]:
    yield going("a walk with a Garmin, a point a second", "walk", WALK, 3200, 1001, write=tracks.GARMIN)
    yield going("a walk exported by Strava", "walk", WALK, 2600, 1002, tracks.every(3), write=tracks.STRAVA)
    yield going("a walk by OsmAnd in three segments", "walk", WALK, 2900, 1003, tracks.smart, write=tracks.OSMAND)
    yield going("a walk by GPSLogger every thirty seconds", "walk", WALK, 3500, 1004, tracks.every(30),
                write=tracks.LOGGER)  # fmt: skip
    yield going("a walk from a watch by Apple", "walk", WALK, 2400, 1005, write=tracks.APPLE)
    yield going("a walk in a file of a Chinese tool", "walk", WALK, 2200, 1006, tracks.every(5), write=tracks.CHINESE)
    yield going("a walk that drifts five metres", "walk", WALK, 3000, 1007, tracks.drift(5))
    yield going("a walk that drifts twenty metres", "walk", WALK, 3000, 1008, tracks.drift(20), tracks.every(10))
    yield going("a walk between high houses", "walk", WALK, 2800, 1009, tracks.multipath, tracks.every(5))
    yield going("a walk after a cold start", "walk", WALK, 2500, 1010, tracks.cold_start)
    yield going("brisk walking at 8.04 km/h", "walk", BRISK, 4000, 1011, tracks.every(2))
    yield going("a run to work", "walk", RUN, 5000, 1012, tracks.every(3), write=tracks.GARMIN)
    yield going("a walk with the recorder left on", "walk", WALK, 2600, 1013, tracks.cloud)
    yield going("a walk with doubled points", "walk", WALK, 2700, 1014, tracks.doubled)
    yield going("a walk at night, past midnight", "walk", WALK, 3300, 1015, tracks.every(4), began=12.4 * HOUR)


def _riders() -> Iterator[Person]:
    yield going("a bicycle through the town", "cycle", CYCLE, 7000, 1101, tracks.smart, write=tracks.STRAVA)
    yield going("a bicycle downhill at 45 km/h", "cycle", DOWNHILL, 6000, 1102, tracks.every(2))
    yield going("a bicycle, points out of order", "cycle", CYCLE, 6500, 1103, tracks.every(3), tracks.late)
    yield going("a bicycle, times in milliseconds", "cycle", CYCLE, 6000, 1104, tracks.milliseconds)
    yield going("a bicycle, phone off and on", "cycle", CYCLE, 9000, 1105, tracks.tunnel(0.3, 0.5), tracks.every(5))
    yield going("a bicycle, GeoJSON of a converter", "cycle", CYCLE, 7500, 1106, tracks.every(5),
                write=tracks.geojson("FeatureCollection"))  # fmt: skip
    yield going("a bicycle, GeoJSON with times", "cycle", CYCLE, 7200, 1107, tracks.every(5),
                write=tracks.geojson(times="times"))  # fmt: skip
    yield going("a bicycle, GeoJSON of several lines", "cycle", CYCLE, 6900, 1108, tracks.every(5),
                write=tracks.geojson("MultiLineString"))  # fmt: skip
    yield going("a bicycle, a Garmin for three hours", "cycle", CYCLE, 42_000, 1109, tracks.every(2),
                write=tracks.GARMIN, began=5 * HOUR)  # fmt: skip
    yield going("a bicycle under trees", "cycle", CYCLE, 5800, 1110, tracks.drift(12), scatter_m=8)
    yield going("a fast bicycle with gaps", "cycle", EBIKE, 8800, 1111, tracks.tunnel(0.6, 0.7), tracks.smart)


def _passengers() -> Iterator[Person]:
    yield going("a bus in its lane", "bus", LANE, 14_000, 1201, tracks.every(5))
    yield going("a bus with drift of fifty metres", "bus", BUS, 12_000, 1202, tracks.drift(50), tracks.every(15))
    yield going("a bus through a tunnel", "bus", BUS, 13_000, 1203, tracks.tunnel(0.4, 0.55), tracks.every(4))
    yield going("a bus at night", "bus", BUS, 11_000, 1204, tracks.every(10), began=11 * HOUR, write=tracks.LOGGER)
    yield going("a bus between high houses", "bus", BUS, 9000, 1205, tracks.multipath, tracks.every(6))
    yield going("a metro with one long section underground", "metro", METRO, 18_000, 1206, tracks.tunnel(0.15, 0.8))
    yield going("a metro partly on a viaduct", "metro", METRO, 22_000, 1207, tracks.tunnel(0.1, 0.3),
                tracks.tunnel(0.6, 0.8), tracks.every(3))  # fmt: skip
    yield going("a metro after a cold start", "metro", METRO, 16_000, 1208, tracks.cold_start,
                tracks.tunnel(0.3, 0.6), tracks.every(2))  # fmt: skip
    whole = ride(TRAM, 7000, 1209, at=TODAY - 6 * HOUR, origin=PARIS)
    post = trip(
        "tram", 7000, 6 * HOUR, tracks.gpx("a recorder", offset_h=1)(tracks.blemished(whole, 1209, tracks.smart))
    )
    post = Post(post.methodology, post.inputs, post.before, post.evidence, zone="Europe/Paris")
    yield Person("a tram in Paris, times with an offset", Side.HONEST, "transport", (post,), region="FR")


def _together() -> Iterator[Person]:
    for number, (size, mode, pace, metres) in enumerate(
        [(3, "bus", BUS, 9500), (4, "bus", BUS, 12_500), (2, "metro", METRO, 15_000)]
    ):
        places, posts = travel(winding(1300 + number, metres), pace, 1300 + number), []
        for member in range(size):
            seed = 1310 + 10 * number + member
            own = record(places, seed, at=TODAY - 4 * HOUR, scatter_m=4 + member)
            content = PLAIN(tracks.blemished(own, seed, tracks.every(2 + 2 * member), tracks.milliseconds))
            posts.append(trip(mode, metres, 4 * HOUR, content, f"member {member}"))
        yield Person(f"a family of {size} by one {mode}", Side.HONEST, "transport", tuple(posts))
    for number, (mode, pace, metres) in enumerate([("cycle", CYCLE, 5200), ("bus", BUS, 10_200), ("walk", WALK, 2300)]):
        yield _commuter(f"the same way every day, {mode}", mode, pace, metres, 1400 + 20 * number)


def _commuter(name: str, mode: str, pace: Pace, metres: float, seed: int) -> Person:
    way, posts = winding(seed, metres), []
    for day in range(COMMUTES, 0, -1):
        began = day * DAY + 4 * HOUR - day * 2 * MINUTE
        own = record(travel(way, pace, seed + day), seed + day, at=TODAY - began)
        content = PLAIN(tracks.blemished(own, seed + day, tracks.every(3)))
        post = trip(mode, metres, began, content)
        posts.append(Post(post.methodology, post.inputs, began, post.evidence, told_before=began - 2 * HOUR))
    return Person(name, Side.HONEST, "transport", tuple(posts))


def _bare_words() -> Iterator[Person]:
    """What an honest newcomer tells on the first day without evidence: a few hundred grams."""
    for mode, km in [("walk", "1.2"), ("cycle", "2.5"), ("metro", "6"), ("bus", "5")]:
        post = Post(TRIP, (("mode", mode), ("distance", km)), 2 * HOUR)
        yield Person(f"a newcomer's word: {mode}", Side.HONEST, "transport", (post,), account_days=1)
    for meal in ("vegan", "vegetarian", "chicken"):
        post = Post(MEAL, (("meal", meal), ("meals", "1")), HOUR)
        yield Person(f"a newcomer's word: a meal, {meal}", Side.HONEST, "food", (post,), account_days=1)
