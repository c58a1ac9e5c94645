"""Shapes of projects and certificates on the wire. Texts for people come by language."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend.platform.web import fields
from backend.registry.domain.recalls import UnitChoice
from offsets import SCHEMES, Principle, list_registries


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
    until_on = fields.Day(required=True, allow_none=True, attribute="price.until_on")
    basis = _said("price.basis")
    source = ma.fields.Nested(ProjectSourceOut, required=True, attribute="price.source")
    minimum_g = fields.WholeNumber(required=True)


class WrittenTruth(fields.Truth):
    """A `Truth` in a query string, where everything is text: `true` or `false`."""

    def read(self, value: Any) -> bool:
        """What the two words mean."""
        return super().read({"true": True, "false": False}.get(value, value))


class ReaderQuery(ma.Schema):
    """Where whoever asks is at home, as far as they want to say: what is near speaks for a project."""

    near_country = fields.Text(minimum=2, maximum=2, load_default=None, metadata={"description": "ISO 3166: CN"})
    near_city = fields.Text(maximum=80, load_default=None, metadata={"description": "as a project names it: guangzhou"})
    near_community = fields.Text(maximum=80, load_default=None, metadata={"description": "such as farmers, cyclists"})


class ProjectQuery(ReaderQuery):
    """Which projects, and by which principle they are put in order; without one, by id."""

    principle = fields.Choice(*Principle, load_default=None)
    type = fields.Choice("reduction", "removal", load_default=None)
    scheme = fields.Choice(*SCHEMES, load_default=None)
    country = fields.Text(minimum=2, maximum=2, load_default=None, metadata={"description": "ISO 3166: CN"})
    durable = WrittenTruth(load_default=None, metadata={"description": "stored for a hundred years or more"})
    demonstration = WrittenTruth(load_default=None, metadata={"description": "invented, for trying it out"})
    without_warnings = WrittenTruth(load_default=None)


class FindingOut(ma.Schema):
    """One criterion, whether it is met, and what that adds."""

    criterion = ma.fields.String(required=True, attribute="criterion.criterion_id")
    words = _said("criterion.words")
    is_met = ma.fields.Boolean(required=True)
    points = fields.WholeNumber(required=True)
    most = fields.WholeNumber(required=True, attribute="criterion.points")


class StandingOut(ma.Schema):
    """How a project stands by one principle: the sum of its working."""

    principle = ma.fields.String(required=True)
    points = fields.WholeNumber(required=True)
    most = fields.WholeNumber(required=True)
    working = ma.fields.List(ma.fields.Nested(FindingOut), required=True)


class ProjectWarningOut(ma.Schema):
    """A mistake that a project invites: in general words, and in those of its document with the source."""

    code = ma.fields.String(required=True, attribute="mistake")
    words = _said("words")
    because = ma.fields.Dict(required=True, allow_none=True, metadata={"description": "by language: en, zh"})
    source = ma.fields.Nested(ProjectSourceOut, required=True, allow_none=True)


class ProjectPlaceOut(ma.Schema):
    """Where a project is."""

    name = _said("name")
    region = ma.fields.String(required=True, allow_none=True, metadata={"description": "ISO 3166-2"})
    city = ma.fields.String(required=True, allow_none=True)


class CommunityOut(ma.Schema):
    """People a project is done by or for."""

    id = ma.fields.String(required=True, attribute="community_id")
    name = _said("name")


class DurabilityOut(ma.Schema):
    """What keeps the carbon, for how many years that is watched over, and the share held back for losses."""

    store = ma.fields.String(required=True, metadata={"description": "none, biological, geological or mineral"})
    years = fields.WholeNumber(required=True)
    buffer_percent = fields.DecimalNumber(required=True, allow_none=True)
    source = ma.fields.Nested(ProjectSourceOut, required=True)


class LabelOut(ma.Schema):
    """Whether the credits carry a label, as looked up on a day."""

    name = ma.fields.String(required=True, metadata={"description": "ccp or corsia"})
    answer = ma.fields.String(required=True, metadata={"description": "yes, no or not_assessed"})
    on = fields.Day(required=True)


class RatingOut(ma.Schema):
    """What a rating agency said of a project."""

    publisher = ma.fields.String(required=True)
    grade = ma.fields.String(required=True)
    on = fields.Day(required=True)
    url = ma.fields.String(required=True)


class StatementOut(ma.Schema):
    """One thing the document says of a kind, in words, with its source."""

    kind = ma.fields.String(required=True)
    text = _said("text")
    source = ma.fields.Nested(ProjectSourceOut, required=True)


class QualitiesOut(ma.Schema):
    """What somebody who chooses may want to know beyond the price."""

    scheme = ma.fields.String(required=True)
    activity = ma.fields.String(required=True)
    verifier = ma.fields.String(required=True, allow_none=True)
    participants = fields.WholeNumber(required=True, allow_none=True)
    place = ma.fields.Nested(ProjectPlaceOut, required=True)
    communities = ma.fields.List(ma.fields.Nested(CommunityOut), required=True)
    durability = ma.fields.Nested(DurabilityOut, required=True)
    labels = ma.fields.List(ma.fields.Nested(LabelOut), required=True)
    ratings = ma.fields.List(ma.fields.Nested(RatingOut), required=True)
    additionality = ma.fields.Nested(StatementOut, required=True)
    baseline = ma.fields.Nested(StatementOut, required=True)
    co_benefits = ma.fields.List(ma.fields.Nested(StatementOut), required=True)
    side_effects = ma.fields.List(ma.fields.Nested(StatementOut), required=True)


class OffsetAnswerOut(ma.Schema):
    """An answer, what it asks of the list of projects, and what the reader has to say beside it."""

    id = ma.fields.String(required=True, attribute="answer_id")
    words = _said("words")
    query = ma.fields.Dict(required=True, metadata={"description": "parameters of GET /v1/offset-projects"})
    ask = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "parameters to be asked for"})


class OffsetQuestionOut(ma.Schema):
    """A question for somebody who has never bought."""

    id = ma.fields.String(required=True, attribute="question_id")
    words = _said("words")
    answers = ma.fields.List(ma.fields.Nested(OffsetAnswerOut), required=True)


class MistakeOut(ma.Schema):
    """A mistake of offsetting, in words."""

    code = ma.fields.String(required=True, attribute="mistake")
    words = _said("words")


class OffsetQuestionsOut(ma.Schema):
    """The questions, in their order, and the mistakes to look out for."""

    questions = ma.fields.List(ma.fields.Nested(OffsetQuestionOut), required=True)
    mistakes = ma.fields.List(ma.fields.Nested(MistakeOut), required=True, attribute="cautions")


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
    is_demonstration = ma.fields.Boolean(
        required=True, attribute="project.demonstration", metadata={"description": "an invented project"}
    )
    principles = ma.fields.List(ma.fields.Nested(StandingOut), required=True, attribute="appraisal.standings")
    warnings = ma.fields.List(ma.fields.Nested(ProjectWarningOut), required=True, attribute="appraisal.cautions")


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
    qualities = ma.fields.Nested(
        QualitiesOut,
        required=True,
        allow_none=True,
        attribute="project.qualities",
        metadata={"description": "null: not said"},
    )


class RecallIn(ma.Schema):
    """Units that their registry suspended or declared invalid: one vintage, one lot, or a block by its serials."""

    project_id = fields.Text(maximum=80, required=True)
    vintage = fields.WholeNumber(minimum=1990, maximum=2100, load_default=None)
    lot_id = fields.Text(maximum=80, load_default=None)
    serials = fields.Text(maximum=250, load_default=None)
    cause = fields.Choice("suspended", "invalidated", required=True)
    remedy = fields.Choice("replace", "refund", required=True)
    replacement_project_id = fields.Text(
        maximum=80, load_default=None, metadata={"description": "whose stock replaces; default: the same project's"}
    )
    reason = fields.Text(maximum=500, required=True)

    @ma.post_load
    def with_units(self, body: dict[str, Any], **_given: Any) -> dict[str, Any]:
        """The four that say which units, as one."""
        named = {"project_id", "vintage", "lot_id", "serials"}
        units = UnitChoice(**{name: value for name, value in body.items() if name in named})
        return {name: value for name, value in body.items() if name not in named} | {"units": units}


class RecallOut(ma.Schema):
    """A recall, what owners got so far, and how many have still to be told."""

    id = ma.fields.String(required=True, attribute="recall.id")
    project_id = ma.fields.String(required=True, attribute="recall.project_id")
    cause = ma.fields.String(required=True, attribute="recall.cause")
    remedy = ma.fields.String(required=True, attribute="recall.remedy")
    replacement_project_id = ma.fields.String(required=True, attribute="recall.replacement_project_id")
    opened_at = fields.Instant(required=True, attribute="recall.opened_at")
    owners = fields.WholeNumber(required=True, attribute="progress.owners")
    certificates = fields.WholeNumber(required=True, attribute="progress.certificates")
    replaced_g = fields.WholeNumber(required=True, attribute="progress.replaced_g")
    refunded_g = fields.WholeNumber(required=True, attribute="progress.refunded_g")
    waiting_owners = fields.WholeNumber(required=True)


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
    recalled_g = fields.WholeNumber(
        required=True, metadata={"description": "grams whose registry took the units back after this was issued"}
    )
    replaces = ma.fields.String(required=True, allow_none=True, metadata={"description": "the number it stands in for"})
    replaced_by = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "numbers that stand in for what was recalled"}
    )
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


class LotImportQuery(ma.Schema):
    """Whose export it is, and how it is meant."""

    registry = ma.fields.String(required=True, validate=ma.validate.OneOf(tuple(list_registries())))
    dry_run = ma.fields.String(
        load_default="no",
        validate=ma.validate.OneOf(("yes", "no")),
        metadata={"description": "yes: say what would happen, and write nothing"},
    )
    reason = fields.Text(required=True, maximum=500)


class ImportedLotOut(ma.Schema):
    """One block that was not known, and the lot it became."""

    lot_id = ma.fields.String(required=True)
    project = ma.fields.String(required=True, attribute="project_id")
    vintage = fields.WholeNumber(required=True)
    serials = ma.fields.String(required=True)
    units = fields.WholeNumber(required=True, metadata={"description": "tonnes"})


class LotImportOut(ma.Schema):
    """What came of an export; of a trial, what would."""

    registry = ma.fields.String(required=True, attribute="registry_id")
    lots = ma.fields.List(ma.fields.Nested(ImportedLotOut), required=True)
    known_blocks = fields.WholeNumber(required=True, metadata={"description": "that were there before, as they stand"})
    is_trial = ma.fields.Boolean(required=True)
