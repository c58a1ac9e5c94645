"""Which reductions rest on a figure: everybody's, for auditors alone, and none of another figure."""

from __future__ import annotations

import pytest

from tests.backend.activities.conftest import TRIP, log

MIX, METRO = "trip_mix", "trip_metro"


@pytest.fixture
def auditor(new_person):
    return new_person(roles=("auditor",))


def resting_on(auditor, key: str, *, limit: int = 20, **query) -> list[dict]:
    """Every page put together."""
    found, cursor = [], None
    while True:
        asked = {**query, "limit": limit} | ({"cursor": cursor} if cursor else {})
        words = "&".join(f"{name}={value}" for name, value in asked.items())
        page = auditor.get(f"/v1/operator/factors/{key}/reductions?{words}").json
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_a_figure_leads_to_every_reduction_that_rests_on_it(auditor, beijinger, new_beijinger):
    rides = [log(beijinger), log(new_beijinger())]
    log(beijinger, mode="walk")
    found = resting_on(auditor, METRO)
    assert {one["id"] for one in found} == {ride["reduction"]["id"] for ride in rides}
    (use,) = found[0]["uses"]
    assert use == {
        "parameter": "mode_factor",
        "table": "factors.trip_mode",
        "region": "CN-BJ",
        "year": 2024,
        "value": "0.032",
        "unit": "kgCO2/passenger-km",
    }
    assert found[0]["methodology_id"] == TRIP
    assert len(resting_on(auditor, MIX)) == 3


def test_the_way_back_is_narrowed_by_place_and_year(auditor, beijinger, new_beijinger):
    log(beijinger)
    elsewhere = log(new_beijinger(region="CN-TJ"))
    (found,) = resting_on(auditor, MIX, region="CN-TJ", year=2024)
    assert found["id"] == elsewhere["reduction"]["id"]
    assert resting_on(auditor, MIX, year=1999) == []


def test_a_superseded_reduction_is_found_and_marked(auditor, beijinger):
    ride = log(beijinger)
    beijinger.post(f"/v1/activities/{ride['id']}/withdraw")
    found = {one["id"]: one["superseded_at"] for one in resting_on(auditor, METRO)}
    assert found[ride["reduction"]["id"]] is not None


def test_pages_neither_skip_nor_repeat_even_where_one_finds_nothing(auditor, beijinger, monkeypatch):
    rides = [log(beijinger, mode=mode)["reduction"]["id"] for mode in ("metro", "walk", "walk", "metro", "metro")]
    monkeypatch.setattr("backend.activities.service.factor_usage.SCANNED_AT_ONCE", 2)
    for limit in (1, 2, 20):
        found = [one["id"] for one in resting_on(auditor, METRO, limit=limit)]
        assert found == sorted(set(rides) - {rides[1], rides[2]})


def test_a_key_is_no_pattern_and_no_part_of_another(auditor, beijinger):
    log(beijinger)
    for key in ("trip%", "trip_metr_", "trip", "metro"):
        assert resting_on(auditor, key) == []


@pytest.mark.parametrize("role", ["support", "methodologist", "reviewer", "finance"])
def test_nobody_else_sees_everybodys_reductions(role, new_person, beijinger):
    path = f"/v1/operator/factors/{METRO}/reductions"
    assert new_person(roles=(role,)).get(path).status_code == 403
    assert beijinger.get(path).status_code == 403
