"""Reading TCX, what Garmin's Training Center and the watches after it write: the track points of every lap.

Promise: as in `xml_tracks`. A course is a plan with times that nobody rode, and is refused by that name. Touches
nothing. Format: Training Center Database 1 and 2, https://www8.garmin.com/xmlschemas/TrainingCenterDatabasev2.xsd
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from calculators.traces.model import FixCollector, accuracy_of, is_accuracy, refused
from calculators.traces.xml_tracks import Follower, Kind, degrees, longer

_POINT, _LATITUDE, _LONGITUDE, _TIME = "Trackpoint", "LatitudeDegrees", "LongitudeDegrees", "Time"
_COURSES = "Courses"


class _Tcx(Follower):
    """Activities or History/…/Lap/Track/Trackpoint with Time and Position; a pause is a point with a time alone."""

    def __init__(self, fixes: FixCollector) -> None:
        super().__init__(fixes)
        self._is_in_point = False
        self._told: dict[str, str] = {}
        self._has_course = False

    def opened(self, path: Sequence[str], attributes: Mapping[str, str]) -> None:
        del attributes  # of TCX everything is an element
        if path[-1] == _POINT:
            if _COURSES in path:
                self._has_course = True
                return
            self.fixes.check_room()
            self._is_in_point, self._told = True, {}

    def said(self, path: Sequence[str], words: str) -> None:
        if self._is_in_point and (path[-1] in (_TIME, _LATITUDE, _LONGITUDE) or is_accuracy(path[-1])):
            self._told[path[-1]] = longer(self._told.get(path[-1]), words)

    def closed(self, path: Sequence[str]) -> None:
        if path[-1] == _POINT and self._is_in_point:
            place = degrees(self._told.get(_LATITUDE)), degrees(self._told.get(_LONGITUDE))
            if not all(map(math.isnan, place)) or _TIME in self._told:
                self.fixes.add(*place, self._told.pop(_TIME, ""), accuracy_of(self._told))
            self._is_in_point = False

    def finished(self) -> None:
        if self._has_course and not self.fixes.has_any:
            raise refused("trace.planned", "the file holds a course, which is a plan and no recording")


TCX_KIND = Kind(
    "TrainingCenterDatabase",
    re.compile(r"https?://www\.garmin\.com/xmlschemas/TrainingCenterDatabase/v[12]/?", re.IGNORECASE),
    _Tcx,
    "trace.not_tcx",
)
