"""What if I sold the car: copies of a year under names, which hold their own answers and count for nothing."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from sqlalchemy import text

from backend.footprints import service
from backend.footprints.service import year_copies
from tests.backend.footprints.test_footprints import put
from tests.races import everyone_reads_first

YEAR = "/v1/footprints/2026"
COPIES = f"{YEAR}/copies"


@pytest.fixture
def french(person) -> Any:
    """Somebody who lives in France."""
    person.patch("/v1/me", {"region": "FR"})
    return person


def make(person: Any, name: str, expect: int = 201, **answers: Any) -> Any:
    answer = person.post(COPIES, {"name": name, "answers": answers})
    assert answer.status_code == expect, answer.text
    return answer.json


def test_a_copy_says_what_selling_the_car_would_change_and_the_year_stays(french) -> None:
    own = put(french, {"car_km": 9000, "train": 1000})
    copy = make(french, "What if I sold the car", car_km=0, train=4000)
    assert (copy["name"], copy["year"]) == ("What if I sold the car", 2026)
    assert copy["footprint"]["answers"] == {**own["answers"], "car_km": "0", "train": "4000"}
    assert copy["difference"]["old_g"] == own["total_g"]
    assert copy["difference"]["new_g"] == copy["footprint"]["total_g"] < own["total_g"]
    assert copy["difference"]["model_g"] == 0
    changed = {one["question"]: (one["old"], one["new"]) for one in copy["difference"]["answers"]}
    assert changed == {"car_km": ("9000", "0"), "train": ("1000", "4000")}
    assert french.get(YEAR).json["total_g"] == own["total_g"]
    assert french.get("/v1/neutrality/2026").json["footprint"]["total_g"] == own["total_g"]


def test_several_copies_stand_side_by_side_and_each_keeps_its_own_answers(french) -> None:
    own = put(french, {"car_km": 9000})
    sold, vegan = make(french, "卖掉汽车", car_km=0), make(french, "No meat", red_meat=0, pork=0, poultry=0)
    put(french, {"car_km": 15000})
    found = french.get(COPIES).json
    assert found["total_g"] > own["total_g"]
    assert [copy["name"] for copy in found["copies"]] == ["卖掉汽车", "No meat"]
    assert found["copies"][1]["footprint"]["answers"]["car_km"] == "9000"
    assert found["copies"][0]["footprint"]["total_g"] == sold["footprint"]["total_g"]
    again = french.get(f"{COPIES}/{vegan['id']}").json
    assert again["difference"]["old_g"] == found["total_g"]


def test_a_copy_is_renamed_answered_again_and_dropped(french) -> None:
    put(french, {"car_km": 9000})
    copy = make(french, "Less car", car_km=4000)
    one = f"{COPIES}/{copy['id']}"
    changed = french.put(one, {"name": "Hardly any car", "answers": {"car_km": 500, "train": 2000}}).json
    assert (changed["id"], changed["name"]) == (copy["id"], "Hardly any car")
    assert changed["footprint"]["answers"] == {"car_km": "500", "train": "2000"}
    assert french.put(one, {"answers": {"train": None}}).json["footprint"]["answers"] == {"car_km": "500"}
    assert french.delete(one).status_code == 204
    assert french.get(one).status_code == 404
    assert french.get(COPIES).json["copies"] == []


def test_a_copy_of_bare_defaults_needs_no_answered_year_and_makes_none(french) -> None:
    copy = make(french, "Vegan", red_meat=0, dairy=0)
    assert copy["difference"]["new_g"] < copy["difference"]["old_g"] == french.get(YEAR).json["total_g"]
    assert french.get("/v1/footprints").json["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answers": {"car_km": 0}}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "x", "answers": {"car_km": -1}}, "answers.car_km"),
        ({"name": "x", "answers": {"car_kms": 1}}, "answers.car_kms"),
    ],
)
def test_a_copy_without_a_name_or_with_an_impossible_answer_is_refused(french, body: Any, field: str) -> None:
    refused = french.post(COPIES, body)
    assert (refused.status_code, [error["field"] for error in refused.json["errors"]]) == (422, [field])
    assert french.get(COPIES).json["copies"] == []


def test_nobody_reaches_the_copy_of_another_or_one_under_another_year(french, new_person) -> None:
    copy = make(french, "Mine", car_km=0)
    stranger = new_person()
    stranger.patch("/v1/me", {"region": "FR"})
    for method, body in (("get", None), ("put", {"name": "Theirs"}), ("delete", None)):
        call = getattr(stranger, method)
        refused = call(f"{COPIES}/{copy['id']}", *([body] if body else []))
        assert (refused.status_code, refused.json["code"]) == (404, "not_found.footprint_copy")
    assert stranger.get(COPIES).json["copies"] == []
    assert french.get(f"/v1/footprints/2025/copies/{copy['id']}").status_code == 404
    assert french.get(f"{COPIES}/{copy['id']}").json["name"] == "Mine"


def test_copies_lie_sealed_are_exported_and_are_forgotten(french, in_transaction) -> None:
    make(french, "Sold", car_km=0)
    row = in_transaction(lambda session: session.execute(text("SELECT * FROM footprint_copies")).mappings().one())
    assert row["user_id"] == french.user_id
    assert b"Sold" not in bytes(row["sealed"])
    assert b"car_km" not in bytes(row["sealed"])
    exported = french.get("/v1/me/export").text
    assert '"kind":"footprint_copy"' in exported
    assert '"name":"Sold"' in exported
    in_transaction(lambda session: service.forget(session, french.user_id))
    left = in_transaction(lambda session: session.execute(text("SELECT count(*) FROM footprint_copies")).scalar_one())
    assert left == 0


def test_a_year_has_so_many_copies_and_a_dropped_one_makes_room(french, monkeypatch) -> None:
    monkeypatch.setattr(year_copies, "MOST_COPIES", 2)
    first = make(french, "one")
    make(french, "two")
    refused = make(french, "three", expect=409)
    assert refused["code"] == "neutrality.too_many_copies"
    assert french.post("/v1/footprints/2025/copies", {"name": "of another year"}).status_code == 201
    french.delete(f"{COPIES}/{first['id']}")
    make(french, "three")
    assert [copy["name"] for copy in french.get(COPIES).json["copies"]] == ["two", "three"]


@pytest.mark.concurrency
def test_who_copies_from_many_devices_at_once_has_no_more_than_a_year_may_have(french, parallel, monkeypatch) -> None:
    monkeypatch.setattr(year_copies, "MOST_COPIES", 3)
    race = parallel(6, lambda number: french.post(COPIES, {"name": f"copy {number}"}).status_code)
    assert sorted(race.results) == [201, 201, 201, 409, 409, 409]
    assert len(french.get(COPIES).json["copies"]) == 3


@pytest.mark.concurrency
def test_control_who_only_counts_the_copies_makes_one_too_many(french, parallel, engine, monkeypatch) -> None:
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our slots")
    put(french, {"car_km": 100})  # the model is kept, so that nobody waits for who keeps it
    monkeypatch.setattr(year_copies, "MOST_COPIES", 1)
    slots = itertools.count()
    monkeypatch.setattr(year_copies, "_list_taken", everyone_reads_first(2, year_copies._list_taken))
    monkeypatch.setattr(year_copies, "_free_slot", lambda taken: None if taken else next(slots))
    race = parallel(2, lambda number: french.post(COPIES, {"name": f"copy {number}"}).status_code)
    assert race.results == [201, 201]
    assert len(french.get(COPIES).json["copies"]) == 2  # of one
