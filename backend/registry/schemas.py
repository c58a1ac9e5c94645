"""Shapes of projects and certificates on the wire. Texts for people come by language."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields


def _said(attribute: str) -> ma.fields.Dict:
    return ma.fields.Dict(required=True, attribute=attribute, metadata={"description": "by language: en, zh"})


class ProjectSourceOut(ma.Schema):
    """Where something is written, and whether the original was read."""

    publisher = ma.fields.String(required=True)
    document = ma.fields.String(required=True)
    year = fields.WholeNumber(required=True)
    url = ma.fields.String(required=True, allow_none=True)
    mark = ma.fields.String(required=True)


class ProjectPriceOut(ma.Schema):
    """What a tonne costs since a day, where that price comes from, and how much can be bought for it at the least."""

    per_tonne = fields.DecimalNumber(required=True, attribute="price.per_tonne")
    currency = ma.fields.String(required=True, attribute="price.currency")
    since_on = fields.Day(required=True, attribute="price.since_on")
    basis = _said("price.basis")
    source = ma.fields.Nested(ProjectSourceOut, required=True, attribute="price.source")
    minimum_g = fields.WholeNumber(required=True)


class LotOut(ma.Schema):
    """A block of registry units and what is left of it."""

    id = ma.fields.String(required=True, attribute="lot_id")
    vintage = fields.WholeNumber(required=True)
    available_g = fields.WholeNumber(required=True)
    issued_g = fields.WholeNumber(required=True)
    is_demonstration = ma.fields.Boolean(required=True, metadata={"description": "invented units, for trying it out"})


class ProjectListed(ma.Schema):
    """A project in the catalogue: what it is, what it costs, what is left."""

    id = ma.fields.String(required=True, attribute="project.project_id")
    title = _said("project.title")
    summary = _said("project.summary")
    country = ma.fields.String(required=True, attribute="project.country")
    type = ma.fields.String(
        required=True, attribute="project.credit_type", metadata={"description": "reduction or removal"}
    )
    standard = ma.fields.String(required=True, attribute="project.standard")
    methodology = ma.fields.String(required=True, attribute="project.methodology")
    minimum_g = fields.WholeNumber(required=True, metadata={"description": "the fewest grams that can be bought"})
    prices = ma.fields.List(ma.fields.Nested(ProjectPriceOut), required=True)
    available_g = fields.WholeNumber(required=True)


class ProjectOut(ProjectListed):
    """A project with its registry, its permanence, its lots and its sources."""

    registry = ma.fields.String(required=True, attribute="project.registry_id")
    registry_project_id = ma.fields.String(required=True, attribute="project.registry_project_id")
    public_url = ma.fields.String(required=True, attribute="project.public_url")
    permanence = _said("project.permanence")
    corresponding_adjustment = ma.fields.Boolean(required=True, attribute="project.corresponding_adjustment")
    review_by = fields.Day(required=True, attribute="project.review_by")
    document_sha256 = ma.fields.String(required=True, attribute="project.sha256")
    is_on_sale = ma.fields.Boolean(required=True)
    lots = ma.fields.List(ma.fields.Nested(LotOut), required=True)
    sources = ma.fields.List(ma.fields.Nested(ProjectSourceOut), required=True, attribute="project.sources")


class RetirementOut(ma.Schema):
    """One interval of grams, the units behind it, and how far their registry has followed."""

    vintage = fields.WholeNumber(required=True)
    serials = ma.fields.String(required=True)
    start_g = fields.WholeNumber(required=True)
    end_g = fields.WholeNumber(required=True, metadata={"description": "not included"})
    retired_at = ma.fields.String(required=True)
    purpose = ma.fields.String(required=True)
    demonstration = ma.fields.Boolean(required=True)
    registry_state = ma.fields.String(
        required=True, metadata={"description": "due, asked or confirmed in the registry that issued the units"}
    )


class CertificateOut(ma.Schema):
    """What anybody with the number may see."""

    number = ma.fields.String(required=True)
    grams = fields.WholeNumber(required=True, attribute="payload.grams")
    beneficiary = ma.fields.String(required=True, allow_none=True, metadata={"description": "null: name withheld"})
    issued_at = ma.fields.String(required=True, attribute="payload.issued_at")
    project = ma.fields.Dict(required=True, attribute="payload.project")
    retirements = ma.fields.List(ma.fields.Nested(RetirementOut), required=True)
    url = ma.fields.String(required=True, metadata={"description": "the page that shows and verifies it"})
    signature = ma.fields.String(required=True, metadata={"description": "compact JWS; keys at /v1/certificates/keys"})


class CertificateVerdictOut(ma.Schema):
    """Whether a number is a genuine certificate; without it, only why not."""

    number = ma.fields.String(required=True)
    is_genuine = ma.fields.Boolean(required=True)
    problem = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "not_a_number, unknown, signature or books"},
    )
    certificate = ma.fields.Nested(CertificateOut, required=True, allow_none=True, attribute="view")


class KeySetOut(ma.Schema):
    """A JSON Web Key Set."""

    keys = ma.fields.List(ma.fields.Dict(), required=True)
