"""The shapes of a footprint and of a year's neutrality on the wire."""

from __future__ import annotations

import marshmallow as ma

from backend import fields

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
    verification = ma.fields.String(required=True)


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
    """A question for which your meters speak, for the days they cover."""

    question = ma.fields.String(required=True)
    value = ma.fields.String(required=True)
    instead_of = ma.fields.String(required=True)
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
    kind = ma.fields.String(required=True, metadata={"description": "answer, default or figure"})
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


class QuestionOut(ma.Schema):
    """One question."""

    name = ma.fields.String(required=True)
    category = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    help = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, metadata={"description": "quantity or choice"})
    unit = ma.fields.String(required=True, allow_none=True)
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
    used = ma.fields.Nested(PlaceOut, required=True)
    household_size = ma.fields.String(required=True)
    model_sha256 = ma.fields.String(required=True)
    not_included = ma.fields.String(required=True)
    questions = ma.fields.List(ma.fields.Nested(QuestionOut), required=True)


class CreditedByOut(ma.Schema):
    """The methodology that would credit an option, in grams or in behaviour points."""

    id = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    yields = ma.fields.String(required=True)


class OptionOut(ma.Schema):
    """Something you could do: `grams` less a year on top of the options before it, `alone_g` without them."""

    id = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    grams = fields.WholeNumber(required=True)
    alone_g = fields.WholeNumber(required=True)
    by_category = ma.fields.List(ma.fields.Nested(CategoryListed), required=True)
    methodology = ma.fields.Nested(CreditedByOut, required=True)


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
