"""A phone's queue: one outcome each, one credit each, in whatever order and however often it is sent."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backend.activities import service
from backend.activities.domain import ActivityStatus
from backend.activities.service import batch_log
from backend.activities.sql.activities import change_status
from backend.platform.core.i18n import ENGLISH
from backend.platform.data.transactions import enqueue_writes, flush_writes
from backend.points import service as points
from tests.backend.activities.conftest import DAY_CAP_G, trip, with_a_new_token

STORED = ("id", "status", "local_day", "reduction_id", "reduction_g", "credited_g", "behaviour_points", "reason")


def ride(number: int, **given: Any) -> dict[str, Any]:
    """One ride of a queue: each at its own minute, each longer than the one before."""
    when = f"2026-11-{20 - number // 200:02}T{number // 60 % 12:02}:{number % 60:02}:00+08:00"
    usual = {"distance": f"{1 + number / 100}", "client_id": f"ride {number}", "occurred_at": when}
    return trip(**(usual | given))


def send(person, items: list[Any]) -> list[dict[str, Any]]:
    answer = person.post("/v1/activities/batch", {"items": items})
    assert answer.status_code == 200, answer.json
    return answer.json["outcomes"]


def stored(outcomes: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What is stored for each item, whether it was stored now or before."""
    return {one["client_id"]: {name: one[name] for name in STORED} for one in outcomes}


def one_by_one(person, items: list[dict[str, Any]]) -> list[tuple[str, int]]:
    answers = [person.post("/v1/activities", item).json for item in items]
    return [(answer["status"], answer["reduction"]["credited_g"]) for answer in answers]


def count(session, person) -> tuple[int, int]:
    """How many activities somebody has, and what they are credited with."""
    found = session.execute(
        text("SELECT COUNT(*), SUM(credited_g) FROM reductions WHERE user_id = :u AND superseded_at IS NULL"),
        {"u": person.user_id},
    )
    return tuple(found.one())


def test_a_queue_is_worth_what_its_items_are_worth_one_by_one(beijinger, new_beijinger):
    items = [ride(number) for number in range(12)] + [ride(12, mode="car"), ride(13, mode="walk", distance="0.1")]
    outcomes = send(beijinger, items)
    assert [one["index"] for one in outcomes] == list(range(14))
    assert [(one["outcome"], one["credited_g"]) for one in outcomes] == one_by_one(new_beijinger(), items)
    assert outcomes[12]["reason"]["code"] == "no_reduction"
    assert "0.3" in outcomes[13]["reason"]["message"]


def test_whoever_reads_an_outcome_finds_the_activity_and_its_working(beijinger):
    (outcome,) = send(beijinger, [ride(1)])
    activity = beijinger.get(f"/v1/activities/{outcome['id']}").json
    assert activity["points"]["amount"] == outcome["credited_g"]
    assert beijinger.get(f"/v1/reductions/{outcome['reduction_id']}").json["credited_g"] == outcome["credited_g"]


def test_a_queue_sent_again_in_other_orders_and_from_two_devices_is_credited_once(beijinger, counts, parallel, session):
    items = [ride(number) for number in range(counts(small=60, long=500))]
    first = stored(send(beijinger, items[: len(items) // 3]))  # the connection broke: only a part had been sent
    shuffled = random.Random(7)
    orders = [shuffled.sample(items, len(items)) for _ in range(3)]
    raced = parallel(2, lambda number: send(beijinger, orders[number]))
    assert raced.errors == []
    last = send(beijinger, orders[2])
    assert {one["outcome"] for one in last} == {"duplicate"}
    told = [stored(outcomes) for outcomes in (*raced.results, last)]
    assert told[0] == told[1] == told[2]
    assert first.items() <= told[0].items()
    activities, credited = count(session, beijinger)
    assert activities == len(items)
    assert credited == sum(one["credited_g"] for one in told[2].values())


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard of sending again is switched off on purpose")
def test_without_the_names_of_the_device_a_queue_sent_twice_is_credited_twice(beijinger, monkeypatch, session):
    """The control: nobody looks for what is stored under a name, and none is written."""
    monkeypatch.setattr(batch_log, "_stored_before", lambda *_: {})
    nameless = batch_log.record
    monkeypatch.setattr(
        batch_log,
        "record",
        lambda session, state, activity_id, command, *more: nameless(
            session, state, activity_id, replace(command, client_id=None), *more
        ),
    )
    for _ in range(2):
        send(beijinger, [ride(number) for number in range(5)])
    assert count(session, beijinger)[0] == 10


def test_two_items_of_one_name_are_one_activity(beijinger):
    twice = send(beijinger, [ride(1), ride(1)])
    assert [one["outcome"] for one in twice] == ["credited", "duplicate"]
    assert twice[1]["of"] == twice[0]["id"]


def test_the_room_under_a_cap_goes_to_what_happened_first_whatever_the_order(beijinger, new_beijinger, session):
    items = [ride(number, distance="200") for number in range(12)]
    forwards, backwards = stored(send(beijinger, items)), stored(send(new_beijinger(), items[::-1]))
    worth = [{name: one["credited_g"] for name, one in told.items()} for told in (forwards, backwards)]
    assert worth[0] == worth[1]
    assert sum(worth[0].values()) == DAY_CAP_G
    assert worth[0]["ride 11"] == 0


def test_what_cannot_be_is_told_by_its_fields_and_the_rest_is_stored(beijinger):
    wrong = [
        ride(1, distance="-1"),
        ride(2, methodology="transport.broomstick"),
        ride(3, occurred_at="2026-11-21T08:00:00+08:00"),
        {name: value for name, value in ride(4).items() if name != "client_id"},
        "not an activity",
        ride(5, surprise=1),
        ride(6, evidence=["evd_01JD3Q5ZJ7W2J9M0A1B2C3D4E5"]),
    ]
    outcomes = send(beijinger, [ride(0), *wrong, ride(7)])
    assert [one["outcome"] for one in outcomes] == ["credited", *["invalid"] * 7, "credited"]
    faults = [[error["field"] for error in one["errors"]] for one in outcomes[1:8]]
    assert faults == [
        ["inputs.distance"],
        ["methodology"],
        ["occurred_at"],
        ["client_id"],
        ["body"],
        ["surprise"],
        ["evidence.0"],
    ]
    assert all(error["message"] for one in outcomes[1:8] for error in one["errors"])


def test_a_queue_of_which_a_write_was_crossed_is_stored_whole_or_not_at_all(beijinger, monkeypatch, in_transaction):
    genuine, recorded = batch_log.record, []

    def record(session, *given):
        recorded.append(genuine(session, *given))
        if len(recorded) == 2:
            held, credited = ActivityStatus.HELD, ActivityStatus.CREDITED
            enqueue_writes(session, [change_status(beijinger.user_id, "no such activity", held, credited, None)])
            flush_writes(session)
        return recorded[-1]

    monkeypatch.setattr(batch_log, "record", record)
    items = [ride(number) for number in range(3)]
    answer = beijinger.post("/v1/activities/batch", {"items": items})
    assert (answer.status_code, answer.json["code"]) == (503, "service.busy")
    assert len(recorded) == 2
    assert in_transaction(lambda session: count(session, beijinger)) == (0, None)
    monkeypatch.undo()
    assert {one["outcome"] for one in send(beijinger, items)} == {"credited"}


def test_faults_are_told_in_the_callers_language(beijinger):
    body = {"items": [ride(1, distance="-1")]}
    answer = beijinger.post("/v1/activities/batch", body, headers={"Accept-Language": "zh-CN"})
    assert any("一" <= letter <= "鿿" for letter in answer.json["outcomes"][0]["errors"][0]["message"])


def test_a_piece_of_evidence_supports_one_item(beijinger, fare_record):
    ticket = fare_record(beijinger)
    first, second = send(beijinger, [ride(1, evidence=[ticket]), ride(2, evidence=[ticket])])
    assert (first["outcome"], second["outcome"]) == ("credited", "invalid")
    assert first["credited_g"] > 0.8 * first["reduction_g"]


def test_a_withdrawn_item_sent_again_stays_withdrawn(beijinger):
    (outcome,) = send(beijinger, [ride(1)])
    beijinger.post(f"/v1/activities/{outcome['id']}/withdraw")
    (again,) = send(beijinger, [ride(1)])
    assert (again["outcome"], again["status"]) == ("duplicate", "withdrawn")


@pytest.mark.parametrize("items", [[], [{}] * 501, "a queue", None])
def test_a_queue_has_one_to_five_hundred_items(beijinger, items):
    answer = beijinger.post("/v1/activities/batch", {"items": items})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["items"]


def test_late_items_land_on_their_own_day(beijinger):
    late = [ride(number, occurred_at=f"2026-11-{day}T23:30:00+08:00") for number, day in enumerate((10, 12, 19))]
    assert [one["local_day"] for one in send(beijinger, late)] == ["2026-11-10", "2026-11-12", "2026-11-19"]


def test_one_key_gets_the_first_answer_again_byte_for_byte(beijinger):
    body = {"items": [ride(1), ride(2)]}
    first, again = (beijinger.post("/v1/activities/batch", body, key="queue 1") for _ in range(2))
    assert first.data == again.data
    assert [one["outcome"] for one in again.json["outcomes"]] == ["credited", "credited"]


def test_a_debt_is_repaid_out_of_a_queue_once(beijinger, has, frozen_clock, in_transaction):
    (spent,) = send(beijinger, [ride(1, distance="100")])
    frozen_clock.advance(timedelta(days=1))
    owner, amount = beijinger.user_id, spent["credited_g"]
    in_transaction(lambda opened: points.collect(opened, owner))
    in_transaction(lambda opened: points.spend(opened, owner, "a tree", amount, "gift"))
    in_transaction(lambda opened: service.withdraw(opened, owner, spent["id"], ENGLISH))
    assert has(beijinger) == (0, 0, amount)
    today = [ride(number, distance="40", occurred_at=f"2026-11-21T0{number}:00:00+08:00") for number in range(2, 8)]
    earned = sum(one["credited_g"] for one in send(with_a_new_token(beijinger), today))
    assert earned > amount
    assert has(beijinger) == (0, earned - amount, 0)
