"""The fixtures themselves: isolation between tests, both engines, no network, races that start together."""

from __future__ import annotations

import socket
import urllib.request
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from backend.ledger.models import BalanceRow
from tests.invariants import violations
from tests.network import NetworkRefused


@pytest.mark.parametrize("attempt", [1, 2])
def test_no_test_sees_what_another_has_written(attempt, in_transaction):
    def write(session):
        session.execute(text("CREATE TABLE leftover (attempt INTEGER)"))
        session.execute(text("INSERT INTO leftover VALUES (:attempt)"), {"attempt": attempt})

    in_transaction(write)
    seen = in_transaction(lambda s: s.execute(text("SELECT attempt FROM leftover")).scalars().all())
    assert seen == [attempt]


def test_a_world_knows_whether_anything_was_written(world, client, in_transaction):
    assert client.get("/readyz").status_code == 200
    assert world.is_untouched
    in_transaction(lambda session: session.execute(text("CREATE TABLE written (at INTEGER)")))
    assert not world.is_untouched


def test_each_engine_is_the_one_it_says(engine, session):
    assert session.get_bind().dialect.name == engine


def test_redis_answers_and_is_empty(app):
    assert app.extensions["carbon.redis"].ping()
    assert app.extensions["carbon.redis"].keys() == []


@pytest.mark.breaks_invariants("to see that it is seen")
def test_whatever_must_hold_is_looked_at_after_every_test_of_state(app, monkeypatch):
    assert violations(app) == []
    monkeypatch.setitem(app.extensions, "carbon.checks", {"stock": lambda session: ["oversold"]})
    assert [broken.found for broken in violations(app)] == ["oversold"]


@pytest.mark.breaks_invariants("to see that it is seen")
def test_a_check_of_tables_nobody_wrote_to_is_left_out_and_runs_as_soon_as_one_of_them_holds_a_row(
    world, in_transaction
):
    assert world.checks.affected_by(frozenset()) == ["keys"]  # the directories have had theirs since the migration
    assert "ledger" not in world.checks.affected_by(frozenset({"users", "consents"}))
    balance = {"user_id": "usr_nobody", "account": "user:usr_nobody:points", "balance": 7}
    in_transaction(lambda session: session.execute(insert(BalanceRow).values(balance)))
    assert {broken.check for broken in world.checks.violations()} >= {"ledger", "points"}


def test_a_live_server_answers_over_a_real_socket(live_server):
    with urllib.request.urlopen(f"{live_server.url}/healthz") as answer:
        assert answer.status == 200


def test_the_frozen_clock_moves_only_when_told(frozen_clock):
    from backend.platform.core import clock

    before = clock.now()
    assert clock.now() == before
    frozen_clock.advance(timedelta(days=3))
    assert clock.now() - before == timedelta(days=3)


def test_a_race_starts_together_and_reports_results_and_errors(parallel):
    running = set()

    def work(index):
        running.add(index)
        if index == 1:
            raise ValueError("the second one stumbles")
        return index

    race = parallel(3, work)
    assert race.results == [0, 2]
    assert [str(error) for error in race.errors] == ["the second one stumbles"]
    assert running == {0, 1, 2}


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_no_test_can_leave_this_machine(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as outside, pytest.raises(NetworkRefused):
        outside.connect(address)


def test_no_test_can_look_up_a_foreign_name():
    with pytest.raises(NetworkRefused):
        socket.create_connection(("carbon.example", 443))


def test_counts_follow_the_length_of_the_run(counts, request):
    assert counts(small=5, long=50) == (50 if request.config.getoption("--long") else 5)
