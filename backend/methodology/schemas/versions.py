"""Shapes of versions and figures on the wire."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend.platform.web import fields
from calculators import FIGURE_KINDS

LONGEST_DOCUMENT = 100_000
LONGEST_REASON = 500
LONGEST_QUERY = 100
LONGEST_UNIT = 64


class MethodologyListed(ma.Schema):
    """A methodology in the list: enough to choose one."""

    id = ma.fields.String(required=True, attribute="methodology_id")
    version = fields.WholeNumber(required=True)
    sha256 = ma.fields.String(required=True, metadata={"description": "hash of document and figures"})
    category = ma.fields.String(required=True, attribute="methodology.category")
    title = ma.fields.Dict(required=True, attribute="methodology.title", metadata={"description": "by language"})
    yields = ma.fields.String(required=True, attribute="methodology.yields")
    review_by = fields.Day(required=True, attribute="methodology.review_by")
    only_in = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the one country it can be used in; null: in several, or in none"},
    )


class VersionListed(ma.Schema):
    """A version that counts or counted, and who approved it."""

    version = fields.WholeNumber(required=True)
    sha256 = ma.fields.String(required=True, attribute="content_sha256")
    status = ma.fields.String(required=True)
    authors = ma.fields.List(ma.fields.String(), required=True)
    first_approved_by = ma.fields.String(
        allow_none=True, required=True, metadata={"description": "the first of two approvers, where two are needed"}
    )
    approved_by = ma.fields.String(allow_none=True, required=True)
    approved_at = fields.Instant(allow_none=True, required=True)
    effective_on = fields.Day(allow_none=True, required=True)
    ended_on = fields.Day(allow_none=True, required=True)
    closing_reason = ma.fields.String(allow_none=True, required=True)


class MethodologyOut(ma.Schema):
    """A methodology as it counts today: its content in words and numbers, and its versions."""

    id = ma.fields.String(required=True, attribute="in_force.methodology_id")
    version = fields.WholeNumber(required=True, attribute="in_force.version")
    sha256 = ma.fields.String(required=True, attribute="in_force.sha256")
    content = ma.fields.Dict(required=True, attribute="described")
    versions = ma.fields.List(ma.fields.Nested(VersionListed), required=True)


class Figure(ma.Schema):
    """One published figure that a version rests on, with its provenance."""

    table = ma.fields.String(required=True)
    key = ma.fields.String(required=True)
    item = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    family = ma.fields.String(required=True)
    region = ma.fields.String(required=True)
    year = fields.WholeNumber(required=True)
    value = fields.DecimalNumber(required=True)
    unit = ma.fields.String(required=True)
    gas_scope = ma.fields.String(required=True, allow_none=True)
    gwp = ma.fields.String(required=True, allow_none=True)
    boundary = ma.fields.String(required=True)
    publisher = ma.fields.String(required=True)
    document = ma.fields.String(required=True)
    url = ma.fields.String(required=True)
    mark = ma.fields.String(required=True)
    uncertainty_pct = fields.DecimalNumber(required=True, allow_none=True)
    uncertainty_basis = ma.fields.String(required=True)
    distribution = ma.fields.String(required=True, allow_none=True)
    distribution_reason = ma.fields.String(required=True)
    review_by = fields.Day(required=True)
    name_en = ma.fields.String(required=True)
    name_zh = ma.fields.String(required=True)
    note = ma.fields.String(required=True)


class FactorQuery(ma.Schema):
    """Which figures are looked for."""

    query = fields.Text(
        minimum=0,
        maximum=LONGEST_QUERY,
        load_default="",
        metadata={"description": "words in English or Chinese; each must be there, or one that begins so"},
    )
    region = ma.fields.String(
        load_default=None,
        metadata={"description": "of this place or one within it; of its country where it is not known"},
    )
    year = fields.WrittenNumber(minimum=fields.YEARS[0], maximum=fields.YEARS[-1], load_default=None)
    unit = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(1, LONGEST_UNIT),
        metadata={"description": "measuring what this unit measures, e.g. kgCO2/kWh"},
    )
    kind = fields.Choice(*sorted(FIGURE_KINDS), load_default=None)
    table = ma.fields.String(load_default=None, metadata={"description": "e.g. factors.grid"})


class StandingQuery(ma.Schema):
    """For which place and year a figure is wanted."""

    region = ma.fields.String(
        load_default=None, metadata={"description": "say also which row stands for this place, and why"}
    )
    year = fields.WrittenNumber(
        minimum=fields.YEARS[0],
        maximum=fields.YEARS[-1],
        load_default=None,
        metadata={"description": "default: this year"},
    )


class PinnedFigure(ma.Schema):
    """A row as it was when a methodology was approved."""

    region = ma.fields.String(required=True)
    year = fields.WholeNumber(required=True)
    value = fields.DecimalNumber(required=True)
    unit = ma.fields.String(required=True)


class RestingMethodology(ma.Schema):
    """A methodology in force that rests on the figure, with the rows its approval pinned."""

    methodology_id = ma.fields.String(required=True, attribute="in_force.methodology_id")
    version = fields.WholeNumber(required=True, attribute="in_force.version")
    sha256 = ma.fields.String(required=True, attribute="in_force.sha256")
    title = ma.fields.Dict(required=True, attribute="in_force.methodology.title")
    pinned = ma.fields.List(ma.fields.Nested(PinnedFigure), required=True)


class LookUpStep(ma.Schema):
    """One place that was asked, and what was found there."""

    region = ma.fields.String(required=True)
    outcome = ma.fields.String(
        required=True, metadata={"description": "found, none, press, recalled, assumed or conflicting"}
    )


class StandingFigure(ma.Schema):
    """Which row stands for the place and year asked for, by the rules of an estimate."""

    table = ma.fields.String(required=True)
    item = ma.fields.String(required=True)
    family = ma.fields.String(required=True)
    figure = ma.fields.Nested(Figure, required=True, allow_none=True, attribute="row")
    rule = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "own: of the very place; parent: of one around it"}
    )
    later_year = ma.fields.Boolean(required=True, metadata={"description": "there is none of that year or before"})
    steps = ma.fields.List(ma.fields.Nested(LookUpStep), required=True, attribute="found.steps")


class FactorOut(ma.Schema):
    """One figure: every place and year, what rests on it, and what stands for the place asked for."""

    key = ma.fields.String(required=True)
    figures = ma.fields.List(ma.fields.Nested(Figure), required=True)
    rests_on_it = ma.fields.List(ma.fields.Nested(RestingMethodology), required=True)
    stands = ma.fields.List(
        ma.fields.Nested(StandingFigure), required=True, allow_none=True, metadata={"description": "null: not asked"}
    )
    notes = ma.fields.List(ma.fields.Nested(fields.RemarkOut), required=True)


class NoChangeShare(ma.Schema):
    """What somebody exactly average of a region would be credited for changing nothing."""

    region = ma.fields.String(required=True)
    permille = fields.WholeNumber(required=True, metadata={"description": "thousandths of the baseline"})
    basis = ma.fields.String(required=True, metadata={"enum": ["trips", "distance"]})


class MethodologyVersionOut(VersionListed):
    """One version with everything its hash covers."""

    methodology_id = ma.fields.String(required=True)
    document = ma.fields.String(required=True, metadata={"description": "TOML, the canonical text"})
    content = ma.fields.Dict(required=True, attribute="described")
    figures = ma.fields.List(ma.fields.Nested(Figure), required=True)
    no_change = ma.fields.List(
        ma.fields.Nested(NoChangeShare), required=True, metadata={"description": "empty: nobody knows the mix"}
    )
    pinned = ma.fields.String(
        required=True,
        attribute="stored.figures",
        metadata={"description": "the frozen figures as text: the hash is that of document, a zero byte, and this"},
    )

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """What the view holds itself, and everything else from the stored version."""
        owner = obj if attr in ("described", "figures", "no_change", "stored.figures") else obj.stored
        return super().get_attribute(owner, attr, default)


class DraftListed(VersionListed):
    """A draft that waits for a reviewer."""

    methodology_id = ma.fields.String(required=True)
    submitted_by = ma.fields.String(required=True)
    created_at = fields.Instant(required=True)


class DraftIn(ma.Schema):
    """A document to be reviewed."""

    document = ma.fields.String(required=True, validate=ma.validate.Length(1, LONGEST_DOCUMENT))


class Approval(ma.Schema):
    """What exactly is approved, and from which day it counts."""

    sha256 = ma.fields.String(
        required=True, validate=ma.validate.Length(64, 64), metadata={"description": "the hash of what was read"}
    )
    effective_on = fields.Day(
        load_default=None, metadata={"description": "default: the first day that has begun nowhere"}
    )


class Rejection(ma.Schema):
    """Why a draft will not be approved."""

    reason = fields.Text(required=True, maximum=LONGEST_REASON)


class Withdrawal(Rejection):
    """Why a version ends without a successor, and on which day it no longer counts."""

    ended_on = fields.Day(load_default=None)
