"""The shapes of copies of a year under names."""

from __future__ import annotations

import marshmallow as ma

from backend.footprints.schemas.footprints import MOST_ANSWERS, ChangeOut, FootprintOut
from backend.platform.web import fields

LONGEST_NAME = 60


class CopyIn(ma.Schema):
    """A name, and answers that differ from the year's, null taking one back; what is not named stays."""

    name = fields.Text(maximum=LONGEST_NAME, metadata={"example": "What if I sold the car"})
    answers = ma.fields.Dict(
        keys=fields.Text(maximum=60),
        values=ma.fields.Raw(allow_none=True),
        validate=ma.validate.Length(max=MOST_ANSWERS),
        metadata={"example": {"car_km": 0, "train": 5000}},
    )


class CopyOut(ma.Schema):
    """A copy with its footprint, and the difference from the year to it; it counts for nothing."""

    id = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    year = fields.WholeNumber(required=True)
    footprint = ma.fields.Nested(FootprintOut, required=True)
    difference = ma.fields.Nested(ChangeOut, required=True)


class CopiesOut(ma.Schema):
    """The copies of a year beside what the year itself comes to."""

    year = fields.WholeNumber(required=True)
    total_g = fields.WholeNumber(required=True, metadata={"description": "of the year itself"})
    copies = ma.fields.List(ma.fields.Nested(CopyOut), required=True)
