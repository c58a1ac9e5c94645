"""Tracks as watches, bicycle computers, maps and phones write them: TCX, KML, FIT and Google's timeline."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from calculators.traces import Fix, Trace

TCX_HEAD = '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">'
KML_HEAD = '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>'
EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
ACTIVITY, WORKOUT, COURSE = 4, 5, 6
TIMESTAMP, LATITUDE, LONGITUDE, ACCURACY = (253, 4, 0x86), (0, 4, 0x85), (1, 4, 0x85), (31, 1, 0x02)
NOWHERE = 0x7FFFFFFF


def instant(fix: Fix) -> str:
    return fix.at.isoformat().replace("+00:00", "Z")


def tcx_point(fix: Fix) -> str:
    place = f"<LatitudeDegrees>{fix.latitude}</LatitudeDegrees><LongitudeDegrees>{fix.longitude}</LongitudeDegrees>"
    return f"<Trackpoint><Time>{instant(fix)}</Time><Position>{place}</Position><HeartRateBpm/></Trackpoint>"


def tcx_of(*points: str, within: str = "Activities/Activity/Lap/Track", head: str = TCX_HEAD) -> bytes:
    names = within.split("/")
    opened, closed = "".join(f"<{name}>" for name in names), "".join(f"</{name}>" for name in reversed(names))
    return f"{head}{opened}{''.join(points)}{closed}</{head[1:-1].split()[0]}>".encode()


def tcx(trace: Trace) -> bytes:
    return tcx_of(*map(tcx_point, trace.fixes))


def kml_of(inside: str, head: str = KML_HEAD) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}{inside}</Document></kml>'.encode()


def kml_track(fixes: Sequence[Fix], more: str = "") -> str:
    times = "".join(f"<when>{instant(fix)}</when>" for fix in fixes)
    places = "".join(f"<gx:coord>{fix.longitude} {fix.latitude} 44.5</gx:coord>" for fix in fixes)
    return f"<Placemark><name>晨走</name><gx:Track>{times}{places}{more}</gx:Track></Placemark>"


def kml(trace: Trace) -> bytes:
    return kml_of(kml_track(trace.fixes))


def degrees_text(fix: Fix) -> str:
    return f"{fix.latitude}°, {fix.longitude}°"


def raw_signal(fix: Fix, **more: Any) -> dict[str, Any]:
    return {"position": {"LatLng": degrees_text(fix), "timestamp": instant(fix), **more}}


def timeline_of(**parts: Any) -> bytes:
    return json.dumps(parts, ensure_ascii=False).encode()


def timeline(trace: Trace) -> bytes:
    return timeline_of(semanticSegments=[], rawSignals=[raw_signal(fix) for fix in trace.fixes])


def definition(local: int, number: int, fields: Sequence[tuple[int, int, int]], *, big: bool = False) -> bytes:
    head = struct.pack(">BBBHB" if big else "<BBBHB", 0x40 | local, 0, int(big), number, len(fields))
    return head + b"".join(map(bytes, fields))


def fit_of(*messages: bytes, kind: int | None = ACTIVITY, header: int = 14) -> bytes:
    said = b"" if kind is None else definition(0, 0, [(0, 1, 0), (4, 4, 0x86)]) + struct.pack("<BBI", 0, kind, 1)
    body = said + b"".join(messages)
    head = struct.pack("<BBHI4s", header, 0x20, 2132, len(body), b".FIT")
    head += struct.pack("<H", checksum(head)) if header == 14 else b""
    return head + body + struct.pack("<H", checksum(head + body))


def semicircles(degrees: float) -> int:
    return round(degrees * 2**31 / 180)


def fit_seconds(at: datetime) -> int:
    return int((at - EPOCH).total_seconds())


def fit_record(fix: Fix, accuracy: int = 0xFF) -> bytes:
    place = semicircles(fix.latitude), semicircles(fix.longitude)
    return struct.pack("<BIiiBBH", 1, fit_seconds(fix.at), *place, accuracy, 101, 2600)


# as a watch has it: heart rate and height beside what we read
FIT_RECORD = definition(1, 20, [TIMESTAMP, LATITUDE, LONGITUDE, ACCURACY, (3, 1, 0x02), (2, 2, 0x84)])


def fit(trace: Trace) -> bytes:
    return fit_of(FIT_RECORD, *map(fit_record, trace.fixes))


def checksum(content: bytes) -> int:
    """CRC-16/ARC, four bits at a time, as the makers of the format publish it."""
    table = (0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
             0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400)  # fmt: skip
    crc = 0
    for byte in content:
        for half in (byte & 0xF, byte >> 4):
            crc = (crc >> 4) ^ table[(crc ^ half) & 0xF]
    return crc
