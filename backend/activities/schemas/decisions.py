"""Shapes of decisions and appeals on the wire."""

from __future__ import annotations

import marshmallow as ma

from backend.activities.schemas.evidence import EvidenceOut
from backend.platform.web import fields


class LateEvidenceIn(ma.Schema):
    """Evidence for an activity that was logged before."""

    evidence = ma.fields.List(fields.Id("evidence"), required=True, validate=ma.validate.Length(min=1, max=5))


class AppealIn(ma.Schema):
    """Why a decision is wrong, in your own words."""

    words = fields.Text(required=True, maximum=2000, lines=True)


class RulingIn(ma.Schema):
    """Why it is decided so: the person reads it."""

    reason = fields.Text(required=True, maximum=500, lines=True)


class DecisionOut(ma.Schema):
    """One decision: by which rule and its version, or by an operator with a reason."""

    number = fields.WholeNumber(required=True)
    outcome = ma.fields.String(required=True, metadata={"enum": ["accept", "hold", "refuse"]})
    rule = ma.fields.String(required=True)
    rule_version = fields.WholeNumber(required=True)
    by = ma.fields.String(required=True, metadata={"enum": ["rule", "operator"]})
    message = ma.fields.String(required=True)
    found = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "every rule that found something"}
    )
    params = ma.fields.Dict(required=True, metadata={"description": "the numbers behind it"})
    reason = ma.fields.String(required=True, allow_none=True)
    decided_at = fields.Instant(required=True)


class AppealOut(ma.Schema):
    """An appeal, and whether it was answered."""

    created_at = fields.Instant(required=True)
    answered_at = fields.Instant(required=True, allow_none=True)


class DecisionsOut(ma.Schema):
    """Every decision on an activity, the first one first; the last one holds."""

    decisions = ma.fields.List(ma.fields.Nested(DecisionOut), required=True)
    appeal = ma.fields.Nested(AppealOut, required=True, allow_none=True)


class WaitingActivityOut(ma.Schema):
    """An activity that waits for an operator: held by a rule, or appealed."""

    user_id = ma.fields.String(required=True)
    id = ma.fields.String(required=True)
    methodology_id = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    occurred_at = fields.Instant(required=True)
    zone = ma.fields.String(required=True)
    duration_s = fields.WholeNumber(required=True, allow_none=True)
    inputs = ma.fields.Dict(required=True)
    evidence_tier = ma.fields.String(required=True)
    evidence = ma.fields.List(ma.fields.String(), required=True)
    amount = fields.WholeNumber(required=True, metadata={"description": "grams or points at stake"})
    created_at = fields.Instant(required=True)
    decision = ma.fields.Nested(DecisionOut, required=True, allow_none=True)
    appeal = ma.fields.String(required=True, allow_none=True)
    appealed_at = fields.Instant(required=True, allow_none=True)


class PatternOut(ma.Schema):
    """How often the rule found something in this person's activities lately."""

    rule = ma.fields.String(required=True)
    days = fields.WholeNumber(required=True)
    activities = fields.WholeNumber(required=True, metadata={"description": "of those that were not withdrawn"})
    mean_amount = fields.WholeNumber(required=True, metadata={"description": "grams or points, on average"})


class WorthOut(ma.Schema):
    """What accepting would credit at most."""

    grams = fields.WholeNumber(required=True)
    points = fields.WholeNumber(required=True)


class OpenedCaseOut(ma.Schema):
    """An activity that waits for a decision, with its evidence; a link is null where nobody may see the file."""

    activity = ma.fields.Nested(WaitingActivityOut, required=True)
    evidence = ma.fields.List(ma.fields.Nested(EvidenceOut), required=True)
    originals = ma.fields.List(
        ma.fields.Nested(EvidenceOut),
        required=True,
        metadata={"description": "earlier tracks and pictures, of anybody, that those of this activity look like"},
    )
    pattern = ma.fields.Nested(PatternOut, required=True, allow_none=True)
    would_credit = ma.fields.Nested(WorthOut, required=True)
