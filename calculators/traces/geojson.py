"""Reading GeoJSON: lines with a time per position, or a collection of points each with its time.

Promise: bounded, finite, and nothing guessed: a line's times stand in `coordTimes` (or `times`), a point's in `time`,
as the common converters of recorders write them. Touches nothing. Format: RFC 7946
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from calculators.traces.model import FixCollector, Trace, refused

TIMES = ("coordTimes", "times")


def read_geojson(content: bytes) -> Trace:
    """The track in `content`. Raises InputRefused for what is no GeoJSON, has no times, or is too much."""
    try:
        document = json.loads(content.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_once)
    # a deep nest exhausts the reader's stack, which is one of the ways not to be GeoJSON
    except (ValueError, RecursionError) as error:
        raise refused("trace.not_geojson", "the file is not JSON as GeoJSON has it") from error
    fixes = FixCollector()
    for position, time in _timed(document):
        longitude, latitude = _pair(position, fixes.number)
        fixes.add(latitude, longitude, time if isinstance(time, str) else "")
    return fixes.trace()


def _timed(document: Any) -> Iterator[tuple[Any, Any]]:
    for feature in _features(document):
        geometry, properties = _object(feature.get("geometry")), _object(feature.get("properties"))
        coordinates, kind = geometry.get("coordinates"), geometry.get("type")
        times = next((properties[name] for name in TIMES if name in properties), properties.get("time"))
        if kind == "Point":
            yield coordinates, times
        elif kind == "LineString":
            yield from _along(coordinates, times)
        elif kind == "MultiLineString":
            for line, own_times in zip(_list(coordinates), _list(times), strict=False):
                yield from _along(line, own_times)


def _along(line: Any, times: Any) -> Iterator[tuple[Any, Any]]:
    positions = _list(line)
    moments = times if isinstance(times, list) else []
    if len(positions) != len(moments):
        raise refused("trace.no_times", "a line needs one time per position, in its property `coordTimes`")
    yield from zip(positions, moments, strict=True)


def _features(document: Any) -> Sequence[dict[str, Any]]:
    whole = _object(document)
    if whole.get("type") == "FeatureCollection":
        return [_object(feature) for feature in _list(whole.get("features"))]
    if whole.get("type") == "Feature":
        return [whole]
    raise refused("trace.not_geojson", "use a Feature or a FeatureCollection")


def _pair(position: Any, number: int) -> tuple[float, float]:
    values = position if isinstance(position, list) else []
    if not 2 <= len(values) <= 4 or not all(type(value) in (int, float) for value in values):
        raise refused("trace.position", "a position is [longitude, latitude] in degrees", number)
    # a whole number of a thousand digits is JSON too, and no float
    longitude, latitude = (float(value) if abs(value) <= 360 else math.nan for value in values[:2])
    return longitude, latitude


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise refused("trace.not_geojson", "a feature has a geometry and properties, both objects")


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise refused("trace.not_geojson", "features, coordinates and times are lists")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return made


def _no_number(_text: str) -> float:
    raise ValueError("not a number of JSON")
