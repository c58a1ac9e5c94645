"""Many tell many things at the same moment: the allowance is never used twice, by one account or by a circle."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backend.accounts import service as accounts
from backend.accounts.sql import circles
from backend.activities.service import estimates
from backend.platform.data.batch import question_of_owner, read_column

pytestmark = [pytest.mark.allowance, pytest.mark.concurrency]
FOOD_DAY_G = 700  # the bound of a day of the category: 1,050 kg a year, 240 of a thousand, by months of thirty days


def tell_at_once(people: list[Any], parallel: Any, times: int, now: Any) -> list[Any]:
    """Kitchen waste composted on one day, told by everybody in turn: each alone is below the bound, two are above it.

    Not meals: a person eats one lunch, however often it is told.
    """

    def tell(turn: int) -> Any:
        when = (now - timedelta(minutes=7 * turn)).isoformat()
        inputs = {"mass": "7"}
        person = people[turn % len(people)]
        return person.post("/v1/activities", {"methodology": "food.composting", "occurred_at": when, "inputs": inputs})

    race = parallel(times, tell)
    assert race.errors == []
    assert {answer.status_code for answer in race.results} == {201}
    return race.results


def unattested(session: Any) -> int:
    return int(session.execute(text("SELECT SUM(unattested) FROM day_totals")).scalar_one() or 0)


def test_what_one_account_tells_at_once_stays_within_the_bound(beijinger, parallel, counts, session, frozen_clock):
    tell_at_once([beijinger], parallel, counts(small=12, long=50), frozen_clock())
    assert unattested(session) == FOOD_DAY_G


@pytest.fixture
def circle(new_beijinger, in_transaction) -> list[Any]:
    people = [new_beijinger() for _ in range(4)]
    for person in people:
        in_transaction(
            lambda session, person=person: accounts.link(session, person.user_id, accounts.LinkKind.DEVICE, "one phone")
        )
    return people


def test_what_a_circle_tells_at_once_stays_within_one_bound(circle, parallel, counts, session, frozen_clock):
    tell_at_once(circle, parallel, counts(small=12, long=50), frozen_clock())
    assert unattested(session) == FOOD_DAY_G


def test_without_the_lock_of_the_circle_the_same_waste_passes_the_bound(
    engine, circle, parallel, monkeypatch, session, frozen_clock
):
    """The control: four accounts read what is left before any of them has written."""
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    monkeypatch.setattr(accounts, "circle_lock", question_of_owner(circles.OWN, read_column("circle_id")))
    everyone_has_read = threading.Barrier(len(circle))
    judge = estimates.judge

    def judge_together(*given: Any) -> Any:
        everyone_has_read.wait(20)
        return judge(*given)

    monkeypatch.setattr(estimates, "judge", judge_together)
    tell_at_once(circle, parallel, len(circle), frozen_clock())
    assert unattested(session) > FOOD_DAY_G
