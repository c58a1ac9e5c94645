"""Points mature at the person's own midnight, are collected once, and lapse when nobody comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.ledger import service as ledger
from backend.ledger.service import posting
from backend.ledger.sql import HEAD
from backend.points import service as points
from backend.points.domain import Balances
from tests.backend.points.conftest import TOMORROW
from tests.backend.refusals import refusal
from tests.races import everyone_reads_first


def test_points_mature_at_the_start_of_the_next_local_day(person, frozen_clock):
    settled = person.settle("ride", 320)
    assert settled.matures_at == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # midnight in Beijing
    (bubble,) = person.bubbles
    frozen_clock.set(settled.matures_at - timedelta(microseconds=1))
    assert person.collect().amount == 0
    with refusal("points.not_matured") as refused:
        person.collect(bubble.id)
    assert refused.facts["matures_at"] == "2026-11-20T16:00:00+00:00"
    frozen_clock.set(settled.matures_at)
    assert person.collect(bubble.id).amount == 320
    assert person.has == (320, 0, 0)


@pytest.mark.parametrize(
    "zone, now, matures_at",
    [
        ("Pacific/Kiritimati", "2026-11-20T04:00Z", "2026-11-20T10:00Z"),  # UTC+14
        ("Etc/GMT+12", "2026-11-20T04:00Z", "2026-11-20T12:00Z"),  # UTC-12: still the 19th there
        ("America/New_York", "2026-10-31T20:00Z", "2026-11-01T04:00Z"),  # the clocks go back on the 1st
        ("America/New_York", "2026-11-01T20:00Z", "2026-11-02T05:00Z"),  # and this day had 25 hours
        ("America/New_York", "2026-03-08T12:00Z", "2026-03-09T04:00Z"),  # 23 hours
        ("America/Santiago", "2026-09-05T15:00Z", "2026-09-06T04:00Z"),  # its midnight is skipped: 01:00 begins the day
        ("America/Havana", "2026-10-31T15:00Z", "2026-11-01T04:00Z"),  # its midnight comes twice: the first one
        ("Asia/Shanghai", "2028-02-28T04:00Z", "2028-02-28T16:00Z"),  # 29 February
        ("Asia/Shanghai", "2026-12-31T04:00Z", "2026-12-31T16:00Z"),
    ],
)
def test_every_zone_has_its_own_midnight(person, frozen_clock, zone, now, matures_at):
    person.zone = zone
    frozen_clock.set(datetime.fromisoformat(now))
    assert person.settle("ride", 1).matures_at == datetime.fromisoformat(matures_at)


def test_what_is_logged_late_matures_like_what_is_logged_today(person):
    settled = person.settle("ride", 320, on=date(2026, 11, 8))
    assert settled.matures_at == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert person.bubbles[0].lapses_at == datetime(2026, 11, 27, 16, 0, tzinfo=UTC)


def test_collecting_takes_all_that_has_matured_and_leaves_the_rest(person, frozen_clock):
    person.settle("ride", 320)
    person.settle("walk", 100)
    frozen_clock.set(TOMORROW)
    person.settle("ride home", 50)
    collected = person.collect()
    assert (collected.amount, collected.balances) == (420, Balances(420, 50, 0))
    assert len(collected.grant_ids) == 2


def test_a_second_tap_does_no_harm(person, frozen_clock):
    person.settle("ride", 320)
    (bubble,) = person.bubbles
    frozen_clock.set(TOMORROW)
    assert person.collect(bubble.id).amount == 320
    again = person.collect(bubble.id, bubble.id)
    assert (again.amount, again.entry_id) == (0, None)
    assert person.has == (320, 0, 0)


def test_nobody_collects_the_bubble_of_someone_else(person, other, frozen_clock):
    other.settle("ride", 320)
    (bubble,) = other.bubbles
    frozen_clock.set(TOMORROW)
    with refusal("not_found.grant") as foreign:
        person.collect(bubble.id)
    with refusal("not_found.grant") as missing:
        person.collect("grt_00000000000000000000000000")
    assert foreign.facts.keys() == missing.facts.keys()
    assert other.has == (0, 320, 0)


@pytest.mark.parametrize("has_job_run", [True, False], ids=["the job was here", "the job is late"])
def test_uncollected_points_lapse_after_seven_days_to_the_second(person, frozen_clock, run_jobs, has_job_run):
    person.settle("ride", 320)
    (bubble,) = person.bubbles
    assert bubble.lapses_at == datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    frozen_clock.set(bubble.lapses_at - timedelta(microseconds=1))
    assert run_jobs() == 0
    assert person.has == (0, 320, 0)
    frozen_clock.set(bubble.lapses_at)
    if has_job_run:
        assert run_jobs() == 1
    assert person.has == (0, 0, 0)
    assert person.bubbles == []
    assert person.collect().amount == 0
    with refusal("points.lapsed"):
        person.collect(bubble.id)


def test_lapsing_is_an_entry_of_the_day_it_happened_once(person, frozen_clock, run_jobs):
    person.settle("ride", 320)
    (bubble,) = person.bubbles
    frozen_clock.advance(timedelta(days=20))
    assert run_jobs() == 1
    assert run_jobs() == 0
    *_, entry = person.entries
    assert (entry.kind, entry.occurred_at, entry.postings[0].destination) == ("lapse", bubble.lapses_at, "lapsed")


def test_collected_points_expire_after_two_years_to_the_second(person, frozen_clock, run_jobs):
    person.earn(320)
    ends_at = datetime(2028, 11, 20, 16, 0, tzinfo=UTC)  # the midnight that ends the 730th day
    frozen_clock.set(ends_at - timedelta(microseconds=1))
    assert person.has == (320, 0, 0)
    frozen_clock.set(ends_at)
    assert person.has == (0, 0, 0)
    with refusal("ledger.insufficient_points"):
        person.spend(1)
    assert run_jobs() == 1
    assert person.has == (0, 0, 0)
    assert person.kinds == ["credit", "collection", "expiry"]


def test_the_job_finds_everyone_with_something_due_in_pages(in_transaction, frozen_clock, person, other):
    for someone in (person, other):
        for n in range(3):
            someone.settle(f"ride {n}", 10)
    found = in_transaction(lambda session: points.list_ending(session, "", 10), read_only=True)
    assert found == []
    frozen_clock.advance(timedelta(days=9))
    (first,) = in_transaction(lambda session: points.list_ending(session, "", 1), read_only=True)
    (second,) = in_transaction(lambda session: points.list_ending(session, first, 1), read_only=True)
    assert sorted((person.id, other.id)) == [first, second]
    assert in_transaction(lambda session: points.end_due(session, first)) == 3
    assert in_transaction(lambda session: points.end_due(session, first)) == 0
    assert in_transaction(lambda session: points.list_ending(session, "", 10), read_only=True) == [second]
    in_transaction(lambda session: points.end_due(session, second))


@pytest.mark.concurrency
def test_fifty_taps_at_once_collect_once(person, frozen_clock, parallel, counts):
    person.settle("ride", 320)
    frozen_clock.set(TOMORROW)
    race = parallel(counts(small=10, long=50), lambda _: person.collect())
    assert race.errors == []
    assert sorted(found.amount for found in race.results)[-2:] == [0, 320]
    assert person.has == (320, 0, 0)


@pytest.mark.concurrency
def test_control_without_the_lock_on_the_book_taps_collide(person, frozen_clock, parallel, engine, monkeypatch):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    person.settle("ride", 320)
    frozen_clock.set(TOMORROW)
    monkeypatch.setattr(posting, "LOCK_HEAD", HEAD)
    monkeypatch.setattr(ledger, "open_book", everyone_reads_first(3, ledger.open_book))
    race = parallel(3, lambda _: person.collect())
    assert len(race.errors) == 2  # what the lock saves them from; the constraints behind it still keep the sum right
    assert person.has == (320, 0, 0)


@pytest.mark.concurrency
def test_collecting_and_lapsing_at_the_same_instant_agree(person, frozen_clock, parallel, run_jobs):
    person.settle("ride", 320)
    (bubble,) = person.bubbles
    frozen_clock.set(bubble.lapses_at)
    race = parallel(8, lambda n: person.collect() if n % 2 else run_jobs())
    assert race.errors == []
    assert person.has == (0, 0, 0)
    assert person.kinds.count("lapse") == 1
