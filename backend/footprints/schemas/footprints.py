"""The shapes of a footprint: its categories and lines, what changed, the answers a person sends."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields

MOST_ANSWERS = 200


class PlaceOut(ma.Schema):
    """A region."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)


class ReadOut(ma.Schema):
    """Where something was read."""

    publisher = ma.fields.String(required=True)
    document = ma.fields.String(required=True)
    url = ma.fields.String(required=True)
    year = fields.WholeNumber(required=True)
    region = ma.fields.String(required=True)
    mark = ma.fields.String(required=True)


class FigureOut(ReadOut):
    """Where a number comes from."""

    note = ma.fields.String(required=True)


class LineOut(ma.Schema):
    """One line of a category."""

    line = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    grams = fields.WholeNumber(required=True)


class CategoryOut(ma.Schema):
    """One category of a footprint; its lines sum to it."""

    category = ma.fields.String(required=True)
    grams = fields.WholeNumber(required=True)
    low_g = fields.WholeNumber(required=True)
    high_g = fields.WholeNumber(required=True)
    is_default = fields.Truth(required=True, metadata={"description": "nothing of it is what the person said"})
    default_share_pct = fields.WholeNumber(required=True)
    assumed_share_pct = fields.WholeNumber(
        required=True, allow_none=True, metadata={"description": "of the grams, resting on what has no source"}
    )
    figure = ma.fields.Nested(
        FigureOut, required=True, allow_none=True, metadata={"description": "the average it is, where nobody is asked"}
    )
    lines = ma.fields.List(ma.fields.Nested(LineOut), required=True)


class AnswerChangeOut(ma.Schema):
    """One question answered otherwise; null stands for the default."""

    question = ma.fields.String(required=True)
    old = ma.fields.String(required=True, allow_none=True)
    new = ma.fields.String(required=True, allow_none=True)
    grams = fields.WholeNumber(required=True)


class FigureChangeOut(ma.Schema):
    """One default, figure or formula that is another now; null where it is new or gone."""

    name = ma.fields.String(required=True)
    old = ma.fields.String(required=True, allow_none=True)
    new = ma.fields.String(required=True, allow_none=True)


class ChangeOut(ma.Schema):
    """Why a number changed: the model's part and the answers' part, which make the whole."""

    old_g = fields.WholeNumber(required=True)
    new_g = fields.WholeNumber(required=True)
    model_g = fields.WholeNumber(required=True)
    answers_g = fields.WholeNumber(required=True)
    sentences = ma.fields.List(ma.fields.String(), required=True)
    answers = ma.fields.List(ma.fields.Nested(AnswerChangeOut), required=True)
    figures = ma.fields.List(ma.fields.Nested(FigureChangeOut), required=True)


class ModelOut(ma.Schema):
    """The survey with a place's defaults and figures, by content hash."""

    sha256 = ma.fields.String(required=True)
    region = ma.fields.String(required=True)
    is_current = fields.Truth(required=True)


class MeasuredOut(ma.Schema):
    """A question for which your meters speak, for the days they cover, or a diary, for the months you stated."""

    question = ma.fields.String(required=True)
    value = ma.fields.String(required=True)
    instead_of = ma.fields.String(required=True)
    amount = ma.fields.String(required=True, metadata={"description": "logged on these days"})
    diary = ma.fields.String(required=True, allow_none=True, metadata={"description": "null: meters"})
    days = fields.WholeNumber(required=True)
    months = ma.fields.List(fields.WholeNumber(), required=True)
    is_whole = fields.Truth(required=True)
    sentence = ma.fields.String(required=True)


class OfferedOut(ma.Schema):
    """An earlier year's answers; nothing of them counts until you say so with `start_from`."""

    from_year = fields.WholeNumber(required=True)
    answers = ma.fields.Dict(required=True)
    renamed = ma.fields.Dict(required=True, metadata={"description": "old names of questions, and the new"})
    dropped = ma.fields.Dict(required=True, metadata={"description": "answers that count no longer, and why"})


class OwnTarget(ma.Schema):
    """An aim somebody sets themselves: so many grams a year from a year on."""

    year = fields.WholeNumber(required=True, minimum=2000, maximum=2200)
    grams = fields.WholeNumber(required=True, minimum=0, maximum=10**9)


class FootprintIn(ma.Schema):
    """Answers about a year: any of them, null taking one back."""

    answers = ma.fields.Dict(
        keys=fields.Text(maximum=60),
        values=ma.fields.Raw(allow_none=True),
        validate=ma.validate.Length(max=MOST_ANSWERS),
        metadata={
            "example": {"household_size": "1.5", "car_km": {"value": "9000", "unit": "km"}, "car_energy": "petrol"},
            "description": "by the names of the questions; a bare number means the unit that is asked for",
        },
    )
    start_from = fields.WholeNumber(
        minimum=2000, maximum=2200, metadata={"description": "take over the answers of that year first"}
    )
    own_target = ma.fields.Nested(OwnTarget, allow_none=True)


class FootprintOut(ma.Schema):
    """A year's footprint with its range; `used` is whose defaults and figures it rests on."""

    year = fields.WholeNumber(required=True)
    basis = ma.fields.String(required=True, metadata={"description": "survey, or average where there is none"})
    asked = ma.fields.Nested(PlaceOut, required=True)
    used = ma.fields.Nested(PlaceOut, required=True)
    total_g = fields.WholeNumber(required=True)
    low_g = fields.WholeNumber(required=True)
    high_g = fields.WholeNumber(required=True)
    default_share_pct = fields.WholeNumber(required=True)
    assumed_share_pct = fields.WholeNumber(required=True, allow_none=True)
    answered = fields.WholeNumber(required=True)
    questions = fields.WholeNumber(required=True)
    categories = ma.fields.List(ma.fields.Nested(CategoryOut), required=True)
    not_estimated = ma.fields.List(ma.fields.String(), required=True)
    not_included = ma.fields.String(required=True, allow_none=True)
    model = ma.fields.Nested(ModelOut, required=True, allow_none=True)
    answers = ma.fields.Dict(required=True)
    measured = ma.fields.List(ma.fields.Nested(MeasuredOut), required=True)
    own_target = ma.fields.Nested(OwnTarget, required=True, allow_none=True)
    offered = ma.fields.Nested(OfferedOut, required=True, allow_none=True)
    change = ma.fields.Nested(
        ChangeOut, required=True, allow_none=True, metadata={"description": "what these answers changed"}
    )
    newer_model = ma.fields.Nested(
        ChangeOut, required=True, allow_none=True, metadata={"description": "what the current model would change"}
    )


class CategoryListed(ma.Schema):
    """One category of a listed year."""

    category = ma.fields.String(required=True)
    grams = fields.WholeNumber(required=True)


class FootprintListed(ma.Schema):
    """One answered year; `change` is since the answered year before it."""

    year = fields.WholeNumber(required=True)
    used = ma.fields.Nested(PlaceOut, required=True)
    total_g = fields.WholeNumber(required=True)
    low_g = fields.WholeNumber(required=True)
    high_g = fields.WholeNumber(required=True)
    default_share_pct = fields.WholeNumber(required=True)
    assumed_share_pct = fields.WholeNumber(required=True)
    categories = ma.fields.List(ma.fields.Nested(CategoryListed), required=True)
    change = ma.fields.Nested(ChangeOut, required=True, allow_none=True)
