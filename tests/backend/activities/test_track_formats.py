"""Tracks over HTTP in each format: taken, measured, known again, and never answered as our mistake."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from calculators.traces import FIT, GEOJSON, GPX, KML, TCX, TIMELINE, TRACKS, Trace
from tests.backend.activities.conftest import log
from tests.backend.activities.test_evidence_upload import WALKED, handed_in, opened, picture, send
from tests.calculators.traces.recorder import geojson, gpx
from tests.calculators.traces.written import fit, kml, raw_signal, tcx, timeline, timeline_of
from tests.mutations import changed_bytes

WRITERS = {GPX: gpx, GEOJSON: geojson, TCX: tcx, KML: kml, FIT: fit, TIMELINE: timeline}


@pytest.mark.parametrize("media", TRACKS)
def test_a_walk_in_any_format_shows_the_same(media, beijinger):
    piece = handed_in(beijinger, WRITERS[media](WALKED), "gps_trace", media)
    assert piece["media"] == GEOJSON
    assert piece["shows"]["distance_m"] == pytest.approx(2200, rel=0.02)
    assert piece["shows"]["fixes"] == len(WALKED.fixes)
    assert log(beijinger, mode="walk", distance="2.1", evidence=[piece["id"]])["status"] == "credited"


@pytest.mark.parametrize("media", [TCX, KML, TIMELINE, FIT])
def test_the_same_track_is_known_in_whatever_format_it_comes_again(media, beijinger, new_beijinger):
    """FIT rounds its places a little otherwise, and is known all the same."""
    handed_in(beijinger, gpx(WALKED), "gps_trace", GPX)
    assert send(new_beijinger(), WRITERS[media](WALKED), "gps_trace", media).json["code"] == "evidence.known"


def test_of_a_timeline_only_the_part_that_is_named_is_kept(beijinger):
    days = [
        type(fix)(fix.latitude, fix.longitude, fix.at - timedelta(days=day)) for day in range(3) for fix in WALKED.fixes
    ]
    months = timeline_of(rawSignals=[raw_signal(fix) for fix in days])
    refused = send(beijinger, months, "gps_trace", TIMELINE)
    assert [(error["field"], error["code"]) for error in refused.json["errors"]] == [("trace", "trace_whole_timeline")]
    begin, end = WALKED.fixes[5].at, WALKED.fixes[-5].at
    span = {"recorded_from": begin.isoformat(), "recorded_until": end.isoformat()}
    piece = handed_in(beijinger, months, "gps_trace", TIMELINE, **span)
    assert piece["shows"]["fixes"] == len(WALKED.fixes) - 9
    kept = opened(beijinger, piece).decode()
    assert (WALKED.fixes[4].at.isoformat() in kept, begin.isoformat() in kept) == (False, True)
    assert (WALKED.started_at - timedelta(days=1)).date().isoformat() not in kept


@pytest.mark.parametrize(
    "kind, span, expected",
    [
        ("photo", {"recorded_from": "2026-11-20T08:00:00+08:00"}, ("recorded_from", "span_not_needed")),
        (
            "gps_trace",
            {"recorded_from": "2026-11-20T08:00:00+08:00", "recorded_until": "2026-11-20T07:00:00+08:00"},
            ("recorded_until", "span_backward"),
        ),
        ("gps_trace", {"recorded_until": "2026-11-19T08:00:00+08:00"}, ("trace", "trace_none_between")),
    ],
)
def test_a_part_that_cannot_be_is_refused_by_its_field(kind, span, expected, beijinger):
    content, media = (picture(90), "image/jpeg") if kind == "photo" else (tcx(WALKED), TCX)
    answer = send(beijinger, content, kind, media, **span)
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [expected]


@pytest.mark.parametrize("language, words", [("en", "damaged on its way"), ("zh-CN", "传输中损坏")])
def test_a_damaged_file_is_refused_with_the_remedy_in_both_languages(language, words, beijinger):
    damaged = bytearray(fit(WALKED))
    damaged[len(damaged) // 2] ^= 0xFF
    answer = beijinger.post(
        "/v1/evidence",
        query_string={"kind": "gps_trace"},
        data=bytes(damaged),
        content_type=FIT,
        headers={"Accept-Language": language},
    )
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["code"]) == (422, "trace_not_fit")
    assert words in error["message"]


def test_what_is_no_track_is_told_which_formats_there_are(beijinger):
    answer = send(beijinger, b"a,b", "gps_trace", "text/csv")
    assert (answer.status_code, answer.json["code"]) == (415, "request.media_type")
    assert all(media in answer.json["detail"] for media in TRACKS)


def test_the_document_lists_every_format(app):
    described = app.test_client().get("/openapi.json").json["paths"]["/v1/evidence"]["post"]
    assert set(TRACKS) < set(described["requestBody"]["content"])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("media", TRACKS)
def test_a_changed_track_is_taken_or_refused_and_never_our_mistake(media, beijinger, counts):
    rng, whole = random.Random(7), WRITERS[media](minutes_of_a_walk())
    outcomes = {
        send(beijinger, changed_bytes(rng, whole), "gps_trace", media).status_code
        for _ in range(counts(small=10, long=2000))
    }
    assert outcomes <= {201, 400, 409, 413, 422, 429}
    assert 422 in outcomes


def minutes_of_a_walk():
    """The first minutes of a walk: short bodies are changed in more of their parts."""
    return Trace(WALKED.fixes[:60])
