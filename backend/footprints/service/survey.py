"""The questions of a survey, with the defaults of a place shown as defaults and where each comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backend.footprints.service.footprints import find_model
from backend.footprints.service.views import Place, place
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.core.i18n import Language, pick
from backend.profiles import service as profiles
from calculators import Model, Question, load_library, short_text

QUANTITY, CHOICE = "quantity", "choice"


@dataclass(frozen=True)
class OptionAsked:
    """One answer of a choice."""

    option: str
    title: str


@dataclass(frozen=True)
class DefaultShown:
    """What counts until the person answers. `assumed` is the reason where there is no source for it."""

    value: str
    region: str
    source: Any
    assumed: str | None
    by_definition: bool
    note: str


@dataclass(frozen=True)
class QuestionAsked:
    """One question. `counts` is whom the answer counts, `per` which time; a shared default is the household's."""

    name: str
    category: str
    title: str
    help: str
    kind: str
    unit: str | None
    counts: str | None
    per: str | None
    step: str | None
    minimum: str | None
    maximum: str | None
    options: tuple[OptionAsked, ...]
    default: DefaultShown


@dataclass(frozen=True)
class SurveyAsked:
    """Everything a person of a place may be asked."""

    title: str
    asked: Place
    used: Place
    household_size: str
    model_sha256: str
    not_included: str
    questions: tuple[QuestionAsked, ...]


def get_questions(session: Session, user_id: str, query: Mapping[str, Any], language: Language) -> SurveyAsked:
    """The survey for a place (default: the person's), with shared defaults for a household of that size.

    Raises `request.invalid` for an unknown region and `not_found.survey` where nobody has made a survey.
    """
    region = query["region"] or profiles.get_profile(session, user_id).region
    if region not in load_library().tables.regions.by_code:
        raise invalid_field("region", "unknown_region")
    model = find_model(region)
    if model is None:
        raise Refusal("not_found.survey", region=region)
    defaults = model.defaults(query["household_size"])
    size = query["household_size"] or model.default_of("household_size")
    return SurveyAsked(
        title=pick(model.survey.title, language),
        asked=place(region, language),
        used=place(model.region, language),
        household_size=_text(size),
        model_sha256=model.sha256,
        not_included=pick(model.outside, language),
        questions=tuple(
            _asked(model, question, defaults[name], language) for name, question in model.survey.questions.items()
        ),
    )


def _asked(model: Model, question: Question, default: Decimal | str, language: Language) -> QuestionAsked:
    spec, is_choice = question.spec, bool(question.options)
    return QuestionAsked(
        name=question.name,
        category=question.category,
        title=pick(question.title, language),
        help=pick(question.help, language),
        kind=CHOICE if is_choice else QUANTITY,
        unit=None if is_choice else spec.unit,
        counts=question.of or None,
        per=question.per or None,
        step=None if is_choice else _text(spec.step),
        minimum=None if is_choice else _text(spec.minimum),
        maximum=None if is_choice else _text(spec.maximum),
        options=tuple(OptionAsked(option, pick(words, language)) for option, words in question.options.items()),
        default=_default(model, question.name, default, language),
    )


def _default(model: Model, name: str, value: Decimal | str, language: Language) -> DefaultShown:
    entry = model.entries[name]
    return DefaultShown(
        value=_text(value),
        region=entry.pack,
        source=entry.source,
        assumed=entry.assumed and pick(entry.assumed, language),
        by_definition=entry.definition,
        note=entry.note,
    )


def _text(value: Decimal | str) -> str:
    return short_text(value) if isinstance(value, Decimal) else value
