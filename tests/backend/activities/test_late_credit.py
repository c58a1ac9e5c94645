"""What is told while crediting is paused is stored, says so, and comes afterwards to what it would have come to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from backend.accounts.models import User
from backend.activities import service
from backend.activities.service import late_credit
from backend.activities.service.withdrawal import open_book
from backend.jobs import service as jobs
from backend.jobs.runner import schedule
from backend.jobs.runner.dispatch import dispatch
from backend.jobs.runner.slots import run_slot
from backend.platform.data.transactions import Base, is_lock_timeout
from backend.platform.ops import switches
from backend.points import service as points
from backend.portfolio import service as portfolio
from tests.backend.activities.conftest import DAY_CAP_G, LONG_RIDE_G, NEXT_MONDAY, TRIP, log, trip, with_a_new_token
from tests.backend.activities.test_corrections import BAG, correct, logged, read, report, ride, worth
from tests.backend.activities.test_exclusions import told

JOB = next(job for job in schedule.JOBS if job.name == "activities.credit_late")
WAITING = ("uncredited", "crediting_paused", 0)


@pytest.fixture
def turn(in_transaction):
    """`turn(True)`: pause the crediting of trips, or let it go on."""

    def by_hand(on: bool, rule: str = TRIP) -> None:
        name = switches.PAUSE_CREDITING + rule
        in_transaction(lambda session: switches.turn(session, name, on, who="on call", reason="a figure is in doubt"))

    return by_hand


@pytest.fixture
def run_job(app, frozen_clock):
    """Let the job find what waits, and the outbox do it; as often as it takes a rule to be open again."""

    def run(times: int = 2) -> None:
        for _ in range(times):
            frozen_clock.advance(timedelta(minutes=1))
            assert run_slot(app, JOB)
            with app.app_context():
                while dispatch(app):
                    pass

    return run


def run_slot_of(app, frozen_clock, name: str) -> None:
    frozen_clock.advance(timedelta(minutes=10))
    assert run_slot(app, next(job for job in schedule.JOBS if job.name == name))
    with app.app_context():
        while dispatch(app):
            pass


def kept_of(in_transaction, person) -> dict[str, Any]:
    """How a person stands, and how many rows of each table are theirs."""
    tables = [one for one in Base.metadata.sorted_tables if "user_id" in one.c]

    def count(session) -> dict[str, Any]:
        asked = {one.name: select(func.count()).where(one.c.user_id == person.user_id) for one in tables}
        counts = {name: session.scalar(one) for name, one in asked.items()}
        standing = session.scalar(select(User.access_status).where(User.user_id == person.user_id))
        return counts | {"standing": standing}

    return in_transaction(count, read_only=True)


def test_what_is_told_while_crediting_is_paused_is_stored_and_says_so(beijinger, turn):
    turn(True)
    waiting = log(beijinger)
    assert told(waiting) == WAITING
    assert "credited by itself afterwards" in waiting["reason"]["message"]
    assert waiting["reduction"]["reduction_g"] > 0
    chinese = beijinger.get(f"/v1/activities/{waiting['id']}", headers={"Accept-Language": "zh-CN"}).json
    assert "恢复后会自动计入" in chinese["reason"]["message"]
    explained = beijinger.get(f"/v1/reductions/{waiting['reduction']['id']}").json["explanation"]
    assert any("paused" in line for line in explained)
    queued = ride("3") | {"client_id": "c1"}
    (outcome,) = beijinger.post("/v1/activities/batch", {"items": [queued]}).json["outcomes"]
    assert (outcome["outcome"], outcome["reason"]["code"]) == ("uncredited", "crediting_paused")
    assert logged(beijinger, report(BAG, bags="1"))["status"] == "credited"
    short = log(beijinger, mode="walk", distance="0.1")
    assert short["reason"]["code"] == "too_short", "what never earns anything does not wait"


@pytest.mark.usefixtures("at_any_hour")
def test_it_comes_to_what_it_would_have_come_to_in_the_order_in_which_it_was_told(
    beijinger, new_beijinger, turn, run_job, has
):
    rides = [ride("500", at=f"2026-11-20T{hour:02}:00:00+08:00") for hour in (8, 6, 10, 9)]
    never_paused = new_beijinger()
    alone = [logged(never_paused, one) for one in rides]
    turn(True)
    waiting = [logged(beijinger, one) for one in rides]
    assert [told(one) for one in waiting] == [WAITING] * 4
    run_job()
    assert [told(read(beijinger, one)) for one in waiting] == [WAITING] * 4, "it is paused still"
    turn(False)
    run_job()
    credited = [read(beijinger, one) for one in waiting]
    assert [worth(one)[:-1] for one in credited] == [worth(one)[:-1] for one in alone]
    assert [one["points"]["amount"] for one in credited] == [LONG_RIDE_G, LONG_RIDE_G, DAY_CAP_G - 2 * LONG_RIDE_G, 0]
    assert has(beijinger) == has(never_paused)
    reduction = beijinger.get(f"/v1/reductions/{credited[0]['reduction']['id']}").json
    assert (reduction["cause"], reduction["revision"]) == ("credited_late", 2)
    assert "reduction.credited_late" in {note["kind"] for note in beijinger.get("/v1/inbox").json["items"]}


@pytest.mark.usefixtures("at_any_hour")
def test_what_is_told_before_the_stored_is_through_waits_its_turn(beijinger, turn, run_job, frozen_clock):
    turn(True)
    first = [logged(beijinger, ride("500", at=f"2026-11-20T0{hour}:00:00+08:00")) for hour in (6, 7, 8)]
    turn(False)
    late = logged(beijinger, ride("500", at="2026-11-20T05:00:00+08:00"))
    assert told(late) == WAITING, "it would take the room of those before it"
    run_job()
    left = DAY_CAP_G - 2 * LONG_RIDE_G
    assert [read(beijinger, one)["points"]["amount"] for one in (*first, late)] == [LONG_RIDE_G, LONG_RIDE_G, left, 0]
    run_job()
    assert logged(beijinger, ride("9", at="2026-11-19T05:00:00+08:00"))["status"] == "credited"


def test_it_is_credited_once_however_often_the_job_runs(beijinger, turn, run_job, has, in_transaction):
    turn(True)
    log(beijinger)
    turn(False)
    run_job()
    once = has(beijinger)
    assert once[1] > 0
    assert in_transaction(lambda session: service.credit_late(session, beijinger.user_id)) == 0
    run_job()
    assert has(beijinger) == once


@pytest.mark.concurrency
def test_two_who_credit_at_once_credit_once(beijinger, turn, parallel, in_transaction, app, has, new_beijinger):
    turn(True)
    log(beijinger)
    turn(False)

    def credit(_turn: int) -> int:
        with app.app_context():
            return in_transaction(lambda session: service.credit_late(session, beijinger.user_id))

    race = parallel(4, credit)
    assert (race.errors, sorted(race.results)) == ([], [0, 0, 0, 1])
    assert beijinger.get("/v1/activities").json["items"][0]["reduction"]["revision"] == 2


def test_more_than_one_transaction_holds_are_continued(beijinger, turn, run_job, monkeypatch, in_transaction):
    monkeypatch.setattr(late_credit, "AT_ONCE", 2)
    turn(True)
    for number in range(5):
        log(beijinger, distance=str(2 + number))
    turn(False)
    run_job(1)
    assert {one["status"] for one in beijinger.get("/v1/activities").json["items"]} == {"credited"}


def test_the_version_of_its_day_counts_and_what_was_in_time_is_not_too_late(
    beijinger, new_beijinger, with_another_figure, turn, run_job, frozen_clock
):
    alone = log(new_beijinger(), mode="bus")
    turn(True)
    waiting = log(beijinger, mode="bus")
    with_another_figure("trip_bus", "CN-BJ", "0.040")
    frozen_clock.set(datetime.combine(NEXT_MONDAY, datetime.min.time(), tzinfo=UTC) + timedelta(days=40))
    turn(False)
    run_job()
    credited = read(with_a_new_token(beijinger), waiting)
    assert credited["reduction"]["methodology"]["version"] == 1
    assert credited["points"]["amount"] == alone["points"]["amount"] > 0


def test_its_points_mature_the_day_after_they_were_credited(
    beijinger, turn, run_job, frozen_clock, in_transaction, has
):
    turn(True)
    log(beijinger)
    frozen_clock.advance(timedelta(days=3))
    turn(False)
    run_job()
    in_transaction(lambda session: points.collect(session, beijinger.user_id))
    assert has(beijinger)[0] == 0
    frozen_clock.advance(timedelta(days=1))
    in_transaction(lambda session: points.collect(session, beijinger.user_id))
    assert has(beijinger)[0] > 0


def test_what_waits_may_be_withdrawn_and_corrected(beijinger, turn, run_job, new_beijinger):
    turn(True)
    gone, mistaken = log(beijinger), log(beijinger, distance="100")
    assert beijinger.post(f"/v1/activities/{gone['id']}/withdraw").json["status"] == "withdrawn"
    assert told(correct(beijinger, mistaken, ride("12"))) == WAITING
    turn(False)
    run_job(4)
    assert read(beijinger, gone)["status"] == "withdrawn"
    assert told(read(beijinger, mistaken)) == told(logged(new_beijinger(), ride("12")))


def test_operators_see_what_waits_and_under_which_rule_it_is_still_credited(
    app, beijinger, turn, run_job, in_transaction
):
    runner = app.test_cli_runner()
    assert runner.invoke(args=["activities", "waiting"]).output == "Nothing waits to be credited.\n"
    turn(True)
    log(beijinger)
    log(beijinger, distance="3")
    assert f"{TRIP:<40} 2 activities of 1 people wait" in runner.invoke(args=["activities", "waiting"]).output
    turn(False)

    def those_on() -> list[str]:
        asked = text("SELECT name FROM switches WHERE is_on")
        return in_transaction(lambda session: list(session.scalars(asked)), read_only=True)

    assert those_on() == [f"credit_late:{TRIP}"]
    run_job()
    assert those_on() == []


def test_a_rule_opens_however_steadily_more_is_told(beijinger, new_beijinger, turn, run_job, frozen_clock):
    turn(True)
    first = log(beijinger)
    turn(False)
    others = [new_beijinger() for _ in range(2)]
    for other in others:
        frozen_clock.advance(timedelta(seconds=30))
        told_since = log(other)
        assert told(told_since) == WAITING
        run_job(1)
    assert read(beijinger, first)["status"] == "credited"
    assert log(new_beijinger())["status"] == "credited", "the rule is open while what was told since is on its way"
    assert read(others[-1], told_since)["status"] == "credited"


def test_what_was_told_in_the_first_seconds_after_the_switch_keeps_a_rule_shut(beijinger, turn, frozen_clock, app):
    turn(True)
    turn(False)
    frozen_clock.advance(timedelta(seconds=5))
    assert told(log(beijinger)) == WAITING
    frozen_clock.advance(timedelta(minutes=1))
    assert run_slot(app, JOB)
    assert told(log(beijinger, distance="3")) == WAITING, "the first is only on its way"


def test_somebody_whose_crediting_fails_for_good_keeps_no_rule_shut(
    beijinger, new_beijinger, turn, run_job, monkeypatch, in_transaction, frozen_clock
):
    judge = late_credit._credit

    def fail_for_one(session, stored, *others):
        if stored.activity.user_id == beijinger.user_id:
            raise ArithmeticError
        judge(session, stored, *others)

    monkeypatch.setattr(late_credit, "_credit", fail_for_one)
    turn(True)
    failing, other = log(beijinger), new_beijinger()
    turn(False)
    assert told(log(other)) == WAITING
    while not in_transaction(jobs.count_dead_letters):
        frozen_clock.advance(timedelta(minutes=30))
        run_job(1)
    run_job(1)
    assert log(with_a_new_token(other), distance="3")["status"] == "credited"
    monkeypatch.undo()
    frozen_clock.advance(schedule.REST_AFTER_DEATH)
    run_job(1)
    assert read(with_a_new_token(beijinger), failing)["status"] == "credited"


@pytest.mark.parametrize("is_on_its_way", [False, True], ids=["found by the job", "a row on its way"])
def test_nothing_is_credited_to_whoever_was_erased(
    app, beijinger, turn, run_job, in_transaction, frozen_clock, has, is_on_its_way
):
    turn(True)
    log(beijinger)
    assert beijinger.delete("/v1/me").status_code == 202
    run_slot_of(app, frozen_clock, "people.erase")
    before = kept_of(in_transaction, beijinger)
    assert before["standing"] == "erased"
    turn(False)
    if is_on_its_way:
        assert in_transaction(lambda session: service.credit_late(session, beijinger.user_id)) == 0
    run_job()
    assert kept_of(in_transaction, beijinger) == before
    waiting = app.test_cli_runner().invoke(args=["activities", "waiting"]).output
    assert waiting == "Nothing waits to be credited.\n"
    assert in_transaction(switches.list_crediting_late) == {}, "the rule is open"


@pytest.mark.concurrency
def test_erasing_waits_for_a_crediting_under_way(app, beijinger, engine, in_transaction):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer")
    log(beijinger)
    assert beijinger.delete("/v1/me").status_code == 202

    def erase(session) -> None:
        session.execute(text("SET LOCAL lock_timeout = '100ms'"))
        portfolio.erase(session, beijinger.user_id)

    def erase_elsewhere() -> DBAPIError:
        with app.app_context(), pytest.raises(DBAPIError) as refused:
            in_transaction(erase)
        return refused.value

    def credit(session) -> DBAPIError:
        open_book(session, beijinger.user_id)
        with ThreadPoolExecutor(1) as elsewhere:
            return elsewhere.submit(erase_elsewhere).result()

    assert is_lock_timeout(in_transaction(credit))


def test_evidence_that_arrives_meanwhile_credits_nothing_before_its_time(beijinger, turn, run_job, fare_record):
    turn(True)
    waiting = log(beijinger)
    body = {"evidence": [fare_record(beijinger)]}
    attested = beijinger.post(f"/v1/activities/{waiting['id']}/evidence", body)
    assert attested.status_code == 200, attested.json
    assert told(attested.json) == WAITING
    turn(False)
    run_job()
    credited = read(beijinger, waiting)
    assert (credited["status"], credited["evidence_tier"]) == ("credited", "fare_record")


def test_a_paused_rule_pauses_no_estimate(client, beijinger, turn) -> None:
    turn(True)
    asked: dict[str, Any] = {name: trip()[name] for name in ("methodology", "inputs")} | {"region": "CN-BJ"}
    assert client.post("/v1/estimates", json=asked).json["status"] == "credited"
