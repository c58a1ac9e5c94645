"""Corrections of one person at the same moment: each sees what the others left, and nobody overwrites unseen."""

from __future__ import annotations

from typing import Any

import pytest

from backend.activities.service import corrections, stored_activity
from backend.ledger import service as ledger
from tests.backend.activities.conftest import DAY_CAP_G, log
from tests.backend.activities.test_corrections import YESTERDAY, correct, logged, read, ride
from tests.races import everyone_reads_first

DAYS = ("2026-11-19", "2026-11-20")


def corrections_at_once(person: Any, parallel: Any, times: int, seen: dict[str, Any]) -> list[int]:
    """How each of so many corrections of one activity was answered, all by people who saw the same."""
    bodies = [ride(str(10 + number)) | {"revision": seen["reduction"]["revision"]} for number in range(times)]
    race = parallel(times, lambda number: person.put(f"/v1/activities/{seen['id']}", bodies[number]).status_code)
    assert race.errors == []
    return sorted(race.results)


@pytest.mark.concurrency
def test_of_many_corrections_at_once_one_is_taken_and_the_others_are_told(beijinger, parallel, has):
    activity = log(beijinger)
    answers = corrections_at_once(beijinger, parallel, 50, log(beijinger, distance="9", occurred_at=YESTERDAY))
    assert answers == [200] + [409] * 49
    assert has(beijinger)[1] == sum(one["points"]["amount"] for one in beijinger.get("/v1/activities").json["items"])
    assert read(beijinger, activity) == activity


@pytest.mark.concurrency
def test_without_the_revision_each_overwrites_what_it_has_not_seen(beijinger, parallel, monkeypatch):
    """The control: nobody looks at the revision."""
    monkeypatch.setattr(corrections, "_check_open", lambda *_: None)
    assert corrections_at_once(beijinger, parallel, 5, log(beijinger)) == [200] * 5


def insist(person: Any, activity: dict[str, Any], body: dict[str, Any]) -> None:
    """Correct an activity however often another correction has changed it meanwhile, or the database was busy."""
    for _ in range(60):
        seen = {"revision": read(person, activity)["reduction"]["revision"]}
        answer = person.put(f"/v1/activities/{activity['id']}", seen | body)
        if answer.status_code == 200:
            return
        assert answer.json["code"] in ("activities.changed", "service.busy"), answer.json
    raise AssertionError("never taken")


@pytest.mark.concurrency
@pytest.mark.usefixtures("at_any_hour")
def test_many_corrections_at_once_are_exact(beijinger, new_beijinger, parallel, counts, has, in_transaction):
    minutes = [f"2026-11-{19 + turn % 2}T08:{turn:02}:00+08:00" for turn in range(counts(small=16, long=50))]
    rides = [logged(beijinger, ride("4", at=at)) for at in minutes]
    bodies = [ride(str(300 - turn), at=at) for turn, at in enumerate(minutes)]
    assert parallel(len(rides), lambda turn: insist(beijinger, rides[turn], bodies[turn])).errors == []
    items = beijinger.get("/v1/activities?limit=100").json["items"]
    by_day = {day: sum(one["points"]["amount"] for one in items if one["local_day"] == day) for day in DAYS}
    other = new_beijinger()
    alone = [logged(other, ride(one["inputs"]["distance"]["value"], at=one["occurred_at"])) for one in reversed(items)]
    assert by_day == {day: sum(one["points"]["amount"] for one in alone if one["local_day"] == day) for day in DAYS}
    assert has(beijinger) == has(other) == (0, sum(by_day.values()), 0)
    assert in_transaction(lambda session: list(ledger.verify(session)), read_only=True) == []


@pytest.mark.concurrency
@pytest.mark.usefixtures("at_any_hour")
@pytest.mark.breaks_invariants("the lock of the book is switched off on purpose")
def test_without_the_lock_corrections_at_once_cross(engine, beijinger, parallel, monkeypatch):
    """The control: nobody waits for anybody, so two find the same room, or stop each other."""
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    activities = [logged(beijinger, ride("4", at=f"2026-11-20T08:{number:02}:00+08:00")) for number in range(4)]
    monkeypatch.setattr(stored_activity, "open_book", lambda *_: None)
    monkeypatch.setattr(corrections, "_check_open", everyone_reads_first(4, corrections._check_open))
    bodies = [ride("500", at=one["occurred_at"]) for one in activities]
    race = parallel(4, lambda number: correct(beijinger, activities[number], bodies[number]))
    credited = sum(one["points"]["amount"] for one in race.results)
    assert race.errors or credited > DAY_CAP_G
