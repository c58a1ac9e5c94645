"""Shapes of trees on the wire. Texts for people come by language."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields

MOST_AT_ONCE = 10_000_000


def _said(attribute: str) -> ma.fields.Dict:
    return ma.fields.Dict(required=True, attribute=attribute, metadata={"description": "by language: en, zh"})


class TreePriceOut(ma.Schema):
    """What one tree costs, and where that price comes from."""

    per_tree = fields.DecimalNumber(required=True)
    currency = ma.fields.String(required=True)
    since_on = fields.Day(required=True)
    basis = ma.fields.Dict(required=True, metadata={"description": "by language: en, zh"})


class PoolOut(ma.Schema):
    """A planting pool: what is planted where, by whom, for how much, and how far it has come."""

    id = ma.fields.String(required=True, attribute="pool.pool_id")
    title = _said("document.title")
    species = ma.fields.String(required=True, attribute="document.species_id")
    species_title = _said("species.title")
    shows_kilograms = ma.fields.Boolean(
        required=True, metadata={"description": "whether growth and survival of the species are both published"}
    )
    site = _said("document.site.name")
    country = ma.fields.String(required=True, attribute="document.site.country")
    partner = _said("document.partner.name")
    sponsor = ma.fields.Dict(
        required=True, allow_none=True, attribute="document.sponsor", metadata={"description": "null: sold for money"}
    )
    season_from_on = fields.Day(required=True, attribute="document.season.from_on")
    season_until_on = fields.Day(required=True, attribute="document.season.until_on")
    prices = ma.fields.List(ma.fields.Nested(TreePriceOut), required=True)
    shares_per_tree = fields.WholeNumber(
        required=True,
        attribute="pool.shares_per_tree",
        metadata={"description": "equal shares; all of them are a tree"},
    )
    available_shares = fields.WholeNumber(required=True)
    capacity_trees = fields.WholeNumber(required=True, attribute="document.capacity_trees")
    contracted_trees = fields.WholeNumber(required=True, attribute="pool.contracted_trees")
    planted_trees = fields.WholeNumber(required=True, attribute="pool.planted_trees")
    reserve_trees = fields.WholeNumber(required=True, attribute="pool.reserve_trees")
    waiting_claims = fields.WholeNumber(required=True, attribute="pool.waiting_claims")
    is_open = ma.fields.Boolean(required=True, attribute="pool.is_open")
    is_demonstration = ma.fields.Boolean(required=True, attribute="document.demonstration")


class SurveyOut(ma.Schema):
    """What sample plots showed: of `planted` trees `sampled` were looked at, and `alive` of them lived."""

    age = fields.WholeNumber(required=True, metadata={"description": "years after planting"})
    surveyed_on = fields.Day(required=True)
    planted = fields.WholeNumber(required=True)
    sampled = fields.WholeNumber(required=True)
    alive = fields.WholeNumber(required=True)
    standing = fields.WholeNumber(
        required=True, metadata={"description": "that stand at the least: the lower bound of survival, 95 %"}
    )


class ExpectedTreeGrowthOut(ma.Schema):
    """What may have grown by a year, after survival and buffer. It never counts."""

    grams = fields.WholeNumber(required=True)
    year = fields.WholeNumber(required=True)


class OwnPlantingOut(ma.Schema):
    """What of one planting is somebody's."""

    planted_on = fields.Day(required=True, attribute="planting.planted_on")
    replaces_dead = ma.fields.Boolean(required=True, attribute="replaces_dead")
    trees = fields.WholeNumber(required=True)
    standing_trees = fields.WholeNumber(required=True)
    surveys = ma.fields.List(ma.fields.Nested(SurveyOut), required=True)
    verified_g_by_year = ma.fields.Dict(
        required=True, metadata={"description": "grams that surveys verified, by the year of the survey"}
    )
    expected = ma.fields.Nested(ExpectedTreeGrowthOut, required=True, allow_none=True)


class TreeHoldingOut(ma.Schema):
    """Trees or shares of trees that somebody has."""

    number = ma.fields.String(required=True, attribute="holding.number")
    origin = ma.fields.String(
        required=True,
        attribute="holding.origin",
        metadata={"description": "bought or earned; what was earned never counts towards a footprint"},
    )
    pool_id = ma.fields.String(required=True, attribute="holding.pool_id")
    pool = _said("pool.document.title")
    species_title = _said("pool.species.title")
    shares = fields.WholeNumber(required=True, attribute="holding.interval.shares")
    shares_per_tree = fields.WholeNumber(required=True, attribute="pool.pool.shares_per_tree")
    contracted_shares = fields.WholeNumber(required=True)
    planted_shares = fields.WholeNumber(required=True)
    stage = ma.fields.String(
        required=True,
        metadata={"description": "funded, contracted, planted, surveyed, replaced or written_down"},
    )
    verified_g = fields.WholeNumber(required=True)
    plantings = ma.fields.List(ma.fields.Nested(OwnPlantingOut), required=True)
    is_demonstration = ma.fields.Boolean(required=True, attribute="pool.document.demonstration")
    url = ma.fields.String(required=True)
    funded_at = fields.Instant(required=True, attribute="holding.funded_at")


class MyTreesOut(ma.Schema):
    """Everything somebody has, oldest first."""

    trees = ma.fields.List(ma.fields.Nested(TreeHoldingOut), required=True)


class ReasonIn(ma.Schema):
    """Why: for the audit trail."""

    reason = fields.Text(required=True, maximum=500, lines=True)


class PoolIn(ReasonIn):
    """A pool's document, as TOML."""

    document = fields.Text(required=True, maximum=100_000, lines=True)


class TreesIn(ReasonIn):
    """How many trees it is about."""

    trees = fields.WholeNumber(required=True, minimum=1, maximum=MOST_AT_ONCE)


class HeldIn(ReasonIn):
    """Which of the trees that wait."""

    numbers = ma.fields.List(fields.Text(maximum=40), required=True, validate=ma.validate.Length(min=1, max=1000))


class RegisterQuery(ma.Schema):
    """How a register is meant."""

    dry_run = ma.fields.String(
        load_default="no",
        validate=ma.validate.OneOf(("yes", "no")),
        metadata={"description": "yes: say what would happen, and write nothing"},
    )
    reason = fields.Text(required=True, maximum=500)


class PhotoOut(ma.Schema):
    """A picture, by the id that registers name."""

    id = ma.fields.String(required=True)
    width = fields.WholeNumber(required=True)
    height = fields.WholeNumber(required=True)


class HeldTreeOut(ma.Schema):
    """A tree that waits, and the one whose picture looks the same close by."""

    number = ma.fields.String(required=True)
    alike = ma.fields.String(required=True)


class HeldTreesOut(ma.Schema):
    """The trees that wait for somebody to compare two pictures."""

    trees = ma.fields.List(ma.fields.Nested(HeldTreeOut), required=True)


class PlantingReportOut(ma.Schema):
    """What came of a register of planted trees."""

    planting_id = ma.fields.String(required=True, allow_none=True)
    planted = fields.WholeNumber(required=True)
    held = ma.fields.List(ma.fields.Nested(HeldTreeOut), required=True)
    is_trial = ma.fields.Boolean(required=True)


class SurveyReportOut(SurveyOut):
    """What a survey found, and what follows."""

    planting_id = ma.fields.String(required=True)
    plots = fields.WholeNumber(required=True)
    missing = fields.WholeNumber(required=True, metadata={"description": "to be replaced or written down"})
    growth_g = fields.WholeNumber(
        required=True, metadata={"description": "grams that no earlier survey had verified, after the buffer"}
    )
    is_trial = ma.fields.Boolean(required=True)


class PlantingOut(ma.Schema):
    """A planting as it stands."""

    id = ma.fields.String(required=True)
    trees = fields.WholeNumber(required=True)
    standing_trees = fields.WholeNumber(required=True)
    replaced_trees = fields.WholeNumber(required=True)
    written_down_trees = fields.WholeNumber(required=True)
    missing_trees = fields.WholeNumber(required=True)
    stage = ma.fields.String(required=True)


class ShownTreeOut(ma.Schema):
    """A planted tree with its picture."""

    number = ma.fields.String(required=True)
    plot = ma.fields.String(required=True)
    planted_on = fields.Day(required=True)
    photo_id = ma.fields.String(required=True)


class PlantingPageOut(ma.Schema):
    """A planting, what surveys found of it, some of its trees, and how it may grow."""

    planting = ma.fields.Nested(PlantingOut, required=True)
    planted_on = fields.Day(required=True, attribute="planting.planted_on")
    surveys = ma.fields.List(ma.fields.Nested(SurveyOut), required=True)
    trees = ma.fields.List(ma.fields.Nested(ShownTreeOut), required=True)
    curve = ma.fields.List(ma.fields.Nested(ExpectedTreeGrowthOut), required=True)


class TreeCertificateOut(ma.Schema):
    """What a certificate of trees says: shares of trees and how far they have come. It is no carbon credit."""

    beneficiary = ma.fields.String(required=True, allow_none=True, metadata={"description": "null: name withheld"})
    shares = fields.WholeNumber(required=True, attribute="holding.interval.shares")
    stage = ma.fields.String(required=True)
    verified_g = fields.WholeNumber(required=True)
    funded_at = fields.Instant(required=True, attribute="holding.funded_at")


class TreesPageOut(ma.Schema):
    """What stands under a number: a pool with its plantings, and the certificate or the tree it is the number of."""

    number = ma.fields.String(required=True)
    pool = ma.fields.Nested(PoolOut, required=True)
    plantings = ma.fields.List(ma.fields.Nested(PlantingPageOut), required=True)
    tree = ma.fields.Nested(ShownTreeOut, required=True, allow_none=True)
    certificate = ma.fields.Nested(TreeCertificateOut, required=True, allow_none=True, attribute="holding")
