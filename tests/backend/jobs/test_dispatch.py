"""The outbox: in order per person and lane, at least once, nobody waits for somebody else's poison."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.jobs import service
from backend.jobs.models import DeadLetterRow
from backend.jobs.runner import dispatch as dispatching
from backend.jobs.runner.dispatch import dispatch
from backend.platform.core.errors import Refusal
from backend.platform.data import ids, transactions
from backend.platform.ops import outbox, switches
from backend.platform.ops.outbox import OutboxRow
from backend.platform.privacy.audit import AuditEntry

LIN, MEI = ids.new_id("user"), ids.new_id("user")


@pytest.fixture
def handled(app):
    """Handlers of two topics that note what they got; facts that say `fail` raise."""
    app.extensions["carbon.outbox_handlers"] = {}
    seen = []

    def note(user_id, facts):
        if facts.get("fail"):
            raise ConnectionError("mailbox of lin@example.org")
        seen.append((user_id, facts["n"]))

    outbox.handle(app, "books", lambda session, user_id, facts: note(user_id, facts))
    outbox.deliver(app, "mail", note, lane=outbox.LOCAL)
    return seen


@pytest.fixture
def send(in_transaction):
    def put(user_id, topic, **facts):
        return in_transaction(lambda session: outbox.enqueue(session, user_id, topic, facts))

    return put


@pytest.fixture
def rows(in_transaction):
    return lambda kind=OutboxRow: in_transaction(lambda session: session.scalars(select(kind)).all())


@pytest.mark.parametrize("topic", ["books", "mail"])
def test_a_row_is_handled_and_gone(topic, app, handled, send, rows):
    send(LIN, topic, n=1)
    assert dispatch(app) == 1
    assert handled == [(LIN, 1)]
    assert rows() == []
    assert dispatch(app) == 0


def test_rows_of_one_person_in_one_lane_come_in_the_order_they_were_sent(app, handled, in_transaction):
    def send_many(session):
        for n in range(20):
            outbox.enqueue(session, LIN, "books" if n % 2 else "mail", {"n": n})

    in_transaction(send_many)
    assert dispatch(app) == 20
    assert [n for _, n in handled] == list(range(20))


def test_a_row_sent_in_a_transaction_that_rolls_back_is_never_handled(app, handled, in_transaction):
    def send_and_fail(session):
        outbox.enqueue(session, LIN, "books", {"n": 1})
        raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError):
        in_transaction(send_and_fail)
    assert dispatch(app) == 0


def test_a_row_waits_until_it_is_due_and_holds_up_nobody_before(app, handled, in_transaction, frozen_clock, send):
    tomorrow = frozen_clock() + timedelta(days=1)
    in_transaction(lambda session: outbox.enqueue(session, LIN, "books", {"n": 1}, due_at=tomorrow))
    send(LIN, "books", n=2)
    dispatch(app)
    assert handled == [(LIN, 2)]
    frozen_clock.set(tomorrow)
    dispatch(app)
    assert handled == [(LIN, 2), (LIN, 1)]


@pytest.mark.parametrize("topic", ["books", "mail"])
def test_poison_goes_to_the_dead_letters_with_its_reason_and_the_next_proceeds(
    topic, app, handled, send, rows, frozen_clock
):
    poison = send(LIN, topic, n=1, fail=True)
    send(LIN, topic, n=2)
    send(MEI, topic, n=3)

    dispatch(app)
    assert handled == [(MEI, 3)], "Mei waits for nobody, Lin's second row waits for the first"

    for _ in range(4):
        assert rows(DeadLetterRow) == []
        frozen_clock.advance(timedelta(minutes=30))
        dispatch(app)

    [letter] = rows(DeadLetterRow)
    assert (letter.id, letter.user_id, letter.topic, letter.attempts) == (poison, LIN, topic, 5)
    assert letter.reason.startswith("ConnectionError in note, tests/backend/jobs/test_dispatch.py:")
    assert handled == [(MEI, 3), (LIN, 2)]
    assert rows() == []


def test_a_failure_rests_longer_each_time(app, handled, send, frozen_clock, in_transaction):
    send(LIN, "books", n=1, fail=True)
    pauses = []
    for _ in range(4):
        began = frozen_clock()
        dispatch(app)
        while not in_transaction(lambda session: service.list_ready(session, outbox.LOCAL, 1)):
            frozen_clock.advance(timedelta(seconds=1))
        pauses.append((frozen_clock() - began).seconds)
    assert pauses == [2, 8, 32, 128]


def test_a_topic_without_a_handler_is_put_aside_at_once(app, handled, send, rows):
    send(LIN, "unheard_of", n=1)
    dispatch(app)
    assert [letter.reason for letter in rows(DeadLetterRow)] == ["no handler for this topic"]


def test_a_row_that_kills_its_process_is_put_aside_like_any_other(app, handled, send, rows, frozen_clock):
    class Killed(BaseException):
        """As abrupt as a lost process: nothing after it runs."""

    def die(user_id, facts):
        raise Killed

    outbox.deliver(app, "deadly", die, lane=outbox.LOCAL)
    send(LIN, "deadly", n=1)
    send(LIN, "books", n=2)
    for _ in range(5):
        with pytest.raises(Killed):
            dispatch(app)
        assert dispatch(app) == 0, "the lease of the lost process still runs"
        frozen_clock.advance(timedelta(minutes=31))
    assert dispatch(app) == 2
    assert [letter.reason for letter in rows(DeadLetterRow)] == ["the process ended while handling it"]
    assert handled == [(LIN, 2)]


def test_processes_that_end_again_and_again_within_an_hour_put_no_row_aside(app, handled, send, rows, frozen_clock):
    """A machine that restarts every few minutes is no fault of the rows: who waits for a refund still gets it."""
    ended = []

    class Killed(BaseException):
        """As abrupt as a lost process: nothing after it runs."""

    def refund(user_id, facts):
        if len(ended) < 8:
            ended.append(user_id)
            raise Killed
        handled.append((user_id, facts["n"]))

    outbox.deliver(app, "refund", refund, lane=outbox.LOCAL)
    send(LIN, "refund", n=1)
    for _ in range(8):
        with pytest.raises(Killed):
            dispatch(app)
        frozen_clock.advance(timedelta(minutes=6))
    dispatch(app)
    assert handled == [(LIN, 1)]
    assert (rows(), rows(DeadLetterRow)) == ([], [])


def test_what_was_taken_with_a_row_that_kills_its_process_is_not_put_aside(app, handled, send, rows, frozen_clock):
    class Killed(BaseException):
        """As abrupt as a lost process: nothing after it runs."""

    def die(user_id, facts):
        raise Killed

    outbox.deliver(app, "deadly", die, lane=outbox.LOCAL)
    send(LIN, "deadly", n=0)
    for n in range(20):
        send(MEI, "books", n=n)
    for _ in range(5):
        with pytest.raises(Killed):
            dispatch(app)
        frozen_clock.advance(timedelta(minutes=31))
    dispatch(app)
    assert [letter.topic for letter in rows(DeadLetterRow)] == ["deadly"]
    assert handled == [(MEI, n) for n in range(20)]


def test_many_dispatchers_at_once_handle_each_row_once(app, handled, in_transaction, parallel, rows):
    def send_many(session):
        for n in range(12):
            outbox.enqueue(session, ids.new_id("user"), "mail", {"n": n})

    in_transaction(send_many)
    race = parallel(4, lambda _: dispatch(app))
    assert race.errors == []
    assert sorted(n for _, n in handled) == list(range(12))
    assert sum(race.results) == 12
    assert rows() == []


def test_control_without_taking_rows_first_some_are_handled_twice(app, handled, in_transaction, parallel, monkeypatch):
    everyone, looked = threading.Barrier(4), threading.local()

    def look_together(lane):
        def look(session):
            return service.list_ready(session, lane, 100, is_locking=False)

        rows = transactions.in_transaction(look, read_only=True)
        # the worst moment: nobody handles a row before all four have it in hand
        if not hasattr(looked, "once"):
            looked.once = True
            everyone.wait(30)
        return rows

    monkeypatch.setattr(dispatching, "take_batch", look_together)

    def send_many(session):
        for n in range(12):
            outbox.enqueue(session, ids.new_id("user"), "mail", {"n": n})

    in_transaction(send_many)
    parallel(4, lambda _: dispatch(app))
    assert len(handled) > 12


def test_a_redriven_letter_gets_all_its_attempts_again_and_an_audit_entry(app, handled, send, rows, in_transaction):
    letter = send(LIN, "unheard_of", n=1)
    dispatch(app)
    outbox.handle(app, "unheard_of", lambda session, user_id, facts: handled.append((user_id, facts["n"])))
    in_transaction(lambda session: service.redrive(session, letter, who="Wei", reason="handler deployed"))
    assert [(row.id, row.attempts) for row in rows()] == [(letter, 0)]
    assert dispatch(app) == 1
    assert handled == [(LIN, 1)]
    assert rows(DeadLetterRow) == []
    [entry] = rows(AuditEntry)
    assert (entry.who, entry.action, entry.subject) == ("Wei", "dead_letter.redriven", letter)


def test_redriving_what_is_not_dead_is_refused(in_transaction):
    with pytest.raises(Refusal, match="not_found"):
        in_transaction(lambda session: service.redrive(session, "out_none", who="Wei", reason="try"))


def test_two_handlers_of_one_topic_are_refused(app, handled):
    with pytest.raises(ValueError, match="handler already"):
        outbox.handle(app, "books", lambda session, user_id, facts: None)


def test_nothing_is_handed_out_while_the_installation_is_read_only(app, handled, send, in_transaction):
    send(LIN, "books", n=1)
    in_transaction(lambda s: switches.turn(s, switches.READ_ONLY, True, who="Wei", reason="moving"))
    assert dispatch(app) == 0
    assert handled == []


def test_the_lag_is_the_age_of_the_row_that_waits_longest(send, in_transaction, frozen_clock):
    assert in_transaction(service.get_oldest_due_at) is None
    sent_at = frozen_clock()
    send(LIN, "books", n=1)
    frozen_clock.advance(timedelta(hours=1))
    send(LIN, "books", n=2)
    assert in_transaction(service.get_oldest_due_at) == sent_at
