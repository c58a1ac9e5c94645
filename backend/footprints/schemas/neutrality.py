"""The shapes of a year's books side by side, and of the sentence that may be said."""

from __future__ import annotations

import marshmallow as ma

from backend.footprints.schemas.footprints import FootprintOut
from backend.platform.web import fields


class ExpectedGrowthOut(ma.Schema):
    """What is only expected; never subtracted."""

    by_year = fields.WholeNumber(required=True)
    grams = fields.WholeNumber(required=True)


class SourceOut(ma.Schema):
    """A rule the sentence follows."""

    publisher = ma.fields.String(required=True)
    document = ma.fields.String(required=True)
    year = fields.WholeNumber(required=True)


class ClaimOut(ma.Schema):
    """The sentence that may be said, and the rules it follows."""

    kind = ma.fields.String(required=True)
    sentence = ma.fields.String(required=True)
    note = ma.fields.String(required=True)
    rules = ma.fields.String(required=True)
    sources = ma.fields.List(ma.fields.Nested(SourceOut), required=True)


class NeutralityOut(ma.Schema):
    """A year's books side by side: `remaining = footprint − retired − verified growth`."""

    year = fields.WholeNumber(required=True)
    footprint = ma.fields.Nested(FootprintOut, required=True, allow_none=True)
    retired_g = fields.WholeNumber(required=True)
    verified_growth_g = fields.WholeNumber(required=True)
    expected_growth = ma.fields.List(ma.fields.Nested(ExpectedGrowthOut), required=True)
    remaining_g = fields.WholeNumber(required=True, allow_none=True)
    remaining_low_g = fields.WholeNumber(required=True, allow_none=True)
    remaining_high_g = fields.WholeNumber(required=True, allow_none=True)
    default_share_pct = fields.WholeNumber(
        required=True, allow_none=True, metadata={"description": "of the footprint: what you could still answer for"}
    )
    claim = ma.fields.Nested(ClaimOut, required=True)
