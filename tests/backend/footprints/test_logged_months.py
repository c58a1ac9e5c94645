"""Somebody states that all they travelled in a month is logged; it then stands for their answers, until taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.footprints import service
from backend.footprints.service import answered_years
from backend.footprints.service.answered_years import find_year
from tests.backend.activities.conftest import beijinger, log, new_beijinger, rule_book, with_a_new_token
from tests.backend.footprints.test_footprints import put
from tests.races import everyone_reads_first

__all__ = ["beijinger", "new_beijinger", "rule_book"]

YEAR = "/v1/footprints/2026"
MONTHS = f"{YEAR}/logged-months"
NOVEMBER = f"{MONTHS}/transport/11"
ANSWERS = {"metro": 70, "bus": 14, "car_km": 3650, "flights_long": 1}
LAST_MOMENT = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)  # of November in Beijing


@pytest.fixture
def december(frozen_clock) -> Any:
    """`december(person)`: November is over for them."""

    def come(person: Any) -> Any:
        frozen_clock.set(LAST_MOMENT + timedelta(minutes=1))
        return with_a_new_token(person)

    return come


def travelled(person: Any, mode: str, distance: str, at: str = "2026-11-20T08:10:00+08:00", **inputs: str) -> Any:
    return log(person, inputs={"mode": mode, "distance": distance, **inputs}, occurred_at=at)


def measured(footprint: Any) -> dict[str, tuple[str, str, int]]:
    return {one["question"]: (one["value"], one["amount"], one["days"]) for one in footprint["measured"]}


def test_a_stated_month_stands_for_the_answers_in_every_book_until_it_is_taken_back(beijinger, december) -> None:
    answered = put(beijinger, ANSWERS)
    travelled(beijinger, "metro", "120")
    travelled(beijinger, "car", "30")  # drives alone: not credited, and yet travelled
    travelled(beijinger, "bus", "0.2")  # too short to be credited
    assert beijinger.get(YEAR).json["total_g"] == answered["total_g"]
    person = december(beijinger)

    stated = person.put(NOVEMBER)
    assert stated.status_code == 200, stated.json
    found = measured(stated.json)
    assert found["metro"] == ("66.5", "120", 30)  # 120 km and 335 days of 10 km are 3,470 km over 52.142857 weeks
    assert found["car_km"] == ("3380", "30", 30)  # 30 km and 335 days of 10 km
    assert found["bus"] == ("12.9", "0.2", 30)
    assert found["ebike"] == ("0", "0", 30)
    assert "flights_long" not in found
    assert stated.json["answers"] == answered["answers"]
    change = stated.json["change"]
    assert change["new_g"] - change["old_g"] == change["answers_g"] == stated.json["total_g"] - answered["total_g"]

    total_g = stated.json["total_g"]
    assert total_g < answered["total_g"]
    assert person.get(YEAR).json["measured"] == stated.json["measured"]
    assert person.get("/v1/neutrality/2026").json["remaining_g"] == total_g
    assert person.get(f"{YEAR}/options").json["total_g"] == total_g
    assert person.get("/v1/footprints").json["items"][0]["total_g"] == total_g
    numbers = {one["name"]: one for one in person.get(f"{YEAR}/lines/car").json["numbers"]}
    assert (numbers["car_km"]["kind"], numbers["car_km"]["value"]) == ("measured", "3380")

    back = person.delete(NOVEMBER)
    assert (back.status_code, back.json["total_g"], back.json["measured"]) == (200, answered["total_g"], [])
    assert person.get(YEAR).json["total_g"] == answered["total_g"]


def test_it_is_said_in_words_in_both_languages(beijinger, december) -> None:
    put(beijinger, ANSWERS)
    travelled(beijinger, "metro", "120")
    person = december(beijinger)
    [metro] = [one for one in person.put(NOVEMBER).json["measured"] if one["question"] == "metro"]
    assert (metro["diary"], metro["months"], metro["instead_of"]) == ("transport", [11], "70")
    assert "you stated that all of it is logged on 30 days (months: 11)" in metro["sentence"]
    chinese = person.get(YEAR, headers={"Accept-Language": "zh-CN"}).json["measured"]
    assert any("您声明其中 30 天（月份：11）的记录完整" in one["sentence"] for one in chinese)


def test_a_month_is_not_over_before_its_last_minute_where_the_person_lives(beijinger, frozen_clock) -> None:
    travelled(beijinger, "metro", "10")
    frozen_clock.set(LAST_MOMENT)
    refused = with_a_new_token(beijinger).put(NOVEMBER)
    assert (refused.status_code, refused.json["code"]) == (409, "neutrality.month_not_over")
    frozen_clock.advance(timedelta(minutes=1))
    assert with_a_new_token(beijinger).put(NOVEMBER).status_code == 200


def test_a_trip_belongs_to_the_civil_day_on_which_it_began(beijinger, frozen_clock) -> None:
    frozen_clock.set(datetime(2026, 12, 2, 4, tzinfo=UTC))
    person = with_a_new_token(beijinger)
    travelled(person, "metro", "40", "2026-11-30T23:30:00+08:00")
    travelled(person, "metro", "500", "2026-12-01T00:30:00+08:00")  # still November in London
    assert measured(person.put(NOVEMBER).json)["metro"][1] == "40"


def test_a_month_of_which_nothing_is_logged_cannot_be_stated(beijinger, december) -> None:
    withdrawn = travelled(beijinger, "metro", "10")
    beijinger.post(f"/v1/activities/{withdrawn['id']}/withdraw")
    log(beijinger, methodology="housing.household_electricity", inputs={"consumption": "21", "days": "7"})
    refused = december(beijinger).put(NOVEMBER)
    assert (refused.status_code, refused.json["code"]) == (409, "neutrality.nothing_logged")


def test_what_was_withdrawn_or_refused_is_no_trip_and_what_comes_later_is(beijinger, december, new_person) -> None:
    kept, gone, refused = (travelled(beijinger, "metro", distance) for distance in ("40", "50", "60"))
    person = december(beijinger)
    assert measured(person.put(NOVEMBER).json)["metro"][1] == "150"
    person.post(f"/v1/activities/{gone['id']}/withdraw")
    assert measured(person.get(YEAR).json)["metro"][1] == "100"
    support = new_person(roles=("support",))
    path = f"/v1/operator/held/{person.user_id}/{refused['id']}/reject"
    assert support.post(path, {"reason": "looked at it"}).status_code == 200
    assert measured(person.get(YEAR).json)["metro"][1] == "40"
    travelled(person, "metro", "5", "2026-11-29T08:00:00+08:00")
    assert measured(person.get(YEAR).json)["metro"][1] == "45"
    assert kept["status"] == "credited"


def test_stating_and_taking_back_again_changes_nothing_and_answers_stay_apart(beijinger, december) -> None:
    travelled(beijinger, "metro", "10")
    person = december(beijinger)
    first = person.put(NOVEMBER).json
    since = months_of(person)[11]["stated_at"]
    again = person.put(NOVEMBER).json
    assert again["total_g"] == first["total_g"]
    assert months_of(person)[11]["stated_at"] == since
    assert first["answered"] == 0
    assert put(person, {"metro": 70})["measured"] == person.get(YEAR).json["measured"]
    assert person.delete(NOVEMBER).json["answers"] == {"metro": "70"}
    assert person.delete(NOVEMBER).status_code == 200
    assert months_of(person)[11]["stated_at"] is None


def months_of(person: Any) -> dict[int, Any]:
    [diary] = person.get(MONTHS).json["diaries"]
    return {month["month"]: month for month in diary["months"]}


def test_what_is_stated_is_told_before_it_is_stated(beijinger, december) -> None:
    travelled(beijinger, "walk", "2")
    travelled(beijinger, "metro", "10")
    person = december(beijinger)
    answer = person.get(MONTHS, headers={"Accept-Language": "zh-CN"}).json
    [diary] = answer["diaries"]
    assert (answer["year"], diary["diary"]) == (2026, "transport")
    assert "每次出行均已记录" in diary["promise"]
    assert {"name": "car_km", "title": "您一年乘小客车的里程"} in diary["questions"]
    assert not {"taxi", "flights_long"} & {question["name"] for question in diary["questions"]}
    months = {month["month"]: month for month in diary["months"]}
    assert (months[11]["logged"], months[11]["has_ended"], months[11]["stated_at"]) == (2, True, None)
    assert (months[12]["logged"], months[12]["has_ended"]) == (0, False)


def test_what_there_is_not_is_refused(beijinger) -> None:
    assert beijinger.put(f"{MONTHS}/food/11").json["code"] == "not_found.diary"
    assert beijinger.delete(f"{MONTHS}/food/11").json["code"] == "not_found.diary"
    assert beijinger.put(f"{MONTHS}/transport/13").status_code == 404
    assert beijinger.put("/v1/footprints/1999/logged-months/transport/1").json["code"] == "neutrality.year"


def test_a_stated_year_without_answers_hides_no_earlier_answers_and_statements_are_exported(
    beijinger, december, in_transaction
) -> None:
    put(beijinger, {"metro": 70}, year=2025)
    travelled(beijinger, "metro", "10")
    person = december(beijinger)
    person.put(NOVEMBER)
    assert person.get(YEAR).json["offered"]["from_year"] == 2025
    assert person.get("/v1/footprints/2027").json["offered"]["from_year"] == 2025
    years = in_transaction(lambda session: list(service.export(session, person.user_id)))
    stated = {record["year"]: record["stated"] for record in years}
    assert stated["2025"] == []
    assert [(one["diary"], one["month"]) for one in stated["2026"]] == [("transport", 11)]


def test_nobody_states_for_another(beijinger, new_beijinger, december) -> None:
    travelled(beijinger, "metro", "10")
    person, stranger = december(beijinger), with_a_new_token(new_beijinger())
    person.put(NOVEMBER)
    assert stranger.get(YEAR).json["measured"] == []
    assert stranger.put(NOVEMBER).json["code"] == "neutrality.nothing_logged"
    assert months_of(stranger)[11]["logged"] == 0


@pytest.mark.concurrency
def test_a_statement_and_an_answer_at_once_are_both_kept(beijinger, december, parallel) -> None:
    travelled(beijinger, "metro", "10")
    person = december(beijinger)
    both = [lambda: person.put(NOVEMBER), lambda: person.put(YEAR, {"answers": {"metro": 70}})]
    assert parallel(2, lambda number: both[number]().status_code).results == [200, 200]
    assert person.get(YEAR).json["answers"] == {"metro": "70"}
    assert months_of(person)[11]["stated_at"]


@pytest.mark.concurrency
def test_control_without_the_lock_one_of_both_is_lost(beijinger, december, parallel, engine, monkeypatch) -> None:
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    put(beijinger, {"bus": 1})
    travelled(beijinger, "metro", "10")
    person = december(beijinger)
    unlocked = everyone_reads_first(2, lambda session, user_id, year, model: find_year(session, user_id, year))
    monkeypatch.setattr(answered_years, "lock_year", unlocked)
    both = [lambda: person.put(NOVEMBER), lambda: person.put(YEAR, {"answers": {"metro": 70}})]
    parallel(2, lambda number: both[number]().status_code)
    kept = ("metro" in person.get(YEAR).json["answers"], bool(months_of(person)[11]["stated_at"]))
    assert sum(kept) == 1
