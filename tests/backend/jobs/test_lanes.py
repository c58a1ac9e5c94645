"""Lanes of the outbox: nobody waits for somebody else's trouble, and a short trouble kills no letter."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.jobs import service
from backend.jobs.domain import Row
from backend.jobs.models import DeadLetterRow
from backend.jobs.runner import dispatch as dispatching
from backend.jobs.runner.dispatch import dispatch
from backend.jobs.runner.dispatcher import Dispatcher
from backend.platform.core import clock
from backend.platform.data import ids
from backend.platform.ops import outbox
from backend.platform.ops.outbox import OutboxRow
from backend.ports import message_queue

LIN, MEI = ids.new_id("user"), ids.new_id("user")
PATIENCE_S = 20


@pytest.fixture
def bare(app):
    """The application without the handlers of the slices."""
    app.extensions["carbon.outbox_handlers"] = {}
    return app


@pytest.fixture
def rows(in_transaction):
    return lambda kind=OutboxRow: in_transaction(lambda session: session.scalars(select(kind)).all())


@pytest.fixture
def running(bare):
    """The workers of a running process, stopped afterwards."""
    dispatchers = []

    def start():
        dispatchers.append(Dispatcher(bare))
        dispatchers[-1].start()

    yield start
    for dispatcher in dispatchers:
        dispatcher.stop()


def enqueue(in_transaction, topic, *owners, **options):
    def work(session):
        for owner in owners:
            outbox.enqueue(session, owner, topic, {}, **options)

    in_transaction(work)


def test_a_provider_that_has_stopped_answering_keeps_no_other_lane_waiting(bare, running, in_transaction):
    answers, arrived = threading.Event(), threading.Event()
    outbox.deliver(bare, "stalled", lambda owner, facts: answers.wait(PATIENCE_S))
    outbox.deliver(bare, "sign_in", lambda owner, facts: arrived.set())
    enqueue(in_transaction, "stalled", *(ids.new_id("user") for _ in range(30)))
    running()
    enqueue(in_transaction, "sign_in", LIN)
    try:
        assert arrived.wait(PATIENCE_S / 2), "a stranger's letter waits for somebody else's provider"
        assert not answers.is_set()
    finally:
        answers.set()


def test_control_in_one_lane_it_does(bare, running, in_transaction, monkeypatch):
    answers, arrived = threading.Event(), threading.Event()
    outbox.deliver(bare, "stalled", lambda owner, facts: answers.wait(PATIENCE_S), lane="one")
    outbox.deliver(bare, "sign_in", lambda owner, facts: arrived.set(), lane="one")
    enqueue(in_transaction, "stalled", *(ids.new_id("user") for _ in range(30)))
    running()
    enqueue(in_transaction, "sign_in", LIN)
    try:
        assert not arrived.wait(2)
    finally:
        answers.set()


def test_a_topic_that_talks_to_several_systems_has_a_lane_for_each(bare, running, in_transaction):
    answers, arrived = threading.Event(), threading.Event()

    def push(owner, facts):
        return answers.wait(PATIENCE_S) if facts["to"] == "stalled" else arrived.set()

    outbox.deliver(bare, "push", push)

    def work(session):
        for to in ["stalled"] * 30 + ["other"]:
            outbox.enqueue(session, ids.new_id("device"), "push", {"to": to}, remote=to)

    in_transaction(work)
    running()
    try:
        assert arrived.wait(PATIENCE_S / 2)
        assert not answers.is_set()
    finally:
        answers.set()


def test_a_slow_system_is_asked_by_several_at_once_and_by_no_more_than_the_policy_says(bare, running, in_transaction):
    together, most = threading.Barrier(4), []
    lock, now_in = threading.Lock(), [0]

    def slow(owner, facts):
        with lock:
            now_in[0] += 1
            most.append(now_in[0])
        together.wait(PATIENCE_S)
        with lock:
            now_in[0] -= 1

    outbox.deliver(bare, "slow", slow)
    enqueue(in_transaction, "slow", *(ids.new_id("user") for _ in range(12)))
    running()
    deadline = threading.Event()
    for _ in range(PATIENCE_S * 10):
        if len(most) == 12:
            break
        deadline.wait(0.1)
    assert len(most) == 12
    assert max(most) == 4


def test_rows_of_a_person_in_another_lane_wait_for_nothing(bare, in_transaction, frozen_clock):
    seen = []

    def fail(owner, facts):
        raise ConnectionError

    outbox.deliver(bare, "failing", fail)
    outbox.handle(bare, "books", lambda session, owner, facts: seen.append(owner))
    enqueue(in_transaction, "failing", LIN)
    enqueue(in_transaction, "books", LIN)
    dispatch(bare)
    assert seen == [LIN]


def test_codes_and_news_by_mail_go_by_lanes_of_their_own(app):
    known = outbox.handlers(app)
    assert known[message_queue.TOPIC].lane != known[message_queue.TOPIC_NEWS].lane


def test_a_trouble_of_an_hour_puts_nothing_aside(bare, in_transaction, frozen_clock, rows):
    tried, is_over = [], []

    def flaky(owner, facts):
        tried.append(owner)
        if not is_over:
            raise ConnectionError

    outbox.deliver(bare, "mail", flaky)
    enqueue(in_transaction, "mail", LIN)
    ends_at = frozen_clock() + timedelta(hours=1)
    while frozen_clock() < ends_at:
        dispatch(bare)
        frozen_clock.advance(timedelta(seconds=30))
    assert len(tried) > 5, "it was tried again and again"
    assert rows(DeadLetterRow) == []
    is_over.append(True)
    frozen_clock.advance(timedelta(minutes=30))
    assert dispatch(bare) == 1
    assert rows() == []


def test_a_trouble_that_lasts_puts_the_row_aside_with_its_reason(bare, in_transaction, frozen_clock, rows):
    def fail(owner, facts):
        raise ConnectionError

    outbox.deliver(bare, "mail", fail)
    enqueue(in_transaction, "mail", LIN)
    for _ in range(6):
        dispatch(bare)
        frozen_clock.advance(timedelta(minutes=30))
    [letter] = rows(DeadLetterRow)
    assert letter.reason.startswith("ConnectionError in fail")


def test_time_in_which_nobody_tried_uses_up_no_attempt(bare, in_transaction, frozen_clock, rows):
    def fail(owner, facts):
        raise ConnectionError

    outbox.deliver(bare, "mail", fail)
    enqueue(in_transaction, "mail", LIN)
    frozen_clock.advance(timedelta(hours=3))  # everything was stopped meanwhile
    for _ in range(8):
        dispatch(bare)
        frozen_clock.advance(timedelta(seconds=30))
    assert rows(DeadLetterRow) == []


def test_a_letter_that_is_sent_again_goes_back_to_the_lane_of_its_remote_system(bare, in_transaction, rows):
    outbox.deliver(bare, "push", lambda owner, facts: None)
    in_transaction(lambda session: outbox.enqueue(session, LIN, "push", {}, remote="fcm"))
    [waiting] = rows()
    row = Row(**{name: getattr(waiting, name) for name in Row.__dataclass_fields__})
    in_transaction(lambda session: service.record_dead_letter(session, row, "silent"))
    in_transaction(lambda session: service.redrive(session, row.id, who="Wei", reason="it answers"))
    assert [again.lane for again in rows()] == ["push:fcm"]


def test_later_rows_of_whoever_fails_rest_with_the_first_and_lose_no_attempt(bare, in_transaction, frozen_clock, rows):
    def fail(session, owner, facts):
        raise ConnectionError

    outbox.handle(bare, "books", fail)
    enqueue(in_transaction, "books", LIN, LIN, LIN)
    dispatch(bare)
    first, *others = sorted(rows(), key=lambda row: row.id)
    assert (first.attempts, first.failures) == (1, 1)
    assert {(row.attempts, row.failures, row.not_before) for row in others} == {(0, 0, first.not_before)}


def test_a_person_whose_first_row_rests_does_not_hide_what_others_wait_for(bare, in_transaction, frozen_clock):
    """Many new rows behind one that rests come before everything in time, and none of them may be taken."""
    seen, fails = [], [True]

    def verb(session, owner, facts):
        if owner == LIN and fails:
            raise ConnectionError
        seen.append(owner)

    outbox.handle(bare, "books", verb)
    enqueue(in_transaction, "books", LIN)
    dispatch(bare)
    enqueue(in_transaction, "books", *[LIN] * 250)
    frozen_clock.advance(timedelta(seconds=1))
    enqueue(in_transaction, "books", MEI)
    dispatch(bare)
    assert seen == [MEI]
    fails.clear()
    frozen_clock.advance(timedelta(minutes=1))
    dispatch(bare)
    assert seen == [MEI, *[LIN] * 251]


@pytest.mark.concurrency
def test_two_who_take_at_the_same_moment_never_share_a_row_nor_a_person(bare, in_transaction, parallel):
    def work(session):
        for n in range(400):
            outbox.enqueue(session, f"usr_{n % 40}", "books", {})

    in_transaction(work)

    def take(_):
        with bare.app_context():
            return dispatching.take_batch(outbox.LOCAL)

    race = parallel(4, take)
    assert race.errors == []
    keys = [row.id for batch in race.results for row in batch]
    assert len(keys) == len(set(keys))
    owners = [{row.user_id for row in batch} for batch in race.results]
    assert sum(map(len, owners)) == len(set().union(*owners)), "one person's rows are with one worker"


def test_a_lane_is_found_without_a_handler_that_names_it(bare, in_transaction):
    enqueue(in_transaction, "a topic of a later version", LIN, due_at=None)
    in_transaction(
        lambda session: session.query(OutboxRow).update({"lane": "later"})  # as a newer process would have written it
    )
    assert in_transaction(service.list_lanes_with_ready_rows) == ["later"]
    assert clock.set_database_instant() is None
