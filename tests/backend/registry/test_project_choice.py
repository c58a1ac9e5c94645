"""Projects chosen with open eyes: put in order by a principle, narrowed down, each with its working and warnings."""

from __future__ import annotations

import pytest

from backend.registry import service as registry
from offsets import list_projects


@pytest.fixture
def catalogue(client, in_transaction):
    """`catalogue("principle=…")`: the items of the list that is asked for so."""
    in_transaction(registry.import_library)

    def ask(query: str = ""):
        answer = client.get(f"/v1/offset-projects?{query}")
        assert answer.status_code == 200, answer.json
        return answer.get_json()["items"]

    return ask


def test_the_principle_puts_first_what_it_speaks_for_and_shows_the_working(catalogue):
    near = "principle=proximity&near_country=CN&near_city=guangzhou&near_community=cyclists"
    first, second, *_ = catalogue(near)
    assert first["id"] == "demo-guangdong-cycling"
    by_principle = {standing["principle"]: standing for standing in first["principles"]}
    assert by_principle["proximity"]["points"] == by_principle["proximity"]["most"] == 4
    assert all(finding["is_met"] and finding["words"]["zh"] for finding in by_principle["proximity"]["working"])
    assert second["country"] == "CN"


@pytest.mark.parametrize("principle", ["authenticity", "proximity", "influence"])
def test_pages_of_an_order_neither_skip_nor_repeat(client, catalogue, principle):
    whole = [item["id"] for item in catalogue(f"principle={principle}&near_country=CN")]
    seen, asked = [], f"/v1/offset-projects?principle={principle}&near_country=CN&limit=3"
    page = client.get(asked).get_json()
    while True:
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        page = client.get(f"{asked}&cursor={page['next_cursor']}").get_json()
    assert seen == whole
    assert sorted(seen) == sorted(list_projects())


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("type=removal&durable=true", {"demo-mineral-storage", "demo-woodland"}),
        ("scheme=city_scheme", {"demo-guangdong-cycling"}),
        ("country=KE", {"demo-cookstoves"}),
        ("demonstration=false", {"delta-blue-carbon-1", "katingan-peatland"}),
        ("demonstration=false&without_warnings=true", {"delta-blue-carbon-1"}),
        ("demonstration=false&without_warnings=false", {"delta-blue-carbon-1", "katingan-peatland"}),
    ],
)
def test_the_list_is_narrowed_down(catalogue, query, ids):
    assert {item["id"] for item in catalogue(query)} == ids


def test_a_warning_comes_with_the_words_of_the_document_and_its_source(catalogue):
    (dam,) = catalogue("scheme=vcs&demonstration=true")
    codes = [warning["code"] for warning in dam["warnings"]]
    assert {"side_effects", "power_nobody_chooses", "unscientific_baseline"} <= set(codes)
    assert all(warning["because"]["zh"] and warning["source"]["publisher"] for warning in dam["warnings"])


@pytest.mark.parametrize("query", ["durable=1", "durable=TRUE", "without_warnings=", "principle=beauty", "near_city="])
def test_what_the_list_cannot_be_asked_is_refused_by_its_name(client, query):
    answer = client.get(f"/v1/offset-projects?{query}")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "request.invalid")
    assert answer.get_json()["errors"][0]["field"] == query.split("=")[0]


def test_every_answer_of_the_questions_can_be_asked_of_the_list(client, catalogue):
    asked = client.get("/v1/offset-questions").get_json()
    assert [len(question["answers"]) for question in asked["questions"]] == [3, 3, 2]
    assert "offsetting_without_reducing" in {mistake["code"] for mistake in asked["mistakes"]}
    for question in asked["questions"]:
        for answer in question["answers"]:
            assert answer["words"]["en"]
            assert answer["words"]["zh"]
            assert catalogue("&".join(f"{name}={value}" for name, value in answer["query"].items()))


def test_a_project_shows_its_evidence_labels_and_permanence(client, catalogue):
    shown = client.get("/v1/offset-projects/demo-woodland?near_country=GB").get_json()
    assert shown["qualities"]["durability"]["buffer_percent"] == "20"
    assert shown["qualities"]["durability"]["source"]["publisher"] == "Scottish Forestry"
    assert {label["name"]: label["answer"] for label in shown["qualities"]["labels"]} == {
        "ccp": "not_assessed",
        "corsia": "not_assessed",
    }
    assert shown["is_demonstration"]
    assert [standing["points"] for standing in shown["principles"]][1] == 1
