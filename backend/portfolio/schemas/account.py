"""The shapes of an account, of a household's month, and of a departure."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import marshmallow as ma

from backend.platform.web import fields
from backend.platform.web.fields import refused

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\Z", re.ASCII)


class Month(fields.Read, ma.fields.String):
    """A calendar month, `2026-11`; its first day inside."""

    def __init__(self, **given: Any) -> None:
        given["metadata"] = {"pattern": r"^\d{4}-(0[1-9]|1[0-2])$", "example": "2026-11", **given.get("metadata", {})}
        super().__init__(**given)

    def read(self, value: Any) -> date:
        month = _MONTH.match(value) if isinstance(value, str) else None
        if not month or int(month[1]) not in fields.YEARS:
            raise refused("not_a_month")
        return date(int(month[1]), int(month[2]), 1)

    def _serialize(self, value: Any, *_: Any, **_options: Any) -> str | None:
        return None if value is None else f"{value:%Y-%m}"


class AccountQuery(ma.Schema):
    """When: a past instant for the balances, or the months to add up."""

    at = fields.Instant(load_default=None, metadata={"description": "balances as they stood then, and nothing else"})
    first = Month(load_default=None, data_key="from", metadata={"description": "default: a year of months"})
    last = Month(load_default=None, data_key="to", metadata={"description": "default: this month"})


class SumOut(ma.Schema):
    """Signed grams; `low_g` to `high_g` holds `reduction_g`, `credited_g` is what is left after deductions and caps.

    The bounds are added up as if every error went the same way; `GET /v1/account/range` has the range of the sum.
    """

    activities = fields.WholeNumber(required=True)
    baseline_g = fields.WholeNumber(required=True, metadata={"description": "what people of the place would have done"})
    project_g = fields.WholeNumber(required=True, metadata={"description": "what was done"})
    reduction_g = fields.WholeNumber(required=True)
    credited_g = fields.WholeNumber(required=True)
    low_g = fields.WholeNumber(required=True)
    high_g = fields.WholeNumber(required=True)
    behaviour_points = fields.WholeNumber(required=True)


class GasesOut(ma.Schema):
    """Which gases grams count; grams of CO2 alone and of all greenhouse gases are told apart, or said to be mixed."""

    scopes = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "CO2: carbon dioxide alone; GHG: in CO2e; may be both"},
    )
    text = ma.fields.String(required=True)


class PartOut(ma.Schema):
    """One category or month."""

    key = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    sum = ma.fields.Nested(SumOut, required=True)


class VersionOut(ma.Schema):
    """A version that some of the sum rests on, by its approved content hash."""

    version = fields.WholeNumber(required=True)
    sha256 = ma.fields.String(required=True)
    sum = ma.fields.Nested(SumOut, required=True)


class OfMethodologyOut(ma.Schema):
    """One methodology, version by version."""

    id = ma.fields.String(required=True)
    category = ma.fields.String(required=True)
    titles = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    sum = ma.fields.Nested(SumOut, required=True)
    scopes = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "CO2, GHG or both: what its grams may count, by place"},
    )
    versions = ma.fields.List(ma.fields.Nested(VersionOut), required=True)


class ReductionsOut(ma.Schema):
    """What was reduced in the months asked for, and ever."""

    from_on = Month(required=True, data_key="from")
    until_on = Month(required=True, data_key="to")
    total = ma.fields.Nested(SumOut, required=True)
    gases = ma.fields.Nested(GasesOut, required=True)
    by_category = ma.fields.List(ma.fields.Nested(PartOut), required=True)
    by_month = ma.fields.List(ma.fields.Nested(PartOut), required=True)
    by_methodology = ma.fields.List(ma.fields.Nested(OfMethodologyOut), required=True)
    all_time = ma.fields.Nested(SumOut, required=True)


class RangeQuery(ma.Schema):
    """The months to add up."""

    first = Month(load_default=None, data_key="from", metadata={"description": "default: a year of months"})
    last = Month(load_default=None, data_key="to", metadata={"description": "default: this month"})


class SumInRangeOut(ma.Schema):
    """Signed grams and the 95 % range of their sum, before deductions and caps."""

    scopes = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "CO2: carbon dioxide alone; GHG: in CO2e"}
    )
    activities = fields.WholeNumber(required=True)
    reduction_g = fields.WholeNumber(required=True)
    credited_g = fields.WholeNumber(required=True)
    low_g = fields.WholeNumber(required=True)
    high_g = fields.WholeNumber(required=True)


class CategoryInRangeOut(ma.Schema):
    """One category."""

    key = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    sum = ma.fields.Nested(SumInRangeOut, required=True)


class ReductionsInRangeOut(ma.Schema):
    """What was reduced in the months asked for with its range; parts do not add up to it, figures being shared."""

    from_on = Month(required=True, data_key="from")
    until_on = Month(required=True, data_key="to")
    total = ma.fields.Nested(SumInRangeOut, required=True)
    gases = ma.fields.Nested(GasesOut, required=True)
    by_gas = ma.fields.List(ma.fields.Nested(SumInRangeOut), required=True)
    by_category = ma.fields.List(ma.fields.Nested(CategoryInRangeOut), required=True)


class FigureBehind(ma.Schema):
    """A published figure."""

    key = ma.fields.String(required=True)
    table = ma.fields.String(metadata={"description": "see /v1/factors"})
    region = ma.fields.String(required=True)
    year = fields.WholeNumber(required=True)
    value = fields.DecimalNumber(required=True)
    unit = ma.fields.String(required=True)
    publisher = ma.fields.String(required=True)
    document = ma.fields.String(required=True)
    url = ma.fields.String(required=True)
    mark = ma.fields.String(required=True)


class OwnProgressOut(ma.Schema):
    """The last month that is over, beside the mean of the months before it."""

    month_on = Month(required=True, data_key="month")
    credited_g = fields.WholeNumber(required=True)
    earlier_from_on = Month(required=True, data_key="earlier_from")
    earlier_until_on = Month(required=True, data_key="earlier_to")
    earlier_mean_g = fields.WholeNumber(required=True)
    difference_g = fields.WholeNumber(required=True)
    text = ma.fields.String(required=True)


class RegionProgressOut(ma.Schema):
    """What people of the place would have emitted for the same, and an average year there."""

    region = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    baseline_g = fields.WholeNumber(required=True)
    project_g = fields.WholeNumber(required=True)
    less_pct = fields.DecimalNumber(required=True, allow_none=True, metadata={"description": "below zero: more"})
    footprint_g = fields.WholeNumber(required=True, allow_none=True)
    footprint_share_pct = fields.DecimalNumber(
        required=True, allow_none=True, metadata={"description": "of it, what was credited in the last twelve months"}
    )
    figures = ma.fields.List(ma.fields.Nested(FigureBehind), required=True)
    text = ma.fields.String(required=True)


class EquivalentOut(ma.Schema):
    """As much as so many of a thing people know; `figure` says what one of it emits."""

    id = ma.fields.String(required=True)
    text = ma.fields.String(required=True)
    amount = fields.DecimalNumber(required=True)
    figure = ma.fields.Nested(FigureBehind, required=True)


class ProgressOut(ma.Schema):
    """Against oneself and against the place."""

    own = ma.fields.Nested(OwnProgressOut, required=True, allow_none=True)
    region = ma.fields.Nested(RegionProgressOut, required=True, allow_none=True)


class AccountOut(ma.Schema):
    """Whole points, each of them one gram of credited reduction, and the record behind them."""

    points = fields.WholeNumber(required=True, attribute="balances.points", metadata={"description": "collected"})
    pending = fields.WholeNumber(
        required=True, attribute="balances.pending", metadata={"description": "credited, to be collected"}
    )
    owed = fields.WholeNumber(
        required=True, attribute="balances.owed", metadata={"description": "taken back after it was spent"}
    )
    balance = fields.WholeNumber(
        required=True,
        attribute="balances.balance",
        metadata={"description": "points less what is owed; may be negative"},
    )
    available = fields.WholeNumber(
        required=True, attribute="balances.available", metadata={"description": "what can be spent now"}
    )
    at = fields.Instant(required=True, allow_none=True, metadata={"description": "null: now"})
    reductions = ma.fields.Nested(ReductionsOut, required=True, allow_none=True)
    progress = ma.fields.Function(
        lambda account: ProgressOut().dump({"own": account.own, "region": account.region}),
        required=True,
        metadata={"type": "object"},
    )
    equivalents = ma.fields.List(ma.fields.Nested(EquivalentOut), required=True)


class TogetherQuery(ma.Schema):
    """Which month."""

    month = Month(required=True)


class BandOut(ma.Schema):
    """From `from_g` to less than `below_g`."""

    from_g = fields.WholeNumber(required=True)
    below_g = fields.WholeNumber(required=True)


class TogetherOut(ma.Schema):
    """What was credited in a month to those of my household who show it; others in bands, without names."""

    month = Month(required=True, attribute="month_on")
    mine_g = fields.WholeNumber(required=True)
    others = ma.fields.List(ma.fields.Nested(BandOut), required=True)
    together = ma.fields.Nested(BandOut, required=True)
    gases = ma.fields.Nested(GasesOut, required=True)


class DepartureOut(ma.Schema):
    """That somebody has left and will be erased."""

    status = ma.fields.Constant("leaving", required=True)
    left_at = fields.Instant(required=True)
    waits_for_money = ma.fields.Boolean(
        required=True, metadata={"description": "an order or a refund is under way and is finished first"}
    )
