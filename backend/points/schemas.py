"""The shape of points on the wire."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields
from backend.platform.web.paging import MAX_LIMIT


class BalancesOut(ma.Schema):
    """Whole points, each of them one gram of credited reduction."""

    points = fields.WholeNumber(required=True, metadata={"description": "collected"})
    pending = fields.WholeNumber(required=True, metadata={"description": "credited, to be collected"})
    owed = fields.WholeNumber(required=True, metadata={"description": "taken back after it was spent"})
    balance = fields.WholeNumber(required=True, metadata={"description": "points less what is owed; may be negative"})
    available = fields.WholeNumber(required=True, metadata={"description": "what can be spent now"})


class BubbleOut(ma.Schema):
    """Points that wait to be collected."""

    id = fields.Id("grant", required=True)
    amount = fields.WholeNumber(required=True)
    activity_id = fields.Id("activity", required=True, allow_none=True)
    methodology_id = ma.fields.String(required=True, allow_none=True)
    matures_at = fields.Instant(required=True, metadata={"description": "collectable from then on"})
    lapses_at = fields.Instant(required=True, metadata={"description": "gone from then on"})
    is_mature = fields.Truth(required=True)


class CollectIn(ma.Schema):
    """Which bubbles to collect; without `grant_ids`, all that have matured."""

    grant_ids = ma.fields.List(
        fields.Id("grant"), load_default=None, allow_none=True, validate=ma.validate.Length(1, MAX_LIMIT)
    )


class CollectedOut(ma.Schema):
    """What collecting brought."""

    amount = fields.WholeNumber(required=True)
    grant_ids = ma.fields.List(fields.Id("grant"), required=True)
    entry_id = fields.Id(
        "entry", required=True, allow_none=True, metadata={"description": "null when there was nothing"}
    )
    balances = ma.fields.Nested(BalancesOut, required=True)


class HoldingOut(ma.Schema):
    """Collected points with one end."""

    id = fields.Id("grant", required=True)
    amount = fields.WholeNumber(required=True, metadata={"description": "not spent yet"})
    expires_at = fields.Instant(required=True, metadata={"description": "gone from then on"})
    extended_at = fields.Instant(required=True, allow_none=True)
    extendable_from_at = fields.Instant(
        required=True, allow_none=True, metadata={"description": "null once they were extended"}
    )
    is_extendable = fields.Truth(required=True)


class ExtendIn(ma.Schema):
    """Which grants to extend; without `grant_ids`, all whose end is near."""

    grant_ids = ma.fields.List(
        fields.Id("grant"), load_default=None, allow_none=True, validate=ma.validate.Length(1, MAX_LIMIT)
    )


class ExtendedOut(ma.Schema):
    """What was given more time."""

    amount = fields.WholeNumber(required=True)
    grant_ids = ma.fields.List(fields.Id("grant"), required=True)
    entry_id = fields.Id(
        "entry", required=True, allow_none=True, metadata={"description": "null when there was nothing near its end"}
    )
