"""Reading GPX, the exchange format of recorders: the track points of every segment.

Promise: as in `xml_tracks`. Routes and waypoints are no recording, and are not read. Touches nothing.
Format: GPX 1.0 and 1.1, https://www.topografix.com/gpx.asp
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from calculators.traces.model import FixCollector, accuracy_of, is_accuracy
from calculators.traces.xml_tracks import Follower, Kind, degrees, longer


class _Gpx(Follower):
    """gpx/trk/trkseg/trkpt/time, and what a point says of its accuracy, at any depth within it."""

    def __init__(self, fixes: FixCollector) -> None:
        super().__init__(fixes)
        self._position: tuple[float, float] | None = None
        self._time: str | None = None
        self._accuracy: dict[str, str] = {}

    def opened(self, path: Sequence[str], attributes: Mapping[str, str]) -> None:
        if path[-1] == "trkpt":
            self.fixes.check_room()
            self._position = degrees(attributes.get("lat")), degrees(attributes.get("lon"))
            self._time, self._accuracy = None, {}

    def said(self, path: Sequence[str], words: str) -> None:
        if path[-2:] == ["trkpt", "time"]:
            self._time = longer(self._time, words)
        elif self._position is not None and is_accuracy(name := path[-1]):
            self._accuracy[name] = longer(self._accuracy.get(name), words)

    def closed(self, path: Sequence[str]) -> None:
        if path[-1] == "trkpt" and self._position is not None:
            self.fixes.add(*self._position, self._time or "", accuracy_of(self._accuracy))
            self._position = None


# of 1.0 and 1.1, as exporters write them: with another scheme, another case or a stroke behind
GPX_KIND = Kind("gpx", re.compile(r"https?://www\.topografix\.com/gpx/1/\d/?", re.IGNORECASE), _Gpx, "trace.not_gpx")
