"""Looking at what is handed in, before any transaction: what it is, what it shows, and by what it is known again."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from backend.activities.domain import JPEG, PAPERS, PDF, PICTURES, READINGS, TRACES, EvidenceKind
from backend.activities.service.evidence.picture_likeness import Outline, Plane, outlines_of
from backend.activities.service.evidence.pictures import Picture, read_picture
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import InvalidFields, Refusal, invalid_field, invalid_inputs
from backend.ports.paper_reader import NoReader, PaperText, the_paper_reader
from calculators import (
    GEOJSON,
    InputRefused,
    Span,
    Windows,
    bounded,
    cells_of,
    load_library,
    marks_of,
    marks_of_reverse,
    measure,
    read_facts,
    read_trace,
    refuted_by,
    sketch_of,
    windows_of,
)

_DASHES = re.compile("[\u2010-\u2015\u2212\u2043\u30fc]")


@dataclass(frozen=True)
class Piece:
    """Something handed in, looked at: the file to keep, what the rules may know of it, and what it is known by."""

    kind: str
    media: str
    size: int
    content: bytes
    facts: Mapping[str, Any]
    references: tuple[str, ...]  # the first names the content itself
    numbers: tuple[str, ...] = ()  # of a paper, as it is known among all
    sellers: tuple[tuple[str, str], ...] = ()  # whom a paper of a short number names
    marks: tuple[str, ...] = ()
    reverse_marks: tuple[str, ...] = ()
    sketch: bytes = b""
    cells: tuple[str, ...] = ()
    plane: Plane | None = None  # of a picture, to be laid beside earlier ones
    outlines: tuple[Outline, ...] = ()  # under which later pictures find it
    windows: Windows | None = None  # to be laid beside earlier sketches; None for no track and for a short one


def examine(content: bytes, media: str, kind: str, reading: Mapping[str, Any]) -> Piece:
    """What was sent as `kind`; `reading` holds `value`, `unit`, `device` and `read_at` for a meter or odometer.

    Of a track it holds `recorded_from` and `recorded_until`, beyond which nothing of it is kept.

    Raises `request.media_type`, `request.invalid` for a track or reading that cannot be, and what `read_picture` does.
    """
    expected = media_of(kind)
    if media not in expected:
        raise Refusal("request.media_type", expected=", ".join(expected))
    if kind == EvidenceKind.GPS_TRACE:
        return _track(content, media, _span(reading))
    reading_facts, references = _reading(kind, reading)
    picture, text = _paper(content, media) if kind in PAPERS else (read_picture(content, media), None)
    size = {"width": picture.width, "height": picture.height}
    paper = None if text is None else read_facts(text.lines, text.means, shown=text.shown)
    return Piece(
        kind=kind,
        media=JPEG,
        size=len(content),
        content=picture.content,
        facts=size | reading_facts | ({} if paper is None else {"paper": paper.record()}),
        references=(f"pixels:{picture.digest}", *references),
        numbers=() if paper is None else paper.keys(),
        sellers=paper.named_sellers() if paper is not None and paper.is_of_short_number() else (),
        plane=picture.plane,
        outlines=tuple(outlines_of(picture.plane)),
    )


def media_of(kind: str) -> tuple[str, ...]:
    """What may be sent as evidence of a kind: a PDF only of papers, and where anybody can look at it."""
    if kind == EvidenceKind.GPS_TRACE:
        return TRACES
    return (*PICTURES, PDF) if kind in PAPERS and not isinstance(the_paper_reader(), NoReader) else PICTURES


def write_track(fixes: Sequence[tuple[float, float, str | None]]) -> bytes:
    """A track as it is kept: GeoJSON of longitude, latitude and instant."""
    geometry = {"type": "LineString", "coordinates": [[east, north] for east, north, _ in fixes]}
    properties = {"coordTimes": [at for _, _, at in fixes]}
    return orjson.dumps({"type": "Feature", "geometry": geometry, "properties": properties})


def _track(content: bytes, media: str, span: Span) -> Piece:
    try:
        trace = read_trace(content, media, span)
    except InputRefused as refused:
        raise invalid_inputs(refused.errors) from refused
    ahead = timedelta(seconds=policy().activities.future_tolerance_s)
    if trace.ended_at > clock.now() + ahead:
        raise invalid_field("trace", "in_the_future", now=clock.now().isoformat(timespec="seconds"))
    measured = measure(trace)
    kept = write_track([(fix.longitude, fix.latitude, fix.at.isoformat()) for fix in trace.fixes])
    regions = load_library().tables.regions
    return Piece(
        kind=EvidenceKind.GPS_TRACE,
        media=GEOJSON,
        size=len(content),
        content=kept,
        facts={"measured": measured.record(), "refutes": list(refuted_by(trace, bounded(), regions))},
        # of the fixes, so that another format of the same track is the same track
        references=(f"track:{_sha256(kept)}",),
        marks=marks_of(trace),
        reverse_marks=marks_of_reverse(trace),
        sketch=sketch_of(trace),
        cells=cells_of(trace),
        windows=windows_of(trace),
    )


def _span(told: Mapping[str, Any]) -> Span:
    """From when until when of a track counts; raise `request.invalid` for an end that is not after its begin."""
    begin, end = told["recorded_from"], told["recorded_until"]
    if begin is not None and end is not None and end <= begin:
        raise invalid_field("recorded_until", "span_backward")
    return Span(begin, end)


def _paper(content: bytes, media: str) -> tuple[Picture, PaperText | None]:
    """A paper as it is kept, and what a machine reads of it; None where nobody looked.

    Of a PDF the pages are kept as a picture; raise `service.busy` where nobody could look at it now.
    """
    if media != PDF:
        picture = read_picture(content, media)
        return picture, the_paper_reader().read(picture.content, JPEG)
    text = the_paper_reader().read(content, PDF)
    if text is None:
        raise Refusal("service.busy", retry_after_s=60)
    if not text.pages:
        raise Refusal("evidence.not_a_picture", media=media, allowed=", ".join((*PICTURES, PDF)))
    return read_picture(text.pages, JPEG), text


def _reading(kind: str, reading: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a reading says, and the meter and instant it is known by; nothing for another kind."""
    is_needed = kind in READINGS
    faults = [
        {"field": name, "code": "reading_needed" if is_needed else "reading_not_needed"}
        for name in ("value", "unit", "device", "read_at")
        if (reading[name] is None) == is_needed
    ]
    faults += [
        {"field": name, "code": "span_not_needed"} for name in ("recorded_from", "recorded_until") if reading[name]
    ]
    if faults:
        raise InvalidFields(faults)
    if not is_needed:
        return {}, ()
    if reading["read_at"] > clock.now() + timedelta(seconds=policy().activities.future_tolerance_s):
        raise invalid_field("read_at", "in_the_future", now=clock.now().isoformat(timespec="seconds"))
    device, read_at = _plain_number(reading["device"]), reading["read_at"].isoformat()
    shown_by_meter = {
        "value": format(reading["value"], "f"),
        "unit": reading["unit"],
        "device": device,
        "read_at": read_at,
    }
    return shown_by_meter, (f"{kind}:{device}:{read_at}",)


def _plain_number(device: str) -> str:
    """The number of a meter in one spelling: full width, another dash, blanks and capitals do not make it another."""
    return _DASHES.sub("-", "".join(unicodedata.normalize("NFKC", device).split())).casefold()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
