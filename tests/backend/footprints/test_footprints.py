"""A person answers about a year, bit by bit, over several years, and nothing counts that they did not say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from backend.accounts.service import guests
from backend.footprints import service
from backend.footprints.service import answered_years, footprints
from backend.footprints.service.answered_years import find_year
from backend.platform.core.actor import Actor
from backend.platform.core.roles import USER
from calculators import compute_footprint
from tests.backend.activities.conftest import beijinger, log, new_beijinger, rule_book
from tests.calculators.footprint.test_changes import with_a_renamed_question
from tests.calculators.footprint.test_must_show import FRANCE
from tests.races import everyone_reads_first

__all__ = ["beijinger", "new_beijinger", "rule_book"]

YEAR = "/v1/footprints/2026"


@pytest.fixture
def french(person) -> Any:
    """Somebody who lives in France."""
    person.patch("/v1/me", {"region": "FR"})
    return person


@pytest.fixture
def newer_model(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """`newer_model()`: from now on France has another survey, in which `bus` is called `city_bus`."""

    def publish() -> None:
        monkeypatch.setattr(footprints, "find_model", lambda region: with_a_renamed_question())

    return publish


def put(person: Any, answers: dict[str, Any], year: int = 2026, **more: Any) -> Any:
    answered = person.put(f"/v1/footprints/{year}", {"answers": answers, **more})
    assert answered.status_code == 200, answered.json
    return answered.json


def test_who_answers_nothing_has_the_defaults_of_their_region_all_of_it_default(french) -> None:
    footprint = french.get(YEAR).json
    assert footprint["basis"] == "survey"
    assert footprint["total_g"] == compute_footprint(FRANCE, {}).whole.grams
    asked = len(FRANCE.survey.questions)
    assert (footprint["default_share_pct"], footprint["answered"], footprint["questions"]) == (100, 0, asked)
    assert footprint["assumed_share_pct"] > 0
    assert footprint["low_g"] < footprint["total_g"] < footprint["high_g"]
    assert footprint["answers"] == {}
    assert footprint["total_g"] == sum(share["grams"] for share in footprint["categories"])
    for share in footprint["categories"]:
        assert share["grams"] == sum(line["grams"] for line in share["lines"])


def test_answers_come_in_any_order_and_number_and_an_unfinished_survey_goes_on(french) -> None:
    first = put(french, {"car_km": 3000})
    assert first["change"] is None
    second = put(french, {"flights_long": 1, "household_size": "1.5"})
    assert second["answers"] == {"household_size": "1.5", "car_km": "3000", "flights_long": "1"}
    assert second["total_g"] > first["total_g"]
    assert second["change"]["answers_g"] == second["total_g"] - first["total_g"]
    assert second["change"]["model_g"] == 0
    assert french.get(YEAR).json["answers"] == second["answers"]
    assert second["default_share_pct"] < first["default_share_pct"] < 100


def test_null_takes_an_answer_back_and_what_is_not_named_stays(french) -> None:
    put(french, {"car_km": 0, "bus": 30})
    again = put(french, {"car_km": None})
    assert again["answers"] == {"bus": "30"}
    assert french.put(YEAR, {}).json["answers"] == {"bus": "30"}


def test_the_same_answer_again_changes_nothing(french) -> None:
    first = put(french, {"car_km": 5000})
    again = put(french, {"car_km": 5000})
    assert again["total_g"] == first["total_g"]
    assert again["change"]["sentences"] == [
        f"Your footprint went from {round(first['total_g'] / 1000):,} kg to {round(first['total_g'] / 1000):,} kg."
    ]


@pytest.mark.parametrize(
    ("answers", "field", "code"),
    [
        ({"car_km": -1}, "answers.car_km", "input_out_of_range"),
        ({"streaming": 25}, "answers.streaming", "input_out_of_range"),
        ({"car_energy": "steam"}, "answers.car_energy", "input_not_an_option"),
        ({"car_km": {"value": 3, "unit": "kg"}}, "answers.car_km", "input_unit"),
        ({"car_km": [1]}, "answers.car_km", "input_not_a_number"),
        ({"car_kms": 1}, "answers.car_kms", "question_misspelt"),
        ({"zzz": None}, "answers.zzz", "question_unknown"),
    ],
)
def test_a_nonsensical_answer_is_refused_with_field_and_remedy_and_nothing_is_kept(
    french, answers, field, code
) -> None:
    refused = french.put(YEAR, {"answers": {"bus": 3, **answers}})
    assert refused.status_code == 422
    [error] = refused.json["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert error["message"]
    assert french.get(YEAR).json["answered"] == 0


def test_the_remedy_is_in_the_callers_language(french) -> None:
    refused = french.put(YEAR, {"answers": {"car_kms": 1}}, headers={"Accept-Language": "zh-CN"})
    assert "car_km" in refused.json["errors"][0]["message"]
    assert "没有这个问题" in refused.json["errors"][0]["message"]


def test_a_new_year_is_offered_the_last_years_answers_and_counts_none_of_them(french) -> None:
    put(french, {"car_km": 0, "flights_long": 1}, year=2025)
    new = french.get(YEAR).json
    assert new["answered"] == 0
    assert new["default_share_pct"] == 100
    assert new["offered"]["from_year"] == 2025
    assert new["offered"]["answers"] == {"car_km": "0", "flights_long": "1"}
    taken = put(french, {"flights_long": 0}, start_from=2025)
    assert taken["answers"] == {"car_km": "0", "flights_long": "0"}
    assert taken["offered"] is None
    assert french.get("/v1/footprints/2025").json["answers"] == {"car_km": "0", "flights_long": "1"}


def test_a_year_that_was_never_answered_cannot_be_started_from(french) -> None:
    refused = french.put(YEAR, {"start_from": 2020})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["code"] == "year_not_answered"


def test_several_years_stand_side_by_side_each_with_why_it_differs_from_the_one_before(french) -> None:
    for year, flights in ((2024, 3), (2025, 1), (2026, 0)):
        put(french, {"flights_long": flights}, year=year)
    listed = french.get("/v1/footprints?limit=2").json
    assert [item["year"] for item in listed["items"]] == [2026, 2025]
    for item in listed["items"]:
        change = item["change"]
        assert change["model_g"] == 0
        assert change["answers_g"] == item["total_g"] - change["old_g"] < 0
        assert change["sentences"]
    rest = french.get(f"/v1/footprints?limit=2&cursor={listed['next_cursor']}").json
    assert [item["year"] for item in rest["items"]] == [2024]
    assert rest["items"][0]["change"] is None
    assert rest["next_cursor"] is None


def test_a_newer_model_shows_what_it_would_change_and_rewrites_nothing(french, newer_model) -> None:
    old = put(french, {"bus": 30, "car_km": 1000})
    newer_model()
    read = french.get(YEAR).json
    assert read["total_g"] == old["total_g"]
    assert read["model"] == {"sha256": old["model"]["sha256"], "region": "FR", "is_current": False}
    assert read["newer_model"]["answers_g"] == 0
    assert read["newer_model"]["model_g"] == 0  # a renamed question changes words, no grams
    assert {"name": "bus", "old": "2.5", "new": None} in read["newer_model"]["figures"]


def test_old_answers_to_a_renamed_question_go_on_under_the_new_name(french, newer_model) -> None:
    put(french, {"bus": 30})
    put(french, {"bus": 20}, year=2025)
    newer_model()
    assert french.get("/v1/footprints/2027").json["offered"]["renamed"] == {"bus": "city_bus"}
    answered = put(french, {"car_km": 1000})
    assert answered["answers"] == {"car_km": "1000", "city_bus": "30"}
    assert answered["model"]["is_current"]
    listed = french.get("/v1/footprints").json["items"]
    assert listed[0]["change"]["answers_g"] + listed[0]["change"]["model_g"] == (
        listed[0]["total_g"] - listed[1]["total_g"]
    )


def test_moving_to_another_country_is_the_models_part_not_the_answers(french) -> None:
    put(french, {"car_km": 1000})
    french.patch("/v1/me", {"region": "DE"})
    read = french.get(YEAR).json
    assert (read["used"]["code"], read["asked"]["code"]) == ("FR", "DE")
    assert read["newer_model"]["answers_g"] == 0
    assert read["newer_model"]["model_g"] != 0
    moved = put(french, {})
    assert moved["used"]["code"] == "DE"
    assert moved["change"]["model_g"] == read["newer_model"]["model_g"]


def test_what_is_left_to_reduce_is_ranked_linked_and_measured_against_targets(french) -> None:
    put(french, {"flights_long": 2, "car_km": 15000}, own_target={"year": 2028, "grams": 6_000_000})
    found = french.get(f"{YEAR}/options").json
    grams = [option["grams"] for option in found["options"]]
    assert grams[0] == max(grams)
    assert found["left_g"] == found["total_g"] - sum(grams)
    assert found["options"][0]["methodology"]["id"] == "office.video_meeting"
    [driving] = [option for option in found["options"] if option["id"] == "economical_driving"]
    assert (driving["methodology"], driving["grams"] > 0) == (None, True)
    assert "15 %" in driving["source"]
    kinds = {(target["kind"], target["year"]) for target in found["targets"]}
    assert {("own", 2028), ("national", 2050), ("lifestyle_1_5", 2030)} <= kinds
    by_kind = {target["kind"]: target for target in found["targets"]}
    assert by_kind["own"]["gap_g"] == found["total_g"] - 6_000_000
    assert by_kind["national"]["source"]["publisher"]
    assert french.get(YEAR).json["own_target"] == {"year": 2028, "grams": 6_000_000}
    assert put(french, {}, own_target=None)["own_target"] is None


def test_every_line_explains_itself_with_ones_own_numbers_and_the_source_of_each_figure(french) -> None:
    put(french, {"household_size": "1.5", "electricity": 3000})
    line = french.get(f"{YEAR}/lines/electricity").json
    assert line["formula"] == "electricity × grid_factor ÷ household_size"
    assert line["working"] == ("3000 kWh/household-year × 0.04418 kgCO2e/kWh ÷ 1.5 person/household = 88,360 gCO2e")
    by_name = {number["name"]: number for number in line["numbers"]}
    assert by_name["electricity"]["kind"] == "answer"
    assert by_name["grid_factor"]["source"]["publisher"] == "Ember"
    shown = [line["line"] for share in french.get(YEAR).json["categories"] for line in share["lines"]]
    for name in shown:
        for number in french.get(f"{YEAR}/lines/{name}").json["numbers"]:
            grounds = (number["kind"] == "answer", number["source"], number["assumed"], number["by_definition"])
            assert sum(map(bool, grounds)) == 1
    refused = french.get(f"{YEAR}/lines/rockets")
    assert (refused.status_code, refused.json["code"]) == (404, "not_found.footprint_line")


def test_the_questions_show_the_regions_defaults_as_defaults_with_their_source(french) -> None:
    answered = french.get("/v1/footprint/questions?household_size=1.5")
    survey = answered.json
    assert 60 <= len(survey["questions"]) <= 120
    by_name = {question["name"]: question for question in survey["questions"]}
    assert by_name["electricity"]["default"]["value"] == "3249"  # 2,166 kWh a person x 1.5
    assert by_name["electricity"]["default"]["source"]["publisher"] == "CEREN / SDES"
    assert by_name["takeaways"]["default"]["assumed"]
    assert by_name["car_energy"]["default"]["by_definition"]
    assert by_name["takeaways"]["default"]["region"] == "WORLD"
    assert by_name["bus"]["default"]["region"] == "FR"
    assert by_name["lpg"]["also_in"] == [{"unit": "kg", "times": "13.9"}, {"unit": "bottle", "times": "180.7"}]
    assert by_name["electricity"]["also_in"] == []
    etag = answered.headers["ETag"]
    assert french.get("/v1/footprint/questions?household_size=1.5", headers={"If-None-Match": etag}).status_code == 304
    chinese = french.get("/v1/footprint/questions", headers={"Accept-Language": "zh-CN"}).json
    assert chinese["questions"][2]["title"] == "全家一年购电量"


def test_a_city_shows_its_own_defaults_before_those_of_its_country(person) -> None:
    survey = person.get("/v1/footprint/questions?region=CN-BJ").json
    assert {question["default"]["region"] for question in survey["questions"]} == {"CN-BJ", "CN", "WORLD"}


def test_where_nobody_made_a_survey_there_is_none_to_answer(person) -> None:
    person.patch("/v1/me", {"region": "AD"})
    for refused in (
        person.get("/v1/footprint/questions"),
        person.put(YEAR, {"answers": {"car_km": 0}}),
        person.get(f"{YEAR}/options"),
    ):
        assert (refused.status_code, refused.json["code"]) == (404, "not_found.survey")
    assert person.get("/v1/footprint/questions?region=ATLANTIS").json["errors"][0]["code"] == "unknown_region"


def test_neutrality_uses_the_answers(french) -> None:
    answered = put(french, {"car_km": 9000, "flights_long": 0})
    books = french.get("/v1/neutrality/2026").json
    assert books["remaining_g"] == answered["total_g"]
    assert (books["remaining_low_g"], books["remaining_high_g"]) == (answered["low_g"], answered["high_g"])
    assert books["default_share_pct"] == books["footprint"]["default_share_pct"] == answered["default_share_pct"] < 100


def test_a_year_is_complete_for_a_claim_only_when_everything_was_answered(french, frozen_clock) -> None:
    survey = french.get("/v1/footprint/questions").json["questions"]
    everything = {question["name"]: question["default"]["value"] for question in survey}
    nearly = put(french, {name: value for name, value in everything.items() if name != "taxi"}, year=2025)
    asked = len(survey)
    assert (nearly["answered"], nearly["questions"], nearly["default_share_pct"]) == (asked - 1, asked, 0)
    whole = put(french, everything, year=2025)
    assert (whole["answered"], whole["total_g"]) == (asked, nearly["total_g"])


def test_answers_lie_sealed_are_exported_and_are_forgotten(french, in_transaction) -> None:
    put(french, {"red_meat": 7})
    row = in_transaction(lambda session: session.execute(text("SELECT * FROM footprints")).mappings().one())
    assert b"red_meat" not in bytes(row["sealed"])
    exported = french.get("/v1/me/export").text
    assert '"kind":"footprint"' in exported
    assert '"red_meat":"7"' in exported


def test_who_is_forgotten_leaves_no_answer_and_the_models_stay(french, in_transaction) -> None:
    put(french, {"red_meat": 7})
    in_transaction(lambda session: service.forget(session, french.user_id))
    counts = in_transaction(
        lambda session: [
            session.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()
            for table in ("footprints", "footprint_models")
        ]
    )
    assert counts == [0, 1]


def test_what_a_guest_answered_is_offered_to_the_account_they_joined(french, new_person, in_transaction) -> None:
    guest = new_person(is_guest=True)
    guest.patch("/v1/me", {"region": "FR"})
    put(guest, {"car_km": 100})
    assert french.get(YEAR).json["offered"] is None
    caller = Actor(guest.user_id, guest.session_id, frozenset({USER}))
    token = in_transaction(lambda session: guests.ask(session, caller, french.user_id))
    french.post("/v1/auth/guest/merge", {"answer_token": token, "bring": True})
    assert french.get(YEAR).json["offered"]["answers"] == {"car_km": "100"}
    assert put(french, {}, start_from=2026)["answers"] == {"car_km": "100"}


def test_a_model_whose_text_was_changed_is_found(french, in_transaction) -> None:
    put(french, {"car_km": 100})
    assert in_transaction(lambda session: list(service.broken_models(session))) == []
    edited = text("UPDATE footprint_models SET frozen = frozen || ' '")
    in_transaction(lambda session: session.execute(edited))
    assert len(in_transaction(lambda session: list(service.broken_models(session)))) == 1
    in_transaction(lambda session: session.execute(text("UPDATE footprint_models SET frozen = trim(frozen)")))


def test_nobody_sees_another_persons_answers(french, new_person) -> None:
    put(french, {"red_meat": 7})
    stranger = new_person()
    stranger.patch("/v1/me", {"region": "FR"})
    assert stranger.get(YEAR).json["answers"] == {}
    assert stranger.get("/v1/footprints").json["items"] == []


@pytest.mark.concurrency
def test_two_devices_that_answer_at_once_both_keep_what_they_said(french, parallel) -> None:
    names = [name for name, question in FRANCE.survey.questions.items() if not question.options][10:18]
    parallel(len(names), lambda number: french.put(YEAR, {"answers": {names[number]: 1}}).status_code)
    assert set(french.get(YEAR).json["answers"]) == set(names)


@pytest.mark.concurrency
def test_control_without_the_lock_one_device_forgets_what_another_said(french, parallel, engine, monkeypatch) -> None:
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    put(french, {"car_km": 100})
    unlocked = everyone_reads_first(2, lambda session, user_id, year, model: find_year(session, user_id, year))
    monkeypatch.setattr(answered_years, "lock_year", unlocked)
    parallel(2, lambda number: french.put(YEAR, {"answers": {("bus", "metro")[number]: 1}}).status_code)
    assert len(french.get(YEAR).json["answers"]) == 2  # of three


def test_logged_meters_replace_the_answer_for_the_days_they_cover_and_say_so(beijinger) -> None:
    put(beijinger, {"electricity": 3650, "household_size": 3})
    before = beijinger.get(YEAR).json
    assert before["measured"] == []
    log(beijinger, methodology="housing.household_electricity", inputs={"consumption": "21", "days": "7"})
    after = beijinger.get(YEAR).json
    [measured] = after["measured"]
    assert (measured["question"], measured["days"], measured["instead_of"]) == ("electricity", 7, "3650")
    assert measured["value"] == "3601"  # 21 kWh for seven days instead of 70
    assert "7 days" in measured["sentence"]
    assert after["total_g"] < before["total_g"]
    assert after["answers"] == before["answers"]
    assert beijinger.get("/v1/neutrality/2026").json["remaining_g"] == after["total_g"]
    assert beijinger.get(f"{YEAR}/options").json["total_g"] == after["total_g"]
    assert beijinger.get("/v1/footprints").json["items"][0]["total_g"] == after["total_g"]


def test_a_withdrawn_reading_replaces_nothing(beijinger) -> None:
    put(beijinger, {"electricity": 3650})
    logged = log(beijinger, methodology="housing.household_electricity", inputs={"consumption": "21", "days": "7"})
    assert beijinger.get(YEAR).json["measured"]
    beijinger.post(f"/v1/activities/{logged['id']}/withdraw")
    assert beijinger.get(YEAR).json["measured"] == []


def test_gas_is_answered_in_cubic_metres_and_a_home_in_square_feet(french) -> None:
    answered = put(french, {"gas": {"value": "1200", "unit": "m3"}, "dwelling_area": {"value": "1000", "unit": "sqft"}})
    assert answered["answers"] == {"dwelling_area": "92", "gas": "12960"}
    refused = french.put(YEAR, {"answers": {"gas": {"value": "12", "unit": "km"}}})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "answers.gas")
