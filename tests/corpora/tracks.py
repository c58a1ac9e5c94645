"""What recorders do to a track: gaps, drift, jumps, clouds, doubled and late points, and files of many makers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, timezone

from calculators.traces import Fix, Trace
from tests.calculators.traces.recorder import fix

Blemish = Callable[[list[Fix], random.Random], list[Fix]]
Writer = Callable[[list[Fix]], bytes]
TEN = "http://www.topografix.com/GPX/1/0"
ELEVEN = "http://www.topografix.com/GPX/1/1"
METRE = 1 / 111_320


def blemished(trace: Trace, seed: int, *blemishes: Blemish) -> list[Fix]:
    """The fixes in the order of the file, after each blemish in turn."""
    rng, fixes = random.Random(f"blemish {seed}"), list(trace.fixes)
    for blemish in blemishes:
        fixes = blemish(fixes, rng)
    return fixes


def moved(one: Fix, north_m: float, east_m: float) -> Fix:
    """The fix so many metres away (east is a little short of them: a degree of longitude is taken as at 40°)."""
    return replace(one, latitude=one.latitude + north_m * METRE, longitude=one.longitude + east_m * METRE / 0.766)


def tunnel(first: float, last: float) -> Blemish:
    """Nothing recorded for that share of the way."""
    return lambda fixes, rng: fixes[: int(first * len(fixes))] + fixes[int(last * len(fixes)) :]


def drift(metres: float) -> Blemish:
    """A slow walk of the receiver's error of that size."""

    def drifting(fixes: list[Fix], rng: random.Random) -> list[Fix]:
        north = east = 0.0
        drifted = []
        for one in fixes:
            north += -north / 60 + rng.gauss(0, metres * 0.18)
            east += -east / 60 + rng.gauss(0, metres * 0.18)
            drifted.append(moved(one, north, east))
        return drifted

    return drifting


def cold_start(fixes: list[Fix], rng: random.Random) -> list[Fix]:
    """The first fixes lie hundreds of metres away."""
    return [moved(one, 400 - 80 * number, 300) for number, one in enumerate(fixes[:5])] + fixes[5:]


def multipath(fixes: list[Fix], rng: random.Random) -> list[Fix]:
    """Between high houses every few fixes jump to the other side of the street and back."""
    return [moved(one, rng.gauss(0, 18), rng.gauss(0, 18)) if rng.random() < 0.2 else one for one in fixes]


def every(seconds: int) -> Blemish:
    """One fix in so many."""
    return lambda fixes, rng: fixes[::seconds]


def smart(fixes: list[Fix], rng: random.Random) -> list[Fix]:
    """Irregular recording: one to fifteen seconds from fix to fix."""
    kept, at = [], 0
    while at < len(fixes):
        kept.append(fixes[at])
        at += rng.randint(1, 15)
    return kept


def cloud(fixes: list[Fix], rng: random.Random) -> list[Fix]:
    """The recorder was left on for ten minutes at the end: a cloud of points about one place."""
    last = fixes[-1]
    stood = [
        replace(moved(last, rng.gauss(0, 9), rng.gauss(0, 9)), at=last.at + timedelta(seconds=s))
        for s in range(5, 600, 5)
    ]
    return fixes + stood


def doubled(fixes: list[Fix], rng: random.Random) -> list[Fix]:
    """Every twentieth point is written twice, the second a metre off, at one instant."""
    return [one for n, fix_ in enumerate(fixes) for one in ((fix_, moved(fix_, 1, 1)) if n % 20 == 0 else (fix_,))]


def late(fixes: list[Fix], rng: random.Random) -> list[Fix]:
    """Some points are written after their followers."""
    written = list(fixes)
    for n in range(10, len(written) - 1, 37):
        written[n], written[n + 1] = written[n + 1], written[n]
    return written


def milliseconds(fixes: list[Fix], rng: random.Random) -> list[Fix]:
    """Times are no whole seconds."""
    return [replace(one, at=one.at + timedelta(milliseconds=rng.randint(0, 400))) for one in fixes]


def noise(metres: float) -> Blemish:
    """Fresh noise at every fix, as somebody adds it to a copy."""
    return lambda fixes, rng: [moved(one, rng.gauss(0, metres), rng.gauss(0, metres)) for one in fixes]


def later(by: timedelta) -> Blemish:
    """The same way at another time."""
    return lambda fixes, rng: [replace(one, at=one.at + by) for one in fixes]


def cut(first: float, last: float) -> Blemish:
    """Only that share of the fixes."""
    return lambda fixes, rng: fixes[int(first * len(fixes)) : int(last * len(fixes))]


def backwards(fixes: list[Fix], rng: random.Random) -> list[Fix]:
    """The way back at the pace of the way there."""
    whole = fixes[0].at + (fixes[-1].at - fixes[0].at)
    return [replace(one, at=fixes[0].at + (whole - one.at)) for one in reversed(fixes)]


def mirrored(fixes: list[Fix], rng: random.Random) -> list[Fix]:
    """The way mirrored in its first meridian."""
    return [replace(one, longitude=2 * fixes[0].longitude - one.longitude) for one in fixes]


def stretched(times: float) -> Blemish:
    """The same way at another pace."""
    return lambda fixes, rng: [replace(one, at=fixes[0].at + (one.at - fixes[0].at) * times) for one in fixes]


def straight(metres: float, kmh: float, trace: Trace) -> list[Fix]:
    """A line that nobody travelled, at one speed, from where and when the trace begins."""
    first = trace.fixes[0]
    seconds = range(0, int(metres / kmh * 3.6), 5)
    origin = first.latitude, first.longitude
    return [fix(s * kmh / 3.6, s * kmh / 9, first.at + timedelta(seconds=s), origin) for s in seconds]


def _point(one: Fix, offset_h: int | None, inside: str) -> str:
    at = one.at if offset_h is None else one.at.astimezone(timezone(timedelta(hours=offset_h)))
    time = at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")
    return f'<trkpt lat="{one.latitude:.7f}" lon="{one.longitude:.7f}"><time>{time}</time>{inside}</trkpt>'


def gpx(
    creator: str,
    *,
    version: str = ELEVEN,
    inside: str = "",
    segments: int = 1,
    offset_h: int | None = None,
    before: str = "",
    encoding: str = "UTF-8",
) -> Writer:
    """A writer of GPX as `creator` writes it: what stands `inside` of a point, `before` the head, its declaration."""

    def write(fixes: list[Fix]) -> bytes:
        size = -(-len(fixes) // segments)
        starts = range(0, len(fixes), size)
        parts = ["".join(_point(one, offset_h, inside) for one in fixes[n : n + size]) for n in starts]
        body = "".join(f"<trkseg>{part}</trkseg>" for part in parts)
        number = "1.0" if version == TEN else "1.1"
        head = f'{before}<?xml version="1.0" encoding="{encoding}"?><gpx version="{number}" creator="{creator}"'
        return f'{head} xmlns="{version}"><trk><name>路线</name>{body}</trk></gpx>'.encode(encoding)

    return write


def geojson(shape: str = "Feature", times: str = "coordTimes") -> Writer:
    """A writer of GeoJSON: a `Feature`, a `FeatureCollection` or a `MultiLineString`."""

    def write(fixes: list[Fix]) -> bytes:
        places = [[one.longitude, one.latitude] for one in fixes]
        instants = [one.at.isoformat() for one in fixes]
        half = len(fixes) // 2
        is_many = shape == "MultiLineString"
        geometry = {
            "type": shape if is_many else "LineString",
            "coordinates": [places[:half], places[half:]] if is_many else places,
        }
        told = {times: [instants[:half], instants[half:]] if is_many else instants}
        feature = {"type": "Feature", "geometry": geometry, "properties": told}
        whole = {"type": "FeatureCollection", "features": [feature]} if shape == "FeatureCollection" else feature
        return json.dumps(whole).encode()

    return write


GARMIN = gpx("Garmin Connect", inside="<ele>41.2</ele><extensions><hr>131</hr></extensions>")
STRAVA = gpx("StravaGPX", before="  \n", inside="<ele>41.2</ele>")
OSMAND = gpx("OsmAnd", inside="<hdop>4.5</hdop>", segments=3)
LOGGER = gpx("GPSLogger", version=TEN, inside="<src>gps</src><sat>7</sat><hdop>1.8</hdop><accuracy>9.6</accuracy>")
APPLE = gpx("Apple Health Export", inside="<extensions><hAcc>4.1</hAcc><vAcc>2.2</vAcc></extensions>")
CHINESE = gpx("a Chinese tool", encoding="GBK", offset_h=8)
