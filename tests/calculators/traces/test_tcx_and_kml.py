"""TCX of watches and KML of maps: read like GPX, within the same bounds; plans and drawn lines are no recordings."""

from __future__ import annotations

import pytest

from calculators import InputRefused
from calculators.traces import GPX, KML, TCX, read_trace
from calculators.traces.model import MOST_BYTES, MOST_FIXES
from tests.calculators.traces.recorder import WALK, gpx, ride
from tests.calculators.traces.written import (
    KML_HEAD,
    TCX_HEAD,
    instant,
    kml,
    kml_of,
    kml_track,
    tcx,
    tcx_of,
    tcx_point,
)

TRACK = ride(WALK, 300, 1)
FEW = TRACK.fixes[:10]
POINTS = list(map(tcx_point, FEW))
V1 = TCX_HEAD.replace("/v2", "/v1")


def fault(content: bytes, media_type: str) -> tuple[str, str]:
    with pytest.raises(InputRefused) as refused:
        read_trace(content, media_type)
    (error,) = refused.value.errors
    return error.field, error.code


@pytest.mark.parametrize("label", [TCX, KML, GPX])
@pytest.mark.parametrize("write", [tcx, kml, gpx])
def test_what_was_written_comes_back_fix_by_fix_and_the_content_decides_which_it_is(write, label):
    assert read_trace(write(TRACK), label) == TRACK


@pytest.mark.parametrize(
    "content",
    [
        b"  \n" + tcx_of(*POINTS),  # Strava begins its TCX with blanks
        tcx_of(*POINTS, within="History/Running/Run/Lap/Track", head=V1),
        tcx_of(*POINTS[:5], "</Track><Track>", *POINTS[5:]),
        tcx_of(*POINTS, head="<TrainingCenterDatabase>"),
        tcx_of(*POINTS).replace(b"<Track", b"<ns2:Track").replace(b"</Track", b"</ns2:Track"),
        f'<?xml version="1.0" encoding="utf-16"?>{tcx_of(*POINTS).decode()}'.encode(),
        tcx_of(*POINTS).removesuffix(b"</Track></Lap></Activity></Activities></TrainingCenterDatabase>"),
    ],
    ids=["blanks", "version 1", "two tracks", "no namespace", "prefix", "belied encoding", "cut off"],
)
def test_a_tcx_is_read_as_devices_and_services_write_it(content):
    assert [fix.at for fix in read_trace(content, TCX).fixes] == [fix.at for fix in FEW]


def test_a_pause_is_a_point_with_a_time_alone_and_is_passed_over():
    pauses = [f"<Trackpoint><Time>{instant(fix)}</Time></Trackpoint>" for fix in FEW[:3]]
    trace = read_trace(tcx_of(*POINTS, *pauses, "<Trackpoint/>"), TCX)
    assert (len(trace.fixes), trace.passed_over) == (10, 3)
    indoors = tcx_of(*POINTS[:3], *pauses)
    assert fault(indoors, TCX) == ("trace.4", "trace.position")


def test_a_course_is_a_plan_and_no_recording():
    plan = tcx_of(*POINTS, within="Courses/Course/Track")
    assert fault(plan, TCX) == ("trace", "trace.planned")
    both = tcx_of(*POINTS[:4]).replace(b"</TrainingCenterDatabase>", plan.removeprefix(TCX_HEAD.encode()))
    assert len(read_trace(both, TCX).fixes) == 4


def test_what_extensions_tell_of_the_accuracy_is_read():
    told = POINTS[0].replace("</Trackpoint>", "<Extensions><TPX><hAcc>4.5</hAcc></TPX></Extensions></Trackpoint>")
    assert [fix.accuracy_m for fix in read_trace(tcx_of(told, POINTS[1]), TCX).fixes] == [4.5, None]


ARRAY = '<ExtendedData><SchemaData><gx:SimpleArrayData name="{}">{}</gx:SimpleArrayData></SchemaData></ExtendedData>'


def placemark(fix, more: str = "") -> str:
    point = f"<Point><coordinates> {fix.longitude},{fix.latitude},12.5\n</coordinates></Point>"
    return f"<Placemark><TimeStamp><when>{instant(fix)}</when></TimeStamp>{more}{point}</Placemark>"


@pytest.mark.parametrize(
    "content",
    [
        kml_of(f"<Folder><Folder>{kml_track(FEW)}</Folder></Folder>"),
        kml_of(f"<Placemark><gx:MultiTrack>{kml_track(FEW[:5])}{kml_track(FEW[5:])}</gx:MultiTrack></Placemark>"),
        kml_of(kml_track(FEW).replace("gx:", ""), KML_HEAD.replace("2.2", "2.3")),
        kml_of("".join(map(placemark, FEW))),
        kml_of(kml_track(FEW), KML_HEAD.replace("http://www.opengis.net/kml/2.2", "http://earth.google.com/kml/2.1")),
        b"\xef\xbb\xbf\n" + kml_of(kml_track(FEW)) + b"\0",
        kml_of("<NetworkLink><Link><href>https://example.org/more.kml</href></Link></NetworkLink>" + kml_track(FEW)),
    ],
    ids=["folders", "several", "OGC 2.3", "placemarks", "Google 2.1", "marks around", "links"],
)
def test_a_kml_is_read_as_maps_and_recorders_write_it(content):
    assert [fix.at for fix in read_trace(content, KML).fixes] == [fix.at for fix in FEW]


@pytest.mark.parametrize("name", ["accuracy", "accuracy_horizontal", "hAcc"])
def test_an_array_beside_the_positions_tells_how_far_off_they_may_be(name):
    values = "".join(f"<gx:value>{number + 1}</gx:value>" for number in range(10))
    read = read_trace(kml_of(kml_track(FEW, ARRAY.format(name, values))), KML)
    assert [fix.accuracy_m for fix in read.fixes] == [float(number + 1) for number in range(10)]
    short = values[: len(values) // 2]
    assert {
        fix.accuracy_m
        for fix in read_trace(kml_of(kml_track(FEW, ARRAY.format(name, short[: short.rindex("<gx")]))), KML).fixes
    } == {None}


def test_data_of_a_placemark_tells_it_too():
    told = "".join(
        f'<Data name="{name}"><value>{value}</value></Data>' for name, value in (("accuracy", 7), ("speed", 2))
    )
    data = f"<ExtendedData>{told}</ExtendedData>"
    read = read_trace(kml_of(placemark(FEW[0], data) + placemark(FEW[1])), KML)
    assert [fix.accuracy_m for fix in read.fixes] == [7.0, None]


def test_a_position_without_its_time_or_place_is_passed_over_and_nothing_moves_up():
    pins = "<Placemark><Point><coordinates>116.4,39.9</coordinates></Point></Placemark>"
    trace = read_trace(kml_of(kml_track(FEW) + pins * 2), KML)
    assert (len(trace.fixes), trace.passed_over) == (10, 2)
    lost = kml_track(FEW).replace(f"<gx:coord>{FEW[3].longitude} {FEW[3].latitude} 44.5</gx:coord>", "<gx:coord/>")
    kept = read_trace(kml_of(lost), KML)
    assert [fix.at for fix in kept.fixes] == [fix.at for fix in FEW if fix is not FEW[3]]
    assert kept.fixes[3] == FEW[4]
    more_times = kml_track(FEW).replace("<when>", "<when>2026-11-19T00:00:00Z</when><when>", 1)
    assert read_trace(kml_of(more_times), KML).passed_over == 1


def test_a_drawn_line_has_no_times():
    line = "<Placemark><LineString><coordinates>116.4,39.9 116.5,39.9</coordinates></LineString></Placemark>"
    assert fault(kml_of(line), KML) == ("trace", "trace.no_times")
    assert len(read_trace(kml_of(line + kml_track(FEW)), KML).fixes) == 10


BOMB = b'<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><kml>&b;</kml>'
OUTSIDE = b'<!DOCTYPE kml [<!ENTITY file SYSTEM "file:///etc/passwd">]><kml>&file;</kml>'


@pytest.mark.parametrize(
    "content, media_type, expected",
    [
        (b"", TCX, ("trace", "trace.not_tcx")),
        (b"", KML, ("trace", "trace.not_kml")),
        (b"PK\x03\x04 doc.kml", KML, ("trace", "trace.not_kml")),
        (b"<html></html>", TCX, ("trace", "trace.not_tcx")),
        (tcx_of(*POINTS, head='<TrainingCenterDatabase xmlns="urn:other">'), GPX, ("trace", "trace.not_tcx")),
        (kml_of(kml_track(FEW), '<kml xmlns="http://example.org/kml"><Document>'), KML, ("trace", "trace.not_kml")),
        (b'<?xml version="1.0" encoding="idna"?>' + tcx(TRACK), TCX, ("trace", "trace.not_tcx")),
        (tcx_of(*POINTS) + b"<a/>", TCX, ("trace", "trace.not_tcx")),
        (BOMB, KML, ("trace", "trace.document_type")),
        (OUTSIDE, KML, ("trace", "trace.document_type")),
        (f"{KML_HEAD}{'<Folder>' * 5000}".encode(), KML, ("trace", "trace.too_deep")),
        (f"{TCX_HEAD}{'<a>' * 5000}".encode(), TCX, ("trace", "trace.too_deep")),
        (tcx_of(), TCX, ("trace", "trace.too_few_fixes")),
        (kml_of(""), KML, ("trace", "trace.too_few_fixes")),
        (kml_of(kml_track(FEW).replace("T0", " T")), KML, ("trace.1", "trace.time")),
        (tcx_of(*POINTS).replace(b"Z</Time>", b"</Time>"), TCX, ("trace.1", "trace.time")),
        (tcx_of(*POINTS).replace(b"<LatitudeDegrees>", b"<LatitudeDegrees>1e9"), TCX, ("trace.1", "trace.position")),
        (b" " * (MOST_BYTES + 1), KML, ("trace", "trace.too_large")),
    ],
)
def test_what_is_no_recording_is_refused_with_its_reason(content, media_type, expected):
    assert fault(content, media_type) == expected


def test_more_positions_than_anyone_needs_are_refused():
    few = "<Trackpoint><Time>2026-11-20T09:00:00Z</Time></Trackpoint>"
    assert fault(tcx_of(few * (MOST_FIXES + 1)), TCX) == ("trace", "trace.too_many_fixes")
    for element in ("<when>x</when>", "<gx:coord>1 1</gx:coord>"):
        many = kml_of(f"<gx:Track>{element * (MOST_FIXES + 1)}</gx:Track>")
        assert fault(many, KML) == ("trace", "trace.too_many_fixes")
    pin = "<Placemark><Point><coordinates>1,1</coordinates></Point></Placemark>"
    assert fault(kml_of(pin * (MOST_FIXES + 1)), KML) == ("trace", "trace.too_many_fixes")
