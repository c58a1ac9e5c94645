"""GPX as exporters really write it: encodings, blemishes around and within, clocks and namespaces.

The track itself is good in each of these files, and comes out whole; what cannot be known is refused.
"""

from __future__ import annotations

import codecs

import pytest

from calculators.errors import InputRefused
from calculators.traces import GPX, Trace, read_trace

HEAD = '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><name>{}</name><trkseg>'
POINT = '<trkpt lat="{}" lon="{}"><time>{}</time></trkpt>'
END = "</trkseg></trk></gpx>"


def points(time: str = "2026-11-20T09:00:{:02}Z", count: int = 10) -> str:
    return "".join(POINT.format(39.9 + number / 1000, 116.4, time.format(number)) for number in range(count))


def document(declared: str = "UTF-8", name: str = "晨走", inside: str | None = None, head: str = HEAD) -> str:
    return f'<?xml version="1.0" encoding="{declared}"?>{head.format(name)}{inside or points()}{END}'


def read(text: str, encoding: str = "utf-8") -> Trace:
    return read_trace(text.encode(encoding), GPX)


def fault(content: bytes) -> tuple[str, str]:
    with pytest.raises(InputRefused) as refused:
        read_trace(content, GPX)
    (error,) = refused.value.errors
    return error.field, error.code


EAST_ASIAN = [
    ("cp936", "gbk", "晨走"), ("x-gbk", "gbk", "晨走"), ("GB_2312-80", "gb2312", "晨走"),
    ("windows-936", "gbk", "晨走"), ("GB2312", "gbk", "晨走镕喆"), ("Big5-HKSCS", "big5hkscs", "晨走"),
    ("cp950", "cp950", "晨走"), ("x-sjis", "cp932", "朝"),
    ("x-x-big5", "big5", "晨走"), ("windows-31j", "cp932", "朝①"), ("Shift_JIS", "cp932", "朝①"),
    ("ks_c_5601-1987", "cp949", "아침"), ("euc-kr", "cp949", "똠"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "written", "name"), EAST_ASIAN)
def test_an_encoding_of_east_asia_is_read_by_every_name_that_its_tools_declare(declared, written, name):
    assert len(read(document(declared, name), written).fixes) == 10


@pytest.mark.parametrize("declared", ["utf-16", "UTF-16LE", "ucs-2", "unicode", "UTF8", "utf8mb4", "us-ascii", "gbk"])
def test_a_declaration_that_its_own_file_belies_is_not_believed(declared):
    """.NET declares the encoding of its strings, whatever the file is written in."""
    assert len(read(document(declared)).fixes) == 10
    assert len(read_trace(codecs.BOM_UTF8 + document(declared).encode(), GPX).fixes) == 10


@pytest.mark.parametrize("declared", ["utf-8", "utf-16"])
@pytest.mark.parametrize("written", ["utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_wide_units_are_known_by_their_mark_or_by_their_zeros(written, declared):
    assert len(read(" \n" + document(declared), written).fixes) == 10


def test_a_file_that_is_not_in_the_encoding_it_declares_loses_names_and_no_position():
    named = document(name="晨走 Mérida")
    assert read(named, "gb18030").fixes == read(named).fixes
    undeclared = named.partition("?>")[2]
    assert read(undeclared, "gb18030").fixes == read(named).fixes


@pytest.mark.parametrize(("declared", "name"), [("ISO-8859-1", "Mérida"), ("windows-1251", "Утро"), ("KOI8-R", "Утро")])
def test_western_and_cyrillic_encodings_are_read(declared, name):
    assert len(read(document(declared, name), declared).fixes) == 10


@pytest.mark.parametrize(
    "declared", ["UTF-8859", "idna", "punycode", "utf-7", "unicode_escape", "rot13", "undefined", "zip"]
)
def test_an_encoding_that_is_none_is_refused_by_every_name(declared):
    assert fault(document(declared, "x").encode()) == ("trace", "trace.not_gpx")


@pytest.mark.parametrize(
    ("before", "after"),
    [("\u00a0", ""), ("\ufeff\ufeff", ""), ("\n\ufeff", ""), ("\u200b", "\ufeff"), ("\v\f", "\x1a"), ("\0", "\0\n")],
)
def test_blanks_and_marks_of_every_sort_around_the_document_are_cut(before, after):
    assert len(read(before + document() + after).fixes) == 10


@pytest.mark.parametrize(
    "name", ["a\x03b", "Fish & Chips", "&#xD83D;&#xDEB2;", "&#55357;&#57010;", "a&nbsp;b", "&#1;", "&"]
)
def test_what_xml_does_not_take_in_a_name_is_put_aside(name):
    assert len(read(document(name=name)).fixes) == 10


def test_a_prefix_that_nobody_declared_is_no_fault():
    inside = points().replace("</trkpt>", "<extensions><gpxtpx:hr>101</gpxtpx:hr></extensions></trkpt>")
    assert len(read(document(inside=inside)).fixes) == 10


@pytest.mark.parametrize("namespace", ["http://www.topografix.com/GPX/1/1/", "https://www.topografix.com/gpx/1/0"])
def test_a_namespace_is_known_however_it_is_spelled(namespace):
    assert len(read(document(head=HEAD.replace("http://www.topografix.com/GPX/1/1", namespace))).fixes) == 10
    prefixed = (
        document().replace("<", "<g:").replace("<g:/", "</g:").replace("<g:?", "<?").replace("xmlns=", "xmlns:g=")
    )
    assert len(read(prefixed).fixes) == 10


@pytest.mark.parametrize("namespace", ["http://www.topografix.com/GPX/2/0", "http://example.org/GPX/1/1", "urn:gpx"])
def test_what_is_called_gpx_by_somebody_else_is_not_read(namespace):
    other = document(head=HEAD.replace("http://www.topografix.com/GPX/1/1", namespace))
    assert fault(other.encode()) == ("trace", "trace.not_gpx")


def test_of_a_file_that_ends_early_counts_what_stands_in_it():
    whole = document()
    assert len(read(whole.removesuffix(END)).fixes) == 10
    assert len(read(whole[: whole.rindex("<time>")]).fixes) == 9
    assert fault(whole[: whole.index("<trkpt")].encode()) == ("trace", "trace.not_gpx")
    assert fault((whole + whole).encode()) == ("trace", "trace.not_gpx")


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-20t09:00:{:02}z", "2026-11-20T09:00:{:02} UTC", "2026-11-20 09:00:{:02}GMT",
        "2026-11-20T17:00:{:02}+0800", "2026-11-20T09:00:{:02},5Z", "2026-11-20T09:00:{:02}.123456789Z",
        "20261120T0900{:02}Z", "\n 2026-11-20T09:00:{:02}Z ",
    ],
)  # fmt: skip
def test_an_instant_is_read_in_every_way_that_says_its_offset(time):
    plain = read(document(inside=points())).fixes
    assert [fix.at.replace(microsecond=0) for fix in read(document(inside=points(time))).fixes] == [f.at for f in plain]


@pytest.mark.parametrize(
    "time", ["2026-11-20T09:00:{:02}", "2026/11/20 09:00:{:02}", "20.11.2026 09:00:{:02}", "1{:02}"]
)
def test_an_instant_that_does_not_say_its_offset_is_not_guessed(time):
    assert fault(document(inside=points(time)).encode()) == ("trace.1", "trace.time")


@pytest.mark.parametrize("day", ["1970-01-01", "2000-01-01", "2007-04-06", "2080-04-06"])
def test_a_clock_that_was_not_set_yet_shows_nothing(day):
    """Receivers begin at an epoch of theirs, or 1,024 weeks too early, until satellites tell the day."""
    trace = read(document(inside=POINT.format(39.9, 116.4, f"{day}T00:00:00Z") + points()))
    assert (len(trace.fixes), trace.passed_over, trace.started_at.year) == (10, 1, 2026)


def test_where_more_than_a_few_are_years_away_that_is_what_the_file_says():
    early = points("2007-04-06T09:00:{:02}Z", 2)
    trace = read(document(inside=early + points()))
    assert (len(trace.fixes), trace.passed_over, trace.started_at.year) == (12, 0, 2007)


@pytest.mark.parametrize("lat, lon", [("0", "0"), ("0.0", "-0.0"), ("NaN", "NaN"), ("39,9", "116,4"), ("39.9", "196")])
def test_a_place_that_is_none_shows_nothing(lat, lon):
    trace = read(document(inside=POINT.format(lat, lon, "2026-11-20T08:59:59Z") + points()))
    assert (len(trace.fixes), trace.passed_over) == (10, 1)


def test_a_flood_of_what_xml_does_not_take_is_answered_like_any_other():
    assert fault(document(name="&" * 2_000_000).replace("lat=", "at=").encode()) == ("trace.1", "trace.position")
