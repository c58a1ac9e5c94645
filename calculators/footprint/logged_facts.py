"""What an activity says about an answer of the year: a meter's reading, or a way travelled.

Promise: an activity is read in the units of its question, or says nothing; which activities speak is data
(`logged.toml`). Touches that file, once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from calculators.errors import InputRefused
from calculators.estimate.activity_data import days_covered, read_one
from calculators.figures.library import SHIPPED, load_library
from calculators.footprint.library import load_books
from calculators.footprint.logbook import Diary, Logbook, parse_logbook
from calculators.rounding import EXACT, scaled
from calculators.units import conversion

_FILE = SHIPPED / "footprints" / "logged.toml"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one question asks for, over the `days` civil days that end `on`.

    Of a meter it is a whole household's use; in a `diary` it is the person's own.
    """

    question: str
    on: date
    days: int
    amount: Decimal
    diary: str | None = None


def list_diaries() -> tuple[Diary, ...]:
    """Every diary there is."""
    return tuple(_shipped().diaries.values())


def list_logged(diaries: Collection[str] = (), *, meters: bool = True) -> tuple[str, ...]:
    """The methodologies whose activities belong to one of `diaries`, and those that carry a meter's reading."""
    entries = _shipped().entries.items()
    return tuple(name for name, entry in entries if (meters if entry.diary is None else entry.diary in diaries))


def read_logged(methodology_id: str, on: date, inputs: Mapping[str, Any]) -> Reading | None:
    """What an activity's inputs say of a question, or None where they say nothing that can be read."""
    entry = _shipped().entries.get(methodology_id)
    if entry is None:
        return None
    specs = entry.methodology.inputs
    try:
        if any(read_one(specs[name], inputs.get(name)) not in options for name, options in entry.only.items()):
            return None
        option = "" if entry.by is None else str(read_one(entry.by, inputs.get(entry.by.name)))
        amount = read_one(entry.input, inputs.get(entry.input.name))
        days = days_covered(entry.methodology, inputs)
    except InputRefused:
        return None
    question = entry.questions.get(option)
    if question is None or isinstance(amount, str):
        return None
    in_unit = scaled(amount, conversion(entry.input.unit, entry.unit))
    return Reading(question, on, days, EXACT.multiply(in_unit, entry.times), entry.diary)


@cache
def _shipped() -> Logbook:
    return parse_logbook(_FILE.read_text(encoding="utf-8"), load_books().survey, load_library().methodologies)
