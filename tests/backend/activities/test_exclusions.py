"""Rules that exclude each other count one at a time, a meter is read once a day, and the past is a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from backend.activities.service import history
from tests.backend.activities.conftest import log, with_a_new_token

STOP, TRIP = "transport.stop_driving_day", "transport.low_carbon_trip"
METER, OWN_WEEK = "housing.household_electricity", "housing.electricity_below_own_mean"


DOUBT = text(
    """INSERT INTO decisions (user_id, activity_id, number, outcome, rule, rule_version, found, decided_at)
    VALUES (:owner, :activity, 2, 'hold', 'evidence.reading', 2, '{"rules": [], "params": {}}', :now)"""
)


def tell(
    person, methodology: str, day: int, hour: int = 8, month: int = 11, evidence: Sequence[str] = (), **inputs: Any
) -> dict[str, Any]:
    """One activity of somebody in Beijing, as it was answered."""
    when = f"2026-{month:02}-{day:02}T{hour:02}:00:00+08:00"
    body = {"methodology": methodology, "occurred_at": when, "inputs": inputs, "evidence": evidence}
    answer = person.post("/v1/activities", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def now(person, activity: dict[str, Any]) -> dict[str, Any]:
    return person.get(f"/v1/activities/{activity['id']}").json


def withdraw(person, activity: dict[str, Any]) -> None:
    assert person.post(f"/v1/activities/{activity['id']}/withdraw").status_code == 200


def told(activity: dict[str, Any]) -> tuple[str, str | None, int]:
    """Status, reason and points."""
    reason = activity["reason"] and activity["reason"]["code"]
    return activity["status"], reason, activity["points"]["amount"]


@pytest.fixture
def household(new_beijinger) -> Any:
    """Somebody in a household of three."""
    return new_beijinger(household_size=Decimal(3))


def test_the_second_of_two_rules_that_exclude_each_other_is_told_which_one_counts(household):
    first = tell(household, METER, 19, consumption="1")
    assert first["status"] == "credited"
    second = tell(household, METER, 19, hour=20, consumption="1")
    assert told(second) == ("uncredited", "counted_already", 0)
    assert "Household electricity" in second["reason"]["message"]
    assert second["reduction"]["reduction_g"] > 0
    chinese = household.get(f"/v1/activities/{second['id']}", headers={"Accept-Language": "zh-CN"}).json
    assert "已计入" in chinese["reason"]["message"]


def test_a_reading_over_several_days_takes_each_of_them(household):
    week = tell(household, METER, 19, consumption="7", days="5")
    assert week["status"] == "credited"
    assert told(tell(household, METER, 15, consumption="1"))[1] == "counted_already"
    assert told(tell(household, METER, 20, consumption="3", days="2"))[1] == "counted_already"
    assert tell(household, METER, 14, consumption="1")["status"] == "credited"
    assert tell(household, METER, 20, consumption="1")["status"] == "credited"


def test_taking_the_first_back_lets_the_second_count(household, session):
    week = tell(household, METER, 19, consumption="7", days="5")
    kept_out = tell(household, METER, 15, consumption="1")
    alone = tell(household, METER, 14, consumption="1")["points"]["amount"]  # no day between them is left out
    withdraw(household, week)
    assert told(now(household, kept_out)) == ("credited", None, alone)
    assert now(household, kept_out)["reduction"]["revision"] == 2
    held = session.execute(text("SELECT claimed_on FROM flow_claims WHERE user_id = :u"), {"u": household.user_id})
    assert sorted(str(day) for day in held.scalars()) == ["2026-11-14", "2026-11-15"]


def test_only_as_much_counts_as_finds_its_days_free(household):
    week = tell(household, METER, 19, consumption="7", days="5")
    longer = tell(household, METER, 20, consumption="7", days="4")
    shorter = tell(household, METER, 18, consumption="1")
    withdraw(household, week)
    # the one that covers more days is paid, whichever was told or happened first; the other stays out
    assert now(household, longer)["status"] == "credited"
    assert told(now(household, shorter))[:2] == ("uncredited", "counted_already")


def test_a_withdrawn_one_that_never_counted_frees_nothing(household):
    first = tell(household, METER, 19, consumption="1")
    second = tell(household, METER, 19, hour=20, consumption="1")
    third = tell(household, METER, 19, hour=21, consumption="1")
    withdraw(household, second)
    assert told(now(household, third))[1] == "counted_already"
    withdraw(household, first)
    assert now(household, third)["status"] == "credited"


def test_what_earned_nothing_keeps_nobody_out(household):
    nothing = tell(household, METER, 19, consumption="400")
    assert nothing["reason"]["code"] == "no_reduction"
    assert tell(household, METER, 19, hour=20, consumption="1")["status"] == "credited"


def test_trips_of_one_day_do_not_exclude_each_other(beijinger):
    hours = [f"2026-11-20T{hour:02}:10:00+08:00" for hour in (7, 8, 9)]
    assert [log(beijinger, occurred_at=hour)["status"] for hour in hours] == ["credited"] * 3


def test_days_that_cannot_be_are_refused_by_their_field(household):
    body = {
        "methodology": METER,
        "occurred_at": "2026-11-19T08:00:00+08:00",
        "inputs": {"consumption": "7", "days": "90"},
    }
    answer = household.post("/v1/activities", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["inputs.days"]


@pytest.fixture
def by_meter(household, fare_record):
    """`by_meter(13, "6")`: a day's use in their own week, as a meter that speaks for itself shows it."""

    def read(day: int, consumption: str) -> dict[str, Any]:
        return tell(household, OWN_WEEK, day, consumption=consumption, evidence=[fare_record(household, "smart_meter")])

    return read


def test_a_first_reading_begins_a_history_and_a_week_later_it_is_a_baseline(household, by_meter):
    days = [by_meter(day, "6") for day in range(13, 19)]
    assert {told(day)[1] for day in days[:5]} == {"missing_context"}
    lower = tell(household, OWN_WEEK, 19, consumption="5")
    assert told(lower) == ("credited", None, 25)  # one kilowatt hour below the own week, self-declared
    working = household.get(f"/v1/reductions/{lower['reduction']['id']}").json["working"]
    assert working["context"]["history"] == {"own_mean": "6.00"}


def test_inflated_days_before_honest_ones_are_no_baseline_on_ones_own_word(household):
    assert inflated_then_honest(household) == [("uncredited", "missing_context", 0)] * 7


def test_where_ones_own_word_is_a_baseline_the_honest_days_after_it_are_paid_for(household, monkeypatch):
    """The control: up to fourteen kilowatt hours below a told week of twenty, until four days have told the truth."""
    monkeypatch.setattr(history, "SELF_DECLARED", "nobody's word")
    paid = [points for _, _, points in inflated_then_honest(household)]
    assert paid == [100, 100, 100, 100, 0, 0, 0]


def inflated_then_honest(household) -> list[tuple[str, str | None, int]]:
    """A week told at twenty kilowatt hours a day, and what each day of the next one comes to at the true six."""
    for day in range(7, 14):
        tell(household, OWN_WEEK, day, consumption="20")
    return [told(tell(household, OWN_WEEK, day, consumption="6")) for day in range(14, 21)]


def test_what_was_doubted_is_no_baseline_either(household, by_meter, in_transaction):
    """Five days of twenty, each held against and not accepted since, before a true day of six."""
    for day in range(13, 18):
        inflated = by_meter(day, "20")
        doubt = {"owner": household.user_id, "activity": inflated["id"], "now": "2026-11-20 04:00:00+00:00"}
        in_transaction(lambda session, doubt=doubt: session.execute(DOUBT, doubt))
    assert told(by_meter(18, "6")) == ("uncredited", "missing_context", 0)


def test_one_extravagant_day_before_the_drop_lifts_nothing(household, by_meter):
    for day in range(13, 18):
        by_meter(day, "6")
    by_meter(18, "60")
    assert told(tell(household, OWN_WEEK, 19, consumption="6")) == ("uncredited", "too_small", 0)


def test_a_withdrawn_reading_is_no_past(household, by_meter):
    days = [by_meter(day, "6") for day in range(13, 18)]
    withdraw(household, days[0])
    assert told(tell(household, OWN_WEEK, 18, consumption="5"))[1] == "missing_context"


def test_the_two_branches_of_the_electricity_rule_exclude_each_other_on_a_day(household, by_meter):
    for day in range(13, 18):
        by_meter(day, "6")
    assert tell(household, METER, 18, consumption="1")["status"] == "credited"
    branch = tell(household, OWN_WEEK, 18, hour=20, consumption="5")
    assert told(branch)[:2] == ("uncredited", "counted_already")


def test_a_car_that_stood_still_is_measured_by_its_own_year_and_no_trip_counts_beside_it(
    household, frozen_clock, fare_record
):
    photos = [[fare_record(household, "odometer_pair")] for _ in range(4)]
    assert told(stopped(household, 20, 10_000, evidence=photos[0]))[1] == "missing_context"
    frozen_clock.advance(timedelta(days=31))
    household = with_a_new_token(household)
    assert told(stopped(household, 21, 10_930, month=12, evidence=photos[1]))[1] == "missing_context"
    frozen_clock.advance(timedelta(days=7))
    household = with_a_new_token(household)
    # a year is known, and of the last thirty days one reading
    assert told(stopped(household, 28, 11_140, month=12, evidence=photos[2]))[1] == "missing_context"
    frozen_clock.advance(timedelta(days=1))
    household = with_a_new_token(household)
    still = stopped(household, 29, 11_140, month=12, evidence=photos[3])
    working = household.get(f"/v1/reductions/{still['reduction']['id']}").json["working"]
    assert working["context"]["history"] == {"usual_day": "30.00", "recent_day": "30.00"}
    assert still["status"] == "credited"
    ride = log(household, occurred_at="2026-12-29T09:00:00+08:00")
    assert told(ride) == ("uncredited", "counted_already", 0)
    withdraw(household, still)
    assert now(household, ride)["status"] == "credited"


def stopped(person, day: int, odometer: int, **when: Any) -> dict[str, Any]:
    inputs = {"odometer_first": odometer, "odometer_second": odometer, "between": "24", "restricted": "no"}
    return tell(person, STOP, day, **when, **inputs)
