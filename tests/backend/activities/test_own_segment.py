"""The baseline of people with the same drivers over HTTP: told, recorded, previewed, never more than the region's."""

from __future__ import annotations

from typing import Any

import pytest

from backend.activities.service import estimates
from tests.backend.activities.conftest import TRIP, log

LONDON = {"region": "GB-ENG", "zone": "Europe/London"}
AT = "2026-11-20T03:10:00+00:00"


@pytest.fixture
def walker(new_beijinger) -> Any:
    return new_beijinger(**LONDON)


def test_a_short_walk_is_compared_with_short_trips_and_says_so(walker, monkeypatch):
    short = log(walker, mode="walk", distance="1.2", occurred_at=AT)
    assert "trips of less than a mile" in short["reduction"]["basis"]
    chinese = walker.get(f"/v1/activities/{short['id']}", headers={"Accept-Language": "zh-CN"}).json
    assert "不足一英里的出行" in chinese["reduction"]["basis"]
    monkeypatch.setattr(estimates, "SEGMENTED", {})
    regional = log(walker, mode="walk", distance="1.2", occurred_at="2026-11-20T03:40:00+00:00")
    assert 0 < short["reduction"]["credited_g"] < regional["reduction"]["credited_g"] / 3


def test_the_segment_is_recorded_with_the_reduction(walker):
    short = log(walker, mode="walk", distance="1.2", occurred_at=AT)
    working = walker.get(f"/v1/reductions/{short['reduction']['id']}").json["working"]
    used = working["parameters"]["baseline_factor"]
    assert (used["table"], used["segment"]["driver"]) == ("baselines.segments", "trip_length")
    assert used["segment"]["instead_of"]["table"] == "baselines.trip_mix"


def test_a_segment_leads_back_to_the_reductions_that_rest_on_it(walker, new_person):
    short, auditor = log(walker, mode="walk", distance="1.2", occurred_at=AT), new_person(roles=("auditor",))
    log(walker, mode="walk", distance="2", occurred_at="2026-11-20T03:40:00+00:00")
    working = walker.get(f"/v1/reductions/{short['reduction']['id']}").json["working"]
    key = working["parameters"]["baseline_factor"]["key"]
    found = auditor.get(f"/v1/operator/factors/{key}/reductions").json["items"]
    assert [one["id"] for one in found] == [short["reduction"]["id"]]


def test_a_longer_walk_and_one_elsewhere_are_compared_as_before(walker, beijinger):
    assert "less than a mile" not in log(walker, mode="walk", distance="2", occurred_at=AT)["reduction"]["basis"]
    assert "trip mix" in log(beijinger, mode="walk", distance="1.2")["reduction"]["basis"]


def test_a_preview_says_the_same(walker):
    inputs = {"mode": "walk", "distance": {"value": "1.2", "unit": "km"}}
    answer = walker.post("/v1/estimates", {"methodology": TRIP, "inputs": inputs, "region": "GB-ENG"})
    assert answer.status_code == 200, answer.json
    assert "trips of less than a mile" in answer.json["reduction"]["basis"]
