"""The shapes of what is left to reduce of a year, and of the targets."""

from __future__ import annotations

import marshmallow as ma

from backend.footprints.schemas.footprints import CategoryListed, ReadOut
from backend.platform.web import fields


class CreditedByOut(ma.Schema):
    """The methodology that would credit an option, in grams or in behaviour points."""

    id = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    yields = ma.fields.String(required=True)
    has_figures = fields.Truth(
        required=True, metadata={"description": "for your place; without them it credits nothing there yet"}
    )


class OptionOut(ma.Schema):
    """Something you could do: `grams` less a year on top of the options before it, `alone_g` without them."""

    id = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    grams = fields.WholeNumber(required=True)
    alone_g = fields.WholeNumber(required=True)
    by_category = ma.fields.List(ma.fields.Nested(CategoryListed), required=True)
    methodology = ma.fields.Nested(
        CreditedByOut, required=True, allow_none=True, metadata={"description": "null: no methodology is about it"}
    )
    source = ma.fields.String(required=True, metadata={"description": "of the size of the change; empty: none"})


class GapOut(ma.Schema):
    """A target by year, the footprint within its boundary, and how far above it that is."""

    kind = ma.fields.String(required=True, attribute="target.kind")
    year = fields.WholeNumber(required=True, attribute="target.year")
    grams = fields.WholeNumber(required=True, attribute="target.grams")
    without = ma.fields.List(ma.fields.String(), required=True, attribute="target.without")
    footprint_g = fields.WholeNumber(required=True)
    gap_g = fields.WholeNumber(required=True)
    source = ma.fields.Nested(ReadOut, required=True, allow_none=True, attribute="target.source")


class OptionsOut(ma.Schema):
    """What is left to reduce of a year, what all of it would leave, and the targets."""

    year = fields.WholeNumber(required=True)
    total_g = fields.WholeNumber(required=True)
    options = ma.fields.List(ma.fields.Nested(OptionOut), required=True)
    left_g = fields.WholeNumber(required=True)
    targets = ma.fields.List(ma.fields.Nested(GapOut), required=True)
