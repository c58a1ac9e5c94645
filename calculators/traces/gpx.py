"""Reading GPX, the exchange format of recorders: the track points of every segment.

Promise: a stranger's XML is read without document types, entities or anything from outside, to a bounded depth and
number of points. Touches nothing. Format: GPX 1.0 and 1.1, https://www.topografix.com/gpx.asp
"""

from __future__ import annotations

import math
from xml.parsers import expat

from calculators.traces.model import MOST_FIXES, Fix, Trace, make_fix, make_trace, refused

DEEPEST = 32
LONGEST_TIME = 40  # characters; an instant with nanoseconds and an offset has 35
NAMESPACES = ("http://www.topografix.com/GPX/1/0", "http://www.topografix.com/GPX/1/1")


def read_gpx(content: bytes) -> Trace:
    """The track in `content`. Raises InputRefused for what is no GPX, has no times, or is too much."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.EntityDeclHandler = _refuse_document_type
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise refused("trace.not_gpx", f"line {error.lineno} is not XML as GPX has it") from error
    return make_trace(reader.fixes)


class _Reader:
    """Follows the parser through the one path that matters: gpx/trk/trkseg/trkpt/time."""

    def __init__(self) -> None:
        self.fixes: list[Fix] = []
        self._path: list[str] = []
        self._position: tuple[float, float] | None = None
        self._time: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        if not self._path and (tag != "gpx" or (namespace and namespace not in NAMESPACES)):
            raise refused("trace.not_gpx", "the outermost element is not <gpx> of version 1.0 or 1.1")
        if len(self._path) == DEEPEST:
            raise refused("trace.too_deep", f"elements are nested deeper than {DEEPEST}")
        self._path.append(tag)
        if tag == "trkpt":
            if len(self.fixes) == MOST_FIXES:
                raise refused("trace.too_many_fixes", f"at most {MOST_FIXES} positions")
            self._position = _degrees(attributes.get("lat")), _degrees(attributes.get("lon"))
            self._time = None

    def text(self, words: str) -> None:
        if self._path[-2:] == ["trkpt", "time"]:
            self._time = (self._time or "") + words
            if len(self._time) > LONGEST_TIME:
                raise refused("trace.time", "that is no time", len(self.fixes) + 1)

    def end(self, _name: str) -> None:
        if self._path.pop() == "trkpt" and self._position is not None:
            self.fixes.append(make_fix(*self._position, self._time or "", len(self.fixes) + 1))
            self._position = None


def _degrees(text: str | None) -> float:
    try:
        return float(text) if text is not None and len(text) <= LONGEST_TIME else math.nan
    except ValueError:
        return math.nan


def _refuse_document_type(*_: object) -> None:
    raise refused("trace.document_type", "a GPX file has no document type and defines no entities")
