"""The timeline of Google's phones: months in one file, of which somebody says what counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calculators import InputRefused
from calculators.traces import FIT, GEOJSON, GPX, KML, TCX, TIMELINE, Span, Trace, read_trace
from tests.calculators.traces.recorder import WALK, geojson, gpx, ride
from tests.calculators.traces.written import (
    degrees_text,
    fit,
    instant,
    kml,
    raw_signal,
    tcx,
    timeline,
    timeline_of,
)

TRACK = ride(WALK, 300, 1)
FEW = TRACK.fixes[:10]
BEGUN = FEW[0].at


def read(content: bytes, span: Span | None = None) -> Trace:
    return read_trace(content, TIMELINE, span or Span())


def fault(content: bytes, span: Span | None = None, media_type: str = TIMELINE) -> tuple[str, str]:
    with pytest.raises(InputRefused) as refused:
        read_trace(content, media_type, span or Span())
    (error,) = refused.value.errors
    return error.field, error.code


def path(fixes=FEW, **more: Any) -> dict[str, Any]:
    points = [{"point": degrees_text(fix), "time": fix.at.astimezone().isoformat()} for fix in fixes]
    return {"startTime": instant(fixes[0]), "endTime": instant(fixes[-1]), "timelinePath": points} | more


def of_ios(fixes=FEW) -> list[dict[str, Any]]:
    begun = fixes[0].at.replace(second=0, microsecond=0)
    points = [
        {"point": f"geo:{fix.latitude},{fix.longitude}", "durationMinutesOffsetFromStartTime": str(number)}
        for number, fix in enumerate(fixes)
    ]
    return [
        {"startTime": begun.isoformat(), "endTime": instant(fixes[-1]), "visit": {"topCandidate": {}}},
        {"startTime": begun.isoformat(), "endTime": instant(fixes[-1]), "timelinePath": points},
    ]


def test_raw_signals_come_back_fix_by_fix_with_what_they_say_of_their_accuracy():
    assert read(timeline(TRACK)) == TRACK
    told = timeline_of(rawSignals=[raw_signal(FEW[0], accuracyMeters=13, source="WIFI"), raw_signal(FEW[1])])
    assert [fix.accuracy_m for fix in read(told).fixes] == [13.0, None]


def test_where_there_are_no_raw_signals_the_drawn_path_is_read():
    android = timeline_of(semanticSegments=[path(), {"visit": {"hierarchyLevel": 0}}], rawSignals=[])
    assert [(fix.latitude, fix.at) for fix in read(android).fixes] == [(fix.latitude, fix.at) for fix in FEW]
    both = timeline_of(semanticSegments=[path()], rawSignals=[raw_signal(fix) for fix in FEW[3:6]])
    assert read(both).fixes == FEW[3:6]
    ios = read(json.dumps(of_ios()).encode())
    assert [fix.latitude for fix in ios.fixes] == [fix.latitude for fix in FEW]
    assert ios.ended_at - ios.started_at == timedelta(minutes=9)


def test_the_older_takeout_is_read_in_whole_numbers():
    def location(number: int, **when: str) -> dict[str, Any]:
        return {"latitudeE7": 399000000 + number, "longitudeE7": 1164000000, "accuracy": 8, **when}

    millis = str(int(BEGUN.timestamp() * 1000))
    content = timeline_of(locations=[location(0, timestampMs=millis), location(7, timestamp="2026-11-20T00:11:00Z")])
    trace = read(content)
    assert [(fix.latitude, fix.at, fix.accuracy_m) for fix in trace.fixes] == [
        (39.9, BEGUN, 8.0),
        (39.9000007, datetime(2026, 11, 20, 0, 11, tzinfo=UTC), 8.0),
    ]


def test_a_place_that_was_visited_and_the_ends_of_a_journey_are_no_positions():
    ends = {"start": {"latLng": degrees_text(FEW[0])}, "end": {"latLng": degrees_text(FEW[-1])}}
    segment = {"startTime": instant(FEW[0]), "endTime": instant(FEW[-1]), "activity": ends}
    assert fault(timeline_of(semanticSegments=[segment])) == ("trace", "trace.too_few_fixes")


def test_of_months_only_what_is_asked_for_is_read():
    days = [replace_day(fix, day) for day in range(60) for fix in FEW]
    whole = timeline_of(rawSignals=[raw_signal(fix) for fix in days])
    assert fault(whole) == ("trace", "trace.whole_timeline")
    third = Span(BEGUN - timedelta(days=3), FEW[-1].at - timedelta(days=3))
    trace = read(whole, third)
    assert (len(trace.fixes), trace.passed_over, trace.started_at) == (10, 0, BEGUN - timedelta(days=3))
    assert fault(whole, Span(BEGUN - timedelta(days=3))) == ("trace", "trace.whole_timeline")
    assert fault(whole, Span(BEGUN + timedelta(hours=1))) == ("trace", "trace.none_between")


def replace_day(fix, day: int):
    return type(fix)(fix.latitude, fix.longitude, fix.at - timedelta(days=day))


WRITERS = [(gpx, GPX), (geojson, GEOJSON), (tcx, TCX), (kml, KML), (fit, FIT), (timeline, TIMELINE)]


@pytest.mark.parametrize("write, media_type", WRITERS, ids=[media_type for _, media_type in WRITERS])
def test_of_a_track_in_any_format_only_what_lies_between_is_kept(write, media_type):
    """Both ends count; what lies before and behind is neither kept nor counted."""
    span = Span(TRACK.fixes[20].at, TRACK.fixes[49].at)
    trace = read_trace(write(TRACK), media_type, span)
    assert [fix.at for fix in trace.fixes] == [fix.at for fix in TRACK.fixes[20:50]]
    assert trace.passed_over == 0
    assert fault(write(TRACK), Span(until_at=BEGUN - timedelta(hours=1)), media_type) == ("trace", "trace.none_between")
    assert fault(write(TRACK), Span(TRACK.fixes[-1].at), media_type) == ("trace", "trace.too_few_fixes")


def test_json_is_told_apart_by_its_content():
    assert read_trace(timeline(TRACK), GEOJSON) == TRACK
    assert read_trace(geojson(TRACK), TIMELINE) == TRACK
    assert read_trace(b"\xef\xbb\xbf" + geojson(TRACK) + b"\n\0", GPX) == TRACK
    assert read_trace(timeline(TRACK).decode().encode("utf-16"), TIMELINE) == TRACK


POINT = {"timestamp": "2026-11-20T09:00:00Z"}


@pytest.mark.parametrize(
    "position",
    [
        {},
        {"LatLng": "39.9°"},
        {"LatLng": "39.9°, 116.4° N"},
        {"LatLng": "٣٩.9°, 116.4°"},
        {"LatLng": "1e2°, 116.4°"},
        {"LatLng": "9" * 500},
        {"LatLng": [39.9, 116.4]},
        {"LatLng": "39.9°, 216.4°"},
        {"LatLng": None, "accuracyMeters": 10**400},
    ],
)
def test_what_is_no_position_is_passed_over(position):
    signals = [*(raw_signal(fix) for fix in FEW), {"position": POINT | position | {"x": 1}}, {"wifiScan": {}}, 7, None]
    trace = read(timeline_of(rawSignals=signals))
    assert (len(trace.fixes), trace.passed_over) == (10, 1)


@pytest.mark.parametrize("minutes", ["", "-3", "1.5", "9" * 30, None, True, [], 10**30])
def test_minutes_that_are_none_give_no_time(minutes):
    segments = of_ios()
    segments[1]["timelinePath"][4]["durationMinutesOffsetFromStartTime"] = minutes
    trace = read(json.dumps(segments).encode())
    assert (len(trace.fixes), trace.passed_over) == (9, 1)


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"", ("trace", "trace.not_timeline")),
        (b"{", ("trace", "trace.not_timeline")),
        (b"[1, 2]", ("trace", "trace.not_timeline")),
        (b'{"a": 1}', ("trace", "trace.not_timeline")),
        (b'"semanticSegments"', ("trace", "trace.not_timeline")),
        (b"[" * 100_000, ("trace", "trace.not_timeline")),
        (b'{"rawSignals": [], "rawSignals": []}', ("trace", "trace.not_timeline")),
        (b'{"rawSignals": 3}', ("trace", "trace.too_few_fixes")),
        (b'{"rawSignals": NaN}', ("trace", "trace.not_timeline")),
        (b'[{"startTime": "9999-12-31T23:59:59Z", "timelinePath": [{"durationMinutesOffsetFromStartTime": "9"}]}]',
         ("trace.1", "trace.position")),
        (timeline_of(rawSignals=[raw_signal(FEW[0])] * 50_001), ("trace", "trace.too_many_fixes")),
    ],
)  # fmt: skip
def test_what_is_no_timeline_is_refused_with_its_reason(content, expected):
    assert fault(content) == expected
