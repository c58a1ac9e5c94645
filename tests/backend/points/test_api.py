"""Points over HTTP: one's own balances, bubbles and entries, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.backend.points.conftest import TOMORROW


def balances(person):
    shown = person.api.get("/v1/account").json
    return {name: shown[name] for name in ("points", "pending", "owed", "balance", "available")}


def test_the_account_shows_what_one_has_and_owes(person):
    ride = person.earn(1000)
    person.spend(900)
    assert balances(person) == {
        "points": 100,
        "pending": 0,
        "owed": 0,
        "balance": 100,
        "available": 100,
    }
    person.settle(ride, 0)
    assert balances(person) == {
        "points": 0,
        "pending": 0,
        "owed": 900,
        "balance": -900,
        "available": 0,
    }


def test_the_account_can_be_asked_for_a_past_instant(person, frozen_clock):
    person.settle("ride", 320)
    before = frozen_clock.at.isoformat()
    frozen_clock.advance(timedelta(days=1))
    person.collect()
    then = person.api.get("/v1/account", query_string={"at": before}).json
    now = person.api.get("/v1/account").json
    assert (then["pending"], then["points"]) == (320, 0)
    assert (now["pending"], now["points"]) == (0, 320)


def test_bubbles_are_shown_and_collected(person, frozen_clock):
    person.settle("ride", 320)
    (bubble,) = person.api.get("/v1/points/bubbles").json["items"]
    assert (bubble["amount"], bubble["is_mature"]) == (320, False)
    early = person.api.post("/v1/points/collect", {"grant_ids": [bubble["id"]]})
    assert (early.status_code, early.json["code"]) == (409, "points.not_matured")
    assert early.json["matures_at"] == bubble["matures_at"]
    frozen_clock.set(TOMORROW)
    collected = person.api.post("/v1/points/collect", {})
    assert (collected.status_code, collected.json["amount"]) == (200, 320)
    assert collected.json["balances"]["available"] == 320
    assert person.api.get("/v1/points/bubbles").json["items"] == []


def test_a_retried_collecting_gets_the_first_answer(person, frozen_clock):
    person.settle("ride", 320)
    frozen_clock.set(TOMORROW)
    first = person.api.post("/v1/points/collect", {}, key="tap-1")
    again = person.api.post("/v1/points/collect", {}, key="tap-1")
    assert first.json["amount"] == 320
    assert again.data == first.data


def test_bubbles_come_in_pages(person):
    for n in range(5):
        person.settle(f"ride {n}", 100 + n)
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = person.api.get("/v1/points/bubbles", query_string=query).json
        seen += [bubble["amount"] for bubble in page["items"]]
        if not (cursor := page["next_cursor"]):
            break
    assert sorted(seen) == [100, 101, 102, 103, 104]


def test_entries_are_listed_newest_first_in_pages_that_neither_skip_nor_repeat(person):
    for n in range(5):
        person.settle(f"ride {n}", 100 + n)
    first = person.api.get("/v1/account/entries", query_string={"limit": 3}).json
    person.settle("ride 5", 105)
    rest = person.api.get("/v1/account/entries", query_string={"limit": 3, "cursor": first["next_cursor"]}).json
    assert [entry["sequence"] for entry in first["items"] + rest["items"]] == [5, 4, 3, 2, 1]
    assert rest["next_cursor"] is None
    assert first["items"][0]["postings"][0]["amount"] == 104
    assert first["items"][0]["facts"]["activity_id"] == "ride 4"


def test_entries_can_be_filtered(person, frozen_clock):
    person.settle("ride", 320)
    noon = frozen_clock.at.isoformat()
    frozen_clock.set(TOMORROW)
    person.collect()
    person.spend(100)

    def kinds(**query):
        return [entry["kind"] for entry in person.api.get("/v1/account/entries", query_string=query).json["items"]]

    assert kinds() == ["spending", "collection", "credit"]
    assert kinds(kind="credit") == ["credit"]
    assert kinds(account=f"user:{person.id}:points") == ["spending", "collection"]
    assert kinds(**{"from": TOMORROW.isoformat()}) == ["spending", "collection"]
    assert kinds(to=TOMORROW.isoformat(), **{"from": noon}) == ["credit"]


def test_nobody_sees_or_collects_what_is_someone_elses(person, other, frozen_clock):
    other.settle("ride", 320)
    (bubble,) = other.bubbles
    frozen_clock.set(TOMORROW)
    assert person.api.get("/v1/account").json["pending"] == 0
    assert person.api.get("/v1/account/entries").json["items"] == []
    foreign = person.api.post("/v1/points/collect", {"grant_ids": [bubble.id]})
    missing = person.api.post("/v1/points/collect", {"grant_ids": ["grt_" + "0" * 26]})
    assert (foreign.status_code, foreign.json["code"]) == (missing.status_code, missing.json["code"])
    assert foreign.json["code"] == "not_found.grant"
    assert other.has == (0, 320, 0)


@pytest.mark.parametrize("path", ["/v1/account", "/v1/account/entries", "/v1/points/bubbles"])
def test_an_account_needs_its_owner(client, path):
    assert client.get(path).status_code == 401


@pytest.mark.parametrize(
    "body, field",
    [
        ({"grant_ids": []}, "grant_ids"),
        ({"grant_ids": ["act_1"]}, "grant_ids.0"),
        ({"user_id": "usr_other"}, "user_id"),
        ({"grant_ids": "all"}, "grant_ids"),
    ],
)
def test_what_cannot_be_collected_is_refused_by_name(person, body, field):
    answer = person.api.post("/v1/points/collect", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


@pytest.mark.parametrize("cursor", ["WyJhIl0", "WyIxIiwiMiJd", "x"])
def test_a_cursor_of_nobodys_is_refused(person, cursor):
    answer = person.api.get("/v1/account/entries", query_string={"cursor": cursor})
    assert (answer.status_code, answer.json["code"]) == (422, "request.invalid")


@pytest.mark.parametrize("language, title", [("en", "Not collectable yet"), ("zh-CN", "还不能收取")])
def test_refusals_speak_the_callers_language(person, language, title):
    person.settle("ride", 320)
    (bubble,) = person.bubbles
    answer = person.api.post("/v1/points/collect", {"grant_ids": [bubble.id]}, headers={"Accept-Language": language})
    assert answer.json["title"] == title
