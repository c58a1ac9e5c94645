"""Shapes of routines on the wire."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma

from backend.activities.schemas.activities import Inputs
from backend.platform.web import fields
from backend.platform.web.fields import refused
from calculators import LONGEST_DURATION_S

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z", re.ASCII)


class TimeOfDay(fields.Read, ma.fields.String):
    """A time by the clock on the wall, `08:10`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"pattern": r"^([01]\d|2[0-3]):[0-5]\d$", "example": "08:10"}, **options)

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not _TIME.match(value):
            raise refused("not_a_time")
        return value


class RoutineIn(ma.Schema):
    """What somebody does again and again, on which weekdays and when in their own day."""

    methodology = fields.Text(required=True, maximum=80, attribute="methodology_id")
    inputs = Inputs(required=True)
    weekdays = ma.fields.List(
        fields.WholeNumber(minimum=1, maximum=7),
        required=True,
        validate=ma.validate.Length(min=1, max=7),
        metadata={"description": "1 is Monday", "example": [1, 2, 3, 4, 5]},
    )
    time = TimeOfDay(required=True)
    duration_s = fields.WholeNumber(load_default=None, minimum=1, maximum=LONGEST_DURATION_S)
    starts_on = fields.Day(load_default=None, metadata={"description": "default: today"})


class RoutineOut(ma.Schema):
    """A routine."""

    id = ma.fields.String(required=True)
    methodology = ma.fields.String(required=True, attribute="methodology_id")
    inputs = ma.fields.Dict(required=True)
    weekdays = ma.fields.List(fields.WholeNumber(), required=True)
    time = ma.fields.String(required=True)
    duration_s = fields.WholeNumber(required=True, allow_none=True)
    starts_on = fields.Day(required=True)
    created_at = fields.Instant(required=True)
    ended_at = fields.Instant(required=True, allow_none=True)


class DayDue(ma.Schema):
    """A day on which a routine fell due, ready to be confirmed or skipped."""

    routine_id = ma.fields.String(required=True)
    on = fields.Day(required=True)
    occurred_at = fields.Instant(required=True)
    methodology = ma.fields.String(required=True, attribute="methodology_id")
    inputs = ma.fields.Dict(required=True)


class DueOut(ma.Schema):
    """The days that wait for a word."""

    due = ma.fields.List(ma.fields.Nested(DayDue), required=True)


class SkipIn(ma.Schema):
    """A day."""

    on = fields.Day(required=True)


class ConfirmIn(SkipIn):
    """A day, and what was different from usual."""

    inputs = Inputs(load_default=dict)
