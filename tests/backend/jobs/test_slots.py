"""A slot of a job is run once, by whoever leased it, and by nobody who slept through the lease."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from backend.jobs import service
from backend.jobs.domain import LeaseTerms, SlotState
from backend.jobs.models import SlotRow
from backend.jobs.runner.slots import Job, run_slot, sweep
from backend.platform.core import clock
from backend.platform.ops import switches

HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=5)


@pytest.fixture
def notebook(in_transaction):
    """A table that says what has been written, and the verb that writes."""
    in_transaction(lambda session: session.execute(text("CREATE TABLE notebook (line TEXT)")))

    class Notebook:
        def write(self, session, line="x"):
            session.execute(text("INSERT INTO notebook VALUES (:line)"), {"line": line})

        @property
        def lines(self):
            return in_transaction(lambda s: s.execute(text("SELECT line FROM notebook")).scalars().all())

    return Notebook()


@pytest.fixture
def lease(in_transaction):
    def ask(job="a job", slot=None, most=5):
        terms = LeaseTerms(holder="here", duration=LEASE, most_leases=most)
        slot = slot or datetime(2026, 11, 20, 4, tzinfo=UTC)
        return in_transaction(lambda session: service.lease_slot(session, job, slot, terms))

    return ask


def runs(in_transaction):
    return in_transaction(lambda session: session.scalars(select(SlotRow)).all())


@pytest.mark.parametrize(
    "every, after, instant, slot",
    [
        (HOUR, timedelta(0), "2026-11-20T04:59:59+00:00", "2026-11-20T04:00:00+00:00"),
        (HOUR, timedelta(0), "2026-11-20T05:00:00+00:00", "2026-11-20T05:00:00+00:00"),
        (timedelta(days=1), timedelta(hours=18), "2026-11-20T17:59:00+00:00", "2026-11-19T18:00:00+00:00"),
        (timedelta(seconds=10), timedelta(0), "2026-11-20T04:00:19.9+00:00", "2026-11-20T04:00:10+00:00"),
    ],
)
def test_a_slot_is_the_clock_floored_to_the_period(every, after, instant, slot):
    job = Job("a job", every, lambda run: 0, after)
    assert job.slot_at(datetime.fromisoformat(instant)) == datetime.fromisoformat(slot)


def test_a_slot_runs_once_and_the_next_slot_again(app, frozen_clock, notebook):
    job = Job("a job", HOUR, lambda run: run.write(notebook.write) or 1)

    assert [run_slot(app, job) for _ in range(3)] == [True, False, False]
    frozen_clock.advance(HOUR)
    assert [run_slot(app, job) for _ in range(2)] == [True, False]
    assert notebook.lines == ["x", "x"]


def test_of_many_who_ask_for_a_slot_at_once_one_leases_it(lease, parallel):
    race = parallel(12, lambda _: lease())
    assert race.errors == []
    assert len([granted for granted in race.results if granted]) == 1


def test_a_slot_is_held_until_its_lease_ends_and_then_the_next_has_a_higher_token(lease, frozen_clock):
    assert lease().fencing_token == 1
    frozen_clock.advance(LEASE)
    assert lease() is None
    frozen_clock.advance(timedelta(seconds=1))
    assert lease().fencing_token == 2


def test_a_scheduler_that_wakes_after_its_lease_cannot_write(app, frozen_clock, notebook):
    def oversleep(run):
        run.write(lambda session: notebook.write(session, "in time"))
        frozen_clock.advance(LEASE + timedelta(seconds=1))
        return run.write(lambda session: notebook.write(session, "too late")) or 1

    assert run_slot(app, Job("a job", timedelta(days=1), oversleep)) is False
    assert notebook.lines == ["in time"]


def test_a_scheduler_whose_slot_was_taken_over_cannot_write(app, frozen_clock, notebook):
    other = Job("a job", timedelta(days=1), lambda run: run.write(lambda s: notebook.write(s, "the second")) or 1)

    def paused(run):
        frozen_clock.advance(LEASE + timedelta(seconds=1))
        assert run_slot(app, other) is True
        return run.write(lambda session: notebook.write(session, "the first")) or 1

    assert run_slot(app, Job("a job", timedelta(days=1), paused)) is False
    assert notebook.lines == ["the second"]


def test_control_without_the_fence_the_late_scheduler_does_write(app, frozen_clock, notebook, monkeypatch):
    monkeypatch.setattr(service, "renew_lease", lambda session, lease: None)

    def oversleep(run):
        frozen_clock.advance(LEASE + timedelta(seconds=1))
        return run.write(lambda session: notebook.write(session, "too late")) or 1

    run_slot(app, Job("a job", timedelta(days=1), oversleep))
    assert notebook.lines == ["too late"]


def test_every_write_renews_the_lease(app, frozen_clock, notebook):
    def slow_but_alive(run):
        for _ in range(4):
            frozen_clock.advance(LEASE - timedelta(seconds=1))
            run.write(notebook.write)
        return 4

    assert run_slot(app, Job("a job", timedelta(days=1), slow_but_alive)) is True
    assert len(notebook.lines) == 4


def test_a_failed_slot_says_why_without_the_words_of_the_error_and_is_tried_again(app, frozen_clock, in_transaction):
    def fail(run):
        raise ValueError("lin@example.org is not a number")

    job = Job("a job", timedelta(days=1), fail)
    assert run_slot(app, job) is False
    [run] = runs(in_transaction)
    assert (run.state, run.items) == (SlotState.FAILED, 0)
    assert run.reason.startswith("ValueError in fail, tests/backend/jobs/test_slots.py:")
    assert "lin@" not in run.reason

    frozen_clock.advance(LEASE + timedelta(seconds=1))
    assert run_slot(app, Job("a job", timedelta(days=1), lambda run: 7)) is True
    [run] = runs(in_transaction)
    assert (run.state, run.items, run.reason, run.fencing_token) == (SlotState.DONE, 7, "", 2)


def test_a_slot_that_never_succeeds_is_given_up_after_the_attempts_of_the_policy(lease, frozen_clock):
    granted = []
    for _ in range(8):
        granted.append(lease(most=5))
        frozen_clock.advance(LEASE + timedelta(seconds=1))
    assert [bool(one) for one in granted] == [True] * 5 + [False] * 3


def test_a_sweep_goes_on_until_it_finds_less_than_it_could_take(app, frozen_clock):
    waiting = [200, 200, 3]
    assert run_slot(app, Job("a job", HOUR, sweep(lambda session, limit: waiting.pop(0)))) is True
    assert waiting == []


def test_nothing_runs_while_the_installation_is_read_only(app, in_transaction, frozen_clock):
    in_transaction(lambda s: switches.turn(s, switches.READ_ONLY, True, who="Lin", reason="moving the database"))
    assert run_slot(app, Job("a job", HOUR, lambda run: 1)) is False
    in_transaction(lambda s: switches.turn(s, switches.READ_ONLY, False, who="Lin", reason="moved"))
    assert run_slot(app, Job("a job", HOUR, lambda run: 1)) is True


def test_the_shipped_schedule_runs(app, in_transaction):
    from backend.jobs.runner.schedule import JOBS

    assert all(run_slot(app, job) for job in JOBS)
    assert {run.job: run.state for run in runs(in_transaction)} == {job.name: SlotState.DONE for job in JOBS}


def test_records_of_runs_are_dropped_after_a_while(app, in_transaction, frozen_clock):
    run_slot(app, Job("a job", HOUR, lambda run: 1))
    dropped = in_transaction(lambda s: service.drop_ended_before(s, clock.now() + timedelta(seconds=1)))
    assert dropped == 1
    assert runs(in_transaction) == []
