"""What is said for a day, and taken back on the next, earns nothing; what has settled counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.profiles import service as profiles
from backend.profiles.domain import MOST_SAID, PastProfile, Timeline
from tests.backend.activities.conftest import TRIP, with_a_new_token
from tests.backend.activities.test_exclusions import METER

MEAL = "food.meal"
METRO = {"mode": "metro", "distance": "20"}
MONTH = {"consumption": "90", "days": "30"}
LUNCH = {"meal": "vegan"}

# What the truth earns, and what a word for an hour earned when every word counted from its instant on. 90 kWh in a
# month are more than one person's mean in Beijing (43.7 kg) and far less than six people's (262 kg).
ATTACKS = [
    pytest.param({"region": "CN-GD"}, {"region": "CN-BJ"}, TRIP, METRO, 0, 641, id="region, a ride"),
    pytest.param({"household_size": 1}, {"household_size": 6}, METER, MONTH, 0, 100_305, id="household, a month"),
    pytest.param({"diet": "vegetarian"}, {"diet": "omnivore"}, MEAL, LUNCH, 0, 391, id="diet, a lunch"),
]


@pytest.fixture
def says(in_transaction):
    """`says(person, household_size=3)`: what they state about themselves from now on."""

    def state(person: Any, **stated: Any) -> None:
        in_transaction(lambda session: profiles.change_profile(session, person.user_id, stated))

    return state


def credited(person: Any, at: datetime, methodology: str, inputs: dict[str, str]) -> int:
    body = {"methodology": methodology, "occurred_at": at.isoformat(), "inputs": inputs}
    answer = with_a_new_token(person).post("/v1/activities", body)
    assert answer.status_code == 201, answer.json
    return answer.json["reduction"]["credited_g"]


@pytest.mark.parametrize("true, false, methodology, inputs, honest, gained", ATTACKS)
def test_a_word_for_an_hour_earns_no_more_than_the_truth(
    true, false, methodology, inputs, honest, gained, new_beijinger, says, frozen_clock
):
    cheat, liar_of_old = new_beijinger(**true), new_beijinger(**false)
    frozen_clock.advance(timedelta(days=1))
    says(cheat, **false)
    frozen_clock.advance(timedelta(hours=1))
    earned = credited(cheat, frozen_clock() - timedelta(minutes=5), methodology, inputs)
    says(cheat, **true)
    assert earned == honest
    assert credited(liar_of_old, frozen_clock() - timedelta(minutes=5), methodology, inputs) == gained


@pytest.mark.parametrize("true, false, methodology, inputs, honest, gained", ATTACKS)
def test_where_words_need_not_settle_one_for_an_hour_pays(
    true, false, methodology, inputs, honest, gained, new_beijinger, says, frozen_clock, monkeypatch
):
    """The control."""
    monkeypatch.setattr(Timeline, "said_lately", lambda self, since, until: [self.at(until)])
    cheat = new_beijinger(**true)
    says(cheat, **false)
    earned = credited(cheat, frozen_clock(), methodology, inputs)
    says(cheat, **true)
    assert earned == gained > honest


@pytest.mark.parametrize("true, false, methodology, inputs, honest, gained", ATTACKS)
def test_who_really_changed_is_judged_by_it_once_it_has_settled(
    true, false, methodology, inputs, honest, gained, new_beijinger, says, frozen_clock
):
    person = new_beijinger(**true)
    says(person, **false)
    frozen_clock.advance(timedelta(days=29))
    assert credited(person, frozen_clock(), methodology, inputs) == honest
    frozen_clock.advance(timedelta(days=31))
    assert credited(person, frozen_clock(), methodology, inputs) == gained


def test_a_change_that_credits_less_counts_at_once(new_beijinger, says, frozen_clock):
    person = new_beijinger(diet="omnivore")
    frozen_clock.advance(timedelta(hours=1))
    says(person, diet="vegetarian")
    frozen_clock.advance(timedelta(hours=1))
    assert credited(person, frozen_clock(), MEAL, LUNCH) == 0


def test_nobody_hides_what_they_long_said_behind_many_words(frozen_clock):
    now = frozen_clock()
    pasts = [
        PastProfile(now - timedelta(minutes=90 - minute), None, None, Decimal(1 if minute == 0 else 10 + minute), None)
        for minute in range(80)
    ]
    lately = Timeline(profiles.Profile(household_size=9), pasts).said_lately(now - timedelta(days=30), now)
    assert [one.household_size for one in lately[:2]] == [9, 1]
    assert len(lately) == 1 + MOST_SAID
