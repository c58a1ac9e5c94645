"""The faults themselves: they strike where they say, a sound story survives them, a careless one is found out."""

from __future__ import annotations

import struct

import pytest

from tests.faults import tally
from tests.faults.fault import commit_answer_lost, commit_lost, killed_after, killed_before, late
from tests.faults.messages import Message, Reader
from tests.faults.walk import Stage, choose_moments


@pytest.fixture(scope="module")
def stage(make_stage) -> Stage:
    return make_stage(make_tables)


def make_tables(app) -> None:
    with app.extensions["carbon.engine"].begin() as connection:
        for statement in tally.TABLES:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="module")
def counted(books):
    def look() -> int:
        with books.extensions["carbon.engine"].connect() as connection:
            return connection.execute(tally.READ).scalar_one()

    return look


def count_once(caller) -> None:
    assert caller.post("/tally", {}, {"Idempotency-Key": "k"}).status == 200


def count_carelessly(caller) -> None:
    assert caller.post("/careless-tally", {}, {"Idempotency-Key": "k"}).status == 200


@pytest.mark.parametrize("fault", [killed_before, killed_after, commit_lost, commit_answer_lost])
def test_a_sound_story_has_one_effect_wherever_the_fault_strikes(stage, counted, fault, tries):
    def story(caller) -> None:
        count_once(caller)
        assert counted() == 1

    assert stage.walk(story, fault, tries)


@pytest.mark.parametrize("fault", [killed_before, killed_after, commit_answer_lost])
def test_control_a_careless_story_is_found_out(stage, counted, fault, tries):
    """By the walk of the ordinary run as well as by the full one."""
    seen = set()

    def story(caller) -> None:
        count_carelessly(caller)
        seen.add(counted())

    stage.walk(story, fault, tries)
    assert max(seen) > 1


def test_an_undisturbed_story_needs_no_retry(stage):
    retries = []
    stage.play(lambda caller: (count_once(caller), retries.append(caller.retries)), None)
    assert retries == [0]


@pytest.mark.parametrize("fault, performed", [(commit_lost, 0), (commit_answer_lost, 1)])
def test_a_lost_commit_is_not_performed_and_a_lost_answer_is(stage, counted, fault, performed):
    assert outcome_of_one_try(stage, counted, fault(1)) == performed


def outcome_of_one_try(stage, counted, fault) -> int:
    """What is counted after one request that is not repeated."""
    found = []

    def story(caller) -> None:
        caller._once("POST", "/tally", b"{}", {"Idempotency-Key": "k"})
        found.append(counted())

    stage.play(story, fault)
    assert stage.proxy.fired
    return found[0]


def test_a_late_message_changes_nothing(stage, counted):
    stage.play(count_once, late(2, 0.05))
    assert stage.proxy.fired
    assert counted() == 1


def test_a_spread_walk_reaches_the_first_and_the_last_moment(stage):
    every = stage.walk(count_once, killed_after)
    chosen = stage.walk(count_once, killed_after, tries=3)
    assert every == list(range(1, len(every) + 1))
    assert (chosen[0], chosen[-1], len(chosen)) == (every[0], every[-1], 3)


def test_messages_are_cut_wherever_the_bytes_break():
    startup = struct.pack("!II", 8, 196608)
    query = b"Q" + struct.pack("!I", 11) + b"COMMIT\x00"
    reader = Reader(expects_startup=True)
    found = [message for byte in startup + query for message in reader.feed(bytes([byte]))]
    assert [message.kind for message in found] == ["startup", "Q"]
    assert found[1] == Message("Q", query)
    assert found[1].is_commit


def test_a_few_moments_are_those_around_the_commits():
    assert choose_moments(100, [20, 60], tries=6) == [1, 20, 21, 60, 61, 100]
    assert choose_moments(100, [20, 60], tries=3) == [1, 21, 100]
    assert choose_moments(9, [9], tries=3) == [1, 5, 9]
