"""Reading tracks in XML: one bounded way through the document, and a follower for each of its kinds.

Promise: a stranger's XML is read without document types, entities or anything from outside, to a bounded depth and
number of points. The outermost element says which kind it is. What exporters leave around the document, declare wrongly
or write into names is no fault, nor is a file that ends early: what stands in it counts. Touches nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from xml.parsers import expat
from xml.parsers.expat import errors

from calculators.traces.model import FixCollector, refused
from calculators.traces.xml_text import mended, xml_text

DEEPEST = 32
LONGEST_TEXT = 60  # characters; an instant with nanoseconds and an offset has 35
# a file that ends before its end: what stands before is what was recorded
_CUT_OFF = frozenset({errors.codes[why] for why in (errors.XML_ERROR_NO_ELEMENTS, errors.XML_ERROR_UNCLOSED_TOKEN)})


class Follower:
    """Takes the elements of one kind of document as they come, by their names without prefix, and collects fixes."""

    def __init__(self, fixes: FixCollector) -> None:
        self.fixes = fixes

    def opened(self, path: Sequence[str], attributes: Mapping[str, str]) -> None:
        """An element begins; it is the last of `path`."""

    def said(self, path: Sequence[str], words: str) -> None:
        """Text within the last of `path`, in one piece or several."""

    def closed(self, path: Sequence[str]) -> None:
        """The last of `path` ends."""

    def finished(self) -> None:
        """The document ends. Raises InputRefused where it is known why it holds no track."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: its outermost element, the namespace it may have, and who follows it."""

    root: str
    namespace: re.Pattern[str]
    follower: Callable[[FixCollector], Follower]
    code: str  # of its refusal


def read_xml(
    content: bytes, kinds: Mapping[str, Kind], labelled: str, make_fixes: Callable[[], FixCollector]
) -> FixCollector:
    """What the document in `content` holds, by its outermost element among `kinds`.

    Raises InputRefused with the code of the kind it is, or is `labelled` as, for what is no such document, and for what
    is too much.
    """
    try:
        text = xml_text(content)
    except LookupError as error:
        raise refused(labelled, "declare an encoding that everybody reads, best UTF-8") from error
    try:
        return _Reader(kinds, labelled, make_fixes()).read(text)
    except expat.ExpatError:
        pass
    reader = _Reader(kinds, labelled, make_fixes())
    try:
        return reader.read(mended(text))
    except expat.ExpatError as error:
        raise refused(reader.code, f"line {error.lineno} is not XML as such a file has it") from error


class _Reader:
    """Follows the parser to the depth that is allowed, and hands on to whoever knows the kind of document."""

    def __init__(self, kinds: Mapping[str, Kind], labelled: str, fixes: FixCollector) -> None:
        self.code = labelled
        self._kinds, self._fixes = kinds, fixes
        self._path: list[str] = []
        self._follower = Follower(fixes)

    def read(self, text: str) -> FixCollector:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_document_type
        parser.EntityDeclHandler = _refuse_document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(text.encode(), True)
        except expat.ExpatError as error:
            if error.code not in _CUT_OFF or not self._fixes.has_any:
                raise
        self._follower.finished()
        return self._fixes

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, _, tag = name.rpartition(":")
        if not self._path:
            self._follow(tag, attributes.get(f"xmlns:{prefix}" if prefix else "xmlns"))
        if len(self._path) == DEEPEST:
            raise refused("trace.too_deep", f"elements are nested deeper than {DEEPEST}")
        self._path.append(tag)
        self._follower.opened(self._path, attributes)

    def _follow(self, tag: str, namespace: str | None) -> None:
        kind = self._kinds.get(tag)
        if kind is None or (namespace and not kind.namespace.fullmatch(namespace)):
            told = ", ".join(f"<{one}>" for one in self._kinds)
            raise refused(kind.code if kind else self.code, f"the outermost element is none of {told}")
        self.code, self._follower = kind.code, kind.follower(self._fixes)

    def _text(self, words: str) -> None:
        self._follower.said(self._path, words)

    def _end(self, _name: str) -> None:
        self._follower.closed(self._path)
        self._path.pop()


def degrees(text: str | None) -> float:
    """An angle as it is written; NaN where it is none."""
    try:
        return float(text) if text is not None and len(text) <= LONGEST_TEXT else math.nan
    except ValueError:
        return math.nan


def longer(before: str | None, words: str) -> str:
    """What an element says so far; of what is too long for a time or a number the rest says nothing either."""
    return ((before or "") + words)[: LONGEST_TEXT + 1]


def _refuse_document_type(*_: object) -> None:
    raise refused("trace.document_type", "a track has no document type and defines no entities")
