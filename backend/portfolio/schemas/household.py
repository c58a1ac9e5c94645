"""The shape of a household's month."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields
from backend.portfolio.schemas.account import Month


class TogetherQuery(ma.Schema):
    """Which month."""

    month = Month(required=True)


class BandOut(ma.Schema):
    """From `from_g` to less than `below_g`."""

    from_g = fields.WholeNumber(required=True)
    below_g = fields.WholeNumber(required=True)


class TogetherOut(ma.Schema):
    """What was credited in a month to those of my household who show it; others in bands, without names."""

    month = Month(required=True, attribute="month_on")
    mine_g = fields.WholeNumber(required=True)
    others = ma.fields.List(ma.fields.Nested(BandOut), required=True)
    together = ma.fields.Nested(BandOut, required=True)
