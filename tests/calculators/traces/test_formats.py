"""Reading tracks from strangers: two formats, bounded, each fault told by its field."""

from __future__ import annotations

import json

import pytest

from calculators import InputRefused
from calculators.traces import GEOJSON, GPX, read_trace
from calculators.traces.model import MOST_BYTES, MOST_FIXES
from tests.calculators.traces.recorder import WALK, geojson, gpx, ride

TRACK = ride(WALK, 300, 1)
HEAD = '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
POINT = '<trkpt lat="{0}" lon="{1}"><time>{2}</time></trkpt>'
NINE, TEN = "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z"


def gpx_of(*points: str) -> bytes:
    return f"{HEAD}<trk><trkseg>{''.join(points)}</trkseg></trk></gpx>".encode()


def line(coordinates, times, kind="LineString") -> bytes:
    geometry = {"type": kind, "coordinates": coordinates}
    return json.dumps({"type": "Feature", "geometry": geometry, "properties": {"coordTimes": times}}).encode()


def fault(content: bytes, media_type: str = GPX) -> tuple[str, str]:
    with pytest.raises(InputRefused) as refused:
        read_trace(content, media_type)
    (error,) = refused.value.errors
    return error.field, error.code


@pytest.mark.parametrize("write, media_type", [(gpx, GPX), (geojson, GEOJSON)])
def test_what_a_recorder_wrote_comes_back_fix_by_fix(write, media_type):
    assert read_trace(write(TRACK), media_type) == TRACK


def test_points_of_a_collection_are_a_track_too():
    positions = {NINE: [116.4, 39.9, 44], TEN: [116.4, 39.91]}
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": position}, "properties": {"time": at}}
        for at, position in positions.items()
    ]
    document = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    assert [fix.latitude for fix in read_trace(document, GEOJSON).fixes] == [39.9, 39.91]


def test_fixes_come_in_the_order_of_time_and_one_instant_once():
    track = gpx_of(POINT.format(2, 2, TEN), POINT.format(1, 1, NINE), POINT.format(3, 3, TEN))
    assert [fix.latitude for fix in read_trace(track, GPX).fixes] == [1.0, 2.0]


def test_an_older_gpx_and_one_without_a_namespace_are_read():
    plain = gpx_of(POINT.format(1, 1, NINE), POINT.format(1, 2, TEN))
    for namespace in (b'xmlns="http://www.topografix.com/GPX/1/0"', b""):
        old = plain.replace(b'xmlns="http://www.topografix.com/GPX/1/1"', namespace)
        assert len(read_trace(old, GPX).fixes) == 2


def timed(count: int) -> list[str]:
    return [POINT.format(39.9, 116.4 + number / 1000, f"2026-11-20T09:00:{number:02}Z") for number in range(count)]


NO_TIME = '<trkpt lat="39.9" lon="116.4"/>'
PAUSE = POINT.format(100, 200, "2026-11-20T09:00:30Z")  # how OpenTracks once marked a pause


@pytest.mark.parametrize(
    "points",
    [
        [NO_TIME, *timed(10), NO_TIME],  # a Sigma Rox leaves out the first and the last time
        [*timed(4), NO_TIME, *timed(10)[4:]],  # OsmAnd, one in the middle
        [*timed(5), PAUSE, PAUSE, *timed(10)[5:]],
    ],
)
def test_a_position_that_shows_nothing_is_passed_over_and_counted(points):
    trace = read_trace(gpx_of(*points), GPX)
    assert (len(trace.fixes), trace.passed_over) == (10, len(points) - 10)


def test_a_position_of_a_line_whose_time_is_null_is_passed_over_too():
    trace = read_trace(line([[1, 2], [1, 3], [1, 4]], [NINE, None, TEN]), GEOJSON)
    assert (len(trace.fixes), trace.passed_over) == (2, 1)


def test_a_track_half_of_which_has_no_times_is_refused_by_its_first():
    assert fault(gpx_of(*timed(5), *[NO_TIME] * 5)) == ("trace.6", "trace.time")
    assert len(read_trace(gpx_of(*timed(6), *[NO_TIME] * 5), GPX).fixes) == 6


@pytest.mark.parametrize(
    "before, after", [(b"  \n", b""), (b"\n\n", b"\n"), (b"\xef\xbb\xbf", b"\0\0"), (b"\xef\xbb\xbf \r\n", b" ")]
)
def test_white_space_that_exporters_leave_around_the_document_is_cut(before, after):
    document = b'<?xml version="1.0" encoding="UTF-8"?>' + gpx_of(*timed(3))
    assert len(read_trace(before + document + after, GPX).fixes) == 3


@pytest.mark.parametrize("encoding", ["gbk", "GB2312", "gb18030", "Shift_JIS", "utf-16"])
def test_a_document_in_another_encoding_that_it_declares_is_read(encoding):
    document = f"<?xml version='1.0' encoding='{encoding}'?>" + gpx_of(*timed(3)).decode()
    named = document.replace("<trkseg>", "<name>中山</name><trkseg>")
    assert len(read_trace(named.encode(encoding), GPX).fixes) == 3


def test_three_hours_of_a_talkative_watch_are_read():
    wordy = "".join(
        f'<trkpt lat="39.{second:017}" lon="116.{second:016}"><ele>40.12345678901234</ele>'
        f"<time>2026-11-20T{9 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000Z</time>"
        f"<extensions>{'<heart>101</heart>' * 16}</extensions></trkpt>"
        for second in range(3 * 3600 + 60)
    )
    content = gpx_of(wordy)
    assert 4 * 1024 * 1024 < len(content) < MOST_BYTES
    assert len(read_trace(content, GPX).fixes) == 3 * 3600 + 60


BOMB = b"""<!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><gpx>&b;</gpx>"""
OUTSIDE = b"""<!DOCTYPE gpx [<!ENTITY file SYSTEM "file:///etc/passwd">]><gpx>&file;</gpx>"""


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"", ("trace", "trace.not_gpx")),
        (b"not xml", ("trace", "trace.not_gpx")),
        (b"<html></html>", ("trace", "trace.not_gpx")),
        (b'<gpx xmlns="http://example.com/other"></gpx>', ("trace", "trace.not_gpx")),
        (HEAD.encode(), ("trace", "trace.not_gpx")),
        (BOMB, ("trace", "trace.document_type")),
        (OUTSIDE, ("trace", "trace.document_type")),
        (f"{HEAD}{'<a>' * 5000}".encode(), ("trace", "trace.too_deep")),
        (gpx_of(), ("trace", "trace.too_few_fixes")),
        (gpx_of(POINT.format(1, 1, NINE)), ("trace", "trace.too_few_fixes")),
        (gpx_of(POINT.format(91, 1, NINE)), ("trace.1", "trace.position")),
        (gpx_of(POINT.format(1, 1, NINE), POINT.format("nan", 1, TEN)), ("trace.2", "trace.position")),
        (b'<?xml version="1.0" encoding="idna"?>' + gpx_of(), ("trace", "trace.not_gpx")),
        (b'<?xml version="1.0" encoding="nobody-knows"?>' + gpx_of(), ("trace", "trace.not_gpx")),
        (b'<?xml version="1.0" encoding="utf-7"?>' + gpx_of(), ("trace", "trace.not_gpx")),
        (b'<?xml version="1.0" encoding="gbk"?><gpx>\xff\xff</gpx>', ("trace", "trace.too_few_fixes")),
        (b'<?xml version="1.0" encoding="UTF-8859"?>' + gpx_of(), ("trace", "trace.not_gpx")),
        (gpx_of(POINT.format(1, "1e400", NINE)), ("trace.1", "trace.position")),
        (gpx_of('<trkpt lat="1"><time>x</time></trkpt>'), ("trace.1", "trace.position")),
        (gpx_of('<trkpt lat="1" lon="1"/>'), ("trace.1", "trace.time")),
        (gpx_of(POINT.format(1, 1, "2026-11-20T09:00:00")), ("trace.1", "trace.time")),
        (gpx_of(POINT.format(1, 1, "1999-11-20T09:00:00Z")), ("trace.1", "trace.time")),
        (gpx_of(POINT.format(1, 1, "9" * 5000)), ("trace.1", "trace.time")),
        (b" " * (MOST_BYTES + 1), ("trace", "trace.too_large")),
    ],
)
def test_what_is_no_gpx_is_refused_with_its_reason(content, expected):
    assert fault(content) == expected


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"{", ("trace", "trace.not_geojson")),
        (b"\xff\xfe", ("trace", "trace.not_geojson")),
        (b"[" * 100_000, ("trace", "trace.not_geojson")),
        (b'{"type": "Feature", "type": "Feature"}', ("trace", "trace.not_geojson")),
        (b'{"type": "Point", "coordinates": [1, 2]}', ("trace", "trace.not_geojson")),
        (b'{"type": "FeatureCollection", "features": 3}', ("trace", "trace.not_geojson")),
        (b'{"type": "Feature", "geometry": null, "properties": {}}', ("trace", "trace.not_geojson")),
        (line([[1, 2], [1, 3]], [NINE]), ("trace", "trace.no_times")),
        (line([[1, 2], [1, 3]], None), ("trace", "trace.no_times")),
        (line([[1], [1, 3]], [NINE, TEN]), ("trace.1", "trace.position")),
        (line([[1, 2], ["1", 3]], [NINE, TEN]), ("trace.2", "trace.position")),
        (line([[True, 2], [1, 3]], [NINE, TEN]), ("trace.1", "trace.position")),
        (line([[1, 2], [10**400, 3]], [NINE, TEN]), ("trace.2", "trace.position")),
        (line([[1, 2], [1, 3]], [NINE, 7]), ("trace.2", "trace.time")),
        (line([[1, 2], [1, 3]], [NINE, TEN]).replace(b"[1, 2]", b"[NaN, 2]"), ("trace", "trace.not_geojson")),
    ],
)
def test_what_is_no_geojson_is_refused_with_its_reason(content, expected):
    assert fault(content, GEOJSON) == expected


def test_another_format_is_refused():
    assert fault(b"{}", "text/csv") == ("trace", "trace.format")


def test_more_positions_than_anyone_needs_are_refused():
    many = gpx_of(*['<trkpt lat="1" lon="1"><time>2026-11-20T09:00:00Z</time></trkpt>'] * (MOST_FIXES + 1))
    assert fault(many) == ("trace", "trace.too_many_fixes")
