"""Meter readings that were logged: they replace what was answered about a year, for the days they cover.

Promise: each civil day counts once, by the first reading that covers it; the days that no reading covers keep the
answer or the default; what was replaced says by how many days and which months. Touches the shipped `logged.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from calculators.activity_data import days_covered, read_one
from calculators.errors import InputRefused
from calculators.footprint.model import Model, Value
from calculators.footprint.survey import HOUSEHOLD_SIZE
from calculators.loading import SHIPPED, load_library
from calculators.methodology.model import Quantity
from calculators.rounding import EXACT, ZERO, scaled
from calculators.units import conversion

_FILE = SHIPPED / "footprints" / "logged.toml"
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one question asks for, measured over the `days` civil days that end `on`: a whole household's use."""

    question: str
    on: date
    days: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Metered:
    """What stands in for an answer: `value` for the year, of which `days` in `months` were measured.

    `is_whole` says that no day of the year was left over for the answer or the default.
    """

    question: str
    value: Decimal
    instead_of: Decimal
    days: int
    months: tuple[int, ...]
    is_whole: bool


@cache
def metered_methodologies() -> tuple[str, ...]:
    """The methodologies whose activities carry a reading."""
    return tuple(_questions())


def read_logged(methodology_id: str, on: date, inputs: Mapping[str, Any]) -> Reading | None:
    """The reading in an activity's inputs, or None where it carries none that can be read."""
    found = _questions().get(methodology_id)
    methodology = load_library().methodologies.get(methodology_id)
    if found is None or methodology is None:
        return None
    question, part = found
    spec = methodology.quantities[part["input"]]
    try:
        amount = read_one(spec, inputs.get(part["input"]))
        days = days_covered(methodology, inputs)
    except InputRefused:
        return None
    if isinstance(amount, str):
        return None
    in_unit = scaled(amount, conversion(spec.unit, part["unit"]))
    return Reading(question, on, days, EXACT.multiply(in_unit, Decimal(part.get("times", "1"))))


def measure_year(
    model: Model, answers: Mapping[str, Value], readings: Iterable[Reading], year: int
) -> dict[str, Metered]:
    """What the readings say of a year, by question; questions without a reading in that year are left out."""
    size = answers.get(HOUSEHOLD_SIZE, model.default_of(HOUSEHOLD_SIZE))
    if not isinstance(size, Decimal):
        return {}
    by_day: dict[str, dict[date, Decimal]] = {}
    for reading in sorted(readings, key=lambda one: (one.on, one.days)):
        a_day = EXACT.divide(reading.amount, Decimal(reading.days))
        for back in range(reading.days):
            day = reading.on - back * _ONE_DAY
            if day.year == year:
                by_day.setdefault(reading.question, {}).setdefault(day, a_day)
    known = model.survey.questions
    return {name: _measured(model, answers, name, days, size) for name, days in by_day.items() if name in known}


def _measured(
    model: Model, answers: Mapping[str, Value], name: str, days: Mapping[date, Decimal], size: Decimal
) -> Metered:
    question = model.survey.questions[name]
    spec = question.spec
    said = answers.get(name, model.default_of(name, size))
    if not isinstance(spec, Quantity) or not isinstance(said, Decimal):
        raise TypeError(f"{name} is not a quantity")
    whole = Decimal(_days_in(next(iter(days)).year))
    total = ZERO
    for amount in days.values():
        total = EXACT.add(total, amount)
    if question.of == "person":
        total = EXACT.divide(total, size)
    # what a year's worth of the answer is, brought to the days that nobody measured
    periods = whole if question.per == "day" else Decimal(1)
    left = EXACT.divide(EXACT.subtract(whole, Decimal(len(days))), whole)
    yearly = EXACT.add(total, EXACT.multiply(EXACT.multiply(said, periods), left))
    value = EXACT.quantize(EXACT.divide(yearly, periods), spec.step)
    return Metered(
        question=name,
        value=min(max(value, spec.minimum), spec.maximum),
        instead_of=said,
        days=len(days),
        months=tuple(sorted({day.month for day in days})),
        is_whole=len(days) == whole,
    )


def _days_in(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


@cache
def _questions() -> dict[str, tuple[str, Mapping[str, str]]]:
    """The question and the entry of each methodology."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {methodology: (name, part) for name, part in data.items() for methodology in part["methodologies"]}
