"""An estimate says what an activity would give; anyone may ask, and nothing is stored."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.backend.activities.conftest import TRIP, grams, trip

WISH = {"methodology": TRIP, "region": "CN-BJ", "inputs": trip()["inputs"]}


@pytest.fixture
def ask(client, rule_book):
    return lambda **given: client.post("/v1/estimates", json=WISH | given)


def test_it_is_what_logging_would_answer(ask):
    answer = ask(evidence_tier="fare_record").json
    assert answer["status"] == "credited"
    assert grams(answer["reduction"]) == (1040, 320, 720, 641)
    assert answer["reduction"]["methodology"]["version"] == 1
    assert grams(ask().json["reduction"]) == (1040, 320, 720, 320)


def test_what_would_earn_nothing_says_why(ask):
    answer = ask(inputs={"mode": "walk", "distance": "0.1"}).json
    assert (answer["status"], answer["reason"]["code"]) == ("uncredited", "too_short")


def test_nothing_is_stored(ask, session):
    ask()
    for table in ("activities", "reductions", "day_totals", "ledger_entries"):
        assert session.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one() == 0


@pytest.mark.parametrize(
    "given, field",
    [
        ({"inputs": {"mode": "metro", "distance": "-1"}}, "inputs.distance"),
        ({"region": "XX-NOWHERE"}, "region"),
        ({"methodology": "transport.broomstick"}, "methodology"),
        ({"declared_alternative": "petrol_car"}, "declared_alternative"),
    ],
)
def test_what_cannot_be_is_refused_by_field(given, field, ask):
    answer = ask(**given)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_a_day_on_which_no_version_counts_is_refused(ask):
    answer = ask(on="2020-01-01")
    assert (answer.status_code, answer.json["code"]) == (422, "methodology.not_in_force")
    assert "2020-01-01" in answer.json["detail"]


def test_a_place_that_is_not_known_is_counted_as_its_country_and_says_so(ask):
    there, country = ask(region="CN-NOWHERE").json, ask(region="CN").json
    assert there["reduction"] == country["reduction"]
    [note] = [note for note in there["notes"] if note["code"] == "place_around"]
    assert "CN-NOWHERE" in note["message"]
    assert not [note for note in country["notes"] if note["code"] == "place_around"]


def test_an_unknown_place_does_not_hide_what_else_is_wrong(ask):
    answer = ask(region="nowhere", inputs={"mode": "broomstick", "distance": "-1"})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json["errors"]} == {"region", "inputs.mode", "inputs.distance"}
