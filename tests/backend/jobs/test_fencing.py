"""Whoever lost a lease writes nothing any more, at whatever moment it was lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from backend.jobs import service
from backend.jobs.domain import LeaseLost, SlotState
from backend.jobs.models import SlotRow
from backend.jobs.runner import dispatch as dispatching
from backend.jobs.runner.slots import Job, run_slot
from backend.jobs.sql import slots as sql
from backend.platform.data import ids
from backend.platform.ops import outbox
from backend.platform.ops.outbox import OutboxRow

DAY = timedelta(days=1)
BEYOND_THE_LEASE = timedelta(minutes=5, seconds=1)
LIN = ids.new_id("user")


@pytest.fixture
def notebook(in_transaction):
    """A table that says what was written, and by whom."""
    in_transaction(lambda session: session.execute(text("CREATE TABLE notebook (line TEXT)")))

    class Notebook:
        def write(self, session, line):
            session.execute(text("INSERT INTO notebook VALUES (:line)"), {"line": line})

        @property
        def lines(self):
            return in_transaction(lambda s: s.execute(text("SELECT line FROM notebook")).scalars().all())

    return Notebook()


@pytest.fixture
def taken_over(app, frozen_clock):
    """`taken_over(late)`: the first holder oversleeps, and does `late(run)` while the second is in the midst of it."""

    def play(late):
        ends = []

        def second(_run):
            with pytest.raises(LeaseLost):
                late(first_run[0])
            return 1

        first_run = []

        def first(run):
            first_run.append(run)
            frozen_clock.advance(BEYOND_THE_LEASE)
            ends.append(run_slot(app, Job("a job", DAY, second)))
            return 7

        ends.append(run_slot(app, Job("a job", DAY, first)))
        return ends

    return play


def slots(in_transaction):
    return in_transaction(lambda session: session.scalars(select(SlotRow)).all())


def test_a_job_whose_slot_is_running_elsewhere_by_now_cannot_write(taken_over, notebook):
    taken_over(lambda run: run.write(lambda session: notebook.write(session, "the first, too late")))
    assert notebook.lines == []


def test_a_job_whose_slot_is_running_elsewhere_by_now_cannot_close_it(app, taken_over, in_transaction):
    def close(run):
        in_transaction(lambda session: service.finish_slot(session, run.lease, items=7))

    assert taken_over(close) == [True, False]
    [slot] = slots(in_transaction)
    assert (slot.state, slot.items, slot.fencing_token) == (SlotState.DONE, 1, 2)


def test_a_job_that_overslept_cannot_close_its_slot_as_done(app, frozen_clock, in_transaction):
    def oversleep(_run):
        frozen_clock.advance(BEYOND_THE_LEASE)
        return 7

    assert run_slot(app, Job("a job", DAY, oversleep)) is False
    [slot] = slots(in_transaction)
    assert slot.state == SlotState.RUNNING, "somebody else may lease it now"


def test_what_a_late_job_has_written_in_its_transaction_is_taken_back(app, frozen_clock, notebook, in_transaction):
    """The lease is renewed first, so nothing can be written before it is known to be lost."""
    seen = []

    def verb(session):
        seen.append("ran")
        notebook.write(session, "too late")

    def oversleep(run):
        frozen_clock.advance(BEYOND_THE_LEASE)
        return run.write(verb)

    run_slot(app, Job("a job", DAY, oversleep))
    assert (seen, notebook.lines) == ([], [])


@pytest.mark.parametrize("condition", ["fencing_token", "lease_until"])
def test_control_without_one_half_of_the_fence_somebody_late_writes(
    condition, app, frozen_clock, notebook, monkeypatch, in_transaction
):
    """Each half refuses what the other lets through: the token a takeover, the time an idle slot."""
    table = SlotRow.__table__
    dropped = {"fencing_token": table.c.fencing_token, "lease_until": table.c.lease_until}[condition]
    kept = [part for part in sql.RENEW.whereclause.clauses if part.left is not dropped]
    assert len(kept) == len(sql.RENEW.whereclause.clauses) - 1
    monkeypatch.setattr(sql, "RENEW", table.update().where(*kept).values(lease_until=sql.bindparam("until")))

    def late(run):
        run.write(lambda session: notebook.write(session, "too late"))

    def paused(run):
        frozen_clock.advance(BEYOND_THE_LEASE)
        if condition == "lease_until":
            late(run)
        else:
            run_slot(app, Job("a job", DAY, lambda _other: late(run) or 1))
        return 1

    run_slot(app, Job("a job", DAY, paused))
    assert notebook.lines == ["too late"]


# --- rows of the outbox -------------------------------------------------------------------------------------------


@pytest.fixture
def bare(app):
    app.extensions["carbon.outbox_handlers"] = {}
    return app


def take(app):
    with app.app_context():
        return dispatching.take_batch(outbox.LOCAL)


def handle(app, batch):
    with app.app_context():
        return dispatching.handle_batch(app, batch)


@pytest.fixture
def two_takers(bare, notebook, in_transaction, frozen_clock):
    """One row, taken by a process that then slept through its lease, and taken again by another."""
    outbox.handle(bare, "books", lambda session, user_id, facts: notebook.write(session, "handled"))
    in_transaction(lambda session: outbox.enqueue(session, LIN, "books", {}))
    first = take(bare)
    frozen_clock.advance(BEYOND_THE_LEASE)
    second = take(bare)
    assert len(first) == len(second) == 1
    return first, second


def test_a_verb_whose_row_was_handled_by_somebody_else_has_no_effect(bare, two_takers, notebook):
    first, second = two_takers
    assert handle(bare, second) == 1
    assert handle(bare, first) == 0
    assert notebook.lines == ["handled"]


def test_a_verb_whose_row_somebody_else_has_in_hand_has_no_effect(bare, two_takers, notebook, in_transaction):
    first, second = two_takers
    assert handle(bare, first) == 0
    assert notebook.lines == []
    assert in_transaction(lambda session: len(session.scalars(select(OutboxRow)).all())) == 1
    assert handle(bare, second) == 1
    assert notebook.lines == ["handled"]


def test_control_a_row_is_told_by_its_attempt_not_by_its_id_alone(bare, two_takers, notebook, monkeypatch):
    monkeypatch.setattr(dispatching.service, "remove", lambda session, row: True)
    first, second = two_takers
    handle(bare, first)
    handle(bare, second)
    assert notebook.lines == ["handled", "handled"]


def test_a_late_failure_changes_nothing_of_a_row_somebody_else_has_in_hand(
    bare, notebook, in_transaction, frozen_clock
):
    def fail(owner, facts):
        raise ConnectionError

    outbox.deliver(bare, "mail", fail, lane=outbox.LOCAL)
    in_transaction(lambda session: outbox.enqueue(session, LIN, "mail", {}))
    first = take(bare)
    frozen_clock.advance(BEYOND_THE_LEASE)
    take(bare)
    [before] = in_transaction(lambda session: session.scalars(select(OutboxRow)).all())
    handle(bare, first)
    [after] = in_transaction(lambda session: session.scalars(select(OutboxRow)).all())
    assert (after.attempts, after.failures, after.not_before) == (before.attempts, before.failures, before.not_before)
