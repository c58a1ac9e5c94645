"""What four hundred people do on a day: eight activities each, at the hours and in the amounts of ordinary life.

Pure and the same every time: a person is a number, a day is a date, and chance is drawn from both. Ways to travel,
distances and meals differ by person and day, so that rows, working and rules are those of life: a day's cap that a
second round of coffee fills up, trips that must fit beside one another, tickets that support a word, and what earns
nothing, such as beef.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

A_DAY = 8  # activities
ZONE = "Asia/Shanghai"
PLACES = ("CN-BJ", "CN-BJ", "CN-BJ", "CN-SH", "CN-TJ", "CN-GD/guangzhou")
TRIP, MEAL, CUP = "transport.low_carbon_trip", "food.meal", "consumables.own_cup"
WITH_TICKET = 4  # of so many people one has their ticket attested
# km one way, and km/h where the phone tells how long it took: by some modes it always does
COMMUTES = {
    "metro": ((4, 18), None),
    "bus": ((2, 9), None),
    "cycle": ((2, 7), 15),
    "walk": ((1, 2), 5),
    "ebike": ((3, 9), 20),
}
MODES = ("metro", "metro", "metro", "bus", "bus", "cycle", "ebike", "walk")
MEALS = ("vegan", "vegetarian", "vegetarian", "chicken", "chicken", "oily_fish", "pork", "beef")
AT_NOON = (
    ("consumables.reusable_takeaway_box", {"orders": "1"}),
    (CUP, {"cups": "5"}),
    ("consumables.own_bag", {"bags": "1"}),
)
AT_HOME = (
    ("housing.short_shower", {"showers": "1", "minutes_each": "4"}),
    ("office.double_sided_printing", {"sheets": "10"}),
    ("office.video_meeting", {"meetings": "1"}),
    ("clothing.line_drying", {"loads": "1"}),
)
SORTED = ("food", "paper", "textile")


@dataclass(frozen=True)
class Done:
    """One activity as its person tells it; `has_ticket` where a partner attested a fare record for it."""

    methodology: str
    occurred_at: datetime
    inputs: dict[str, Any]
    duration_s: int | None = None
    has_ticket: bool = field(default=False)


def lives_in(person: int) -> str:
    """Where a person lives."""
    return PLACES[person % len(PLACES)]


def activities_of(person: int, on: date) -> list[Done]:
    """The eight activities of a person on a civil day, the earliest first."""
    chance = random.Random(f"{person} {on}")
    out, back = _commute(person, on, chance)
    noon, home = chance.choice(AT_NOON), chance.choice(AT_HOME)
    sorted_waste = {"fraction": chance.choice(SORTED), "mass": {"value": f"0.{chance.randint(2, 9)}", "unit": "kg"}}
    return [
        out,
        Done(CUP, _at(on, 8, chance), {"cups": str(chance.randint(1, 4))}),
        Done(MEAL, _at(on, 12, chance), {"meal": chance.choice(MEALS)}),
        Done(noon[0], _at(on, 13, chance), noon[1]),
        back,
        Done(MEAL, _at(on, 19, chance), {"meal": chance.choice(MEALS)}),
        Done("consumables.waste_sorting", _at(on, 20, chance), sorted_waste),
        Done(home[0], _at(on, 21, chance), home[1]),
    ]


def _commute(person: int, on: date, chance: random.Random) -> tuple[Done, Done]:
    """Out and back: nearly always in the person's own way, over their own distance."""
    own = random.Random(person)
    mode = own.choice(MODES)
    (least, most), kmh = COMMUTES[mode]
    metres = own.randint(least * 1000, most * 1000) + chance.randint(0, 200)
    inputs = {"mode": mode, "distance": {"value": f"{metres / 1000:.3f}", "unit": "km"}}
    duration_s = None if kmh is None else round(metres / 1000 / kmh * 3600)
    has_ticket = kmh is None and person % WITH_TICKET == 0
    return (
        Done(TRIP, _at(on, 7, chance), inputs, duration_s, has_ticket),
        Done(TRIP, _at(on, 18, chance), inputs, duration_s),
    )


def _at(on: date, hour: int, chance: random.Random) -> datetime:
    return datetime(on.year, on.month, on.day, hour, chance.randint(0, 39), tzinfo=ZoneInfo(ZONE))
