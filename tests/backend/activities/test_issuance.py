"""What the platform has credited, gross and net of what somebody average would be credited for changing nothing."""

from __future__ import annotations

from datetime import date

import pytest

from backend.activities.service.issuance import compute_net_g
from calculators import load_library, no_change_shares
from tests.backend.activities.conftest import TRIP, log

NOVEMBER = "/v1/operator/issuance?from=2026-11-01&to=2026-11-30"
NOVEMBERS_END = date(2026, 11, 30)


@pytest.fixture
def auditor(new_person):
    return new_person(roles=("auditor",))


@pytest.mark.parametrize(
    "credited, baseline, permille, net",
    [(1000, 1000, 569, 431), (500, 1000, 569, 0), (1000, 1001, 1, 998), (0, 0, 569, 0), (1000, 1000, 0, 1000)],
)
def test_net_is_what_goes_beyond_the_share_and_never_below_nothing(credited, baseline, permille, net):
    assert compute_net_g(credited, baseline, permille) == net


def test_what_everybody_was_credited_stands_gross_and_net_by_rule_and_in_all(new_beijinger, auditor):
    trips = [log(new_beijinger(), mode="walk", distance="5") for _ in range(2)]
    gross = sum(one["reduction"]["credited_g"] for one in trips)
    baseline = sum(one["reduction"]["baseline_g"] for one in trips)
    issued = auditor.get(NOVEMBER).json
    (rule,) = issued["rules"]
    share = max(one.permille for one in no_change_shares(_trip(), load_library().tables, NOVEMBERS_END))
    assert (rule["methodology_id"], rule["activities"]) == (TRIP, 2)
    assert (rule["baseline_g"], rule["credited_g"], rule["no_change_permille"]) == (baseline, gross, share)
    assert rule["net_g"] == compute_net_g(gross, baseline, share)
    assert (issued["credited_g"], issued["net_g"], issued["without_share_g"]) == (gross, rule["net_g"], 0)


def test_a_rule_whose_mix_nobody_knows_has_no_net_figure_and_adds_none(beijinger, auditor):
    body = {"methodology": "consumables.second_hand_goods", "occurred_at": "2026-11-20T08:10:00+08:00"}
    bought = beijinger.post("/v1/activities", body | {"inputs": {"good": "laptop", "items": "1"}}).json
    gross = bought["reduction"]["credited_g"]
    assert gross > 0, bought
    issued = auditor.get(NOVEMBER).json
    assert [(one["no_change_permille"], one["net_g"]) for one in issued["rules"]] == [(None, None)]
    assert (issued["credited_g"], issued["net_g"], issued["without_share_g"]) == (gross, 0, gross)


def test_other_months_and_what_was_withdrawn_do_not_count(beijinger, auditor):
    ride = log(beijinger)
    december = auditor.get("/v1/operator/issuance?from=2026-12-01&to=2026-12-31").json
    assert (december["rules"], december["credited_g"]) == ([], 0)
    beijinger.post(f"/v1/activities/{ride['id']}/withdraw")
    assert auditor.get(NOVEMBER).json["credited_g"] == 0


def test_only_auditors_and_administrators_read_it_and_the_period_has_to_be_one(beijinger, auditor):
    assert beijinger.get(NOVEMBER).status_code == 403
    refused = auditor.get("/v1/operator/issuance?from=2026-12-01&to=2026-11-30")
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "before_from")


def test_the_working_of_a_reduction_says_what_no_change_would_be_credited(beijinger):
    ride = log(beijinger)
    told = beijinger.get(f"/v1/reductions/{ride['reduction']['id']}").json["no_change"]
    assert "56 %" in told
    chinese = {"Accept-Language": "zh-CN"}
    said = beijinger.get(f"/v1/reductions/{ride['reduction']['id']}", headers=chinese).json["no_change"]
    assert "56%" in said


def test_reviewers_read_the_shares_beside_the_figures_of_a_version(beijinger, client):
    listed = beijinger.get(f"/v1/methodologies/{TRIP}").json
    version = listed["versions"][-1]["version"]
    shares = beijinger.get(f"/v1/methodologies/{TRIP}/versions/{version}").json["no_change"]
    assert {one["region"]: one["permille"] for one in shares}["CN-BJ"] == 561


def _trip():
    return load_library().methodologies[TRIP]


def test_a_sum_of_grams_of_carbon_dioxide_and_of_all_gases_says_that_it_is_one(beijinger, auditor):
    assert auditor.get(NOVEMBER).json["scopes"] == []
    meal = {"methodology": "food.meal", "occurred_at": "2026-11-20T07:00:00+08:00", "inputs": {"meal": "vegan"}}
    assert beijinger.post("/v1/activities", meal).json["reduction"]["credited_g"] > 0
    assert auditor.get(NOVEMBER).json["scopes"] == ["GHG"]
    log(beijinger)
    issued = auditor.get(NOVEMBER).json
    assert issued["scopes"] == ["CO2", "GHG"]
    assert {one["methodology_id"]: one["scopes"] for one in issued["rules"]}["food.meal"] == ["GHG"]
