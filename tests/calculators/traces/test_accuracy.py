"""How far off a position may be, as its recorder wrote it: read from either format, and used in cleaning."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from calculators.traces import GEOJSON, GPX, Trace, marks_of, measure, read_measured, read_trace, sketch_of
from calculators.traces.model import HDOP_M
from calculators.traces.outliers import INACCURATE_M, accuracy_m, average, drop_inaccurate
from tests.calculators.traces.recorder import WALK, ride

NINE, TEN = "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z"
HEAD = '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1" xmlns:a="urn:a"><trk><trkseg>'
TRACK = ride(WALK, 300, 1)


def told_by_gpx(inside: str) -> list[float | None]:
    points = (
        f'<trkpt lat="1" lon="1"><time>{NINE}</time>{inside}</trkpt><trkpt lat="1" lon="2"><time>{TEN}</time></trkpt>'
    )
    trace = read_trace(f"{HEAD}{points}</trkseg></trk></gpx>".encode(), GPX)
    return [fix.accuracy_m for fix in trace.fixes]


def told_by_geojson(geometry: dict, properties: dict) -> list[float | None]:
    document = {"type": "Feature", "geometry": geometry, "properties": properties}
    return [fix.accuracy_m for fix in read_trace(json.dumps(document).encode(), GEOJSON).fixes]


def with_accuracies(trace: Trace, told: dict[int, float], otherwise: float | None = 5.0) -> Trace:
    fixes = [replace(fix, accuracy_m=told.get(place, otherwise)) for place, fix in enumerate(trace.fixes)]
    return Trace(tuple(fixes))


@pytest.mark.parametrize(
    ("inside", "metres"),
    [
        ("<hdop>1.8</hdop>", 1.8 * HDOP_M),
        ("<src>gps</src><sat>7</sat><hdop>1.8</hdop><accuracy>9.6</accuracy>", 9.6),
        ("<hdop>1e-160</hdop>", 0.5),
        ("<accuracy>0.000001</accuracy>", 0.5),
        ("<extensions><hAcc>4.1</hAcc><vAcc>2.2</vAcc></extensions>", 4.1),
        ("<extensions><a:point><a:accuracy> 12 </a:accuracy></a:point></extensions>", 12.0),
        ("<extensions><a:horizontal_accuracy>7</a:horizontal_accuracy></extensions>", 7.0),
        ("<accuracy>-1</accuracy>", None),
        ("<accuracy>0</accuracy><hdop>2</hdop>", 2 * HDOP_M),
        ("<accuracy>nan</accuracy>", None),
        ("<accuracy>inf</accuracy>", None),
        ("<accuracy>far</accuracy>", None),
        (f"<accuracy>{'9' * 400}</accuracy>", None),
        ("<vdop>3</vdop><pdop>3</pdop>", None),
    ],
)
def test_a_gpx_tells_how_far_off_a_point_may_be(inside, metres):
    assert told_by_gpx(inside) == [metres, None]


POINT = {"type": "Point", "coordinates": [1, 1]}


@pytest.mark.parametrize(
    ("properties", "metres"),
    [
        ({"timestamp": NINE, "horizontal_accuracy": 30}, 30.0),
        ({"time": NINE, "accuracy": 8.5}, 8.5),
        ({"time": NINE, "accuracy": True}, None),
        ({"time": NINE, "accuracy": -1, "hdop": "1.2"}, 1.2 * HDOP_M),
        ({"time": NINE, "accuracy": 10**400}, None),
        ({"time": NINE, "accuracy": [5]}, None),
    ],
)
def test_a_point_of_a_geojson_tells_it_too(properties, metres):
    features = [
        {"type": "Feature", "geometry": POINT, "properties": properties},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {"time": TEN}},
    ]
    document = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    assert [fix.accuracy_m for fix in read_trace(document, GEOJSON).fixes] == [metres, None]


@pytest.mark.parametrize("name", ["hAccs", "accuracies", "accuracy", "horizontal_accuracy"])
def test_a_line_tells_it_in_lists_beside_its_times(name):
    line = {"type": "LineString", "coordinates": [[1, 1], [1, 2]]}
    assert told_by_geojson(line, {"coordTimes": [NINE, TEN], name: [4, None]}) == [4.0, None]
    nested = {"coordinateProperties": {"times": [NINE, TEN], name: [4, 6]}}
    assert told_by_geojson(line, nested) == [4.0, 6.0]
    assert told_by_geojson(line, {"coordTimes": [NINE, TEN], name: [4]}) == [None, None]  # of which, nobody knows


def test_each_of_several_lines_has_its_own():
    lines = {"type": "MultiLineString", "coordinates": [[[1, 1], [1, 2]], [[1, 3], [1, 4]]]}
    times = [[NINE, "2026-11-20T09:30:00Z"], [TEN, "2026-11-20T10:30:00Z"]]
    told = told_by_geojson(lines, {"coordTimes": times, "hAccs": [[3, 4], [5, 6]]})
    assert told == [3.0, 4.0, 5.0, 6.0]
    assert told_by_geojson(lines, {"coordTimes": times, "hAccs": [3, 4]}) == [None] * 4


def test_positions_that_say_they_may_be_far_off_are_taken_out_and_counted():
    trace = with_accuracies(TRACK, {40: INACCURATE_M + 1, 41: 65.0, 42: 12.0})
    measured = measure(trace)
    assert (measured.inaccurate, measured.accuracy_m) == (2, 5)
    assert measured.fixes == len(TRACK.fixes)
    assert read_measured(measured.record()) == measured


def test_of_a_file_that_is_inaccurate_as_a_whole_nothing_is_taken_out():
    told = with_accuracies(TRACK, dict.fromkeys(range(0, len(TRACK.fixes), 2), 400.0) | {1: 400.0, 3: 400.0})
    kept, dropped = drop_inaccurate(told.fixes)
    assert (len(kept), dropped) == (len(TRACK.fixes), 0)


def test_a_file_that_tells_nothing_is_cleaned_as_before():
    measured = measure(TRACK)
    assert (measured.inaccurate, measured.accuracy_m) == (0, None)
    assert drop_inaccurate(TRACK.fixes) == (list(TRACK.fixes), 0)


def test_what_was_measured_before_this_reads_back():
    record = {
        name: value for name, value in measure(TRACK).record().items() if name not in ("inaccurate", "accuracy_m")
    }
    assert (read_measured(record).inaccurate, read_measured(record).accuracy_m) == (0, None)


def test_an_accurate_position_weighs_more_in_the_mean():
    one, other = TRACK.fixes[0], TRACK.fixes[5]
    (mean,) = average([replace(one, accuracy_m=5.0), replace(other, accuracy_m=50.0)], least_s=60)
    share = (mean.latitude - one.latitude) / (other.latitude - one.latitude)
    assert 0 < share < 0.02
    (even,) = average([one, other], least_s=60)
    assert even.latitude == pytest.approx((one.latitude + other.latitude) / 2)
    assert 5 < accuracy_m(mean) < 50


def test_drift_within_what_the_positions_say_is_no_way():
    """A phone on a table that says it may be off by 60 m wanders by 40."""
    still = [
        replace(fix, latitude=39.9 + (place // 20 % 2) * 0.00036, longitude=116.4)
        for place, fix in enumerate(TRACK.fixes)
    ]
    assert measure(Trace(tuple(still))).distance_m > 200
    assert measure(with_accuracies(Trace(tuple(still)), {}, 60.0)).distance_m == 0


def test_nobody_hides_a_leap_by_what_they_write_beside_it():
    """Half of the positions across the town, said to be inaccurate, still make a leap."""
    moved = [
        replace(fix, latitude=fix.latitude + (0.5 if place >= len(TRACK.fixes) // 2 - 1 else 0))
        for place, fix in enumerate(TRACK.fixes)
    ]
    told = dict.fromkeys(range(len(moved) // 2 - 1, len(moved)), 400.0)
    assert measure(with_accuracies(Trace(tuple(moved)), told)).distance_m > 50_000


def test_a_copy_is_known_whatever_its_positions_say():
    told = with_accuracies(TRACK, dict.fromkeys(range(0, len(TRACK.fixes), 3), 90.0))
    assert marks_of(told) == marks_of(TRACK)
    assert sketch_of(told) == sketch_of(TRACK)
