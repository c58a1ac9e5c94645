"""Reading a recorded track, whichever of the formats it comes in (ADR 0118).

Promise: the content says which it is; JSON is read strictly, no name twice in an object. Touches nothing.
"""

from __future__ import annotations

import codecs
import json
from typing import Any

from calculators.traces.fit import is_fit, read_fit
from calculators.traces.geojson import read_geojson
from calculators.traces.gpx import GPX_KIND
from calculators.traces.kml import KML_KIND
from calculators.traces.model import EVER, MOST_BYTES, FixCollector, Span, Trace, refused
from calculators.traces.tcx import TCX_KIND
from calculators.traces.timeline import is_timeline, read_timeline
from calculators.traces.xml_tracks import read_xml

GPX, GEOJSON = "application/gpx+xml", "application/geo+json"
TCX, KML = "application/vnd.garmin.tcx+xml", "application/vnd.google-earth.kml+xml"
FIT = "application/vnd.ant.fit"
TIMELINE = "application/json"
# The media types of tracks, and what a file is refused as that is none of them.
CODES = {
    GPX: "trace.not_gpx",
    GEOJSON: "trace.not_geojson",
    TCX: "trace.not_tcx",
    KML: "trace.not_kml",
    FIT: "trace.not_fit",
    TIMELINE: "trace.not_timeline",
}
TRACKS = tuple(CODES)
_XML_KINDS = {kind.root: kind for kind in (GPX_KIND, TCX_KIND, KML_KIND)}
_XML, _JSON = frozenset({GPX, TCX, KML}), frozenset({GEOJSON, TIMELINE})
_BEFORE = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n\v\f\xc2\xa0\xe2\x80\x8b"
_MARKED = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_AROUND = " \t\r\n\0\ufeff"
_HEAD = 1000  # bytes within which a document begins


def read_trace(content: bytes, media_type: str, span: Span = EVER) -> Trace:
    """The track in `content`, of which only what was recorded within `span` is taken.

    Which format it is in its content says; the label says only as what it is refused where it is none of them. Raises
    InputRefused with the field `trace`, or `trace.N` for its Nth position.
    """
    if media_type not in CODES:
        raise refused("trace.format", f"send one of {', '.join(TRACKS)}")
    if len(content) > MOST_BYTES:
        raise refused("trace.too_large", f"at most {MOST_BYTES} bytes")
    return _read(content, media_type, span).trace()


def _read(content: bytes, media_type: str, span: Span) -> FixCollector:
    begins = content[:_HEAD].lstrip(_BEFORE)[:1]
    if is_fit(content) or (media_type == FIT and begins not in (b"<", b"{", b"[")):
        return read_fit(content, FixCollector(span))
    if begins in (b"{", b"[") or (begins != b"<" and media_type in _JSON):
        document = _json(content, CODES[media_type])
        if is_timeline(document):
            return read_timeline(document, lambda: FixCollector(span))
        if media_type == TIMELINE and not (isinstance(document, dict) and "type" in document):
            raise refused(CODES[TIMELINE], "the file is neither a timeline nor GeoJSON")
        return read_geojson(document, FixCollector(span))
    return read_xml(content, _XML_KINDS, CODES[media_type], lambda: FixCollector(span))


def _json(content: bytes, code: str) -> Any:
    """The document in `content`, in the encoding that a mark in front says, else UTF-8. Raises InputRefused."""
    encoding = next((name for mark, name in _MARKED if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding).strip(_AROUND)
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    # a deep nest exhausts the reader's stack, which is one of the ways to be no track
    except (ValueError, RecursionError) as error:
        raise refused(code, "the file is not JSON as such a file has it") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return made


def _no_number(_text: str) -> float:
    raise ValueError("not a number of JSON")
