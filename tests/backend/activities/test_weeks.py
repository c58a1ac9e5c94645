"""Meals of a week over HTTP: net by entries, whatever the order of telling, and rebuilt when one is taken back."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backend.activities.service import rolling_year, weeks
from tests.backend.activities.test_exclusions import withdraw

MEAL = "food.meal"
FIRST = "2026-11-16"  # a Monday; it is Friday, the 20th
_RECORDS = itertools.count()


@pytest.fixture
def parisian(new_beijinger):
    return new_beijinger(region="FR")


@pytest.fixture
def eat(new_person):
    """`eat(person, 17, 12, "beef")`: a meal with its receipt, as it was answered."""

    def tell(person: Any, day: int, hour: int, kind: str) -> dict[str, Any]:
        vouched = {"user_id": person.user_id, "tier": "partner_record", "reference": f"meal {next(_RECORDS)}"}
        evidence = new_person(roles=("partner",)).post("/v1/operator/evidence", vouched).json["id"]
        body = {"methodology": MEAL, "occurred_at": f"2026-11-{day}T{hour}:00:00+08:00", "evidence": [evidence]}
        answer = person.post("/v1/activities", body | {"inputs": {"meal": kind}})
        assert answer.status_code == 201, answer.json
        return answer.json

    return tell


def credited(person: Any, *meals: dict[str, Any]) -> list[int]:
    """What these are credited with by now, which is their points."""
    answers = [person.get(f"/v1/activities/{one['id']}").json for one in meals]
    assert all(one["points"]["amount"] == one["reduction"]["credited_g"] for one in answers)
    return [one["reduction"]["credited_g"] for one in answers]


def test_only_the_meatless_meals_of_a_week_are_credited_as_one(parisian, eat):
    meals = [eat(parisian, day, 12, "vegetarian") for day in (16, 17, 18)]
    assert credited(parisian, *meals) == [905, 0, 0]
    assert (meals[1]["status"], meals[1]["reason"]["code"]) == ("uncredited", "netted")
    assert "the other meals of your week" in meals[1]["reason"]["message"]


def test_a_meal_asks_for_its_week_together_with_everything_else(parisian, eat, monkeypatch):
    def ask_alone(*_given: Any) -> None:
        raise AssertionError("asked in a round trip of its own")

    monkeypatch.setattr(weeks, "_live_in_week", ask_alone)
    assert [eat(parisian, day, 12, "vegetarian")["reduction"]["credited_g"] for day in (16, 17)] == [905, 0]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_telling_does_not_matter(order, parisian, eat):
    told = [(16, "vegan"), (17, "vegetarian"), (18, "pork")]
    meals = {place: eat(parisian, told[place][0], 12, told[place][1]) for place in order}
    left = credited(parisian, *(meals[place] for place in range(3)))
    assert left[0] > 0
    assert left[1] == 0


def test_a_beef_meal_of_the_week_takes_the_credit_and_taken_back_gives_it_back(parisian, eat, has):
    lunch = eat(parisian, 16, 12, "vegetarian")
    assert has(parisian)[0] == 905 or credited(parisian, lunch) == [905]
    beef = eat(parisian, 17, 12, "beef")
    assert credited(parisian, lunch) == [0]
    withdraw(parisian, beef)
    assert credited(parisian, lunch) == [905]


def test_a_meal_of_another_week_is_another_matter(parisian, eat):
    sunday, monday = eat(parisian, 15, 12, "vegetarian"), eat(parisian, 16, 12, "beef")
    assert credited(parisian, sunday, monday) == [905, 0]


def test_a_correction_rebuilds_both_weeks(parisian, eat):
    first, second = eat(parisian, 16, 12, "vegetarian"), eat(parisian, 17, 12, "vegetarian")
    assert credited(parisian, first, second) == [905, 0]
    report = {"methodology": MEAL, "occurred_at": "2026-11-15T12:00:00+08:00", "inputs": {"meal": "vegetarian"}}
    body = report | {"revision": first["reduction"]["revision"]}
    answer = parisian.put(f"/v1/activities/{first['id']}", body)
    assert answer.status_code == 200, answer.json
    assert credited(parisian, first, second) == [905, 905]


def test_it_is_said_in_words_and_in_the_inbox(parisian, eat):
    lunch = eat(parisian, 16, 12, "vegetarian")
    eat(parisian, 17, 12, "pork")
    eat(parisian, 18, 12, "beef")
    now = parisian.get(f"/v1/activities/{lunch['id']}", headers={"Accept-Language": "zh-CN"}).json
    assert now["reason"]["code"] == "netted"
    assert "一周" in now["reason"]["message"]
    inbox = parisian.get("/v1/inbox", headers={"Accept-Language": "zh-CN"}).json["items"]
    assert "reduction.netted" in {item["kind"] for item in inbox}


@pytest.mark.allowance
def test_a_meal_that_displaces_another_leaves_the_week_right(parisian, eat):
    """A lunch told on a word and again with a receipt is one lunch; the week counts it once."""
    body = {"methodology": MEAL, "occurred_at": "2026-11-20T11:00:00+08:00", "inputs": {"meal": "vegetarian"}}
    word = parisian.post("/v1/activities", body).json
    lunch = eat(parisian, 20, 11, "vegetarian")
    assert (lunch["reason"], credited(parisian, word, lunch)) == (None, [0, 905])


@pytest.mark.breaks_invariants("nothing is netted again, and that is what is seen")
def test_without_netting_again_a_week_is_credited_too_much(parisian, eat, session, monkeypatch):
    monkeypatch.setattr(rolling_year, "net_touched_weeks", lambda session, user_id, now: False)
    eat(parisian, 16, 12, "vegetarian")
    eat(parisian, 17, 12, "beef")
    assert list(weeks.broken_weeks(session)) != []
    session.rollback()
    taken = text("SELECT SUM(netted) FROM reductions WHERE superseded_at IS NULL")
    assert session.execute(taken).scalar_one() == 0
    session.rollback()
    assert date.fromisoformat(FIRST) + timedelta(days=6) == date(2026, 11, 22)
