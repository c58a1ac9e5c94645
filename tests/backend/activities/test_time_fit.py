"""Trips that name neither a duration nor a track are held against one another by the least that each takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend.activities.domain import LogActivity
from backend.activities.service import neighbours
from backend.activities.sql.logging import ClockUsed
from backend.platform.data.batch import fetch
from tests.backend.activities.conftest import TRIP, log, trip

RULE = "trip.no_time_left"


def ridden(person: Any, at: str, mode: str, distance: str) -> tuple[str, str | None]:
    """The status of a ride on the 20th and the rule it is held by."""
    made = log(person, mode=mode, distance=distance, occurred_at=f"2026-11-20T{at}:00+08:00")
    return made["status"], made["reason"] and made["reason"]["code"]


def test_a_ride_that_the_hours_have_no_room_for_waits(beijinger):
    """400 km by metro take 3 h 20 min at 120 km/h, 300 km by bus 3 h 45 min at 80: 7:05 in the 6:15 from 03:00 on."""
    assert ridden(beijinger, "04:00", "metro", "400") == ("credited", None)
    made = log(beijinger, mode="bus", distance="300", occurred_at="2026-11-20T04:30:00+08:00")
    (decided,) = beijinger.get(f"/v1/activities/{made['id']}/decisions").json["decisions"]
    assert (made["status"], decided["rule"]) == ("held", RULE)
    assert decided["params"] == {"needed_s": str(7 * 3600 + 300), "there_was_s": str(6 * 3600 + 900)}


def test_what_is_held_pulls_nothing_down_with_it(beijinger):
    ridden(beijinger, "04:00", "metro", "400")
    assert ridden(beijinger, "04:30", "bus", "300") == ("held", RULE)
    assert ridden(beijinger, "06:00", "bus", "10") == ("credited", None)


def test_the_legs_of_a_commute_may_all_be_told_for_one_hour(beijinger):
    legs = [ridden(beijinger, "08:00", mode, km) for mode, km in (("walk", "0.8"), ("metro", "10"), ("bus", "5"))]
    assert legs == [("credited", None)] * 3


def test_a_long_ride_that_began_hours_before_is_found(beijinger):
    assert ridden(beijinger, "02:00", "metro", "500") == ("credited", None)  # 4 h 10 min
    assert ridden(beijinger, "04:00", "metro", "300") == ("held", RULE)  # 6 h 40 min in the 6 h 30 min from 01:00 on


def test_a_queue_finds_the_same(beijinger):
    rides = [("04:00", "metro", "400"), ("04:30", "bus", "300"), ("06:00", "bus", "10")]
    items = [trip(mode, km, occurred_at=f"2026-11-20T{at}:00+08:00", client_id=f"ride-{at}") for at, mode, km in rides]
    answered = beijinger.post("/v1/activities/batch", {"items": items}).json["outcomes"]
    assert [item["outcome"] for item in answered] == ["credited", "held", "credited"]


@pytest.mark.parametrize("rides", [40, 160])
def test_however_many_rides_a_day_holds_only_the_few_that_may_share_its_time_are_read(
    rides, beijinger, in_transaction, frozen_clock
):
    """One every three minutes, and one of five hours at the beginning of the day, which is among the answers."""
    begins = frozen_clock() - timedelta(hours=11)
    when = [begins + number * timedelta(minutes=3) for number in range(rides)]
    short = [
        trip("metro", "0.5", occurred_at=at.isoformat(), client_id=f"ride-{number}") for number, at in enumerate(when)
    ]
    assert beijinger.post("/v1/activities/batch", {"items": short}).status_code == 200
    command = LogActivity(TRIP, when[-1], {"mode": "metro", "distance": {"value": "10", "unit": "km"}})

    def near(session: Any) -> Any:
        asked = neighbours.ask_around(beijinger.user_id, command)
        rows = fetch(session, asked.question).all()
        around = neighbours.read_neighbourhood(session, asked, "Asia/Shanghai", rows)
        return rows, around.neighbours

    # of the last three hours: one that each may be told off by, one for what is no long trip; 0.5 km are 15 s
    lately = min(rides, 61)
    assert in_transaction(near) == ([ClockUsed("Asia/Shanghai", 15 * lately)], [])
    log(beijinger, mode="bus", distance="400", occurred_at=begins.isoformat())
    rows, beside = in_transaction(near)
    assert rows == [ClockUsed("Asia/Shanghai", 15 * lately + 5 * 3600)]
    assert (max(one.least_s for one in beside), len(beside)) == (5 * 3600, 1 + lately)
