"""Logging an activity: judged at once against what people of the place would have done, and explained."""

from __future__ import annotations

import pytest

from tests.backend.activities.conftest import TRIP, grams, log, trip

LEFT_OPEN = "78.8 g for what the figures leave open: with ±229.1 g, at least 641.2 g were avoided with a chance of 75 %"


def test_ten_kilometres_by_metro_in_beijing_on_ones_own_word(beijinger):
    activity = log(beijinger)
    reduction = activity["reduction"]
    assert activity["status"] == "credited"
    assert grams(reduction) == (1040, 320, 720, 320)
    assert (reduction["low_g"], reduction["high_g"]) == (490, 950)
    assert [(part["kind"], part["weight"], part["reason"]) for part in reduction["deductions"]] == [
        ("conservativeness", None, LEFT_OPEN),
        ("evidence", "0.5", "self-declared"),
    ]


def test_the_same_ride_with_a_fare_record_is_credited_for_all_that_is_certain(beijinger, fare_record):
    activity = log(beijinger, evidence=[fare_record(beijinger)])
    assert activity["evidence_tier"] == "fare_record"
    assert grams(activity["reduction"]) == (1040, 320, 720, 641)
    assert activity["points"]["amount"] == 641


def test_five_kilometres_on_foot(beijinger):
    assert log(beijinger, mode="walk", distance="5")["reduction"]["reduction_g"] == 520


def test_driving_alone_is_stored_as_a_negative_reduction_and_earns_nothing(beijinger):
    activity = log(beijinger, mode="car")
    assert (activity["status"], activity["reason"]["code"]) == ("uncredited", "no_reduction")
    assert grams(activity["reduction"]) == (1040, 2500, -1460, 0)
    assert activity["points"] == {"amount": 0, "state": "none", "matures_at": None}


def test_the_petrol_car_is_shown_for_contrast_and_not_credited(beijinger):
    contrast = log(beijinger)["reduction"]["contrast"]
    assert contrast == {"label": "if everyone had driven a petrol car", "grams": 2180, "credited": False}


def test_a_hundred_metres_on_foot_are_stored_and_told_why_they_do_not_count(beijinger):
    activity = log(beijinger, mode="walk", distance="0.1")
    assert (activity["status"], activity["reason"]["code"]) == ("uncredited", "too_short")
    assert "0.3" in activity["reason"]["message"]
    assert beijinger.get(f"/v1/activities/{activity['id']}").json["status"] == "uncredited"


@pytest.mark.parametrize(
    "inputs, field",
    [
        ({"mode": "metro", "distance": "-1"}, "inputs.distance"),
        ({"mode": "metro", "distance": {"value": "10", "unit": "kWh"}}, "inputs.distance"),
        ({"mode": "metro", "distance": True}, "inputs.distance"),
        ({"mode": "teleport", "distance": "1"}, "inputs.mode"),
        ({"mode": "metro"}, "inputs.distance"),
        ({"mode": "metro", "distance": "1", "colour": "red"}, "inputs.colour"),
    ],
)
def test_what_cannot_be_is_refused_by_field(inputs, field, beijinger):
    answer = beijinger.post("/v1/activities", trip() | {"inputs": inputs})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert all("{" not in error["message"] for error in answer.json["errors"])
    assert beijinger.get("/v1/activities").json["items"] == []


@pytest.mark.parametrize(
    "distance",
    [
        "10",
        10,
        {"value": 10, "unit": "km"},
        {"value": "10000", "unit": "m"},
        {"value": "10", "unit": "千米"},
        {"value": "10", "unit": "KM"},
        {"value": "10000", "unit": "米"},
        {"value": "20", "unit": "里"},
        "１０",
        " 10 ",
        "\u300010",
        {"value": "１０．０", "unit": "ｋｍ"},
        {"value": "１０。０", "unit": "kM"},
        {"value": "\u200b10", "unit": "公里（km）"},
    ],
)
def test_a_distance_may_be_said_in_many_ways(distance, beijinger):
    body = trip() | {"inputs": {"mode": "metro", "distance": distance}}
    assert beijinger.post("/v1/activities", body).json["reduction"]["reduction_g"] == 720


@pytest.mark.parametrize(("language", "named"), [("en", "without a comma"), ("zh-CN", "逗号")])
@pytest.mark.parametrize("typed", ["10,5", "12,000", "1.234,5", "10，5", "1 234,5"])
def test_a_comma_is_refused_by_its_name_for_nobody_knows_which_it_is(typed, language, named, beijinger):
    body = trip() | {"inputs": {"mode": "metro", "distance": typed}}
    answer = beijinger.post("/v1/activities", body, headers={"Accept-Language": language})
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, "inputs.distance", "input_comma")
    assert named in error["message"]


@pytest.mark.parametrize("typed", ["10²", "½", "1 0", "10km", "一十", "1e1", "--10", "10.", ",5"])
def test_what_is_not_clearly_a_number_stays_refused(typed, beijinger):
    body = trip() | {"inputs": {"mode": "metro", "distance": typed}}
    (error,) = beijinger.post("/v1/activities", body).json["errors"]
    assert error["code"] == "input_not_a_number"


def test_an_unknown_methodology_is_a_fault_of_its_field(beijinger):
    answer = beijinger.post("/v1/activities", trip() | {"methodology": "transport.broomstick"})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "methodology"


@pytest.mark.parametrize(
    "occurred_at, code",
    [
        ("2026-11-20T12:05:01+08:00", "in_the_future"),
        ("2026-11-05T23:59:59+08:00", "too_long_ago"),
    ],
)
def test_what_is_yet_to_come_or_too_long_ago_is_refused(occurred_at, code, beijinger):
    answer = beijinger.post("/v1/activities", trip(occurred_at=occurred_at))
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [("occurred_at", code)]


@pytest.mark.parametrize("occurred_at", ["2026-11-20T12:05:00+08:00", "2026-11-06T00:00:00+08:00"])
def test_the_edges_of_the_window_still_count(occurred_at, beijinger):
    assert log(beijinger, occurred_at=occurred_at)["status"] == "credited"


@pytest.mark.parametrize(
    "zone, occurred_at, local_day",
    [
        ("Asia/Shanghai", "2026-11-19T16:30:00Z", "2026-11-20"),
        ("Pacific/Kiritimati", "2026-11-19T10:30:00Z", "2026-11-20"),
        ("Etc/GMT+12", "2026-11-20T03:00:00Z", "2026-11-19"),
    ],
)
def test_the_day_is_the_persons_own(zone, occurred_at, local_day, new_beijinger):
    assert log(new_beijinger(zone=zone), occurred_at=occurred_at)["local_day"] == local_day


def test_a_region_without_a_table_of_its_own_names_the_fall_back_it_used(new_beijinger):
    reduction = log(new_beijinger(region="GB-SCT"), mode="walk")["reduction"]
    assert reduction["region"] == "GB-SCT"
    assert "GB-SCT" in reduction["basis"]
    assert reduction["basis"] != log(new_beijinger(region="GB-ENG"), mode="walk")["reduction"]["basis"]


def test_where_no_figure_was_read_nothing_counts_and_it_says_so(new_beijinger):
    """The only mixes of China that are not from the press are those of the three places that share a standard."""
    ride = log(new_beijinger(region="CN-YN"))
    assert (ride["status"], ride["reason"]["code"], ride["reduction"]["credited_g"]) == ("uncredited", "no_factor", 0)


def test_naming_another_region_than_the_profiles_gets_the_lower_baseline_and_says_so(
    new_beijinger, with_another_figure, frozen_clock
):
    next_monday = with_another_figure("trip_mix", "CN-TJ", "0.150")
    frozen_clock.set(next_monday)
    at = {"occurred_at": next_monday.isoformat()}
    in_tianjin = log(new_beijinger(region="CN-TJ"), **at)
    assert in_tianjin["reduction"]["baseline_g"] == 1500
    shopping = log(new_beijinger(), region="CN-TJ", **at)
    assert (shopping["reduction"]["baseline_g"], shopping["reduction"]["region"]) == (1040, "CN-BJ")
    assert [note["code"] for note in shopping["notes"]] == ["region_disagrees"]
    assert "CN-TJ" in shopping["notes"][0]["message"]
    visiting = log(new_beijinger(region="CN-TJ"), region="CN-BJ", **at)
    assert (visiting["reduction"]["baseline_g"], visiting["reduction"]["region"]) == (1040, "CN-BJ")


def test_naming_the_profiles_own_region_needs_no_word(beijinger):
    assert log(beijinger, region="CN-BJ")["notes"] == []


def test_a_region_nobody_knows_is_refused(beijinger):
    answer = beijinger.post("/v1/activities", trip(region="XX-NOWHERE"))
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [("region", "region_unknown")]


@pytest.mark.parametrize("rule", [TRIP, "transport.rail_instead_of_flight"])
@pytest.mark.parametrize("distance", ["NaN", "Infinity", "1e400", "9" * 30, "-" + "9" * 30])
def test_a_number_that_no_distance_has_is_refused_by_its_field_wherever_it_is_told(rule, distance, beijinger):
    given = {"value": distance, "unit": "km"}
    inputs = {"mode": "metro", "distance": given} if rule == TRIP else {"distance": given}
    body = trip() | {"methodology": rule, "inputs": inputs}
    alone = beijinger.post("/v1/activities", body)
    assert (alone.status_code, [error["field"] for error in alone.json["errors"]]) == (422, ["inputs.distance"])
    together = beijinger.post("/v1/activities/batch", {"items": [body | {"client_id": "one"}]})
    assert together.status_code == 200
    assert together.json["outcomes"][0]["errors"][0]["field"].endswith("inputs.distance")


def test_the_words_are_in_the_callers_language_and_the_numbers_are_not(beijinger):
    chinese = beijinger.post("/v1/activities", trip(), headers={"Accept-Language": "zh-CN"}).json
    assert grams(chinese["reduction"]) == (1040, 320, 720, 320)
    assert chinese["reduction"]["deductions"][1]["reason"] == "本人申报"


def test_a_behaviour_whose_counterfactual_nobody_can_see_earns_points_and_no_grams(beijinger, with_behaviour_points):
    body = {"methodology": with_behaviour_points, "occurred_at": "2026-11-20T09:00:00+08:00", "inputs": {"bills": 2}}
    activity = beijinger.post("/v1/activities", body).json
    assert grams(activity["reduction"]) == (0, 0, 0, 0)
    assert activity["reduction"]["behaviour_points"] == activity["points"]["amount"] == 6


def test_evidence_supports_one_activity_of_the_person_it_was_given_to(beijinger, new_beijinger, fare_record):
    ticket = fare_record(beijinger)
    log(beijinger, evidence=[ticket])
    again = beijinger.post("/v1/activities", trip(evidence=[ticket]))
    assert [(error["field"], error["code"]) for error in again.json["errors"]] == [("evidence.0", "evidence_used")]
    somebody_else = new_beijinger().post("/v1/activities", trip(evidence=[ticket]))
    assert somebody_else.json["errors"][0]["code"] == "unknown_evidence"


def test_the_same_ticket_cannot_be_handed_in_twice_by_anyone(new_person, new_beijinger):
    partner, one, other = new_person(roles=("partner",)), new_beijinger(), new_beijinger()
    ticket = {"tier": "fare_record", "reference": "2026-11-20 line 4 0815"}
    assert partner.post("/v1/operator/evidence", ticket | {"user_id": one.user_id}).status_code == 201
    for person in (one, other):
        refused = partner.post("/v1/operator/evidence", ticket | {"user_id": person.user_id})
        assert (refused.status_code, refused.json["code"]) == (409, "evidence.known")


def test_nobody_attests_their_own_evidence(beijinger):
    body = {"user_id": beijinger.user_id, "tier": "fare_record", "reference": "my word"}
    assert beijinger.post("/v1/operator/evidence", body).status_code == 403


def test_another_persons_activity_and_a_missing_one_answer_the_same(beijinger, new_beijinger):
    activity = log(beijinger)
    stranger = new_beijinger()
    paths = (f"/v1/activities/{activity['id']}", f"/v1/reductions/{activity['reduction']['id']}")
    missing = ("/v1/activities/act_01jb0000000000000000000000", "/v1/reductions/red_01jb0000000000000000000000")
    for foreign, nowhere in zip(paths, missing, strict=True):
        assert stranger.get(foreign).status_code == stranger.get(nowhere).status_code == 404
        assert stranger.get(foreign).json["code"] == stranger.get(nowhere).json["code"]
    assert stranger.post(f"{paths[0]}/withdraw").status_code == 404
