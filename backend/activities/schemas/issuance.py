"""Shapes of what the platform has credited on the wire."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields

OF_KNOWN_MIX = "null: nobody knows what people do on average"


class IssuanceQuery(ma.Schema):
    """The whole months from one day's to another day's."""

    first = fields.Day(required=True, data_key="from")
    last = fields.Day(required=True, data_key="to")


class IssuedOut(ma.Schema):
    """What was credited under one rule; a tonne is 1,000,000 g."""

    methodology_id = ma.fields.String(required=True)
    activities = fields.WholeNumber(required=True)
    baseline_g = fields.WholeNumber(required=True, metadata={"description": "of the activities that count"})
    credited_g = fields.WholeNumber(required=True, metadata={"description": "gross"})
    no_change_permille = fields.WholeNumber(
        required=True,
        allow_none=True,
        metadata={"description": f"of the baseline, the largest of the rule's regions; {OF_KNOWN_MIX}"},
    )
    net_g = fields.WholeNumber(
        required=True,
        allow_none=True,
        metadata={"description": f"credited beyond that share of the baseline; {OF_KNOWN_MIX}"},
    )
    scopes = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "CO2, GHG or both: what its grams may count, by place"},
    )


class IssuanceOut(ma.Schema):
    """What was credited to everybody: what may be claimed as tonnes is `net_g`."""

    first = fields.Day(required=True, data_key="from")
    last = fields.Day(required=True, data_key="to", metadata={"description": "the first day of the last month"})
    rules = ma.fields.List(ma.fields.Nested(IssuedOut), required=True)
    credited_g = fields.WholeNumber(required=True)
    net_g = fields.WholeNumber(required=True, metadata={"description": "of the rules with a no-change share alone"})
    scopes = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={
            "description": "which gases its grams may count, added up as they are: CO2 alone, GHG in CO2e, or both"
        },
    )
    without_share_g = fields.WholeNumber(required=True, metadata={"description": "gross, of the other rules"})
