"""Reading GPX, the exchange format of recorders: the track points of every segment.

Promise: a stranger's XML is read without document types, entities or anything from outside, to a bounded depth and
number of points. What exporters leave around the document, declare wrongly or write into names is no fault, nor is a
file that ends early: what stands in it counts. Touches nothing. Format: GPX 1.0 and 1.1, https://www.topografix.com/gpx.asp
"""

from __future__ import annotations

import math
import re
from xml.parsers import expat
from xml.parsers.expat import errors

from calculators.traces.model import FixCollector, Trace, accuracy_of, is_accuracy, refused
from calculators.traces.xml_text import mended, xml_text

DEEPEST = 32
LONGEST_TIME = 40  # characters; an instant with nanoseconds and an offset has 35
# of 1.0 and 1.1, as exporters write them: with another scheme, another case or a stroke behind
NAMESPACE = re.compile(r"https?://www\.topografix\.com/gpx/1/\d/?", re.IGNORECASE)
# a file that ends before its end: what stands before is what was recorded
_CUT_OFF = frozenset({errors.codes[why] for why in (errors.XML_ERROR_NO_ELEMENTS, errors.XML_ERROR_UNCLOSED_TOKEN)})


def read_gpx(content: bytes) -> Trace:
    """The track in `content`. Raises InputRefused for what is no GPX, has no times, or is too much."""
    try:
        text = xml_text(content)
    except LookupError as error:
        raise refused("trace.not_gpx", "declare an encoding that everybody reads, best UTF-8") from error
    try:
        return _parsed(text)
    except expat.ExpatError:
        pass
    try:
        return _parsed(mended(text))
    except expat.ExpatError as error:
        raise refused("trace.not_gpx", f"line {error.lineno} is not XML as GPX has it") from error


def _parsed(text: str) -> Trace:
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.EntityDeclHandler = _refuse_document_type
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        if error.code not in _CUT_OFF or reader.fixes.number == 1:
            raise
    return reader.fixes.trace()


class _Reader:
    """Follows the parser to gpx/trk/trkseg/trkpt/time, and to what a point says of its accuracy, at any depth."""

    def __init__(self) -> None:
        self.fixes = FixCollector()
        self._path: list[str] = []
        self._position: tuple[float, float] | None = None
        self._time: str | None = None
        self._accuracy: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, _, tag = name.rpartition(":")
        namespace = attributes.get(f"xmlns:{prefix}" if prefix else "xmlns") if not self._path else None
        if not self._path and (tag != "gpx" or (namespace and not NAMESPACE.fullmatch(namespace))):
            raise refused("trace.not_gpx", "the outermost element is not <gpx> of version 1.0 or 1.1")
        if len(self._path) == DEEPEST:
            raise refused("trace.too_deep", f"elements are nested deeper than {DEEPEST}")
        self._path.append(tag)
        if tag == "trkpt":
            self.fixes.check_room()
            self._position = _degrees(attributes.get("lat")), _degrees(attributes.get("lon"))
            self._time, self._accuracy = None, {}

    def text(self, words: str) -> None:
        if self._path[-2:] == ["trkpt", "time"]:
            # of what is too long for an instant the rest says nothing either
            self._time = ((self._time or "") + words)[: LONGEST_TIME + 1]
        elif self._position is not None and is_accuracy(name := self._path[-1]):
            self._accuracy[name] = (self._accuracy.get(name, "") + words)[: LONGEST_TIME + 1]

    def end(self, _name: str) -> None:
        if self._path.pop() == "trkpt" and self._position is not None:
            self.fixes.add(*self._position, self._time or "", accuracy_of(self._accuracy))
            self._position = None


def _degrees(text: str | None) -> float:
    try:
        return float(text) if text is not None and len(text) <= LONGEST_TIME else math.nan
    except ValueError:
        return math.nan


def _refuse_document_type(*_: object) -> None:
    raise refused("trace.document_type", "a GPX file has no document type and defines no entities")
