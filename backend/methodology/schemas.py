"""Shapes of the rule book on the wire."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend import fields

LONGEST_DOCUMENT = 100_000
LONGEST_REASON = 500


class MethodologyListed(ma.Schema):
    """A methodology in the list: enough to choose one."""

    id = ma.fields.String(required=True, attribute="methodology_id")
    version = fields.WholeNumber(required=True)
    sha256 = ma.fields.String(required=True, metadata={"description": "hash of document and figures"})
    category = ma.fields.String(required=True, attribute="methodology.category")
    title = ma.fields.Dict(required=True, attribute="methodology.title", metadata={"description": "by language"})
    yields = ma.fields.String(required=True, attribute="methodology.yields")
    review_by = fields.Day(required=True, attribute="methodology.review_by")


class VersionListed(ma.Schema):
    """A version that counts or counted, and who approved it."""

    version = fields.WholeNumber(required=True)
    sha256 = ma.fields.String(required=True, attribute="content_sha256")
    status = ma.fields.String(required=True)
    authors = ma.fields.List(ma.fields.String(), required=True)
    approved_by = ma.fields.String(allow_none=True, required=True)
    approved_at = fields.Instant(allow_none=True, required=True)
    effective_on = fields.Day(allow_none=True, required=True)
    ended_on = fields.Day(allow_none=True, required=True)
    closing_reason = ma.fields.String(allow_none=True, required=True)


class MethodologyShown(ma.Schema):
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
    gas_scope = ma.fields.String(required=True)
    publisher = ma.fields.String(required=True)
    document = ma.fields.String(required=True)
    url = ma.fields.String(required=True)
    verification = ma.fields.String(required=True)
    uncertainty_pct = fields.DecimalNumber(required=True, allow_none=True)
    uncertainty_basis = ma.fields.String(required=True)
    use_by = fields.Day(required=True)
    name_en = ma.fields.String(required=True)
    name_zh = ma.fields.String(required=True)
    note = ma.fields.String(required=True)


class VersionShown(VersionListed):
    """One version with everything its hash covers."""

    methodology_id = ma.fields.String(required=True)
    document = ma.fields.String(required=True, metadata={"description": "TOML, the canonical text"})
    content = ma.fields.Dict(required=True, attribute="described")
    figures = ma.fields.List(ma.fields.Nested(Figure), required=True)
    pinned = ma.fields.String(
        required=True,
        attribute="stored.figures",
        metadata={"description": "the frozen figures as text: the hash is that of document, a zero byte, and this"},
    )

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """What the view holds itself, and everything else from the stored version."""
        owner = obj if attr in ("described", "figures", "stored.figures") else obj.stored
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
