"""The questions of a survey, with the defaults of a place shown as defaults and where each comes from."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from backend.footprints.domain import (
    AnswerChoice,
    DefaultAnswer,
    FurtherUnit,
    QuestionKind,
    SurveyQuery,
    SurveyQuestion,
    SurveyQuestions,
)
from backend.footprints.service.footprints import find_model
from backend.footprints.service.views import name_place
from backend.methodology import service as methodology
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language, pick
from backend.profiles import service as profiles
from calculators import Model, Quantity, Question, short_text


def get_questions(session: Session, user_id: str, query: SurveyQuery, language: Language) -> SurveyQuestions:
    """The survey for a place (default: the person's), with shared defaults for a household of that size.

    Of a place that is not known itself the country counts. Raises `request.invalid` for one of no known country, and
    `not_found.survey` where nobody has made a survey.
    """
    asked = query.region or profiles.get_profile(session, user_id).region
    region = methodology.get_place(asked).code
    model = find_model(region)
    if model is None:
        raise Refusal("not_found.survey", region=region)
    defaults = model.defaults(query.household_size)
    size = query.household_size or model.default_of("household_size")
    return SurveyQuestions(
        title=pick(model.survey.title, language),
        asked=name_place(region, language),
        notes=methodology.tell_around(asked, language),
        used=name_place(model.region, language),
        household_size=_text(size),
        model_sha256=model.sha256,
        not_included=pick(model.outside, language),
        questions=tuple(
            _describe(model, question, defaults[name], language) for name, question in model.survey.questions.items()
        ),
    )


def _describe(model: Model, question: Question, default: Decimal | str, language: Language) -> SurveyQuestion:
    # what is answered by a word has no unit and no bounds
    spec = question.spec if isinstance(question.spec, Quantity) else None
    return SurveyQuestion(
        name=question.name,
        category=question.category,
        title=pick(question.title, language),
        help=pick(question.help, language),
        kind=QuestionKind.QUANTITY if spec else QuestionKind.CHOICE,
        unit=spec.unit if spec else None,
        also_in=tuple(
            FurtherUnit(unit, short_text(model.numbers[figure]))
            for unit, figure in question.also.items()
            if figure in model.numbers
        ),
        counts=question.of or None,
        per=question.per or None,
        step=_text(spec.step) if spec else None,
        minimum=_text(spec.minimum) if spec else None,
        maximum=_text(spec.maximum) if spec else None,
        options=tuple(AnswerChoice(option, pick(words, language)) for option, words in question.options.items()),
        default=_describe_default(model, question.name, default, language),
    )


def _describe_default(model: Model, name: str, value: Decimal | str, language: Language) -> DefaultAnswer:
    entry = model.entries[name]
    return DefaultAnswer(
        value=_text(value),
        region=entry.pack,
        source=entry.source,
        assumed=pick(entry.assumed, language) if entry.assumed else None,
        by_definition=entry.definition,
        note=entry.note,
    )


def _text(value: Decimal | str) -> str:
    return short_text(value) if isinstance(value, Decimal) else value
