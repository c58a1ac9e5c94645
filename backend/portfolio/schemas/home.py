"""The shapes of the first screen and of the client configuration."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields
from backend.portfolio.schemas.account import GasesOut, SumOut


class ClientOut(ma.Schema):
    """The client configuration."""

    oldest_build = fields.WholeNumber(
        required=True, metadata={"description": "an app of an older build asks to be updated"}
    )
    oldest_days = fields.WholeNumber(
        required=True, metadata={"description": "an activity may be logged so many days late"}
    )
    is_read_only = fields.Truth(required=True)
    is_checkout_paused = fields.Truth(required=True)
    crediting_paused = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "methodologies"})
    languages = ma.fields.List(ma.fields.String(), required=True)
    texts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


class HomeBalances(ma.Schema):
    """Whole points."""

    points = fields.WholeNumber(required=True)
    pending = fields.WholeNumber(required=True)
    owed = fields.WholeNumber(required=True)
    balance = fields.WholeNumber(required=True)
    available = fields.WholeNumber(required=True)


class HomeBubble(ma.Schema):
    """Points that wait to be collected."""

    id = ma.fields.String(required=True)
    amount = fields.WholeNumber(required=True)
    methodology = ma.fields.String(required=True, allow_none=True, attribute="methodology_id")
    matures_at = fields.Instant(required=True)
    lapses_at = fields.Instant(required=True)


class HomeDue(ma.Schema):
    """A day of a routine that waits for a word."""

    routine_id = ma.fields.String(required=True)
    on = fields.Day(required=True)
    methodology = ma.fields.String(required=True, attribute="methodology_id")
    inputs = ma.fields.Dict(required=True)


class HomeReason(ma.Schema):
    """Why something is not credited."""

    code = ma.fields.String(required=True)
    message = ma.fields.String(required=True, allow_none=True)


class HomeActivity(ma.Schema):
    """One of the latest activities, in short."""

    id = ma.fields.String(required=True)
    methodology = ma.fields.String(required=True, attribute="reduction.methodology.id")
    status = ma.fields.String(required=True)
    reason = ma.fields.Nested(HomeReason, required=True, allow_none=True)
    local_day = fields.Day(required=True)
    credited_g = fields.WholeNumber(required=True, attribute="reduction.credited_g")
    points = fields.WholeNumber(required=True, attribute="points.amount")


class HomeOut(ma.Schema):
    """The first screen."""

    display_name = ma.fields.String(required=True, allow_none=True)
    points = ma.fields.Nested(HomeBalances, required=True, attribute="balances")
    bubbles = ma.fields.List(ma.fields.Nested(HomeBubble), required=True)
    has_more_bubbles = fields.Truth(required=True)
    month = ma.fields.Nested(SumOut, required=True, metadata={"description": "of the person's own calendar"})
    month_gases = ma.fields.Nested(GasesOut, required=True)
    unread = fields.WholeNumber(required=True)
    due = ma.fields.List(ma.fields.Nested(HomeDue), required=True)
    due_count = fields.WholeNumber(required=True)
    activities = ma.fields.List(ma.fields.Nested(HomeActivity), required=True)
    client = ma.fields.Nested(ClientOut, required=True)
