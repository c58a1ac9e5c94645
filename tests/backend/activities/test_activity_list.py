"""Which activities are listed: of some days, of a category, of a status; each says what it was."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.backend.activities.conftest import trip

WALK = {"mode": "walk", "distance": "0.1"}  # too short to be credited


@pytest.fixture
def logged(beijinger, frozen_clock):
    """A person with a credited ride three days ago and a walk today that earned nothing."""
    ride = beijinger.post(
        "/v1/activities", trip(occurred_at=f"{frozen_clock() - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}")
    )
    walk = beijinger.post("/v1/activities", trip(occurred_at=f"{frozen_clock():%Y-%m-%dT%H:%M:%SZ}") | {"inputs": WALK})
    assert (ride.status_code, walk.status_code) == (201, 201), (ride.json, walk.json)
    return beijinger, ride.json, walk.json


def listed(person, query):
    answer = person.get(f"/v1/activities?{query}")
    assert answer.status_code == 200, answer.json
    return [item["id"] for item in answer.json["items"]]


def test_of_the_days_asked_for(logged) -> None:
    person, ride, walk = logged
    assert listed(person, "") == [walk["id"], ride["id"]]
    assert listed(person, f"from={walk['local_day']}") == [walk["id"]]
    assert listed(person, f"to={ride['local_day']}") == [ride["id"]]
    assert listed(person, f"from={ride['local_day']}&to={walk['local_day']}") == [walk["id"], ride["id"]]
    assert listed(person, "to=2020-01-01") == []


def test_of_a_category_and_a_status(logged) -> None:
    person, ride, walk = logged
    assert listed(person, "category=transport") == [walk["id"], ride["id"]]
    assert listed(person, "category=food") == []
    assert listed(person, "category=trans_ort") == []
    assert listed(person, f"status={walk['status']}") == [walk["id"]]
    assert listed(person, f"status={ride['status']}&category=transport") == [ride["id"]]


@pytest.mark.parametrize("query", ["status=lost", "from=yesterday", "to=2026-13-01"])
def test_what_cannot_be_asked_is_refused_by_field(query, beijinger) -> None:
    answer = beijinger.get(f"/v1/activities?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [query.partition("=")[0]]


@pytest.mark.parametrize(("language", "title"), [("en", "trip"), ("zh-CN", "出行")])
def test_each_says_what_it_was_in_the_callers_language(language, title, logged) -> None:
    person, *_ = logged
    headers = person.headers | {"Accept-Language": language}
    items = person.app.test_client().get("/v1/activities", headers=headers).json["items"]
    assert {item["category"] for item in items} == {"transport"}
    assert all(title in item["title"].lower() for item in items)


def test_a_ride_in_a_place_that_is_not_known_counts_as_its_country_and_says_so(beijinger) -> None:
    answer = beijinger.post("/v1/activities", trip(region="CN-NOWHERE"))
    assert answer.status_code == 201, answer.json
    notes = {note["code"]: note["message"] for note in answer.json["notes"]}
    assert "CN-NOWHERE" in notes["place_around"]
    stored = beijinger.get(f"/v1/activities/{answer.json['id']}").json
    assert "place_around" in {note["code"] for note in stored["notes"]}
