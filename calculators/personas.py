"""Twelve typical people: what a year of their habits would be credited, under one version of the rules or two.

Promise: a year in whole grams under the day, month and year caps, the same for the same library; what two versions
change for each persona; and an alarm where the mean of all personas goes beyond the published potential of a class,
so that a reviewer sees a methodology that pays too much. Pure but for reading `library/personas/*.toml`, once.
Sources of the potentials: `library/baselines/reduction_potential.csv`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from calculators.errors import CalculatorError
from calculators.estimate.exact import compute_estimate
from calculators.estimate.working import Context
from calculators.figures.factors import Tables
from calculators.methodology.document import Methodology
from calculators.methodology.parts import REDUCTION, Words

ON = date(2026, 11, 20)  # a year of habits is judged as if it were all done on one day
DAYS, MONTHS = 365, 12
POTENTIAL = "baselines.reduction_potential"
EARLIER, LATER = 2020, 2030

_FOLDER = Path(__file__).parent / "library" / "personas"


@dataclass(frozen=True, slots=True)
class Habit:
    """Something a persona does `times` a year, always alike."""

    methodology_id: str
    times: int
    inputs: Mapping[str, Any]
    evidence: str
    duration_s: int | None
    history: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Persona:
    """A typical person; `weight` is how many of a hundred people are like them (supposed, and said so in the file)."""

    id: str
    title: Words
    region: str
    weight: int
    household_size: Decimal
    diet: str
    habits: tuple[Habit, ...]


@dataclass(frozen=True, slots=True)
class HabitYear:
    """A year of one habit: grams and points credited under its caps, grams avoided before deductions and caps."""

    methodology_id: str
    category: str
    credited_g: int
    avoided_g: int
    points: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What a persona's habit would be credited in a year by the old and by the new version (None: not there)."""

    persona_id: str
    methodology_id: str
    old: HabitYear | None
    new: HabitYear | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """The mean credit of all personas beyond a potential: `methodology_id` is None where the whole class is meant."""

    category: str
    methodology_id: str | None
    mean_g: int
    potential_g: int
    year: int


@cache
def load_personas() -> tuple[Persona, ...]:
    """The shipped personas, by id. Raises KeyError where a file leaves something out."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.toml")))


def live_a_year(persona: Persona, methodologies: Mapping[str, Methodology], tables: Tables) -> tuple[HabitYear, ...]:
    """What each habit is credited in a year, two habits of one methodology under its one yearly cap.

    A habit whose methodology is not among `methodologies` is left out.
    """
    lived: list[HabitYear] = []
    for habit in persona.habits:
        methodology = methodologies.get(habit.methodology_id)
        if methodology is None:
            continue
        earlier = [one for one in lived if one.methodology_id == methodology.id]
        lived.append(_within_the_year(_year_of(persona, habit, methodology, tables), earlier, methodology))
    return tuple(lived)


def compare_versions(
    personas: Sequence[Persona],
    old: tuple[Methodology, Tables] | None,
    new: tuple[Methodology, Tables],
) -> tuple[Change, ...]:
    """What a new version changes in the year of every persona who does such a thing."""
    return tuple(
        Change(
            persona.id,
            habit.methodology_id,
            None if old is None else _year_of(persona, habit, *old),
            _year_of(persona, habit, *new),
        )
        for persona in personas
        for habit in persona.habits
        if habit.methodology_id == new[0].id
    )


def find_alarms(
    personas: Sequence[Persona], methodologies: Mapping[str, Methodology], tables: Tables
) -> tuple[Alarm, ...]:
    """Every methodology and every class whose mean credit goes beyond the potential of 2020 or 2030.

    A methodology is held against the potential of 2030 alone, a class against both years.
    """
    years = [(persona, live_a_year(persona, methodologies, tables)) for persona in personas]
    people = sum(persona.weight for persona in personas)
    by_methodology: dict[tuple[str, str], int] = {}
    by_category: dict[str, int] = {}
    for persona, habits in years:
        for one in habits:
            credited = persona.weight * one.credited_g
            by_methodology[one.category, one.methodology_id] = (
                by_methodology.get((one.category, one.methodology_id), 0) + credited
            )
            by_category[one.category] = by_category.get(one.category, 0) + credited
    alarms = [
        _alarm(tables, category, name, total // people, LATER) for (category, name), total in by_methodology.items()
    ]
    for category, total in by_category.items():
        alarms += [_alarm(tables, category, None, total // people, year) for year in (EARLIER, LATER)]
    return tuple(alarm for alarm in alarms if alarm is not None)


def _alarm(tables: Tables, category: str, methodology_id: str | None, mean_g: int, year: int) -> Alarm | None:
    rows = [row for row in tables.find_rows(f"potential_{year}_{category}") if row.table == POTENTIAL]
    if not rows:
        return None
    potential_g = int(rows[0].value * 1000)
    return Alarm(category, methodology_id, mean_g, potential_g, year) if mean_g > potential_g else None


def _year_of(persona: Persona, habit: Habit, methodology: Methodology, tables: Tables) -> HabitYear:
    context = Context(
        region=persona.region,
        on=ON,
        evidence=habit.evidence,
        duration_s=habit.duration_s,
        household_size=persona.household_size,
        diet=persona.diet,
        history=habit.history,
    )
    found = compute_estimate(methodology, tables, habit.inputs, context)
    amounts = _spread(found.credited_g + found.behaviour_points, habit.times, methodology)
    in_grams = methodology.yields == REDUCTION
    return HabitYear(
        methodology_id=methodology.id,
        category=methodology.category,
        credited_g=amounts if in_grams else 0,
        avoided_g=found.reduction_g * habit.times,
        points=0 if in_grams else amounts,
        reason=found.reason,
    )


def _within_the_year(one: HabitYear, earlier: Sequence[HabitYear], methodology: Methodology) -> HabitYear:
    in_grams = methodology.yields == REDUCTION
    cap = methodology.caps.get("per_year_g" if in_grams else "per_year_points")
    if cap is None or not earlier:
        return one
    room = max(0, cap - sum(found.credited_g + found.points for found in earlier))
    return replace(one, credited_g=min(one.credited_g, room), points=min(one.points, room))


def _spread(amount: int, times: int, methodology: Methodology) -> int:
    """`times` equal credits spread evenly over the days and months of a year, under the caps."""
    caps = {name.rpartition("_")[0]: cap for name, cap in methodology.caps.items()}
    total = sum(
        min(_evenly(times, MONTHS, month, amount, caps), caps.get("per_month", amount * times))
        for month in range(MONTHS)
    )
    return min(total, caps.get("per_year", total))


def _evenly(times: int, parts: int, part: int, amount: int, caps: Mapping[str, int]) -> int:
    """What one month's share of the year's times earns under the cap of its days."""
    in_month = times * (part + 1) // parts - times * part // parts
    days = DAYS // parts
    per_day, rest = divmod(in_month, days)
    cap = caps["per_day"]
    return rest * min((per_day + 1) * amount, cap) + (days - rest) * min(per_day * amount, cap)


def _read(path: Path) -> Persona:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Persona(
        id=path.stem,
        title=data["title"],
        region=data["region"],
        weight=data["weight"],
        household_size=Decimal(data["household_size"]),
        diet=data["diet"],
        habits=tuple(_habits(path, data["habit"])),
    )


def _habits(path: Path, given: Iterable[Mapping[str, Any]]) -> Iterable[Habit]:
    for one in given:
        unknown = set(one) - {"methodology", "times", "inputs", "evidence", "duration_s", "history"}
        if unknown:
            raise CalculatorError(f"{path.name}: {', '.join(sorted(unknown))}: not part of a habit")
        yield Habit(
            methodology_id=one["methodology"],
            times=one["times"],
            inputs=one.get("inputs", {}),
            evidence=one.get("evidence", "self_declared"),
            duration_s=one.get("duration_s"),
            history=one.get("history", {}),
        )
