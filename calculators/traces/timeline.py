"""Reading the timeline that Google's phones keep and export: positions of the raw signals, else of the drawn paths.

Promise: bounded, finite, and nothing guessed: a place that was only visited, and the two ends of a journey, are no
positions. A timeline holds months; of what is within the span, and not more than a day, a track is made. Touches
nothing. Formats, as the phones write them: Android `semanticSegments` and `rawSignals`, iOS a list of segments, and
`locations` of the older Takeout.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from calculators.traces.model import FEWEST_FIXES, FixCollector, accuracy_of, refused

LONGEST = timedelta(days=1)
_NUMBER = r"\s*([+-]?\d{1,3}(?:\.\d{1,20})?)\s*°?\s*"
_PLACE = re.compile(rf"(?:geo:)?{_NUMBER},{_NUMBER}(?:[;,].{{0,40}})?", re.ASCII)
_NAMES = frozenset({"semanticSegments", "rawSignals", "locations"})
_E7 = 10**7
_MINUTES = "durationMinutesOffsetFromStartTime"

Position = tuple[float, float, str | datetime, Mapping[str, Any]]


def is_timeline(document: Any) -> bool:
    """Whether a JSON is a timeline and not another sort of track."""
    if isinstance(document, list):
        return any("startTime" in _object(segment) for segment in document[:100])
    return bool(_NAMES & _object(document).keys())


def read_timeline(document: Any, make_fixes: Callable[[], FixCollector]) -> FixCollector:
    """The positions of a timeline. Raises InputRefused for one of more than a day, and for what is too much."""
    raw = _collected(_raw_positions(_object(document)), make_fixes())
    fixes = raw
    if raw.usable < FEWEST_FIXES:
        drawn = _collected(_path_positions(document), make_fixes())
        fixes = drawn if drawn.has_any else raw
    if fixes.length > LONGEST:
        raise refused("trace.whole_timeline", "say from when until when, a day at most")
    return fixes


def _collected(positions: Iterator[Position], fixes: FixCollector) -> FixCollector:
    for latitude, longitude, at, said in positions:
        fixes.add(latitude, longitude, at, accuracy_of(said))
    return fixes


def _raw_positions(whole: Mapping[str, Any]) -> Iterator[Position]:
    for signal in _list(whole.get("rawSignals")):
        position = _object(_object(signal).get("position"))
        if position:
            place = next((position[name] for name in ("LatLng", "latLng", "point") if name in position), None)
            yield *_place(place), _text(position.get("timestamp")), position
    for location in _list(whole.get("locations")):
        said = _object(location)
        yield _degrees(said.get("latitudeE7")), _degrees(said.get("longitudeE7")), _moment(said), said


def _path_positions(document: Any) -> Iterator[Position]:
    segments = document if isinstance(document, list) else _list(_object(document).get("semanticSegments"))
    for segment in map(_object, segments):
        for point in map(_object, _list(segment.get("timelinePath"))):
            at = point["time"] if "time" in point else _later(segment.get("startTime"), point.get(_MINUTES))
            yield *_place(point.get("point")), at if isinstance(at, datetime) else _text(at), {}


def _later(start: Any, minutes: Any) -> datetime | str:
    """An instant that is written as minutes after the begin of its segment."""
    written = str(minutes) if isinstance(minutes, str) or (type(minutes) is int and minutes < 10**5) else ""
    if not re.fullmatch(r"\d{1,5}", written, re.ASCII):
        return ""
    try:
        return datetime.fromisoformat(_text(start)) + timedelta(minutes=int(written))
    except (ValueError, OverflowError):
        return ""


def _moment(location: Mapping[str, Any]) -> str | datetime:
    milliseconds = location.get("timestampMs")
    if "timestamp" in location or not isinstance(milliseconds, str) or not re.fullmatch(r"\d{1,14}", milliseconds):
        return _text(location.get("timestamp"))
    return datetime.fromisoformat("1970-01-01T00:00:00Z") + timedelta(milliseconds=int(milliseconds))


def _place(written: Any) -> tuple[float, float]:
    found = _PLACE.fullmatch(written) if isinstance(written, str) and len(written) <= 100 else None
    return (float(found[1]), float(found[2])) if found else (math.nan, math.nan)


def _degrees(e7: Any) -> float:
    return e7 / _E7 if type(e7) is int and abs(e7) <= 360 * _E7 else math.nan


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
