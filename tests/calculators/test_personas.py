"""Typical people under two versions, and the alarm where their mean goes beyond what was ever thought possible."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calculators import parse_methodology
from calculators.personas import Alarm, compare_versions, find_alarms, live_a_year, load_personas
from tests.calculators.shipped_library import LIBRARY, TABLES, TRIP
from tests.calculators.test_bundle import with_factor

PERSONAS = load_personas()
BY_ID = {persona.id: persona for persona in PERSONAS}
every_persona = pytest.mark.parametrize("persona", PERSONAS, ids=lambda one: one.id)

GENEROUS = (
    ('baseline = "distance * baseline_factor"', 'baseline = "distance * baseline_factor * 9"'),
    ("per_activity_g = 40000, per_day_g = 40000", "per_activity_g = 900000, per_day_g = 900000"),
    ("per_month_g = 100000, per_year_g = 400000", "per_month_g = 9000000, per_year_g = 9000000"),
)


def year_of(persona_id: str):
    return {one.methodology_id: one for one in live_a_year(BY_ID[persona_id], LIBRARY.methodologies, TABLES)}


def generous_trip():
    text = TRIP.text
    for old, new in GENEROUS:
        assert old in text
        text = text.replace(old, new)
    return parse_methodology(text)


def test_there_are_twelve_and_they_stand_for_a_hundred_people() -> None:
    assert len(PERSONAS) == 12
    assert sum(persona.weight for persona in PERSONAS) == 100
    assert all(persona.title["en"] and persona.title["zh"] for persona in PERSONAS)


@every_persona
def test_every_habit_has_a_methodology_and_a_year(persona) -> None:
    lived = live_a_year(persona, LIBRARY.methodologies, TABLES)
    assert [one.methodology_id for one in lived] == [habit.methodology_id for habit in persona.habits]
    for one, habit in zip(lived, persona.habits, strict=True):
        cap = LIBRARY.methodologies[habit.methodology_id].caps.get("per_year_g")
        assert cap is None or one.credited_g <= cap


def test_a_year_of_commuting_by_metro_is_credited_ride_by_ride() -> None:
    # 13.3 km: (104 - 32) x 13.3 = 957.6 g, x 0.89 = 852 g a ride; 440 rides
    rides = live_a_year(BY_ID["beijing_commuter"], LIBRARY.methodologies, TABLES)[0]
    assert rides.credited_g == 440 * 852


def test_two_habits_of_one_methodology_share_its_yearly_cap() -> None:
    rides, walks = live_a_year(BY_ID["beijing_commuter"], LIBRARY.methodologies, TABLES)[:2]
    assert rides.credited_g + walks.credited_g == TRIP.caps["per_year_g"]


def test_whoever_already_eats_vegetarian_gains_nothing_by_it() -> None:
    meals = year_of("chengdu_vegetarian")["food.meal"]
    assert (meals.credited_g, meals.reason) == (0, "already_vegetarian")


def test_driving_alone_is_counted_and_never_credited() -> None:
    drives = year_of("ohio_driver")["transport.low_carbon_trip"]
    assert drives.credited_g == 0
    assert drives.avoided_g < 0


def test_a_changed_factor_shows_what_it_changes_for_whom() -> None:
    doubled = with_factor(TABLES, "trip_metro", "CN-BJ", "0.064")
    changes = compare_versions(PERSONAS, (TRIP, TABLES), (TRIP, doubled))
    rides = next(one for one in changes if one.persona_id == "beijing_commuter")
    assert rides.old is not None
    assert rides.new is not None
    assert rides.new.avoided_g == 440 * 532  # (104 - 64) x 13.3
    assert rides.new.credited_g < rides.old.credited_g
    same = [one for one in changes if one.persona_id in ("london_office", "berlin_cyclist", "ohio_driver")]
    assert same
    assert all(one.old == one.new for one in same)


def test_a_first_version_is_compared_with_nothing() -> None:
    assert all(one.old is None and one.new is not None for one in compare_versions(PERSONAS, None, (TRIP, TABLES)))


def test_the_shipped_library_stays_below_every_potential_of_2030() -> None:
    assert [alarm for alarm in find_alarms(PERSONAS, LIBRARY.methodologies, TABLES) if alarm.year == 2030] == []


def test_a_methodology_that_pays_beyond_the_potential_is_flagged() -> None:
    generous = generous_trip()
    alarms = find_alarms(PERSONAS, {**LIBRARY.methodologies, TRIP.id: generous}, TABLES)
    named = {(alarm.category, alarm.methodology_id, alarm.year) for alarm in alarms}
    assert named == {
        ("transport", TRIP.id, 2030),
        ("transport", None, 2020),
        ("transport", None, 2030),
    }
    assert all(isinstance(alarm, Alarm) and alarm.mean_g > alarm.potential_g for alarm in alarms)


def test_without_the_weights_of_the_many_the_alarm_would_be_about_one_person() -> None:
    villager = replace(BY_ID["hebei_village"], weight=1)
    alone = {alarm.category for alarm in find_alarms((villager,), LIBRARY.methodologies, TABLES)}
    assert "housing" in alone  # one roof with panels is beyond the mean potential, which is no reason to flag the rule
