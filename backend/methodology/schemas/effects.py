"""Shapes of what a version would change on the wire."""

from __future__ import annotations

import marshmallow as ma

from backend.methodology.schemas.versions import VersionListed
from backend.platform.web import fields


class WorkedExample(ma.Schema):
    """A worked example of the document, computed."""

    name = ma.fields.String(required=True)
    passed = fields.Truth(required=True)
    expected = ma.fields.Dict(required=True)
    actual = ma.fields.Dict(required=True)
    error = ma.fields.String(required=True, allow_none=True)


class HabitYear(ma.Schema):
    """A year of one habit under the caps."""

    credited_g = fields.WholeNumber(required=True)
    avoided_g = fields.WholeNumber(required=True, metadata={"description": "before deductions and caps"})
    points = fields.WholeNumber(required=True)
    reason = ma.fields.String(required=True, allow_none=True)


class PersonaChange(ma.Schema):
    """A typical person's year under the version that counts, and under this one."""

    persona = ma.fields.String(required=True, attribute="persona_id")
    old = ma.fields.Nested(HabitYear, required=True, allow_none=True)
    new = ma.fields.Nested(HabitYear, required=True, allow_none=True)


class PotentialAlarm(ma.Schema):
    """The mean of all typical people goes beyond the published potential of the class."""

    category = ma.fields.String(required=True)
    methodology = ma.fields.String(
        required=True, allow_none=True, attribute="methodology_id", metadata={"description": "null: the whole class"}
    )
    mean_g = fields.WholeNumber(required=True)
    potential_g = fields.WholeNumber(required=True)
    year = fields.WholeNumber(required=True)


class ComparedWith(ma.Schema):
    """The version that counts."""

    version = fields.WholeNumber(required=True)
    sha256 = ma.fields.String(required=True)


class ExposureRowOut(ma.Schema):
    """One figure of what somebody could earn at most, in grams of credit or behaviour points."""

    name = ma.fields.String(
        required=True,
        metadata={
            "description": "honest or cheat (nothing attested), day or year; beside: with every rule in force that"
            " shares no flow"
        },
    )
    reviewed = fields.WholeNumber(required=True, allow_none=True, metadata={"description": "null: there is none"})
    now = fields.WholeNumber(required=True, allow_none=True, metadata={"description": "null: nothing is in force"})
    then = fields.WholeNumber(required=True)
    rises = fields.Truth(required=True, metadata={"description": "by so much that two people must approve"})


class ExposureOut(ma.Schema):
    """The most one person could earn under the version in force and under this one."""

    approvers = fields.WholeNumber(required=True, metadata={"description": "how many people must approve"})
    first_approved_by = ma.fields.String(required=True, allow_none=True)
    reviewed_version = fields.WholeNumber(
        required=True,
        allow_none=True,
        attribute="reviewed.version",
        metadata={"description": "the last one in force that two people approved"},
    )
    figures = ma.fields.List(ma.fields.Nested(ExposureRowOut), required=True, attribute="rows")


class EffectsOut(ma.Schema):
    """What a reviewer signs."""

    version = ma.fields.Nested(VersionListed, required=True)
    against = ma.fields.Nested(ComparedWith, required=True, allow_none=True)
    difference = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "unified: + this version, - the one that counts"}
    )
    examples = ma.fields.List(ma.fields.Nested(WorkedExample), required=True)
    changes = ma.fields.List(ma.fields.Nested(PersonaChange), required=True)
    alarms = ma.fields.List(ma.fields.Nested(PotentialAlarm), required=True)
    shares_flows_with = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "methodologies that measure a flow of it: of two claims on one instance one is paid"},
    )
    exposure = ma.fields.Nested(ExposureOut, required=True)
