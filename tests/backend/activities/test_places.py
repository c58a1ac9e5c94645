"""Whatever takes a place takes one that is not known by itself as its country, and says so."""

from __future__ import annotations

import pytest

from tests.backend.activities.conftest import TRIP, log, trip

ESTIMATE = {"methodology": TRIP, "inputs": trip()["inputs"]}
# Everything in the document that reads a place, as a call of somebody signed in.
CALLS = {
    "POST /v1/estimates": lambda person, place: person.post("/v1/estimates", ESTIMATE | {"region": place}),
    "POST /v1/activities": lambda person, place: person.post("/v1/activities", trip(region=place)),
    "GET /v1/catalogue": lambda person, place: person.get(f"/v1/catalogue?region={place}"),
    "GET /v1/factors": lambda person, place: person.get(f"/v1/factors?query=grid&region={place}"),
    "GET /v1/factors/{key}": lambda person, place: person.get(f"/v1/factors/grid_location?region={place}"),
    "GET /v1/footprint/questions": lambda person, place: person.get(f"/v1/footprint/questions?region={place}"),
    "PATCH /v1/me": lambda person, place: person.patch("/v1/me", {"region": place}),
}
# They read one too: a correction goes the way of what is logged, and a figure is named by where it was published.
ALIKE = {"PUT /v1/activities/{activity_id}", "GET /v1/operator/factors/{key}/reductions"}


@pytest.mark.parametrize("call", CALLS)
def test_a_place_that_is_not_known_itself_stands_for_its_country_and_a_note_says_so(beijinger, call):
    answer = CALLS[call](beijinger, "US-CA")
    assert answer.status_code in (200, 201), answer.json
    if call == "GET /v1/catalogue":
        assert answer.json["region"] == {"asked": "US-CA", "code": "US", "is_known": False}
        return
    (note,) = [one for one in answer.json["notes"] if one["code"] == "place_around"]
    assert "US-CA" in note["message"]
    assert "United States" in note["message"]


@pytest.mark.parametrize("call", CALLS)
def test_a_known_place_needs_no_note(beijinger, call):
    answer = CALLS[call](beijinger, "US")
    assert answer.status_code in (200, 201), answer.json
    assert [one for one in answer.json.get("notes", []) if one["code"] == "place_around"] == []


@pytest.mark.parametrize("call", CALLS)
def test_a_place_of_no_known_country_is_refused_with_the_remedy(beijinger, call):
    answer = CALLS[call](beijinger, "ATLANTIS-1")
    assert answer.status_code == 422, answer.json
    (error,) = answer.json["errors"]
    assert error["field"] == "region"
    assert "CN-BJ" in error["message"]


def test_every_operation_that_reads_a_place_is_looked_at(client):
    document = client.get("/openapi.json").json
    found = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if not isinstance(operation, dict):
                continue
            names = [one["name"] for one in operation.get("parameters", []) if one.get("in") == "query"]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            schema = document["components"]["schemas"].get(body.get("$ref", "").rpartition("/")[2], {})
            if "region" in [*names, *schema.get("properties", {})]:
                found.add(f"{method.upper()} {path}")
    assert found == {*CALLS, *ALIKE}


def test_a_figure_of_a_country_stands_for_a_state_in_it(client):
    of_country = client.get("/v1/factors?query=grid&region=US").json
    of_state = client.get("/v1/factors?query=grid&region=US-CA").json
    assert of_state["items"] == of_country["items"] != []
    assert "notes" not in of_country


def test_a_meter_is_declared_in_the_country_of_the_place(beijinger):
    said = beijinger.put("/v1/household/things/electricity_meter", {"country": "CN-BJ", "number": "SGCC 0001"})
    assert (said.status_code, said.json["country"]) == (200, "CN")
    nowhere = beijinger.put("/v1/household/things/electricity_meter", {"country": "001", "number": "SGCC 0001"})
    assert nowhere.json["errors"][0]["code"] == "unknown_region"


def test_an_activity_in_such_a_place_is_counted_by_its_country(beijinger, new_beijinger):
    there, of_country = log(beijinger, region="US-CA"), log(new_beijinger(), region="US")
    assert there["reduction"]["credited_g"] == of_country["reduction"]["credited_g"]
