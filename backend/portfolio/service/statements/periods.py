"""The period of a statement: a calendar month or year, on the person's own clock."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.web import fields

_PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?\Z", re.ASCII)


@dataclass(frozen=True)
class Period:
    """Civil days from `first_on` to `last_on`, both counted; `text` is its one spelling."""

    text: str
    first_on: date
    last_on: date

    @property
    def kind(self) -> str:
        """`month` or `year`."""
        return "month" if "-" in self.text else "year"

    def begins_at(self, zone: str) -> datetime:
        """The first instant of the period in `zone`."""
        return clock.start_of_day(self.first_on, zone)

    def ends_at(self, zone: str) -> datetime:
        """The first instant after the period in `zone`."""
        return clock.start_of_day(self.last_on + timedelta(days=1), zone)


def read_period(text: str) -> Period:
    """The period called `text`, `2026-11` or `2026`; raise `not_found.statement` for anything else."""
    found = _PERIOD.match(text)
    if not found or int(found[1]) not in fields.YEARS:
        raise Refusal("not_found.statement")
    year = int(found[1])
    if found[2] is None:
        return Period(text, date(year, 1, 1), date(year, 12, 31))
    month = int(found[2])
    return Period(text, date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
