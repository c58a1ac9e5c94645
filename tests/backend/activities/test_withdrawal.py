"""An activity taken back nets to zero, and what shared a cap with it is settled again in the order it happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.activities import service
from backend.platform.core.i18n import ENGLISH
from backend.points import service as points
from tests.backend.activities.conftest import DAY_CAP_G, LONG_RIDE_G, log


def at(hour: int) -> str:
    return f"2026-11-20T{hour:02}:00:00+08:00"


def credit_by_hour(person) -> dict[str, int]:
    """What each activity is credited with now, by the hour it happened."""
    items = person.get("/v1/activities?limit=200").json["items"]
    return {item["occurred_at"][11:13]: item["points"]["amount"] for item in items}


def withdraw(person, activity):
    answer = person.post(f"/v1/activities/{activity['id']}/withdraw")
    assert answer.status_code == 200, answer.json
    return answer.json


def test_a_withdrawn_activity_nets_to_zero_and_stays_readable(beijinger, session):
    activity = log(beijinger)
    withdrawn = withdraw(beijinger, activity)
    assert (withdrawn["status"], withdrawn["points"]["amount"]) == ("withdrawn", 0)
    assert withdrawn["reduction"]["superseded_at"] is not None
    assert beijinger.get(f"/v1/activities/{activity['id']}").json == withdrawn
    kept = session.execute(
        text("SELECT SUM(balance) FROM ledger_balances WHERE user_id = :owner"), {"owner": beijinger.user_id}
    )
    assert kept.scalar_one() == 0


def test_withdrawing_twice_changes_nothing_more(beijinger):
    activity = log(beijinger)
    assert withdraw(beijinger, activity) == withdraw(beijinger, activity)


def test_the_day_is_settled_again_in_the_order_in_which_things_happened(beijinger):
    rides = {
        hour: log(beijinger, occurred_at=at(hour), distance="500") for hour in (8, 6, 10, 9)
    }  # logged out of order: 8 and 6 in full, 10 gets what is left, 9 nothing
    left = DAY_CAP_G - 2 * LONG_RIDE_G
    assert [ride["points"]["amount"] for ride in rides.values()] == [LONG_RIDE_G, LONG_RIDE_G, left, 0]
    assert rides[9]["reason"]["code"] == "cap_reached"
    withdraw(beijinger, rides[8])
    # 06:00, 09:00 and 10:00 in Beijing, as UTC
    assert credit_by_hour(beijinger) == {"00": 0, "22": LONG_RIDE_G, "01": LONG_RIDE_G, "02": left}


@pytest.mark.usefixtures("at_any_hour")
def test_each_change_is_a_new_revision_and_the_old_one_stays_with_its_working(beijinger, session):
    first, second, third = (log(beijinger, occurred_at=at(hour), distance="500") for hour in (6, 7, 8))
    withdraw(beijinger, first)
    changed = beijinger.get(f"/v1/activities/{third['id']}").json
    assert (changed["reduction"]["revision"], changed["status"]) == (2, "credited")
    assert changed["points"]["amount"] == LONG_RIDE_G
    before = beijinger.get(f"/v1/reductions/{third['reduction']['id']}").json
    after = beijinger.get(f"/v1/reductions/{changed['reduction']['id']}").json
    assert (before["cause"], before["credited_g"]) == ("logged", DAY_CAP_G - 2 * LONG_RIDE_G)
    assert (after["cause"], after["credited_g"]) == ("resettled", LONG_RIDE_G)
    assert before["superseded_at"] is not None
    untouched = beijinger.get(f"/v1/activities/{second['id']}").json
    assert untouched["reduction"]["revision"] == 1


def test_an_activity_that_found_the_cap_used_up_is_credited_once_there_is_room(beijinger):
    rides = [log(beijinger, occurred_at=at(hour), distance="500") for hour in (5, 6, 7, 8)]
    assert rides[3]["status"] == "uncredited"
    withdraw(beijinger, rides[0])
    late = beijinger.get(f"/v1/activities/{rides[3]['id']}").json
    assert (late["status"], late["reason"]) == ("credited", None)
    assert late["points"]["amount"] == DAY_CAP_G - 2 * LONG_RIDE_G


def test_another_day_is_left_alone(beijinger):
    yesterday = log(beijinger, occurred_at="2026-11-19T08:00:00+08:00", distance="500")
    today = log(beijinger, distance="500")
    withdraw(beijinger, today)
    assert beijinger.get(f"/v1/activities/{yesterday['id']}").json == yesterday


def test_what_was_collected_is_taken_back_too(beijinger, frozen_clock, in_transaction):
    activity = log(beijinger)
    frozen_clock.advance(timedelta(days=1))
    in_transaction(lambda session: points.collect(session, beijinger.user_id))
    withdrawn = in_transaction(lambda session: service.withdraw(session, beijinger.user_id, activity["id"], ENGLISH))
    assert withdrawn.points.amount == 0
    balances = in_transaction(lambda session: points.get_balances(session, beijinger.user_id), read_only=True)
    assert (balances.points, balances.pending, balances.owed) == (0, 0, 0)
