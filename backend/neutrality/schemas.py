"""The shapes of a footprint and of a year's neutrality on the wire."""

from __future__ import annotations

import marshmallow as ma

from backend import fields


class PlaceOut(ma.Schema):
    """A region."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)


class FigureOut(ma.Schema):
    """Where a number comes from."""

    publisher = ma.fields.String(required=True)
    document = ma.fields.String(required=True)
    url = ma.fields.String(required=True)
    year = fields.WholeNumber(required=True)
    region = ma.fields.String(required=True)
    verification = ma.fields.String(required=True)
    note = ma.fields.String(required=True)


class CategoryOut(ma.Schema):
    """One category of a footprint."""

    category = ma.fields.String(required=True)
    grams = fields.WholeNumber(required=True)
    low_g = fields.WholeNumber(required=True)
    high_g = fields.WholeNumber(required=True)
    is_default = fields.Truth(required=True, metadata={"description": "the region's average, nothing the person said"})
    figure = ma.fields.Nested(FigureOut, required=True)


class FootprintOut(ma.Schema):
    """A year's footprint with its range; `used` is whose average stands in for what the person has not said."""

    year = fields.WholeNumber(required=True)
    asked = ma.fields.Nested(PlaceOut, required=True)
    used = ma.fields.Nested(PlaceOut, required=True)
    total_g = fields.WholeNumber(required=True)
    low_g = fields.WholeNumber(required=True)
    high_g = fields.WholeNumber(required=True)
    default_share_pct = fields.WholeNumber(required=True)
    categories = ma.fields.List(ma.fields.Nested(CategoryOut), required=True)


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
    claim = ma.fields.Nested(ClaimOut, required=True)
