"""How a file is received: who may send it is asked first, then what it is; few are in memory at once."""

from __future__ import annotations

import io
import threading
from contextlib import suppress
from dataclasses import replace

import pytest

from backend.activities import service
from backend.platform.web import uploads
from calculators import TRACKS
from tests.backend.activities.test_evidence_upload import handed_in, picture, send

PEOPLE = 6


class Body(io.BytesIO):
    """A body that knows whether anybody has read of it."""

    is_read = False

    def read(self, size: int | None = -1) -> bytes:
        self.is_read = True
        return super().read(size)

    def readinto(self, buffer) -> int:
        self.is_read = True
        return super().readinto(buffer)


def refused(person, **query) -> tuple[str, bool]:
    """The code by which a body was refused, and whether any of it was read."""
    body = Body(b"no picture" * 100_000)
    options = {"input_stream": body, "content_type": "image/jpeg"}
    answer = person.call("POST", "/v1/evidence", query_string={"kind": "photo"} | query, **options)
    return answer.json["code"], body.is_read


def test_a_file_of_somebody_who_may_not_call_any_more_is_not_read(beijinger):
    assert refused(beijinger) == ("evidence.not_a_picture", True)
    assert beijinger.post("/v1/auth/logout", {"refresh_token": beijinger.refresh_token}).status_code == 204
    code, is_read = refused(beijinger)
    assert (code.split(".")[0], is_read) == ("auth", False)


def test_a_file_that_is_sent_as_something_else_is_not_read(beijinger):
    assert refused(beijinger, kind="gps_trace") == ("request.media_type", False)
    assert refused(beijinger, kind="partner_record") == ("request.invalid", False)


def test_a_file_beyond_the_limit_of_the_hour_is_not_read(beijinger, make_app):
    limited = replace(beijinger, app=make_app(rate_limits=True))
    codes = [refused(limited, kind="photo") for _ in range(61)]
    assert codes[-2:] == [("evidence.not_a_picture", True), ("request.too_many", False)]


@pytest.mark.parametrize(
    "kind, expected",
    [
        ("photo", "image/jpeg, image/png, image/webp"),
        ("meter_reading", "image/jpeg, image/png, image/webp"),
        ("gps_trace", ", ".join(TRACKS)),
    ],
)
@pytest.mark.parametrize("media", ["image/svg+xml", "application/pdf", "text/plain"])
def test_what_may_be_sent_as_evidence_of_a_kind_is_named_and_nothing_else(kind, expected, media, beijinger):
    answer = send(beijinger, b"a file", kind, media)
    assert (answer.status_code, answer.json["code"], answer.json["expected"]) == (415, "request.media_type", expected)


def test_the_remedy_of_a_picture_is_told_where_a_picture_is_taken(beijinger):
    assert send(beijinger, b"a file", "photo", "image/heic").json["code"] == "evidence.not_a_picture"
    assert send(beijinger, b"a file", "gps_trace", "image/heic").json["code"] == "request.media_type"


def most_at_once(people, parallel, monkeypatch) -> int:
    """How many pictures were looked at in one moment, when each of `people` sent one."""
    examine, lock, counts = service.examine, threading.Lock(), [0, 0]
    together = threading.Barrier(len(people))

    def counted(*args):
        with lock:
            counts[0] += 1
            counts[1] = max(counts)
        with suppress(threading.BrokenBarrierError):
            together.wait(0.3)  # whoever may be here together is
        try:
            return examine(*args)
        finally:
            with lock:
                counts[0] -= 1

    monkeypatch.setattr(service, "examine", counted)
    race = parallel(len(people), lambda number: send(people[number], picture(70 + number)).status_code)
    assert race.results == [201] * len(people)
    return counts[1]


def test_only_a_few_files_are_looked_at_in_one_moment(new_beijinger, parallel, monkeypatch):
    people = [new_beijinger() for _ in range(PEOPLE)]
    assert most_at_once(people, parallel, monkeypatch) == uploads.AT_ONCE


def test_without_turns_all_of_them_would_be(new_beijinger, parallel, monkeypatch):
    monkeypatch.setattr(uploads, "_turns", threading.BoundedSemaphore(PEOPLE))
    assert most_at_once([new_beijinger() for _ in range(PEOPLE)], parallel, monkeypatch) > uploads.AT_ONCE


def test_somebody_whose_turn_does_not_come_is_told_to_try_again(beijinger, monkeypatch):
    monkeypatch.setattr(uploads, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(uploads, "WAITS_AT_MOST_S", 0)
    with uploads._turns:
        answer = send(beijinger, picture(80))
    assert (answer.status_code, answer.json["code"]) == (503, "service.busy")
    assert handed_in(beijinger, picture(80))["is_kept"]


def test_who_comes_while_enough_people_wait_is_told_at_once(beijinger, monkeypatch):
    monkeypatch.setattr(uploads, "_places", threading.BoundedSemaphore(1))
    with uploads._places:
        answer = send(beijinger, picture(82))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert handed_in(beijinger, picture(82))["is_kept"]


def test_a_large_body_under_the_same_key_is_compared_like_a_small_one(beijinger):
    large = picture(81, size=(2400, 1800)) + b"behind the end"
    assert len(large) > uploads.IN_MEMORY_BYTES
    first = send(beijinger, large, key="large")
    assert first.status_code == 201
    assert send(beijinger, large, key="large").data == first.data
    assert send(beijinger, large + b"x", key="large").json["code"] == "idempotency.mismatch"


@pytest.mark.parametrize("language, remedy", [("en", "Most Compatible"), ("zh-CN", "兼容性最佳")])
def test_a_picture_of_an_iphone_under_another_name_is_refused_with_how_to_send_it(language, remedy, beijinger):
    sent = {"query_string": {"kind": "photo"}, "content_type": "image/jpeg", "headers": {"Accept-Language": language}}
    answer = beijinger.call("POST", "/v1/evidence", data=b"\0\0\0\x18ftypheic" + bytes(4000), **sent)
    assert (answer.status_code, answer.json["code"]) == (415, "evidence.not_a_picture")
    assert remedy in answer.json["detail"]
