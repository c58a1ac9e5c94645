"""The shipped schedule: everybody's points end by themselves, and a broken invariant is noticed at night."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from backend.jobs.models import DeadLetterRow, SlotRow
from backend.jobs.runner.dispatch import dispatch
from backend.jobs.runner.schedule import JOBS, TOPICS, InvariantsBroken, for_each
from backend.jobs.runner.slots import BATCH, Job, run_slot
from backend.ledger import service as ledger
from backend.ledger.domain import NewEntry, Posting, accounts_of, issuance
from backend.ledger.models import BalanceRow
from backend.platform.core import clock
from backend.platform.data import ids
from backend.platform.ops import invariants, outbox

DAY = timedelta(days=1)


@pytest.fixture
def people():
    return sorted(ids.new_id("user") for _ in range(2 * BATCH + 3))


@pytest.fixture
def everyone(people):
    """A job that finds all `people`, a batch at a time."""

    def list_people(_session, after, limit):
        return [user_id for user_id in people if user_id > after][:limit]

    return Job("everyone", DAY, for_each("a.topic", list_people))


@pytest.fixture
def rows(in_transaction):
    return lambda kind=outbox.OutboxRow: in_transaction(lambda session: session.scalars(select(kind)).all())


def test_everyone_found_gets_one_row(app, everyone, people, rows):
    assert run_slot(app, everyone)
    assert sorted(row.user_id for row in rows()) == people


def test_who_has_a_row_on_its_way_gets_no_second(app, everyone, people, rows, frozen_clock):
    run_slot(app, everyone)
    frozen_clock.advance(DAY)
    assert run_slot(app, everyone)
    assert len(rows()) == len(people)


def test_one_persons_poison_is_put_aside_holds_up_nobody_and_a_later_look_tries_again(
    app, everyone, people, rows, frozen_clock
):
    done = set()

    def end(_session, user_id, _facts):
        if user_id == people[0]:
            raise ArithmeticError
        done.add(user_id)

    app.extensions["carbon.outbox_handlers"] = {}
    outbox.handle(app, "a.topic", end)
    run_slot(app, everyone)
    for _ in range(6):
        dispatch(app)
        frozen_clock.advance(timedelta(hours=1))
    assert done == set(people[1:])
    assert [letter.user_id for letter in rows(DeadLetterRow)] == people[:1]

    frozen_clock.advance(DAY)
    run_slot(app, everyone)
    assert [row.user_id for row in rows()].count(people[0]) == 1
    assert rows(DeadLetterRow) == []
    app.extensions["carbon.outbox_handlers"] = {}
    outbox.handle(app, "a.topic", lambda _session, user_id, _facts: done.add(user_id))
    dispatch(app)
    assert done == set(people), "a dead letter shuts nobody out for ever"


def test_a_fresh_dead_letter_is_left_alone_until_it_has_rested(app, everyone, people, rows, frozen_clock):
    app.extensions["carbon.outbox_handlers"] = {}
    run_slot(app, everyone)
    dispatch(app)  # no handler: all are put aside at once
    assert len(rows(DeadLetterRow)) == len(people)
    frozen_clock.advance(timedelta(minutes=59))
    again = replace(everyone, every=timedelta(minutes=1))
    run_slot(app, again)
    assert rows() == []
    frozen_clock.advance(timedelta(minutes=1))
    run_slot(app, again)
    assert len(rows()) == len(people)
    assert rows(DeadLetterRow) == [], "one letter per person and topic at most"


def test_every_topic_of_the_schedule_has_its_handler(app):
    assert set(TOPICS) <= set(outbox.handlers(app))


def test_names_of_jobs_are_unique():
    assert len({job.name for job in JOBS}) == len(JOBS)


@pytest.mark.breaks_invariants("a balance is changed behind what was verified")
def test_the_weekly_look_finds_what_was_changed_behind_what_was_verified(app, person, in_transaction):
    lin = person.user_id
    credit = NewEntry("a", "credit", [Posting(issuance("a.rule"), accounts_of(lin).pending, 5)], {}, clock.now())
    in_transaction(lambda session: ledger.post(session, lin, credit))
    weekly = next(job for job in JOBS if job.name == "invariants.verify_all")
    app.extensions["carbon.checks"] = {"ledger": app.extensions["carbon.checks"]["ledger"]}
    with app.app_context():
        assert weekly.work(None) == 0
        in_transaction(lambda session: session.execute(update(BalanceRow).values(balance=99)))
        with pytest.raises(InvariantsBroken):
            weekly.work(None)


@pytest.mark.breaks_invariants("one is declared that never holds")
def test_the_nightly_look_fails_when_an_invariant_is_broken(app, in_transaction, capsys, make_app):
    make_app(log_level="ERROR")
    app.extensions["carbon.checks"] = dict(app.extensions.get("carbon.checks", {}))
    invariants.declare(app, "always broken", lambda session: ["a lost point"])
    nightly = next(job for job in JOBS if job.name == "invariants.verify")
    assert run_slot(app, nightly) is False
    [run] = in_transaction(lambda session: session.scalars(select(SlotRow)).all())
    assert run.reason.startswith("InvariantsBroken")
    assert "a lost point" in capsys.readouterr().err
