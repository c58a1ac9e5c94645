"""The shapes of the questions of a survey, and of one line of a footprint explained by its numbers."""

from __future__ import annotations

import marshmallow as ma

from backend.footprints.schemas.footprints import PlaceOut, ReadOut
from backend.platform.web import fields


class QuestionsQuery(ma.Schema):
    """Whose defaults are shown."""

    region = fields.Text(load_default=None, maximum=40, metadata={"description": "default: your profile's"})
    household_size = fields.DecimalNumber(
        load_default=None, minimum="1", maximum="20", metadata={"description": "for defaults that a household shares"}
    )


class OptionAskedOut(ma.Schema):
    """One answer of a choice."""

    option = ma.fields.String(required=True)
    title = ma.fields.String(required=True)


class DefaultOut(ma.Schema):
    """What counts until you answer: read somewhere, assumed for a reason, or so by definition."""

    value = ma.fields.String(required=True)
    region = ma.fields.String(required=True, metadata={"description": "the place whose default it is"})
    source = ma.fields.Nested(ReadOut, required=True, allow_none=True)
    assumed = ma.fields.String(required=True, allow_none=True)
    by_definition = fields.Truth(required=True)
    note = ma.fields.String(required=True)


class NumberOut(ma.Schema):
    """One number of a line: an answer, a default, or a figure with its source or the reason it is assumed."""

    name = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    kind = ma.fields.String(
        required=True, metadata={"description": "answer, measured (logged in its place), default or figure"}
    )
    value = ma.fields.String(required=True)
    unit = ma.fields.String(required=True)
    region = ma.fields.String(required=True, allow_none=True)
    source = ma.fields.Nested(ReadOut, required=True, allow_none=True)
    assumed = ma.fields.String(required=True, allow_none=True)
    by_definition = fields.Truth(required=True)
    note = ma.fields.String(required=True, allow_none=True)


class LineWorkingOut(ma.Schema):
    """A line of a footprint: its formula in names and with numbers, and the numbers one by one."""

    year = fields.WholeNumber(required=True)
    line = ma.fields.String(required=True)
    category = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    grams = fields.WholeNumber(required=True)
    formula = ma.fields.String(required=True)
    working = ma.fields.String(required=True)
    numbers = ma.fields.List(ma.fields.Nested(NumberOut), required=True)


class FurtherUnitOut(ma.Schema):
    """A unit besides the asked one that an answer may be in; one of it is `times` of the asked one in your place."""

    unit = ma.fields.String(required=True)
    times = ma.fields.String(required=True)


class QuestionOut(ma.Schema):
    """One question."""

    name = ma.fields.String(required=True)
    category = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    help = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, metadata={"description": "quantity or choice"})
    unit = ma.fields.String(required=True, allow_none=True)
    also_in = ma.fields.List(ma.fields.Nested(FurtherUnitOut), required=True)
    counts = ma.fields.String(required=True, allow_none=True, metadata={"description": "person or household"})
    per = ma.fields.String(required=True, allow_none=True, metadata={"description": "day, week or year"})
    step = ma.fields.String(required=True, allow_none=True)
    minimum = ma.fields.String(required=True, allow_none=True)
    maximum = ma.fields.String(required=True, allow_none=True)
    options = ma.fields.List(ma.fields.Nested(OptionAskedOut), required=True)
    default = ma.fields.Nested(DefaultOut, required=True)


class QuestionsOut(ma.Schema):
    """The survey for a place."""

    title = ma.fields.String(required=True)
    asked = ma.fields.Nested(PlaceOut, required=True)
    notes = ma.fields.List(ma.fields.Nested(fields.RemarkOut), required=True)
    used = ma.fields.Nested(PlaceOut, required=True)
    household_size = ma.fields.String(required=True)
    model_sha256 = ma.fields.String(required=True)
    not_included = ma.fields.String(required=True)
    questions = ma.fields.List(ma.fields.Nested(QuestionOut), required=True)
