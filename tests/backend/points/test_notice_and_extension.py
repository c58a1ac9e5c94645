"""Nobody loses points unwarned: a note before they lapse or expire, and one extension, by an entry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.inbox import service as inbox
from backend.ledger.service import posting
from backend.ledger.sql import HEAD
from backend.points import service as points
from backend.points.service import extensions
from tests.backend.refusals import refusal
from tests.races import everyone_reads_first

A_DAY = timedelta(days=1)
KEPT = timedelta(days=730)
# Earned on 20 November, collected on the 21st: the last day is 20 November 2028, and the notice comes 30 days before.
NOTICE = datetime(2028, 10, 21, 16, 0, tzinfo=UTC)
END = datetime(2028, 11, 20, 16, 0, tzinfo=UTC)
EXTENDED_END = datetime(2029, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def run_notices(in_transaction):
    """Tell everyone what ends soon, as the job does; how many notes were left."""

    def run():
        people = in_transaction(lambda session: points.list_ending_soon(session, "", 100), read_only=True)
        return sum(in_transaction(lambda session, one=one: points.notice_ending(session, one)) for one in people)

    return run


@pytest.fixture
def told(in_transaction):
    """(kind, facts) of everything that somebody was told, oldest first."""

    def read(person):
        found = in_transaction(lambda session: list(inbox.export_notes(session, person.id)), read_only=True)
        return [(note["kind"], note["facts"]) for note in found]

    return read


def holdings(person):
    answer = person.api.get("/v1/points/grants")
    assert answer.status_code == 200, answer.text
    return answer.json["items"]


def extend(person, *grant_ids):
    return person.in_transaction(lambda session: points.extend(session, person.id, grant_ids or None))


def test_whoever_has_not_collected_is_told_on_the_last_day(person, frozen_clock, run_notices, told):
    person.settle("ride", 320)
    (bubble,) = person.bubbles
    frozen_clock.set(bubble.lapses_at - A_DAY - timedelta(seconds=1))
    assert run_notices() == 0
    frozen_clock.set(bubble.lapses_at - A_DAY)
    assert run_notices() == 1
    assert told(person) == [("points.lapsing", {"amount": 320, "ends_on": "2026-11-27"})]


def test_one_note_tells_of_everything_that_ends_on_a_day_and_is_told_once(person, frozen_clock, run_notices, told):
    for ride in ("one", "two", "three"):
        person.settle(ride, 100)
    frozen_clock.set(person.bubbles[0].lapses_at - A_DAY)
    assert [run_notices() for _ in range(3)] == [1, 0, 0]
    assert told(person) == [("points.lapsing", {"amount": 300, "ends_on": "2026-11-27"})]


def test_nobody_is_told_of_what_is_over_or_was_spent(person, frozen_clock, run_notices, told):
    person.earn(100)
    person.spend(100)
    person.settle("ride", 320)
    frozen_clock.set(END + A_DAY)
    assert run_notices() == 0
    assert told(person) == []


def test_collected_points_are_told_of_a_month_before_they_expire(person, frozen_clock, run_notices, told):
    person.earn(320)
    frozen_clock.set(NOTICE - timedelta(seconds=1))
    assert run_notices() == 0
    frozen_clock.set(NOTICE)
    assert run_notices() == 1
    assert told(person) == [("points.expiring", {"amount": 320, "ends_on": "2028-11-20"})]


def test_a_bubble_that_was_told_of_and_then_collected_is_told_of_again_before_it_expires(
    person, frozen_clock, run_notices, told
):
    person.settle("ride", 320)
    frozen_clock.set(person.bubbles[0].lapses_at - A_DAY)
    run_notices()
    person.collect()
    frozen_clock.advance(KEPT - 10 * A_DAY)
    assert run_notices() == 1
    assert [kind for kind, _ in told(person)] == ["points.lapsing", "points.expiring"]


def test_an_extension_gives_another_year_by_an_entry_and_changes_no_balance(person, frozen_clock, run_jobs):
    person.earn(320)
    frozen_clock.set(NOTICE)
    (before,) = holdings(person)
    assert before["is_extendable"] is True
    extended = extend(person)
    assert (extended.amount, extended.grant_ids) == (320, (before["id"],))
    assert person.entries[-1].kind == "extension"
    assert person.entries[-1].facts == {"ends": {before["id"]: EXTENDED_END.isoformat()}}
    assert person.has == (320, 0, 0)
    frozen_clock.set(END)
    assert run_jobs() == 0
    assert person.has == (320, 0, 0)
    frozen_clock.set(EXTENDED_END)
    assert person.has == (0, 0, 0)
    assert run_jobs() == 1


def test_an_extended_grant_is_told_of_again_before_its_new_end(person, frozen_clock, run_notices, told):
    person.earn(320)
    frozen_clock.set(NOTICE)
    run_notices()
    extend(person)
    frozen_clock.set(EXTENDED_END - A_DAY)
    assert run_notices() == 1
    assert told(person)[-1] == ("points.expiring", {"amount": 320, "ends_on": "2029-11-20"})


def test_points_are_extended_once_only(person, frozen_clock):
    person.earn(320)
    frozen_clock.set(NOTICE)
    (grant_id,) = extend(person).grant_ids
    frozen_clock.set(EXTENDED_END - A_DAY)
    assert extend(person).amount == 0
    with refusal("points.extended_before"):
        extend(person, grant_id)
    assert holdings(person)[0]["extendable_from_at"] is None


def test_points_whose_end_is_far_cannot_be_extended_yet(person, frozen_clock):
    person.earn(320)
    (holding,) = holdings(person)
    with refusal("points.too_early") as refused:
        extend(person, holding["id"])
    assert refused.facts["from_at"] == "2028-10-21T16:00:00+00:00" == holding["extendable_from_at"]
    assert extend(person).amount == 0


def test_what_cannot_expire_cannot_be_extended(person, other, frozen_clock):
    person.settle("ride", 320)
    (bubble,) = person.bubbles
    with refusal("points.not_extendable"):
        extend(person, bubble.id)
    with refusal("not_found.grant"):
        extend(other, bubble.id)


def test_a_gift_of_extended_points_cannot_be_extended_by_the_friend(person, other, frozen_clock):
    person.earn(320)
    frozen_clock.set(NOTICE)
    extend(person)
    person.give(other, 100)
    (gift,) = holdings(other)
    assert (gift["expires_at"], gift["extendable_from_at"]) == (EXTENDED_END.isoformat(), None)


def test_extending_over_http_names_what_was_extended(person, frozen_clock):
    person.earn(320)
    frozen_clock.set(NOTICE)
    answer = person.api.post("/v1/points/extend", {})
    assert (answer.status_code, answer.json["amount"]) == (200, 320)
    assert person.api.post("/v1/points/extend", {}).json == {"amount": 0, "grant_ids": [], "entry_id": None}


def test_holdings_come_in_pages_by_their_end(person, frozen_clock):
    for amount in (10, 20, 30):
        person.earn(amount)
    first = person.api.get("/v1/points/grants?limit=2").json
    second = person.api.get(f"/v1/points/grants?limit=2&cursor={first['next_cursor']}").json
    assert [holding["amount"] for holding in first["items"] + second["items"]] == [10, 20, 30]


@pytest.mark.concurrency
def test_ten_extensions_at_once_are_one(person, frozen_clock, parallel):
    person.earn(320)
    frozen_clock.set(NOTICE)
    race = parallel(10, lambda _: extend(person))
    assert race.errors == []
    assert sorted(found.amount for found in race.results)[-2:] == [0, 320]
    assert person.kinds.count("extension") == 1


@pytest.mark.concurrency
def test_control_without_the_lock_on_the_book_extensions_collide(person, frozen_clock, parallel, engine, monkeypatch):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    person.earn(320)
    frozen_clock.set(NOTICE)
    monkeypatch.setattr(posting, "LOCK_HEAD", HEAD)
    monkeypatch.setattr(extensions, "_near_their_end", everyone_reads_first(3, extensions._near_their_end))
    race = parallel(3, lambda _: extend(person))
    assert len(race.errors) == 2
    assert person.kinds.count("extension") == 1
