"""A person's footprint of a year: what they answered, by the model they answered it with.

An answer is never rewritten: a newer model shows beside the old result what it would make of it, and takes over when
the person next answers. A year that begins is offered the last one's answers and counts none of them by itself.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.footprints.domain import (
    AnsweredYear,
    AnswerRequest,
    Answers,
    EarlierAnswers,
    FootprintBasis,
    FootprintChange,
    ModelReference,
    YearlyFootprint,
    YearSummary,
    answers_as_text,
)
from backend.footprints.service import answered_years
from backend.footprints.service.answered_years import check_year
from backend.footprints.service.views import (
    describe_average,
    describe_change,
    list_categories,
    list_measured,
    name_place,
)
from backend.platform.core.errors import Refusal, invalid_field, invalid_inputs
from backend.platform.core.i18n import Language, pick
from backend.platform.data.paging import Page, SortKey, Window, whole_field
from backend.profiles import service as profiles
from calculators import (
    FieldError,
    InputRefused,
    Model,
    NoAverage,
    NoPack,
    average_footprint,
    carry_over,
    get_footprint_model,
    read_answers,
    split_change,
)

LISTED = SortKey((whole_field("year", 1, 9999),))


def find_model(region: str) -> Model | None:
    """The current model of a place, or None where nobody has made a survey for it."""
    try:
        return get_footprint_model(region)
    except NoPack:
        return None


def get_footprint(session: Session, user_id: str, year: int, language: Language) -> YearlyFootprint:
    """The footprint of a person's year; raise `not_found.footprint` where nobody made a survey or an average."""
    check_year(year)
    footprint = find_footprint(session, user_id, year, language)
    if footprint is None:
        raise Refusal("not_found.footprint", region=profiles.get_profile(session, user_id).region)
    return footprint


def find_footprint(session: Session, user_id: str, year: int, language: Language) -> YearlyFootprint | None:
    """The footprint of a person's year, from their answers and else from the defaults or the average of their region.

    None where there are none of these.
    """
    region = profiles.get_profile(session, user_id).region
    current = find_model(region)
    answered = _find_answered(session, user_id, year, current)
    if answered is not None:
        earlier = None if answered.answers else _find_earlier(session, user_id, year, answered.model, language)
        return replace(describe_year(answered, region, current, language), offered=earlier)
    try:
        return describe_average(year, region, average_footprint(region), language)
    except NoAverage:
        return None


def list_footprints(session: Session, user_id: str, window: Window, language: Language) -> Page[YearSummary]:
    """A person's answered years, the latest first, each with what changed since the answered year before it."""
    (before,) = window.after(LISTED) or (None,)
    years = answered_years.list_years(session, user_id, before, window.limit + 1)
    return window.cut([_summarize(year, years[place + 1 :], language) for place, year in enumerate(years)], LISTED)


def answer_footprint(
    session: Session, user_id: str, year: int, request: AnswerRequest, language: Language
) -> YearlyFootprint:
    """Take what a person says about a year, read by the current model of their region.

    Raises `neutrality.year`, `not_found.survey` where there is no survey, `request.invalid` for what cannot be.
    """
    check_year(year)
    region = profiles.get_profile(session, user_id).region
    model = find_model(region)
    if model is None:
        raise Refusal("not_found.survey", region=region)
    sent = read_sent(model, request)
    before = answered_years.lock_year(session, user_id, year, model)
    kept = dict(carry_over(model.survey, before.answers).answers)
    if request.start_from is not None:
        kept = _copy_answers(session, user_id, request.start_from, model) | kept
    after = replace(
        before,
        model=model,
        answers=without_retracted(model, request, {**kept, **sent}),
        own_target=request.own_target if request.sets_own_target else before.own_target,
        revision=before.revision + 1,
    )
    return store_footprint(session, user_id, before, after, language)


def store_footprint(
    session: Session, user_id: str, before: AnsweredYear, after: AnsweredYear, language: Language
) -> YearlyFootprint:
    """Write a locked year and show it, with what that changed of what the person had said before."""
    answered_years.store_year(session, user_id, after)
    region = profiles.get_profile(session, user_id).region
    is_first = before.revision < after.revision == 1  # what was never said has not changed
    change = None if is_first else describe_difference(before, after, language)
    return replace(describe_year(after, region, find_model(region), language), change=change)


def find_answered(session: Session, user_id: str, year: int) -> AnsweredYear | None:
    """What a person answered about a year, or the bare defaults of their region; None where nobody made a survey."""
    return _find_answered(session, user_id, year, find_model(profiles.get_profile(session, user_id).region))


def get_answered(session: Session, user_id: str, year: int) -> AnsweredYear:
    """What a person answered about a year, or the bare defaults of their region. Raises `not_found.survey`."""
    answered = find_answered(session, user_id, year)
    if answered is None:
        raise Refusal("not_found.survey", region=profiles.get_profile(session, user_id).region)
    return answered


def _find_answered(session: Session, user_id: str, year: int, current: Model | None) -> AnsweredYear | None:
    answered = answered_years.find_year(session, user_id, year)
    if answered is None and current is not None:
        return answered_years.add_readings(session, user_id, AnsweredYear(year, current))
    return answered


def without_retracted(model: Model, request: AnswerRequest, answers: Answers) -> Answers:
    """The answers in the order of the questions, less those that the request takes back."""
    kept = {name for name in answers if request.answers.get(name, answers[name]) is not None}
    return {name: answers[name] for name in model.survey.questions if name in kept}


def describe_year(answered: AnsweredYear, region: str, current: Model | None, language: Language) -> YearlyFootprint:
    """A year as its owner reads it, with what the current model would make of the same answers."""
    model = answered.model
    footprint = answered.compute()
    is_current = current is not None and current.sha256 == model.sha256
    newer = None
    if current is not None and not is_current:
        newer = describe_difference(answered, _under(answered, current), language)
    return YearlyFootprint(
        year=answered.year,
        basis=FootprintBasis.SURVEY,
        asked=name_place(region, language),
        used=name_place(model.region, language),
        total_g=footprint.whole.grams,
        low_g=footprint.whole.low_g,
        high_g=footprint.whole.high_g,
        default_share_pct=footprint.whole.default_share_pct,
        assumed_share_pct=footprint.whole.assumed_share_pct,
        answered=len(answered.answers),
        questions=len(model.survey.questions),
        categories=list_categories(model, footprint, language),
        not_estimated=tuple(pick(model.survey.lines[name].title, language) for name in model.absent),
        not_included=pick(model.outside, language),
        model=ModelReference(model.sha256, model.region, is_current),
        answers=answers_as_text(answered.answers),
        measured=list_measured(model, answered.measured, language),
        own_target=answered.own_target,
        offered=None,
        change=None,
        newer_model=newer,
    )


def _summarize(answered: AnsweredYear, earlier: list[AnsweredYear], language: Language) -> YearSummary:
    footprint = answered.compute()
    return YearSummary(
        year=answered.year,
        used=name_place(answered.model.region, language),
        total_g=footprint.whole.grams,
        low_g=footprint.whole.low_g,
        high_g=footprint.whole.high_g,
        default_share_pct=footprint.whole.default_share_pct,
        assumed_share_pct=footprint.whole.assumed_share_pct,
        categories=list_categories(answered.model, footprint, language),
        change=describe_difference(earlier[0], answered, language) if earlier else None,
    )


def _under(answered: AnsweredYear, model: Model) -> AnsweredYear:
    return replace(answered, model=model, answers=carry_over(model.survey, answered.answers).answers)


def describe_difference(old: AnsweredYear, new: AnsweredYear, language: Language) -> FootprintChange:
    """Why the one year's number is another than the other's: the model's part and the answers'."""
    return describe_change(split_change(old.model, old.counted, new.model, new.counted), new.model, language)


def _find_earlier(session: Session, user_id: str, year: int, model: Model, language: Language) -> EarlierAnswers | None:
    """The answers of the latest earlier year, the person's own or those they gave as a guest."""
    for owner in (user_id, *accounts.list_brought_guests(session, user_id)):
        below = year if owner == user_id else year + 1
        for answered in answered_years.list_years(session, owner, below, 1, answered=True):
            carried = carry_over(model.survey, answered.answers)
            return EarlierAnswers(
                from_year=answered.year,
                answers=answers_as_text(carried.answers),
                renamed=carried.renamed,
                dropped={name: pick(words, language) for name, words in carried.dropped.items()},
            )
    return None


def _copy_answers(session: Session, user_id: str, year: int, model: Model) -> dict[str, Decimal | str]:
    for owner in (user_id, *accounts.list_brought_guests(session, user_id)):
        answered = answered_years.find_year(session, owner, year)
        if answered is not None and answered.answers:
            return dict(carry_over(model.survey, answered.answers).answers)
    raise invalid_field("start_from", "year_not_answered")


def read_sent(model: Model, request: AnswerRequest) -> Answers:
    """The answers that were sent, as values; raise `request.invalid` for what cannot be, or is no question."""
    questions = model.survey.questions
    sent = {name: raw for name, raw in request.answers.items() if raw is not None or name not in questions}
    try:
        return read_answers(model.survey, sent, model.numbers)
    except InputRefused as refused:
        raise invalid_inputs(map(_as_a_question, refused.errors)) from refused


def _as_a_question(error: FieldError) -> FieldError:
    """The same refusal; an input that does not exist is a question nobody asks."""
    if error.code != "input.unknown":
        return error
    return replace(error, code="question.misspelt" if error.params else "question.unknown")
