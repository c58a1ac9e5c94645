"""Reading KML: tracks with a time per position, and placemarks each with its point and time.

Promise: as in `xml_tracks`. A drawn line has no times and is refused by that; what a file links to is never fetched.
Touches nothing. Format: OGC KML 2.3 and Google's extension gx, https://developers.google.com/kml/documentation
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from calculators.traces.model import MOST_FIXES, FixCollector, accuracy_of, is_accuracy, refused
from calculators.traces.xml_tracks import Follower, Kind, degrees, longer

_TRACK, _PLACEMARK, _POINT, _LINE, _WHEN = "Track", "Placemark", "Point", "LineString", "when"
_ARRAY, _VALUE = "SimpleArrayData", "value"


class _Kml(Follower):
    """gx:Track with `when` and `gx:coord` side by side; Placemark with Point and TimeStamp."""

    def __init__(self, fixes: FixCollector) -> None:
        super().__init__(fixes)
        self._text: str | None = None
        self._times: list[str] = []
        self._places: list[str] = []
        self._accuracies: dict[str, list[str]] = {}
        self._array = ""
        self._point: str | None = None
        self._moment, self._told = "", dict[str, str]()
        self._has_line = False

    def opened(self, path: Sequence[str], attributes: Mapping[str, str]) -> None:
        tag = path[-1]
        self._text = None
        if tag == _TRACK:
            self._times, self._places, self._accuracies = [], [], {}
        elif tag == _PLACEMARK:
            self._point, self._moment, self._told = None, "", {}
        elif tag in (_ARRAY, "Data"):
            self._array = attributes.get("name", "")
        elif tag == _LINE:
            self._has_line = True

    def said(self, path: Sequence[str], words: str) -> None:
        if path[-1] in (_WHEN, "coord", "coordinates", _VALUE, "SimpleData"):
            self._text = longer(self._text, words)

    def closed(self, path: Sequence[str]) -> None:
        tag, within = path[-1], path[-2] if len(path) > 1 else ""
        text = (self._text or "").strip()
        if within == _TRACK and tag in (_WHEN, "coord"):
            self._add(self._times if tag == _WHEN else self._places, text)
        elif tag == _VALUE and within == _ARRAY and is_accuracy(self._array):
            self._add(self._accuracies.setdefault(self._array, []), text)
        elif tag == _VALUE and within == "Data":
            self._told[self._array] = text
        elif tag == _WHEN and within == "TimeStamp":
            self._moment = text
        elif tag == "coordinates" and within == _POINT:
            self._point = text
        elif tag == _TRACK:
            self._take_track()
        elif tag == _PLACEMARK and self._point is not None:
            self.fixes.add(*_place(self._point.split(",")), self._moment, accuracy_of(self._told))

    def finished(self) -> None:
        if self._has_line and not self.fixes.has_any:
            raise refused("trace.no_times", "a drawn line has no times; export the recording as gx:Track or as GPX")

    def _add(self, values: list[str], text: str) -> None:
        if len(values) == MOST_FIXES:
            raise refused("trace.too_many_fixes", f"at most {MOST_FIXES} positions")
        values.append(text)

    def _take_track(self) -> None:
        told = {name: values for name, values in self._accuracies.items() if len(values) == len(self._places)}
        for number, (time, place) in enumerate(zip_longest(self._times, self._places, fillvalue="")):
            said = {name: values[number] for name, values in told.items() if number < len(values)}
            self.fixes.add(*_place(place.split()), time, accuracy_of(said))


def _place(parts: Sequence[str]) -> tuple[float, float]:
    """Latitude and longitude of what is written the other way round, with or without a height."""
    longitude, latitude = (degrees(parts[place].strip() if place < len(parts) else None) for place in (0, 1))
    return latitude, longitude


KML_KIND = Kind(
    "kml",
    re.compile(r"https?://(www\.opengis\.net/kml/2\.[0-3]|earth\.google\.com/kml/2\.[0-3])/?", re.IGNORECASE),
    _Kml,
    "trace.not_kml",
)
