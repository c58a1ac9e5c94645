"""Reading GPX, the exchange format of recorders: the track points of every segment.

Promise: a stranger's XML is read without document types, entities or anything from outside, to a bounded depth and
number of points. White space around the document is no fault, nor is an encoding that tools in East Asia declare.
Touches nothing. Format: GPX 1.0 and 1.1, https://www.topografix.com/gpx.asp
"""

from __future__ import annotations

import math
import re
from xml.parsers import expat

from calculators.traces.model import FixCollector, Trace, accuracy_of, is_accuracy, refused

DEEPEST = 32
LONGEST_TIME = 40  # characters; an instant with nanoseconds and an offset has 35
NAMESPACES = ("http://www.topografix.com/GPX/1/0", "http://www.topografix.com/GPX/1/1")


# What the parser does not read by itself and recorders' tools still write; nothing else is tried.
EAST_ASIAN = frozenset({"gbk", "gb2312", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"})
_DECLARED = re.compile(rb"""\A<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,20})["']""")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_gpx(content: bytes) -> Trace:
    """The track in `content`. Raises InputRefused for what is no GPX, has no times, or is too much."""
    document, encoding = _document(content)
    reader = _Reader()
    try:
        parser = expat.ParserCreate(encoding, namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_document_type
        parser.EntityDeclHandler = _refuse_document_type
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.text
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise refused("trace.not_gpx", f"line {error.lineno} is not XML as GPX has it") from error
    # an encoding that is declared and that nobody knows is looked up by name, and fails in ways of its own
    except (ValueError, LookupError) as error:
        raise refused("trace.not_gpx", "declare an encoding that everybody reads, best UTF-8") from error
    return reader.fixes.trace()


def _document(content: bytes) -> tuple[bytes, str | None]:
    """The document without what exporters leave around it, and its encoding where the parser must be told."""
    if content.startswith(_UTF16_MARKS):
        return content, None
    document = content.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n\0")
    declared = _DECLARED.match(document)
    name = declared.group(1).decode("ascii").lower() if declared else ""
    if name not in EAST_ASIAN:
        return document, None
    try:
        return document.decode(name).encode(), "utf-8"
    except UnicodeDecodeError as error:
        raise refused("trace.not_gpx", f"the file is not written in {name}, as it declares") from error


class _Reader:
    """Follows the parser to gpx/trk/trkseg/trkpt/time, and to what a point says of its accuracy, at any depth."""

    def __init__(self) -> None:
        self.fixes = FixCollector()
        self._path: list[str] = []
        self._position: tuple[float, float] | None = None
        self._time: str | None = None
        self._accuracy: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        if not self._path and (tag != "gpx" or (namespace and namespace not in NAMESPACES)):
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
