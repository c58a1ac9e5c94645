"""Shapes of activities and reductions on the wire."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend.activities.domain import SELF_DECLARED, ActivityStatus, LogActivity
from backend.platform.core.errors import InvalidFields
from backend.platform.web import fields
from backend.platform.web.openapi import FieldProblem
from calculators import LONGEST_DURATION_S

MOST_INPUTS = 40
MOST_ITEMS = 500


class Inputs(ma.fields.Dict):
    """Activity data by the names the methodology gives them: a word, a number, or a number with its unit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            keys=fields.Text(maximum=60),
            values=ma.fields.Raw(),
            validate=ma.validate.Length(max=MOST_INPUTS),
            metadata={
                "example": {"mode": "metro", "distance": {"value": "10", "unit": "km"}},
                "description": "a bare number means the unit the methodology asks for",
            },
            **options,
        )


class Report(ma.Schema):
    """What is said of an activity."""

    methodology = fields.Text(
        required=True,
        maximum=80,
        attribute="methodology_id",
        metadata={"description": "the id of a rule of GET /v1/catalogue"},
    )
    occurred_at = fields.Instant(required=True)
    inputs = Inputs(required=True)
    duration_s = fields.WholeNumber(minimum=1, maximum=LONGEST_DURATION_S)
    region = fields.Text(maximum=40, metadata={"description": "where it was; default: the profile's"})
    declared_alternative = fields.Text(
        maximum=60, metadata={"description": "the name of one that GET /v1/methodologies/{methodology_id} allows"}
    )


class CorrectionIn(Report):
    """All that an activity should have said; what is left out is said no longer."""

    revision = fields.WholeNumber(
        required=True,
        minimum=1,
        metadata={"description": "of the reduction that you read; another by now: activities.changed"},
    )


class ActivityIn(Report):
    """What somebody did."""

    evidence = ma.fields.List(
        fields.Id("evidence"),
        validate=ma.validate.Length(max=5),
        metadata={"description": "the ids that POST /v1/evidence answered"},
    )
    client_id = fields.Text(
        maximum=64, metadata={"description": "made by the device, one per activity: sending it again is safe"}
    )


class QueuedActivityIn(ActivityIn):
    """An activity in a phone's queue: the name its device gave it is what makes sending it again safe."""

    client_id = fields.Text(required=True, maximum=64)


class QueuedActivity(ma.fields.Nested):
    """The item read, or what is wrong with it: one that cannot be read keeps no other from being stored."""

    def __init__(self, **options: Any) -> None:
        super().__init__(QueuedActivityIn(), **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, partial: Any = None, **options: Any
    ) -> LogActivity | InvalidFields:
        try:
            return LogActivity(**super()._deserialize(value, attr, data, partial, **options))
        except ma.ValidationError as error:
            return InvalidFields(fields.list_refusals(error))


class BatchIn(ma.Schema):
    """A phone's queue, in any order."""

    items = ma.fields.List(QueuedActivity(), required=True, validate=ma.validate.Length(min=1, max=MOST_ITEMS))


class EstimateIn(ma.Schema):
    """An activity that nobody claims to have done."""

    methodology = fields.Text(
        required=True,
        maximum=80,
        attribute="methodology_id",
        metadata={"description": "the id of a rule of GET /v1/catalogue"},
    )
    on = fields.Day(load_default=None, metadata={"description": "default: today in UTC"})
    inputs = Inputs(required=True)
    region = fields.Text(required=True, maximum=40)
    duration_s = fields.WholeNumber(load_default=None, minimum=1, maximum=LONGEST_DURATION_S)
    evidence_tier = fields.Text(load_default=SELF_DECLARED, maximum=40)
    household_size = fields.DecimalNumber(load_default=None, minimum="0.5", maximum="30")
    diet = fields.Text(load_default=None, maximum=20)
    declared_alternative = fields.Text(load_default=None, maximum=60)


class Coded(ma.Schema):
    """A stable code and its words in the caller's language."""

    code = ma.fields.String(required=True)
    message = ma.fields.String(required=True, allow_none=True)


class Deduction(ma.Schema):
    """Why less is credited than was reduced."""

    kind = ma.fields.String(required=True)
    weight = ma.fields.String(required=True, allow_none=True)
    reason = ma.fields.String(required=True)


class Contrast(ma.Schema):
    """The naive figure, for contrast only."""

    label = ma.fields.String(required=True)
    grams = fields.WholeNumber(required=True)
    credited = fields.Truth(required=True)


class Version(ma.Schema):
    """The version of the methodology, by its approved content hash."""

    id = ma.fields.String(required=True)
    version = fields.WholeNumber(required=True)
    sha256 = ma.fields.String(required=True)


class Result(ma.Schema):
    """Signed grams, credit after deductions, and the 95 % range of the reduction before them."""

    baseline_g = fields.WholeNumber(required=True)
    project_g = fields.WholeNumber(required=True)
    reduction_g = fields.WholeNumber(required=True)
    credited_g = fields.WholeNumber(required=True)
    low_g = fields.WholeNumber(required=True)
    high_g = fields.WholeNumber(required=True)
    behaviour_points = fields.WholeNumber(required=True)
    basis = ma.fields.String(required=True, metadata={"description": "which baseline, and why this one"})
    region = ma.fields.String(required=True, metadata={"description": "the place the figures were looked up for"})
    deductions = ma.fields.List(ma.fields.Nested(Deduction), required=True)
    contrast = ma.fields.Nested(Contrast, required=True, allow_none=True)
    methodology = ma.fields.Nested(Version, required=True)


class ReductionOut(Result):
    """The newest reduction of an activity."""

    id = ma.fields.String(required=True)
    revision = fields.WholeNumber(required=True)
    superseded_at = fields.Instant(required=True, allow_none=True)


class Points(ma.Schema):
    """What the activity is worth in points now."""

    amount = fields.WholeNumber(required=True)
    state = ma.fields.String(required=True)
    matures_at = fields.Instant(required=True, allow_none=True)


class NextStep(Coded):
    """What can be done so that at least `amount` more count, and the kinds of evidence that do it."""

    amount = fields.WholeNumber(required=True)
    evidence = ma.fields.List(ma.fields.String(), required=True)


class ActivityOut(ma.Schema):
    """An activity, what it came to, and why."""

    id = ma.fields.String(required=True)
    client_id = ma.fields.String(required=True, allow_none=True)
    title = ma.fields.String(required=True, metadata={"description": "of the methodology, in your language"})
    category = ma.fields.String(required=True)
    status = ma.fields.String(required=True, metadata={"enum": [*ActivityStatus]})
    reason = ma.fields.Nested(Coded, required=True, allow_none=True)
    occurred_at = fields.Instant(required=True)
    local_day = fields.Day(required=True)
    zone = ma.fields.String(required=True)
    duration_s = fields.WholeNumber(required=True, allow_none=True)
    inputs = ma.fields.Dict(required=True)
    evidence_tier = ma.fields.String(required=True)
    created_at = fields.Instant(required=True)
    withdrawn_at = fields.Instant(required=True, allow_none=True)
    reduction = ma.fields.Nested(ReductionOut, required=True)
    points = ma.fields.Nested(Points, required=True)
    notes = ma.fields.List(ma.fields.Nested(Coded), required=True)
    next = ma.fields.List(ma.fields.Nested(NextStep), required=True)


class EarlierReportOut(ma.Schema):
    """What an activity said until it was corrected, and the reduction that this came to."""

    number = fields.WholeNumber(required=True, metadata={"description": "1 as logged"})
    methodology = ma.fields.String(required=True, attribute="methodology_id")
    occurred_at = fields.Instant(required=True)
    local_day = fields.Day(required=True, attribute="occurred_on")
    zone = ma.fields.String(required=True)
    duration_s = fields.WholeNumber(required=True, allow_none=True)
    region = ma.fields.String(required=True, allow_none=True, attribute="given_region")
    inputs = ma.fields.Dict(required=True)
    declared_alternative = ma.fields.String(required=True, allow_none=True)
    status = ma.fields.String(required=True, metadata={"enum": [*ActivityStatus]})
    reduction_id = ma.fields.String(required=True, metadata={"description": "its working: GET /v1/reductions/{id}"})
    replaced_at = fields.Instant(required=True)


class EarlierReportsOut(ma.Schema):
    """What an activity said before, the first report first; empty for one that was never corrected."""

    reports = ma.fields.List(ma.fields.Nested(EarlierReportOut), required=True)


class Outcome(ma.Schema):
    """What became of one item; what is missing does not apply to its outcome."""

    index = fields.WholeNumber(required=True, metadata={"description": "place in the queue as it was sent, from 0"})
    outcome = ma.fields.String(
        required=True,
        metadata={"enum": ["credited", "held", "uncredited", "duplicate", "invalid", "later"]},
    )
    client_id = ma.fields.String()
    id = ma.fields.String(metadata={"description": "of the activity that is stored"})
    of = ma.fields.String(metadata={"description": "duplicate: the activity that was there already"})
    status = ma.fields.String(metadata={"description": "of the stored activity, as it stands now"})
    local_day = fields.Day()
    reduction_id = ma.fields.String()
    reduction_g = fields.WholeNumber()
    credited_g = fields.WholeNumber()
    behaviour_points = fields.WholeNumber()
    reason = ma.fields.Nested(Coded, allow_none=True)
    errors = ma.fields.List(ma.fields.Nested(FieldProblem), metadata={"description": "invalid: what to mend"})
    retry_after_s = fields.WholeNumber(metadata={"description": "later: not stored, send it again after this time"})


class BatchOut(ma.Schema):
    """One outcome per item, in the order sent."""

    outcomes = ma.fields.List(ma.fields.Nested(Outcome), required=True)


class EstimateOut(ma.Schema):
    """What an activity would give."""

    status = ma.fields.String(required=True)
    reason = ma.fields.Nested(Coded, required=True, allow_none=True)
    reduction = ma.fields.Nested(Result, required=True)
    notes = ma.fields.List(ma.fields.Nested(Coded), required=True)


class VersionWithDocument(Version):
    """The version and its text, so that a result can be recomputed without this server."""

    document_sha256 = ma.fields.String(required=True, metadata={"description": "of `document` in UTF-8"})
    document = ma.fields.String(required=True)
    figures = ma.fields.String(
        required=True, metadata={"description": "`sha256` is that of `document`, a zero byte and these"}
    )


class WorkingOut(ReductionOut):
    """A reduction with its whole working: save it and run `python -m calculators explain FILE`."""

    activity_id = ma.fields.String(required=True)
    local_day = fields.Day(required=True)
    cause = ma.fields.String(required=True)
    created_at = fields.Instant(required=True)
    methodology = ma.fields.Nested(VersionWithDocument, required=True)
    explanation = ma.fields.List(ma.fields.String(), required=True)
    no_change = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "what no change would earn; null: nobody knows"}
    )
    conversions = ma.fields.Dict(
        required=True, metadata={"description": "exact ratios from units typed or published to those of the formulas"}
    )
    working = ma.fields.Dict(required=True)


class ActivityQuery(ma.Schema):
    """Which activities are listed: those that fit all that is given."""

    methodology = fields.Text(load_default=None, maximum=80, attribute="methodology_id")
    category = fields.Text(load_default=None, maximum=40, metadata={"description": "such as transport"})
    status = fields.Choice(*ActivityStatus, load_default=None)
    first = fields.Day(load_default=None, data_key="from", metadata={"description": "the first civil day"})
    last = fields.Day(load_default=None, data_key="to", metadata={"description": "the last civil day"})


class ReductionUseQuery(ma.Schema):
    """On which row of a figure a reduction rests."""

    region = ma.fields.String(load_default=None, metadata={"description": "the place the figure was published for"})
    year = fields.WrittenNumber(minimum=fields.YEARS[0], maximum=fields.YEARS[-1], load_default=None)


class FigureUseOut(ma.Schema):
    """Where in a working a figure stands, and the row that was taken."""

    parameter = ma.fields.String(required=True)
    table = ma.fields.String(required=True)
    region = ma.fields.String(required=True)
    year = fields.WholeNumber(required=True)
    value = fields.DecimalNumber(required=True)
    unit = ma.fields.String(required=True)


class ReductionUseOut(ma.Schema):
    """A reduction that rests on a figure, live or superseded."""

    user_id = ma.fields.String(required=True, attribute="reduction.user_id")
    id = ma.fields.String(required=True, attribute="reduction.id")
    activity_id = ma.fields.String(required=True, attribute="reduction.activity_id")
    revision = fields.WholeNumber(required=True, attribute="reduction.revision")
    methodology_id = ma.fields.String(required=True, attribute="reduction.methodology_id")
    version = fields.WholeNumber(required=True, attribute="reduction.version")
    local_day = fields.Day(required=True, attribute="reduction.occurred_on")
    reduction_g = fields.WholeNumber(required=True, attribute="reduction.reduction_g")
    credited_g = fields.WholeNumber(required=True, attribute="reduction.credited_g")
    superseded_at = fields.Instant(required=True, allow_none=True, attribute="reduction.superseded_at")
    uses = ma.fields.List(ma.fields.Nested(FigureUseOut), required=True)
