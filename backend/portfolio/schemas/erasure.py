"""The shape of a departure."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields


class DepartureOut(ma.Schema):
    """That somebody has left and will be erased."""

    status = ma.fields.Constant("leaving", required=True)
    left_at = fields.Instant(required=True)
    waits_for_money = ma.fields.Boolean(
        required=True, metadata={"description": "an order or a refund is under way and is finished first"}
    )
