"""Reviewers sign effects: what a draft changes in words, in examples and for typical people, and what looks wrong."""

from __future__ import annotations

import re

import pytest

from calculators import load_library, parse_methodology, run_examples
from tests.backend.methodology.conftest import TRIP
from tests.calculators.test_personas import generous_trip

DRAFTS = "/v1/operator/methodologies"


@pytest.fixture
def reviewer(new_person):
    return new_person(roles=("reviewer",))


@pytest.fixture
def effects(adopted, submit, reviewer):
    def read(document: str, methodology_id: str = TRIP):
        version, _ = submit(document)
        answer = reviewer.get(f"{DRAFTS}/{methodology_id}/versions/{version}/effects")
        assert answer.status_code == 200, answer.json
        return answer.json

    return read


def recounted(document: str) -> str:
    """`document` with each worked example expecting what comes out."""
    methodology = parse_methodology(document)
    outcomes = iter(run_examples(methodology, load_library().tables))

    def rewrite(_: re.Match[str]) -> str:
        outcome = next(outcomes)
        found = {name: outcome.actual[name] for name in outcome.expected if outcome.actual[name] is not None}
        return f"expected = {{ {', '.join(_toml(name, value) for name, value in found.items())} }}"

    return re.sub(r"^expected = .*$", rewrite, document, flags=re.MULTILINE)


def _toml(name: str, value: str | int) -> str:
    return f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"


def test_a_draft_is_held_against_the_version_that_counts(effects, shipped):
    found = effects(recounted(shipped.replace('gps_trace = "1.0"', 'gps_trace = "0.8"')))
    assert (found["version"]["version"], found["against"]["version"]) == (2, 1)
    assert '-gps_trace = "1.0"' in found["difference"]
    assert '+gps_trace = "0.8"' in found["difference"]
    assert all(example["passed"] for example in found["examples"])
    changed = [one for one in found["changes"] if one["old"] != one["new"]]
    assert changed
    assert all(one["new"]["credited_g"] < one["old"]["credited_g"] for one in changed)
    assert found["alarms"] == []
    assert found["shares_flows_with"] == [
        "transport.car_pool",
        "transport.leisure_walk",
        "transport.rail_instead_of_flight",
        "transport.stop_driving_day",
    ]


def test_a_draft_that_pays_typical_people_too_much_is_flagged(effects):
    found = effects(recounted(generous_trip().text))
    assert {alarm["methodology"] for alarm in found["alarms"]} >= {TRIP}
    assert all(alarm["mean_g"] > alarm["potential_g"] for alarm in found["alarms"])


def test_a_draft_that_measures_something_else_shares_its_flows_with_others(effects, shipped):
    milk = shipped.replace('flows = ["trip/interval"]', 'flows = ["milk"]')
    assert milk != shipped
    assert effects(milk)["shares_flows_with"] == ["food.plant_drink"]


def test_what_has_never_counted_is_compared_with_nothing(effects):
    cup = load_library().methodologies["consumables.own_cup"]
    new = cup.text.replace('id = "consumables.own_cup"', 'id = "consumables.own_mug"')
    found = effects(new, "consumables.own_mug")
    assert found["against"] is None
    assert found["difference"]
    assert found["changes"] == []


def test_only_those_who_work_on_the_rule_book_see_effects(adopted, new_person, reviewer):
    path = f"{DRAFTS}/{TRIP}/versions/1/effects"
    assert new_person().get(path).status_code == 403
    assert reviewer.get(path).status_code == 200
    assert reviewer.get(f"{DRAFTS}/{TRIP}/versions/99/effects").status_code == 404
