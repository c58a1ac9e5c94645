"""What somebody does every weekday is asked about, day by day, and logged only when they say so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.backend.activities.conftest import TRIP, with_a_new_token

COMMUTE = {
    "methodology": TRIP,
    "inputs": {"mode": "metro", "distance": {"value": "8", "unit": "km"}},
    "weekdays": [1, 2, 3, 4, 5],
    "time": "08:10",
    "duration_s": 1500,
}
# 2026-11-20, a Friday, at noon in Beijing
TODAY, YESTERDAY, SATURDAY = "2026-11-20", "2026-11-19", "2026-11-21"


def add(person, **given: Any) -> dict[str, Any]:
    answer = person.post("/v1/routines", COMMUTE | given)
    assert answer.status_code == 201, answer.json
    return answer.json


def due(person) -> list[str]:
    return [one["on"] for one in person.get("/v1/routines/due").json["due"]]


def confirm(person, routine, on: str, **given: Any):
    return person.post(f"/v1/routines/{routine['id']}/confirm", {"on": on, **given})


def test_a_habit_is_asked_about_and_credits_nothing_by_itself(beijinger):
    add(beijinger)
    assert due(beijinger) == [TODAY]
    assert beijinger.get("/v1/activities").json["items"] == []


def test_a_confirmed_day_is_logged_as_it_usually_is_and_is_due_no_more(beijinger):
    routine = add(beijinger)
    activity = confirm(beijinger, routine, TODAY).json
    assert (activity["status"], activity["local_day"], activity["duration_s"]) == ("credited", TODAY, 1500)
    assert activity["occurred_at"] == "2026-11-20T00:10:00+00:00"
    assert activity["inputs"]["distance"] == {"value": "8", "unit": "km"}
    assert due(beijinger) == []


def test_confirming_again_is_confirming_once(beijinger):
    routine = add(beijinger)
    first, again = (confirm(beijinger, routine, TODAY).json for _ in range(2))
    assert first == again
    assert len(beijinger.get("/v1/activities").json["items"]) == 1


def test_a_day_may_differ_from_usual(beijinger):
    changed = confirm(beijinger, add(beijinger), TODAY, inputs={"distance": "5"}).json
    assert changed["inputs"]["mode"] == "metro"
    assert changed["inputs"]["distance"]["value"] == "5"


def test_a_skipped_day_is_due_no_more(beijinger):
    routine = add(beijinger)
    for _ in range(2):
        assert beijinger.post(f"/v1/routines/{routine['id']}/skip", {"on": TODAY}).status_code == 204
    assert due(beijinger) == []


def test_days_wait_as_long_as_they_may_be_logged(beijinger, frozen_clock):
    add(beijinger)
    frozen_clock.advance(timedelta(days=20))
    waiting = due(with_a_new_token(beijinger))
    assert waiting[0] == "2026-12-10"
    assert waiting[-1] == "2026-11-26"
    assert not {"2026-11-28", "2026-11-29"} & set(waiting)  # a weekend


def test_a_day_falls_due_at_its_time_and_not_before(beijinger):
    add(beijinger, time="12:01")
    assert due(beijinger) == []


@pytest.mark.parametrize("on", [SATURDAY, "2026-11-18"])
def test_a_day_on_which_it_does_not_fall_due_cannot_be_confirmed(beijinger, on):
    routine = add(beijinger, starts_on=YESTERDAY)
    answer = confirm(beijinger, routine, on)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["on"]


def test_an_ended_routine_asks_no_more_and_what_was_confirmed_stays(beijinger):
    routine = add(beijinger, starts_on=YESTERDAY)
    confirm(beijinger, routine, YESTERDAY)
    assert beijinger.delete(f"/v1/routines/{routine['id']}").status_code == 204
    assert due(beijinger) == []
    assert len(beijinger.get("/v1/activities").json["items"]) == 1
    (listed,) = beijinger.get("/v1/routines").json["items"]
    assert listed["ended_at"] is not None


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"inputs": {"mode": "metro", "distance": "-1"}}, "inputs.distance"),
        ({"methodology": "transport.broomstick"}, "methodology"),
        ({"weekdays": [0]}, "weekdays.0"),
        ({"weekdays": []}, "weekdays"),
        ({"time": "24:00"}, "time"),
        ({"time": 8}, "time"),
    ],
)
def test_what_could_not_be_logged_is_refused_when_it_is_planned(beijinger, wrong, field):
    answer = beijinger.post("/v1/routines", COMMUTE | wrong)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_twenty_at_a_time_are_enough(beijinger):
    for _ in range(20):
        add(beijinger)
    answer = beijinger.post("/v1/routines", COMMUTE)
    assert answer.status_code == 422
    assert "20" in answer.json["errors"][0]["message"]


def test_somebody_elses_routine_is_not_there(beijinger, new_beijinger):
    routine, other = add(beijinger), new_beijinger()
    assert confirm(other, routine, TODAY).status_code == 404
    assert other.post(f"/v1/routines/{routine['id']}/skip", {"on": TODAY}).status_code == 404
    assert other.delete(f"/v1/routines/{routine['id']}").status_code == 404
    assert due(other) == []


def test_a_guests_routines_come_along(guest, account, bring):
    routine = add(guest, starts_on=YESTERDAY)
    confirm(guest, routine, YESTERDAY)
    guest.post(f"/v1/routines/{routine['id']}/skip", {"on": TODAY})
    bring(guest, account)
    assert due(account) == []
    assert confirm(account, routine, YESTERDAY).json["status"] == "credited"
    assert len(account.get("/v1/activities").json["items"]) == 1
