"""Reading GeoJSON: lines with a time per position, or a collection of points each with its time.

Promise: bounded, finite, and nothing guessed: a line's times stand in `coordTimes` (or `times`, also of
`coordinateProperties`), a point's in `time` or `timestamp`, and how far off they may be beside them, as the common
converters of recorders write them. Touches nothing. Format: RFC 7946
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from calculators.traces.model import FixCollector, accuracy_of, is_accuracy, refused

TIMES = ("coordTimes", "times")
TIMES_OF_POINT = (*TIMES, "time", "timestamp")
OF_POSITIONS = "coordinateProperties"


def read_geojson(document: Any, fixes: FixCollector) -> FixCollector:
    """The positions of a GeoJSON. Raises InputRefused for what is none, has no times, or is too much."""
    for position, time, said in _timed(document):
        longitude, latitude = _pair(position, fixes.number)
        fixes.add(latitude, longitude, time if isinstance(time, str) else "", accuracy_of(said))
    return fixes


def _timed(document: Any) -> Iterator[tuple[Any, Any, Mapping[str, Any]]]:
    for feature in _features(document):
        geometry, properties = _object(feature.get("geometry")), _object(feature.get("properties"))
        of_positions = properties.get(OF_POSITIONS)
        said = properties | of_positions if isinstance(of_positions, dict) else properties
        coordinates, kind = geometry.get("coordinates"), geometry.get("type")
        times = next((said[name] for name in TIMES_OF_POINT if name in said), None)
        if kind == "Point":
            yield coordinates, times, properties
        elif kind == "LineString":
            yield from _along(coordinates, times, _lists(said))
        elif kind == "MultiLineString":
            lists = _lists(said)
            for number, (line, own_times) in enumerate(zip(_list(coordinates), _list(times), strict=False)):
                own = {name: one[number] for name, one in lists.items() if number < len(one)}
                yield from _along(line, own_times, _lists(own))


def _along(line: Any, times: Any, said: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Mapping[str, Any]]]:
    positions = _list(line)
    moments = times if isinstance(times, list) else []
    if len(positions) != len(moments):
        raise refused("trace.no_times", "a line needs one time per position, in its property `coordTimes`")
    told = {name: values for name, values in said.items() if len(values) == len(positions)}
    for number, (position, moment) in enumerate(zip(positions, moments, strict=True)):
        yield position, moment, {name: values[number] for name, values in told.items()}


def _lists(said: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What lists say of the accuracy of positions, by the name of one of them: `hAccs` and `accuracies` as `hAcc`, …"""
    found = {}
    for name, values in said.items():
        one = f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")
        if isinstance(values, list) and is_accuracy(one):
            found[one] = values
    return found


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
