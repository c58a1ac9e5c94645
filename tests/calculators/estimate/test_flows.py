"""One flow, one payer: every rule names what it measures, and rules that measure the same meet on the same instance."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calculators import (
    DocumentRefused,
    Occurrence,
    flows_of,
    instances_of,
    load_flows,
    meets,
    parse_methodology,
    read_instance,
)
from calculators.methodology import Choice, describe_flows
from tests.calculators.shipped_library import CUP, ELECTRICITY, LIBRARY, MEAL, ON, TRIP

FLOWS = load_flows()
RULES = LIBRARY.methodologies
DOCUMENT = Path(__file__).parents[3] / "docs" / "flows.md"
SHARED = [
    (one.id, other.id)
    for one, other in itertools.combinations(RULES.values(), 2)
    if {use.flow for use in one.flows} & {use.flow for use in other.flows}
]
METER, FRIDGE = "housing.household_electricity", "housing.efficient_appliance"


def day_span(on: date) -> tuple[date, tuple[datetime, datetime]]:
    begins = datetime(on.year, on.month, on.day, tzinfo=UTC)
    return on, (begins, begins + timedelta(days=1))


def done(hour: int = 8, days: int = 1, lasts_s: int | None = 600) -> Occurrence:
    """Something at an hour of the 20th in UTC, which covers so many days up to it."""
    at = datetime(ON.year, ON.month, ON.day, hour, tzinfo=UTC)
    covered = [day_span(ON - timedelta(days=ago)) for ago in reversed(range(days))]
    return Occurrence(at, time(hour), covered, lasts_s)


def answers(rule: str, **chosen: Any) -> dict[str, Any]:
    """Every input of a rule, the first option or the least amount where nothing is chosen."""
    spec = RULES[rule].inputs
    least = {name: one.options[0] if isinstance(one, Choice) else one.minimum for name, one in spec.items()}
    return least | chosen


def claimed(rule: str, hour: int = 8, days: int = 1, lasts_s: int | None = 600, **chosen: Any) -> Any:
    return instances_of(RULES[rule], answers(rule, **chosen), done(hour, days, lasts_s))


def meet(one: Any, other: Any, *, is_same_rule: bool = False) -> bool:
    return any(meets(mine, theirs, is_same_rule=is_same_rule) for mine in one for theirs in other)


def every_answer(rule: str) -> list[dict[str, Any]]:
    """Each combination of those answers by which a rule's claims differ."""
    names = {name for use in RULES[rule].flows for name in (use.by, use.when) if name}
    chosen = {name: RULES[rule].choices[name].options for name in names if name in RULES[rule].choices}
    return [dict(zip(chosen, options, strict=True)) for options in itertools.product(*chosen.values())]


def test_every_rule_names_its_flows_and_every_flow_has_a_rule():
    assert [rule.id for rule in RULES.values() if not rule.flows] == []
    assert {use.flow for rule in RULES.values() for use in rule.flows} == set(FLOWS)


def test_the_table_for_readers_is_the_data():
    assert describe_flows(RULES) in DOCUMENT.read_text(encoding="utf-8"), "python -m calculators flows"


@pytest.mark.parametrize(("one", "other"), SHARED)
def test_rules_that_share_a_flow_meet_unless_their_parts_are_different_things(one, other):
    met = [
        meet(claimed(one, **mine), claimed(other, **theirs))
        for mine in every_answer(one)
        for theirs in every_answer(other)
    ]
    if any(met):
        return
    shared = {use.flow for use in RULES[one].flows} & {use.flow for use in RULES[other].flows}
    parts = [
        {part.part for chosen in every_answer(rule) for part in claimed(rule, **chosen) if part.flow in shared}
        for rule in (one, other)
    ]
    assert all(part for side in parts for part in side)  # neither is the whole
    assert parts[0].isdisjoint(parts[1])


def test_a_fridge_is_inside_the_meter_and_no_washing_machine():
    fridge = claimed(FRIDGE, days=7, appliance="fridge_freezer")
    assert len(fridge) == 7
    assert meet(fridge, claimed(METER))
    assert not meet(fridge, claimed("clothing.cold_wash"))
    assert meet(claimed("clothing.cold_wash"), claimed(METER))


def test_the_setting_of_an_air_conditioner_is_in_the_kilowatt_hours_of_an_efficient_one():
    setting = claimed("housing.ac_setpoint")
    assert meet(setting, claimed(FRIDGE, appliance="air_conditioner"))
    assert not meet(setting, claimed(FRIDGE, appliance="fridge_freezer"))


def test_a_garment_that_is_repaired_is_the_one_that_was_bought_second_hand_if_it_is_of_the_same_kind():
    repaired = claimed("clothing.repaired_garment", garment="jeans")
    assert meet(repaired, claimed("clothing.second_hand_garment", garment="jeans"))
    assert not meet(repaired, claimed("clothing.second_hand_garment", garment="coat"))


def test_trips_meet_where_their_times_do_and_a_day_without_the_car_is_all_of_them():
    metro = claimed(TRIP.id, hour=8, mode="metro")
    assert not meet(metro, claimed("transport.car_pool", hour=9))
    assert meet(metro, claimed("transport.car_pool", hour=8))
    assert meet(metro, claimed("transport.stop_driving_day", hour=20))
    assert meet(claimed(TRIP.id, hour=8, lasts_s=7200), claimed("transport.car_pool", hour=9))


def test_the_car_of_a_car_pool_is_the_electric_car():
    car = claimed("transport.electric_car_km", hour=20)
    assert meet(car, claimed("transport.car_pool", hour=8, kind="private"))
    assert not meet(car, claimed("transport.car_pool", hour=8, kind="ride_hailing"))
    assert not meet(car, claimed(TRIP.id, hour=8, mode="metro"))


def test_of_one_rule_only_the_same_report_is_the_same_ride():
    one, again = claimed(TRIP.id, distance=Decimal("10.000")), claimed(TRIP.id, distance=Decimal("10"))
    assert [instance.key for instance in one] == [instance.key for instance in again]
    assert meet(one, again, is_same_rule=True)
    assert not meet(one, claimed(TRIP.id, distance=Decimal("9")), is_same_rule=True)
    assert not meet(one, claimed(TRIP.id, hour=9, distance=Decimal("10")), is_same_rule=True)


def test_a_meter_is_read_once_for_a_day_whatever_it_shows():
    one, other = claimed(METER, consumption=Decimal(1)), claimed(METER, hour=20, consumption=Decimal(2))
    assert meet(one, other, is_same_rule=True)


def test_a_meal_is_one_slot_of_the_day_by_local_time():
    lunch = claimed(MEAL.id, hour=12)
    assert [instance.part for instance in lunch] == ["lunch"]
    assert meet(lunch, claimed(MEAL.id, hour=13, meal="beef"), is_same_rule=True)
    assert not meet(lunch, claimed(MEAL.id, hour=19), is_same_rule=True)
    assert meet(lunch, claimed("food.clean_plate", hour=13))
    assert meet(claimed(MEAL.id, hour=19), claimed("food.plant_based_meat", hour=9))


@pytest.mark.parametrize(
    ("hour", "meals", "slots"),
    [
        (8, 1, ["breakfast"]),
        (12, 2, ["lunch", "breakfast"]),
        (8, 2, ["breakfast", "lunch"]),
        (19, 3, ["dinner", "lunch", "breakfast"]),
    ],
)
def test_several_meals_at_once_take_several_slots(hour, meals, slots):
    assert [instance.part for instance in claimed(MEAL.id, hour=hour, meals=Decimal(meals))] == slots


def test_what_is_written_is_what_is_read():
    for rule in RULES:
        for chosen in every_answer(rule):
            for instance in claimed(rule, **chosen):
                assert read_instance(instance.flow, instance.key) == instance
                assert len(instance.key) <= 120


def test_a_document_from_before_there_were_flows_measures_what_the_shipped_one_does():
    before = parse_methodology(CUP.text.replace('flows = ["drink_container"]\n', ""))
    assert before.flows == ()
    assert flows_of(before) == CUP.flows
    unknown = parse_methodology(before.text.replace('"consumables.own_cup"', '"consumables.own_mug"'))
    assert [str(use) for use in flows_of(unknown)] == ["consumables.own_mug"]


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ("household_elektricity", "no flow of library/flows.toml"),
        ("household_electricity/{consumption}", "no input that names a part"),
        ("household_electricity when nothing = at_all", "no such options"),
        ("trip/lunch", "has no part 'lunch'"),
        ("household electricity", "is not like"),
    ],
)
def test_a_flow_that_is_not_is_refused_with_its_line(named, problem):
    with pytest.raises(DocumentRefused) as refused:
        parse_methodology(ELECTRICITY.text.replace('flows = ["household_electricity"]', f'flows = ["{named}"]'))
    [found] = refused.value.problems
    assert problem in found.message
    assert found.path == "crediting.flows"
