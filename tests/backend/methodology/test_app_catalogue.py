"""One catalogue from which an app draws its forms: what a place can use, what is asked, what raises the credit."""

from __future__ import annotations

import pytest

from backend.activities.domain import PDF
from backend.activities.service.evidence.inspect import media_of
from backend.methodology.service import find_place
from calculators import TRACKS

TRIP = "transport.low_carbon_trip"


@pytest.fixture
def catalogue(client, adopted):
    def read(region, **headers):
        return client.get("/v1/catalogue", query_string={"region": region}, headers=headers)

    return read


def rules(answer):
    return {rule["id"]: rule for rule in answer.json["rules"]}


def test_a_form_can_be_drawn_from_it(catalogue) -> None:
    rule = rules(catalogue("CN-BJ"))[TRIP]
    inputs = {one["name"]: one for one in rule["inputs"]}
    assert rule["title"].keys() >= {"en", "zh"}
    distance = inputs["distance"]
    assert (distance["type"], distance["entered_as"], distance["minimum"]) == ("quantity", "km", "0")
    assert float(distance["maximum"]) > 0
    assert distance["title"]["en"] == "Distance"
    assert {"walk", "metro"} <= {option["value"] for option in inputs["mode"]["options"]}
    assert all(option["title"]["zh"] for option in inputs["mode"]["options"])


def test_it_says_which_evidence_raises_the_credit(catalogue) -> None:
    evidence = {one["tier"]: one for one in rules(catalogue("CN-BJ"))[TRIP]["evidence"]}
    assert not evidence["self_declared"]["raises"]
    assert evidence["gps_trace"]["raises"]
    assert evidence["gps_trace"]["media"] == list(TRACKS)
    assert {"application/gpx+xml", "application/vnd.ant.fit"} < set(TRACKS)
    assert (evidence["self_declared"]["kind"], evidence["self_declared"]["media"]) == (None, [])
    assert evidence["gps_trace"]["title"] == {"en": "GPS trace", "zh": "定位轨迹"}
    assert float(evidence["gps_trace"]["weight"]) > float(evidence["self_declared"]["weight"])


def test_it_says_as_what_each_kind_of_evidence_is_handed_in(catalogue, app) -> None:
    said = {one["kind"]: set(one["media"]) for rule in catalogue("CN-BJ").json["rules"] for one in rule["evidence"]}
    assert said.pop(None) == set()
    with app.app_context():
        assert said == {kind: said[kind] & {*media_of(kind), PDF} for kind in said}
        assert all(set(media_of(kind)) <= said[kind] for kind in said)
    assert said.keys() >= {"photo", "meter_reading", "utility_bill", "gps_trace"}


def test_a_unit_stands_there_in_words_and_who_gives_an_input(catalogue) -> None:
    meal = {one["name"]: one for one in rules(catalogue("CN-BJ"))["food.meal"]["inputs"]}
    assert meal["meals"]["entered_as_title"] == {"en": "meals", "zh": "餐"}
    assert {one["given_by"] for one in meal.values()} == {"person"}


def test_every_rule_of_it_can_be_used_there(catalogue, client) -> None:
    answer = catalogue("CN-BJ")
    assert answer.status_code == 200
    counted = {item["id"] for item in client.get("/v1/methodologies?limit=100").json["items"]}
    assert rules(answer).keys() <= counted
    assert TRIP in rules(answer)


def test_places_have_names_and_lead_up_to_the_world(catalogue) -> None:
    places = {place["code"]: place for place in catalogue("FR").json["regions"]}
    assert places["CN-BJ"]["parent"] == "CN"
    assert places["CN-BJ"]["name"]["zh"]
    assert [code for code, place in places.items() if place["parent"] is None] == ["WORLD"]
    assert all(place["parent"] in places for place in places.values() if place["parent"])


def test_it_is_not_sent_again_while_nothing_has_changed(catalogue) -> None:
    first = catalogue("FR")
    again = catalogue("FR", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert catalogue("DE").headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize(
    ("asked", "code", "is_known"),
    [
        ("US", "US", True),
        ("US-CA", "US", False),
        ("us-ca", "US", False),
        ("CN-BJ/haidian", "CN-BJ", False),
        ("DE-BY/munich", "DE", False),
        ("CHN", "CN", True),
        (" FR ", "FR", True),
    ],
)
def test_a_place_that_is_not_known_is_the_country_around_it(asked, code, is_known) -> None:
    found = find_place(asked)
    assert found is not None
    assert (found.code, found.is_known) == (code, is_known)


@pytest.mark.parametrize("asked", ["", "XX", "QQ-CA", "nowhere", "-", "/", "--"])
def test_a_place_whose_country_is_not_known_is_none(asked) -> None:
    assert find_place(asked) is None


def test_a_catalogue_says_that_it_is_of_the_country(catalogue) -> None:
    assert catalogue("US-CA").json["region"] == {"asked": "US-CA", "code": "US", "is_known": False}
    refused = catalogue("nowhere")
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "unknown_region")
