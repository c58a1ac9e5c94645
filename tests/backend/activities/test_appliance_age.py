"""How long ago an appliance was bought: the day of its order says it where the person does not."""

from __future__ import annotations

import pytest

from tests.backend.activities.test_papers import outcome, paper, reader, tell

__all__ = ["paper", "reader"]  # fixtures

pytestmark = pytest.mark.allowance
RULE, FRIDGE = "housing.efficient_appliance", {"appliance": "fridge_freezer", "label": "110", "days": "1"}


def order(day: str = "2026-11-10", number: str = "O-309917") -> tuple[str, ...]:
    return ("Order of an appliance", f"No. {number}", day, "1 fridge freezer 110 kWh", "CNY 2480.00")


def inputs_of(person, told):
    return person.get(f"/v1/reductions/{told['reduction']['id']}").json["working"]["inputs"]


def test_the_day_of_the_order_says_how_old_a_fridge_is(beijinger, paper):
    told = tell(beijinger, RULE, FRIDGE, paper(beijinger, order()))
    assert outcome(told)[:2] == ("credited", None)
    assert told["reduction"]["credited_g"] > 200
    assert inputs_of(beijinger, told)["years_owned"]["value"] == "0.1"  # ten days, rounded up
    assert "years_owned" not in told["inputs"]  # nobody said it


def test_what_the_person_says_stands(beijinger, paper):
    told = tell(beijinger, RULE, FRIDGE | {"years_owned": "10.1"}, paper(beijinger, order()))
    assert told["reason"]["code"] == "past_its_life"
    assert told["next"] == []


def test_without_an_order_the_answer_asks_for_the_age_in_words(beijinger):
    told = tell(beijinger, RULE, FRIDGE)
    (step,) = told["next"]
    assert step["code"] == "say_age"
    assert "Years since it was bought" in step["message"]
    assert "purchase_record" in step["evidence"]
    in_chinese = beijinger.get(f"/v1/activities/{told['id']}", headers={"Accept-Language": "zh-CN"}).json
    assert "购买至今年数" in in_chinese["next"][0]["message"]


def test_an_order_that_comes_later_says_it_too(beijinger, paper):
    told = tell(beijinger, RULE, FRIDGE)
    assert told["reduction"]["credited_g"] == 0
    shown = beijinger.post(f"/v1/activities/{told['id']}/evidence", {"evidence": [paper(beijinger, order())]})
    assert shown.status_code == 200, shown.json
    assert shown.json["reduction"]["credited_g"] > 200
