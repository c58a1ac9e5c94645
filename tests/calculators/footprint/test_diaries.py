"""Trips that were logged stand for answers in the months of which somebody states that all of them are logged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators import (
    DocumentRefused,
    Reading,
    StandIn,
    compute_footprint,
    explain_line,
    list_diaries,
    list_logged,
    load_library,
    measure_year,
    read_answers,
    read_logged,
    tell_measured,
)
from calculators.figures.library import SHIPPED
from calculators.footprint.logbook import parse_logbook
from tests.calculators.footprint.test_must_show import FRANCE

TRIP = "transport.low_carbon_trip"
[TRANSPORT] = list_diaries()
LOGBOOK = (SHIPPED / "footprints" / "logged.toml").read_text(encoding="utf-8")


def ride(question: str, amount: str, on: date = date(2026, 10, 3)) -> Reading:
    return Reading(question, on, 1, Decimal(amount), "transport")


def measured(readings: list[Reading], months: tuple[int, ...], year: int = 2026, **answers: str) -> dict[str, StandIn]:
    return measure_year(FRANCE, read_answers(FRANCE.survey, answers), readings, year, {"transport": months})


def total_g(readings: list[Reading], months: tuple[int, ...], **answers: str) -> dict[str, int]:
    read = read_answers(FRANCE.survey, answers)
    found = measure_year(FRANCE, read, readings, 2026, {"transport": months})
    footprint = compute_footprint(FRANCE, {**read, **{name: one.value for name, one in found.items()}})
    return {name: share.grams for name, share in footprint.categories.items()}


def test_a_stated_month_stands_for_its_days_and_the_answer_a_week_for_the_rest() -> None:
    found = measured([ride("bus", "62"), ride("bus", "31", date(2026, 10, 31))], (10,), bus="14")["bus"]
    assert (found.days, found.months, found.amount, found.instead_of) == (31, (10,), 93, 14)
    assert found.value == Decimal("14.6")  # 93 km and 334 days of 2 km are 761 km, over 52.142857 weeks 14.59
    assert (found.diary, found.is_whole) == ("transport", False)


def test_an_answer_a_year_keeps_its_days_too() -> None:
    found = measured([ride("train", "400")], (10,), train="3650")["train"]
    assert found.value == 400 + 3340  # ten kilometres a day on the 334 days nobody stated


def test_without_a_statement_trips_say_nothing() -> None:
    assert measured([ride("bus", "62")], ()) == {}


def test_a_trip_outside_the_stated_months_says_nothing() -> None:
    outside = [ride("bus", "500", date(2026, 9, 30)), ride("bus", "500", date(2025, 10, 3))]
    assert measured([*outside, ride("bus", "62")], (10,), bus="14") == measured([ride("bus", "62")], (10,), bus="14")


def test_a_stated_month_without_a_trip_of_a_kind_is_one_of_none_for_every_question_the_diary_speaks_for() -> None:
    found = measured([ride("bus", "62")], (10,), car_km="3650", metro="7")
    assert found["car_km"].value == 3340
    assert found["metro"].value == Decimal("6.4")  # 334 km over 52.142857 weeks
    assert set(found) == set(TRANSPORT.questions)


def test_what_cannot_be_logged_by_its_kind_keeps_the_answer() -> None:
    kept = {"taxi", "motorcycle", "scooter", "flights_short", "flights_medium", "flights_long"}
    kept |= {"car_people", "car_energy", "car_size", "car_life", "driving", "scooter_energy", "ferry", "camper"}
    transport = {name for name, question in FRANCE.survey.questions.items() if question.category == "transport"}
    assert transport - set(TRANSPORT.questions) == kept | {"cabin"}
    assert not kept & set(measured([ride("bus", "62")], tuple(range(1, 13))))


def test_a_whole_stated_year_leaves_nothing_to_the_answer_and_a_leap_year_has_a_day_more() -> None:
    whole = measured([ride("car_km", "2000")], tuple(range(1, 13)), car_km="9000")["car_km"]
    assert (whole.value, whole.days, whole.is_whole) == (2000, 365, True)
    leap = measured([ride("car_km", "2000", date(2024, 2, 29))], tuple(range(1, 13)), 2024)["car_km"]
    assert (leap.value, leap.days, leap.is_whole) == (2000, 366, True)


def test_trips_are_the_persons_own_however_many_share_the_home() -> None:
    alone, shared = (measured([ride("bus", "62")], (10,), bus="14", household_size=size)["bus"] for size in ("1", "4"))
    assert alone == shared


def test_a_question_a_statement_speaks_for_in_part_is_open_until_it_is_answered() -> None:
    found = measured([ride("car_km", "100")], (10,))["car_km"]
    part = compute_footprint(FRANCE, {"car_km": found.value}, frozenset({"car_km"}))
    assert part.categories["transport"].default_share_pct == 100


READINGS = st.builds(
    ride,
    st.sampled_from(TRANSPORT.questions),
    st.decimals(0, 500, places=3).map(str),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)


@settings(max_examples=60, deadline=None)
@given(
    logged=st.lists(READINGS, max_size=12),
    one_more=READINGS,
    months=st.frozensets(st.integers(1, 12)).map(lambda found: tuple(sorted(found))),
    answers=st.fixed_dictionaries({}, optional={name: st.integers(0, 900).map(str) for name in TRANSPORT.questions}),
)
def test_more_logged_kilometres_never_lower_a_category_and_none_is_negative(logged, one_more, months, answers) -> None:
    before, after = (total_g(trips, months, **answers) for trips in (logged, [*logged, one_more]))
    assert all(0 <= before[name] <= after[name] for name in before)


@pytest.mark.parametrize(
    ("methodology_id", "inputs", "question"),
    [
        (TRIP, {"mode": "bus"}, "bus"),
        (TRIP, {"mode": "metro"}, "metro"),
        (TRIP, {"mode": "tram"}, "metro"),
        (TRIP, {"mode": "train"}, "train"),
        (TRIP, {"mode": "coach"}, "coach"),
        (TRIP, {"mode": "car", "occupancy": "4"}, "car_km"),
        (TRIP, {"mode": "cycle", "leads": "back_to_the_start"}, "bicycle"),
        (TRIP, {"mode": "ebike"}, "ebike"),
        ("transport.rail_instead_of_flight", {}, "train"),
        ("transport.car_pool", {"occupancy": "3"}, "car_km"),
        ("transport.electric_car_km", {"replaced": "nothing"}, "car_km"),
    ],
)
def test_a_logged_trip_adds_its_distance_to_the_question_of_its_kind(methodology_id, inputs, question) -> None:
    reading = read_logged(methodology_id, date(2026, 10, 3), inputs | {"distance": {"value": "12500", "unit": "m"}})
    assert reading is not None
    assert (reading.question, reading.days, reading.amount) == (question, 1, Decimal("12.5"))
    assert reading.diary == "transport"


@pytest.mark.parametrize(
    ("methodology_id", "inputs"),
    [
        (TRIP, {"mode": "walk"}),
        (TRIP, {"mode": "cycle", "leads": "on_the_spot"}),
        (TRIP, {"mode": "rocket"}),
        ("transport.car_pool", {"kind": "ride_hailing"}),
        ("transport.stop_driving_day", {}),
        ("transport.leisure_walk", {"kilometres": "5"}),
    ],
)
def test_what_is_no_way_travelled_or_belongs_to_no_question_adds_nothing(methodology_id: str, inputs: Any) -> None:
    assert read_logged(methodology_id, date(2026, 10, 3), inputs | {"distance": "12"}) is None


def test_trips_are_only_asked_for_with_their_diary() -> None:
    assert TRIP not in list_logged()
    assert TRIP in list_logged(("transport",))
    assert set(list_logged(("transport",))) == set(list_logged()) | set(list_logged(("transport",), meters=False))


def test_what_trips_replaced_is_said_in_both_languages() -> None:
    found = measured([ride("train", "400")], (10,), train="3650")["train"]
    assert tell_measured(found, FRANCE, "en") == (
        "Distance by train in a year: you stated that all of it is logged on 31 days (months: 10); there your 400 km"
        " stand instead of 3650 km, the rest of the year keeps it. Counted: 3740 km."
    )
    assert tell_measured(found, FRANCE, "zh") == (
        "您一年乘火车的里程：您声明其中 31 天（月份：10）的记录完整，这些天以记录的 400 km 代替 3650 km，"
        "其余日子仍按原值。计入：3740 km。"
    )
    whole = measured([], tuple(range(1, 13)), train="3650")["train"]
    assert "the rest" not in tell_measured(whole, FRANCE, "en")


def test_a_line_tells_what_was_logged_apart_from_what_was_answered() -> None:
    [kilometres, *_] = explain_line(FRANCE, {"train": Decimal(3740)}, "train", "en", {"train"}).numbers
    assert (kilometres.name, kilometres.kind, kilometres.value) == ("train", "measured", "3740")


@pytest.mark.parametrize(
    ("old", "new", "line", "remedy"),
    [
        ('bus = "bus"', 'bus = "omnibus"', "questions = {", "'omnibus' is no question"),
        ('bus = "bus", ', "", "questions = {", "'bus' is missing"),
        ('unasked = ["walk"]', 'unasked = ["walk", "swim"]', "questions = {", "'swim' is no option of mode"),
        ('leads = ["to_a_place"', 'leads = ["to_mars"', "only = { leads", "must be options"),
        (
            'methodology = "transport.car_pool"',
            'methodology = "transport.raft"',
            "transport.raft",
            "there is no methodology",
        ),
        ('unit = "vehicle-km"\ntimes = "1"', 'unit = "vehicle-km"\n#', 'unit = "vehicle-km"', "or `times`"),
        ('unit = "L"', 'unit = "kWh"', 'unit = "kWh"', "does not convert"),
        ('input = "consumption"\nunit = "L"', 'input = "volume"\nunit = "L"', 'input = "volume"', "not one of"),
        ("[meters.water]", "[meters.tops]\nextra = 1", "extra = 1", "unknown key"),
        ("[meters.water]", "[meters.dwelling_area]", "[meters.dwelling_area]", "no question about an amount in a time"),
        ('question = "train"', 'question = "electricity"', 'question = "electricity"', "a diary is one person's"),
        ('tram = "metro"', 'tram = "water"', "questions = {", "spoken for elsewhere"),
        ('times = "1" ', 'times = "-1" ', "times = ", "above 0"),
        ('question = "train"', 'question = "train"\nunasked = ["walk"]', "unasked = ", "unknown key"),
        ("[diaries.transport]", "[diaries.sport]\n[diaries.transport]", "[diaries.sport]", "speaks for no question"),
        ("[meters.water]", "[meters.water", "[meters.water", "not TOML"),
        ('by = "mode"', 'by = "distance"', 'by = "distance"', "not one of"),
    ],
)
def test_an_entry_that_does_not_hold_together_is_refused_with_its_line(
    old: str, new: str, line: str, remedy: str
) -> None:
    assert LOGBOOK.count(old) >= 1
    broken = LOGBOOK.replace(old, new)
    with pytest.raises(DocumentRefused) as refused:
        parse_logbook(broken, FRANCE.survey, load_library().methodologies)
    lines = broken.splitlines()
    found = [(lines[problem.line - 1], problem.message) for problem in refused.value.problems]
    assert any(line in text and remedy in message for text, message in found), found
