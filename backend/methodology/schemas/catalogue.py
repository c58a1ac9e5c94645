"""Shapes of what an app draws its forms from on the wire."""

from __future__ import annotations

import marshmallow as ma

from backend.methodology.schemas.versions import MethodologyListed
from backend.platform.web import fields


class CatalogueQuery(ma.Schema):
    """For which place."""

    region = fields.Text(required=True, maximum=40, metadata={"description": "such as FR, CN-BJ or CN-HB/wuhan"})


class FoundPlaceOut(ma.Schema):
    """The place that counts."""

    asked = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    is_known = fields.Truth(
        required=True, metadata={"description": "false: the place asked for is not known, the one around it counts"}
    )


class CatalogueInput(ma.Schema):
    """One thing that a methodology asks, as a form shows it."""

    name = ma.fields.String(required=True)
    type = ma.fields.String(required=True, metadata={"description": "quantity or choice"})
    title = ma.fields.Dict(required=True, metadata={"description": "by language"})
    default = ma.fields.Raw(
        required=True, allow_none=True, metadata={"description": "what counts where it is left out; null: it is needed"}
    )
    entered_as = ma.fields.String(metadata={"description": "quantity: the unit in which people say it"})
    entered_as_title = ma.fields.Dict(
        metadata={"description": "quantity: that unit in words, by language, as it stands after a number"}
    )
    unit = ma.fields.String(metadata={"description": "quantity: the unit in which it is computed"})
    step = ma.fields.String()
    minimum = ma.fields.String()
    maximum = ma.fields.String()
    given_by = ma.fields.String(
        required=True,
        metadata={
            "description": "person: ask for it; profile, history or calendar: the account knows it, leave it out"
        },
    )
    options = ma.fields.List(ma.fields.Dict(), metadata={"description": "choice: value and title by language"})


class CatalogueEvidence(ma.Schema):
    """How much of a reduction counts with one kind of evidence."""

    tier = ma.fields.String(required=True)
    title = ma.fields.Dict(required=True, metadata={"description": "by language"})
    weight = ma.fields.String(required=True)
    kind = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "as which `kind` POST /v1/evidence takes it; null: only somebody else attests it"},
    )
    raises = fields.Truth(required=True, metadata={"description": "counts more than a word alone"})
    media = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "the media types it may be handed in as; a PDF only where papers are read"},
    )


class CatalogueRuleOut(MethodologyListed):
    """A methodology that can be used in the place, and what an app asks for it."""

    id = ma.fields.String(required=True, attribute="in_force.methodology_id")
    version = fields.WholeNumber(required=True, attribute="in_force.version")
    sha256 = ma.fields.String(required=True, attribute="in_force.sha256")
    category = ma.fields.String(required=True, attribute="in_force.methodology.category")
    title = ma.fields.Dict(required=True, attribute="in_force.methodology.title")
    yields = ma.fields.String(required=True, attribute="in_force.methodology.yields")
    review_by = fields.Day(required=True, attribute="in_force.methodology.review_by")
    only_in = ma.fields.String(required=True, allow_none=True, attribute="in_force.only_in")
    inputs = ma.fields.List(ma.fields.Nested(CatalogueInput), required=True)
    evidence = ma.fields.List(ma.fields.Nested(CatalogueEvidence), required=True)


class CataloguePlaceOut(ma.Schema):
    """A place that may be named."""

    code = ma.fields.String(required=True)
    parent = ma.fields.String(required=True, allow_none=True)
    name = ma.fields.Dict(required=True, metadata={"description": "by language"})


class CatalogueOut(ma.Schema):
    """Everything an app needs to draw its forms."""

    region = ma.fields.Nested(FoundPlaceOut, required=True, attribute="place")
    rules = ma.fields.List(ma.fields.Nested(CatalogueRuleOut), required=True)
    regions = ma.fields.List(ma.fields.Nested(CataloguePlaceOut), required=True, attribute="places")
