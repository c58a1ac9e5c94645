"""A year as far as it was logged: what meters and diaries say, in the place of what was answered.

Promise: a meter speaks for the days its readings cover, each day once; a diary for whole months of which the person
states that all of it is logged, where nothing logged is nothing done. All other days keep the answer or the default.
What was replaced says by how much, on how many days and in which months; more logged is never less. Touches nothing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce

from calculators.footprint.logged_facts import Reading, list_diaries
from calculators.footprint.model import Model, Value
from calculators.footprint.questions import HOUSEHOLD_SIZE, Question
from calculators.methodology.parts import Quantity
from calculators.rounding import EXACT, ZERO

_ONE_DAY = timedelta(days=1)
_WEEK = Decimal(7)
_SHOWN = Decimal("0.001")
_ByDay = dict[date, Decimal]


@dataclass(frozen=True, slots=True)
class StandIn:
    """What stands in for an answer: `value` for the year, of which `days` in `months` were logged, `amount` on these.

    `is_whole` says that no day of the year was left over for the answer or the default; `diary` names the one it comes
    from, None for meters.
    """

    question: str
    value: Decimal
    instead_of: Decimal
    amount: Decimal
    days: int
    months: tuple[int, ...]
    is_whole: bool
    diary: str | None


def measure_year(
    model: Model,
    answers: Mapping[str, Value],
    readings: Iterable[Reading],
    year: int,
    stated: Mapping[str, Collection[int]],
) -> dict[str, StandIn]:
    """What was logged says of a year, by question; `stated` are the complete months of each diary."""
    size = answers.get(HOUSEHOLD_SIZE, model.default_of(HOUSEHOLD_SIZE))
    if not isinstance(size, Decimal):
        return {}
    read = sorted(readings, key=lambda one: (one.on, one.days))
    found: dict[str, StandIn] = {}
    for name, days in _metered([one for one in read if one.diary is None], year).items():
        question = model.survey.questions.get(name)
        if question is not None:
            whose = {day: EXACT.divide(amount, size) for day, amount in days.items()}
            found[name] = _measured(model, answers, question, whose if question.of == "person" else days, size, None)
    for diary in list_diaries():
        months = stated.get(diary.name, ())
        told = [one for one in read if one.diary == diary.name]
        for name in diary.questions if months else ():
            question = model.survey.questions.get(name)
            if question is not None:
                days = _kept([one for one in told if one.question == name], year, months)
                found[name] = _measured(model, answers, question, days, size, diary.name)
    return found


def _metered(readings: list[Reading], year: int) -> dict[str, _ByDay]:
    """Each civil day by the first reading that covers it."""
    by_day: dict[str, _ByDay] = {}
    for reading in readings:
        a_day = EXACT.divide(reading.amount, Decimal(reading.days))
        for back in range(reading.days):
            day = reading.on - back * _ONE_DAY
            if day.year == year:
                by_day.setdefault(reading.question, {}).setdefault(day, a_day)
    return by_day


def _kept(readings: list[Reading], year: int, months: Collection[int]) -> _ByDay:
    """Every day of the months with all that was logged on it, nothing where nothing was."""
    days = {date(year, month, day + 1): ZERO for month in sorted(months) for day in range(monthrange(year, month)[1])}
    for reading in readings:
        if reading.on in days:
            days[reading.on] = EXACT.add(days[reading.on], reading.amount)
    return days


def _measured(
    model: Model,
    answers: Mapping[str, Value],
    question: Question,
    days: _ByDay,
    size: Decimal,
    diary: str | None,
) -> StandIn:
    name, spec = question.name, question.spec
    said = answers.get(name, model.default_of(name, size))
    if not isinstance(spec, Quantity) or not isinstance(said, Decimal):
        raise TypeError(f"{name} is not a quantity")
    whole = Decimal(_days_in(next(iter(days)).year))
    amount = reduce(EXACT.add, days.values(), ZERO)
    # what a year's worth of the answer is, brought to the days of which nothing is known
    periods = {"day": whole, "week": EXACT.divide(whole, _WEEK)}.get(question.per, Decimal(1))
    left = EXACT.divide(EXACT.subtract(whole, Decimal(len(days))), whole)
    yearly = EXACT.add(amount, EXACT.multiply(EXACT.multiply(said, periods), left))
    value = EXACT.quantize(EXACT.divide(yearly, periods), spec.step)
    return StandIn(
        question=name,
        value=min(max(value, spec.minimum), spec.maximum),
        instead_of=said,
        amount=EXACT.quantize(amount, _SHOWN),
        days=len(days),
        months=tuple(sorted({day.month for day in days})),
        is_whole=len(days) == whole,
        diary=diary,
    )


def _days_in(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days
