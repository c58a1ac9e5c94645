"""The same activity sent again is one activity; different ones at once never pass a cap."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import event, text

from backend.activities.service import estimates
from calculators import load_library
from tests.backend.activities.conftest import DAY_CAP_G, TRIP, log, trip

ROUTE = "/v1/activities"


def stored(session, table: str) -> int:
    return session.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()


@pytest.mark.concurrency
def test_one_request_sent_many_times_at_once_with_one_key_is_one_activity(beijinger, parallel, counts, session):
    times = counts(small=20, long=50)
    race = parallel(times, lambda _: beijinger.post(ROUTE, trip(), key="one ride"))
    assert race.errors == []
    assert {answer.status_code for answer in race.results} == {201}
    assert len({answer.data for answer in race.results}) == 1
    assert (stored(session, "activities"), stored(session, "reductions"), stored(session, "ledger_entries")) == (
        1,
        1,
        1,
    )


def test_a_retry_of_a_ride_rolls_nothing_back_though_it_took_the_locks(beijinger):
    """After a rollback the driver forgets every statement that the connection has prepared."""
    rolled_back = []

    def note(connection):
        rolled_back.append(connection)

    first = beijinger.post(ROUTE, trip(), key="one ride")
    connections = beijinger.app.extensions["carbon.engine"]
    event.listen(connections, "rollback", note)
    try:
        assert beijinger.post(ROUTE, trip(), key="one ride").data == first.data
    finally:
        event.remove(connections, "rollback", note)
    assert (first.status_code, rolled_back) == (201, [])


@pytest.mark.concurrency
def test_without_a_key_each_of_them_is_an_activity_of_its_own(beijinger, parallel, session):
    """The control of the test above: what the key prevents does happen without it."""
    race = parallel(8, lambda _: beijinger.post(ROUTE, trip()))
    assert {answer.status_code for answer in race.results} == {201}
    assert stored(session, "activities") == 8


@pytest.mark.concurrency
def test_one_client_id_is_one_activity_without_any_key(beijinger, parallel, session):
    race = parallel(8, lambda _: beijinger.post(ROUTE, trip(client_id="phone-7")))
    assert race.errors == []
    assert {answer.status_code for answer in race.results} == {201}
    assert len({answer.data for answer in race.results}) == 1
    assert stored(session, "activities") == 1


def test_a_client_id_is_the_device_owners_own(beijinger, new_beijinger):
    first = log(beijinger, client_id="phone-7")
    other = log(new_beijinger(), client_id="phone-7")
    assert first["id"] != other["id"]


def long_rides(person, parallel, times: int) -> list:
    """Different trips of one day, all at once; each alone is far below the cap, together far above."""
    return parallel(times, lambda turn: person.post(ROUTE, trip(distance=str(400 + turn)), key=f"ride {turn}")).results


def credited(session, person) -> int:
    return session.execute(
        text("SELECT SUM(credited_g) FROM reductions WHERE user_id = :owner AND superseded_at IS NULL"),
        {"owner": person.user_id},
    ).scalar_one()


@pytest.mark.usefixtures("at_any_hour")
@pytest.mark.concurrency
def test_different_trips_at_once_are_never_credited_above_the_cap(beijinger, parallel, counts, session):
    times = counts(small=12, long=50)
    answers = long_rides(beijinger, parallel, times)
    assert [answer.status_code for answer in answers] == [201] * times
    assert credited(session, beijinger) == DAY_CAP_G
    assert {answer.json["status"] for answer in answers} == {"credited", "uncredited"}


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard of the caps is switched off on purpose")
def test_without_the_guard_the_same_trips_pass_the_cap(
    engine, beijinger, parallel, make_app, monkeypatch, session, unlocked
):
    """The control: the book is read without its lock, and on SQLite without a transaction around the request."""
    times = 8
    if engine == "sqlite":
        monkeypatch.setattr("backend.app.factory.configure", lambda engine: None)
        beijinger = replace(beijinger, app=make_app())
    unlocked(beijinger, pays=False)
    everyone_has_read = threading.Barrier(times)
    judge = estimates.judge

    def judge_together(*given):
        everyone_has_read.wait(20)
        return judge(*given)

    monkeypatch.setattr(estimates, "judge", judge_together)
    long_rides(beijinger, parallel, times)
    assert credited(session, beijinger) > DAY_CAP_G


def test_a_month_has_a_cap_of_its_own_and_other_days_of_it_count(beijinger, session):
    cap = load_library().methodologies[TRIP].caps["per_month_g"]
    for day in (18, 19, 20):
        hours = [f"2026-11-{day}T08:0{turn}:00+08:00" for turn in range(3)]
        rides = [log(beijinger, occurred_at=hour, distance="500") for hour in hours]
    assert [part["kind"] for part in rides[1]["reduction"]["deductions"]][-1] == "cap"
    assert (rides[2]["status"], rides[2]["reason"]["code"]) == ("uncredited", "cap_reached")
    assert credited(session, beijinger) == cap < 3 * DAY_CAP_G


def test_a_correction_under_an_old_client_id_is_refused_and_not_lost(beijinger):
    first = log(beijinger, client_id="a phone's first", distance="10")
    body = trip(client_id="a phone's first", distance="12")
    answer = beijinger.post("/v1/activities", body)
    assert (answer.status_code, answer.json["code"]) == (409, "activity.mismatch")
    same = beijinger.post("/v1/activities", trip(client_id="a phone's first", distance="10.0"))
    assert same.json["id"] == first["id"]
    batch = beijinger.post("/v1/activities/batch", {"items": [body, trip(client_id="another", distance="1")]}).json
    assert [one["outcome"] for one in batch["outcomes"]] == ["invalid", "credited"]
    assert batch["outcomes"][0]["errors"][0]["code"] == "activity.mismatch"


def test_two_items_of_one_batch_that_say_different_things_under_one_name_are_told_apart(beijinger):
    items = [trip(client_id="one", distance="1"), trip(client_id="one", distance="2")]
    outcomes = beijinger.post("/v1/activities/batch", {"items": items}).json["outcomes"]
    assert [one["outcome"] for one in outcomes] == ["credited", "invalid"]
