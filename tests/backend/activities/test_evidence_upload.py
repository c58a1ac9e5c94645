"""Handing in evidence: pictures without their place, tracks with their length, once by anyone, and sealed."""

from __future__ import annotations

import io
import random
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import literal, select

from backend.activities import service
from backend.activities.sql import evidence as sql
from backend.jobs.runner.dispatch import dispatch
from calculators import GEOJSON, GPX
from calculators.traces import Trace
from tests.backend.activities.conftest import log, trip
from tests.calculators.traces.recorder import MORNING, WALK, geojson, gpx, jumping, ride, shifted

HOUR = timedelta(hours=1)
WALKED = ride(WALK, 2200, 900, at=MORNING)
WEST_LAKE = "GPS 30.2489"


def picture(
    seed: int = 1,
    size: tuple[int, int] = (320, 240),
    kind: str = "JPEG",
    *,
    tagged: bool = False,
    described: str = WEST_LAKE,
) -> bytes:
    """A picture nobody else has, with the place it was taken when `tagged`, and with other words when `described`."""
    dots = random.Random(seed).randbytes(size[0] * size[1] // 64)
    image = Image.frombytes("L", (size[0] // 8, size[1] // 8), dots).resize(size).convert("RGB")
    tags = Image.Exif()
    is_tagged = tagged or described != WEST_LAKE
    if is_tagged:
        tags[0x010E] = described
        tags.get_ifd(0x8825)[2] = (30.0, 14.0, 56.0)
    written = io.BytesIO()
    image.save(written, kind, **({"exif": tags} if is_tagged else {}))
    return written.getvalue()


def screenshot(size: tuple[int, int]) -> bytes:
    """A picture of a phone's screen: much of one colour, with bars where a bill has its lines."""
    image = Image.new("RGB", size, (250, 250, 250))
    for line in range(40, size[1], 80):
        image.paste((20, 20, 20), (60, line, size[0] * 2 // 3, line + 36))
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def send(person, content: bytes, kind: str = "photo", media: str = "image/jpeg", *, key=None, **reading):
    asked = {"kind": kind} | reading
    return person.post("/v1/evidence", query_string=asked, data=content, content_type=media, key=key)


def handed_in(person, *args, **given) -> dict:
    answer = send(person, *args, **given)
    assert answer.status_code == 201, answer.json
    return answer.json


def opened(person, piece) -> bytes:
    link = person.get(f"/v1/evidence/{piece['id']}").json["link"]["url"]
    answer = person.app.test_client().get(link.removeprefix("http://127.0.0.1:8000"))
    assert answer.status_code == 200, answer.json
    return answer.data


def files(person) -> list[bytes]:
    root = person.app.extensions["carbon.settings"].var_dir / "files" / person.user_id
    return [path.read_bytes() for path in root.rglob("*") if path.is_file()]


def test_a_picture_is_kept_without_where_it_was_taken(beijinger):
    content = picture(tagged=True)
    assert WEST_LAKE.encode() in content
    piece = handed_in(beijinger, content)
    assert (piece["tier"], piece["media"], piece["is_attested"], piece["is_kept"]) == (
        "photo",
        "image/jpeg",
        False,
        True,
    )
    seen = opened(beijinger, piece)
    assert WEST_LAKE.encode() not in seen
    assert not Image.open(io.BytesIO(seen)).getexif()


def test_what_lies_in_the_storage_is_sealed(beijinger):
    piece = handed_in(beijinger, gpx(WALKED), "gps_trace", GPX)
    assert b"coordTimes" in opened(beijinger, piece)
    assert files(beijinger)
    assert not any(b"coordTimes" in content or b"116.4" in content for content in files(beijinger))


def test_a_track_shows_its_length_and_no_place(beijinger):
    piece = handed_in(beijinger, gpx(WALKED), "gps_trace", GPX)
    assert piece["shows"]["distance_m"] == pytest.approx(2200, rel=0.1)
    assert "latitude" not in str(piece["shows"])


def test_what_a_track_had_to_be_cleaned_of_is_counted_and_shown(beijinger):
    lost = [*WALKED.fixes[:3], *jumping(WALKED, 700).fixes[3:]]
    cold = Trace((*shifted(Trace(tuple(lost[:3])), north=700).fixes, *lost[3:]))
    untimed = gpx(cold).replace(b"</trkseg>", b'<trkpt lat="39.9" lon="116.4"></trkpt></trkseg>')
    shows = handed_in(beijinger, untimed, "gps_trace", GPX)["shows"]
    assert (shows["unsettled"], shows["jumps"], shows["passed_over"]) == (3, 1, 1)


def test_the_same_track_in_another_format_is_the_same_track(beijinger, new_beijinger):
    first = handed_in(beijinger, gpx(WALKED), "gps_trace", GPX)
    assert handed_in(beijinger, geojson(WALKED), "gps_trace", GEOJSON)["id"] == first["id"]
    answer = send(new_beijinger(), geojson(WALKED), "gps_trace", GEOJSON)
    assert (answer.status_code, answer.json["code"]) == (409, "evidence.known")


def test_the_same_picture_with_other_tags_is_the_same_picture(beijinger, new_beijinger):
    plain = picture(2, kind="PNG")
    tagged = io.BytesIO()
    Image.open(io.BytesIO(plain)).save(tagged, "PNG", dpi=(72, 72))
    handed_in(beijinger, plain, "receipt", "image/png")
    answer = send(new_beijinger(), tagged.getvalue(), "receipt", "image/png")
    assert (answer.status_code, answer.json["code"]) == (409, "evidence.known")


def test_a_piece_supports_one_activity_and_is_not_handed_in_again(beijinger):
    piece = handed_in(beijinger, gpx(WALKED), "gps_trace", GPX)
    activity = log(beijinger, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[piece["id"]])
    assert activity["evidence_tier"] == "gps_trace"
    assert beijinger.get(f"/v1/evidence/{piece['id']}").json["activity_id"] == activity["id"]
    assert send(beijinger, gpx(WALKED), "gps_trace", GPX).json["code"] == "evidence.known"


def test_the_same_key_gets_the_first_answer_and_another_kind_under_it_is_a_mistake(beijinger):
    first = send(beijinger, picture(3), key="one")
    assert send(beijinger, picture(3), key="one").data == first.data
    assert send(beijinger, picture(3), "receipt", key="one").json["code"] == "idempotency.mismatch"


def test_a_link_ends_and_cannot_be_prolonged_or_turned(beijinger, new_beijinger, frozen_clock):
    piece = handed_in(beijinger, picture(4))
    path = piece["link"]["url"].removeprefix("http://127.0.0.1:8000")
    stranger = new_beijinger().app.test_client()
    assert stranger.get(path).status_code == 200
    owner, evidence_id, ends, signature = path.rsplit("/", 1)[1].split(".")
    for forged in (
        f"{owner}.{evidence_id}.{int(ends) + 9}.{signature}",
        f"{owner}.{evidence_id}.{ends}.{'0' * 64}",
        f"{owner}.{evidence_id}.{ends}",
        "x",
    ):
        assert stranger.get(f"/v1/evidence/pictures/{forged}").status_code == 404
    assert stranger.get(path.replace("pictures", "traces")).status_code == 404
    frozen_clock.advance(timedelta(minutes=6))
    assert stranger.get(path).status_code == 404


def test_nobody_sees_another_persons_evidence(beijinger, new_beijinger):
    piece = handed_in(beijinger, picture(5))
    other = new_beijinger()
    missing, foreign = other.get("/v1/evidence/evd_none"), other.get(f"/v1/evidence/{piece['id']}")
    assert (missing.status_code, foreign.status_code) == (404, 404)
    assert missing.json["detail"] == foreign.json["detail"]
    assert other.get("/v1/evidence").json["items"] == []
    assert [item["id"] for item in beijinger.get("/v1/evidence").json["items"]] == [piece["id"]]


@pytest.mark.parametrize(
    "content, kind, media, code",
    [
        (b"not a picture", "photo", "image/jpeg", "evidence.not_a_picture"),
        (picture(6, kind="GIF"), "photo", "image/jpeg", "evidence.not_a_picture"),
        (picture(6), "photo", "image/heic", "evidence.not_a_picture"),
        (picture(6)[:3000], "photo", "image/jpeg", "evidence.not_a_picture"),
        (picture(6, size=(32, 320)), "photo", "image/jpeg", "evidence.picture_size"),
        (b"x", "photo", "image/svg+xml", "request.media_type"),
        (gpx(WALKED), "photo", GPX, "request.media_type"),
        (picture(6), "gps_trace", "image/jpeg", "request.media_type"),
        (b"<gpx/>", "gps_trace", GPX, "request.invalid"),
        (picture(6), "partner_record", "image/jpeg", "request.invalid"),
        (picture(6), "meter_reading", "image/jpeg", "request.invalid"),
        (b"", "photo", "image/jpeg", "request.malformed"),
        (b"\xff\xd8" + b"0" * (10 * 1024 * 1024), "photo", "image/jpeg", "request.too_large"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_leaves_nothing(content, kind, media, code, beijinger):
    answer = send(beijinger, content, kind, media)
    assert answer.json["code"] == code
    assert beijinger.get("/v1/evidence").json["items"] == []


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_of_the_three_formats_the_content_decides_and_not_the_label(kind, beijinger):
    for seed, label in enumerate(("image/jpeg", "image/png", "image/webp")):
        piece = handed_in(beijinger, picture(60 + seed, kind=kind), "photo", label)
        assert Image.open(io.BytesIO(opened(beijinger, piece))).format == "JPEG"


def test_a_picture_of_an_iphone_is_refused_with_how_to_send_it(beijinger):
    refused = send(beijinger, b"ftypheic", "photo", "image/heic")
    assert refused.status_code == 415
    assert "image/jpeg" in refused.json["detail"]
    assert "Most Compatible" in refused.json["detail"]


@pytest.mark.parametrize(
    "sent, kept", [((1080, 24_000), (1080, 24_000)), ((540, 8000), (540, 8000)), ((3000, 2000), (2048, 1365))]
)
def test_a_long_screenshot_stays_wide_enough_to_be_read(sent, kept, beijinger):
    piece = handed_in(beijinger, screenshot(sent), "receipt", "image/png")
    assert (piece["shows"]["width"], piece["shows"]["height"]) == kept


def test_of_a_screenshot_that_is_too_long_the_pixels_are_bounded(beijinger):
    shows = handed_in(beijinger, screenshot((1080, 28_000)), "receipt", "image/png")["shows"]
    assert 20_000_000 < shows["width"] * shows["height"] <= 26_000_000


def test_a_picture_of_more_pixels_than_any_camera_is_refused_before_it_is_decoded(beijinger):
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 1_000_000
    assert send(beijinger, bomb.getvalue(), media="image/png").json["code"] == "evidence.picture_size"


def test_one_reading_of_one_meter_is_handed_in_once_by_anyone(beijinger, new_beijinger):
    told = {"value": "1234.5", "unit": "kWh", "device": "M 77-x", "read_at": "2026-11-20T08:00:00+08:00"}
    piece = handed_in(beijinger, picture(7), "meter_reading", **told)
    assert piece["shows"]["value"] == "1234.5"
    again = send(new_beijinger(), picture(8), "meter_reading", **told | {"device": "m77-X", "value": "9"})
    assert again.json["code"] == "evidence.known"


def test_two_people_who_send_one_track_at_once_are_one(new_beijinger, parallel):
    people = [new_beijinger() for _ in range(4)]
    race = parallel(4, lambda number: send(people[number], gpx(WALKED), "gps_trace", GPX).status_code)
    assert sorted(race.results) == [201, 409, 409, 409]


def test_without_the_directory_everyone_would_be_paid_for_one_track(new_beijinger, monkeypatch, parallel):
    monkeypatch.setattr(sql, "CLAIM_REFERENCE", select(literal("taken")))
    people = [new_beijinger() for _ in range(3)]
    race = parallel(3, lambda number: send(people[number], gpx(WALKED), "gps_trace", GPX).status_code)
    assert race.results == [201, 201, 201]


def test_after_erasure_what_was_used_is_still_refused_and_no_file_is_left(
    beijinger, new_beijinger, app, in_transaction, frozen_clock
):
    copied = ride(WALK, 2200, 901)
    receipt = handed_in(beijinger, picture(9), "receipt")
    track = handed_in(beijinger, gpx(copied), "gps_trace", GPX)
    unused = handed_in(beijinger, picture(10), "receipt")
    log(beijinger, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[receipt["id"], track["id"]])
    assert len(files(beijinger)) == 3
    in_transaction(lambda session: service.forget(session, beijinger.user_id))
    while dispatch(app):
        pass
    assert files(beijinger) == []
    other = new_beijinger()
    assert send(other, picture(9), "receipt").json["code"] == "evidence.known"
    assert send(other, gpx(copied), "gps_trace", GPX).json["code"] == "evidence.known"
    assert handed_in(other, picture(10), "receipt")["id"] != unused["id"]


LOCATION = "/v1/me/consents/location"


def agree_to_positions(person, *, given: bool) -> None:
    assert person.put(LOCATION, {"version": "2026-11-01", "given": given}).status_code == 204


def test_a_track_is_taken_only_from_somebody_who_agrees_that_positions_are_used(beijinger):
    agree_to_positions(beijinger, given=False)
    refused = send(beijinger, gpx(WALKED), "gps_trace", GPX)
    assert (refused.status_code, refused.json["code"]) == (409, "evidence.location_not_agreed")
    assert "PUT /v1/me/consents/location" in refused.json["detail"]
    assert (beijinger.get("/v1/evidence").json["items"], files(beijinger)) == ([], [])
    assert send(beijinger, picture()).status_code == 201
    agree_to_positions(beijinger, given=True)
    assert send(beijinger, gpx(WALKED), "gps_trace", GPX).status_code == 201


def test_a_track_is_not_used_after_the_consent_was_taken_back(beijinger):
    piece = handed_in(beijinger, gpx(WALKED), "gps_trace", GPX)
    plain = log(beijinger, mode="walk", distance="2.2")
    agree_to_positions(beijinger, given=False)
    walk = trip("walk", "2.2", evidence=[piece["id"]], client_id="a phone's number 1")
    other = trip("walk", "0.5", client_id="a phone's number 2", occurred_at="2026-11-19T08:10:00+08:00")
    late = beijinger.post(f"/v1/activities/{plain['id']}/evidence", {"evidence": [piece["id"]]})
    for refused in (beijinger.post("/v1/activities", walk), late):
        assert (refused.status_code, refused.json["code"]) == (409, "evidence.location_not_agreed")
    told, stored = beijinger.post("/v1/activities/batch", {"items": [walk, other]}).json["outcomes"]
    assert (told["outcome"], told["errors"][0]["code"]) == ("invalid", "evidence.location_not_agreed")
    assert stored["outcome"] != "invalid"
    assert beijinger.get(f"/v1/evidence/{piece['id']}").json["activity_id"] is None


def test_what_a_track_supported_before_stays_when_the_consent_is_taken_back(beijinger):
    piece = handed_in(beijinger, gpx(WALKED), "gps_trace", GPX)
    walk = log(beijinger, mode="walk", distance="2.2", evidence=[piece["id"]])
    agree_to_positions(beijinger, given=False)
    assert beijinger.get(f"/v1/activities/{walk['id']}").json["status"] == walk["status"]
    paper = handed_in(beijinger, picture(7), "receipt")
    answer = beijinger.post(f"/v1/activities/{walk['id']}/evidence", {"evidence": [paper["id"]]})
    assert answer.json["code"] != "evidence.location_not_agreed"
