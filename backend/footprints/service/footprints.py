"""A person's footprint of a year: what they answered, by the model they answered it with.

An answer is never rewritten: a newer model shows beside the old result what it would make of it, and takes over when
the person next answers. A year that begins is offered the last one's answers and counts none of them by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.footprints.service import storage
from backend.footprints.service.storage import OwnTarget, Stored
from backend.footprints.service.views import (
    SURVEY,
    ChangeShown,
    ModelShown,
    Offered,
    YearlyFootprint,
    categories_of,
    change_of,
    from_average,
    measured_of,
    place,
)
from backend.platform.core.errors import Refusal, invalid_field, invalid_inputs
from backend.platform.core.i18n import Language, pick
from backend.platform.data.paging import Page, Window
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


@dataclass(frozen=True)
class YearListed:
    """One answered year beside the others; `change` is what became of the answered year before it."""

    year: int
    used: Any
    total_g: int
    low_g: int
    high_g: int
    default_share_pct: int
    assumed_share_pct: int
    categories: Any
    change: ChangeShown | None


def find_model(region: str) -> Model | None:
    """The current model of a place, or None where nobody has made a survey for it."""
    try:
        return get_footprint_model(region)
    except NoPack:
        return None


def find_footprint(session: Session, user_id: str, year: int, language: Language) -> YearlyFootprint | None:
    """The footprint of a person's year, from their answers and else from the defaults or the average of their region.

    None where there are none of these.
    """
    region = profiles.get_profile(session, user_id).region
    stored = storage.find_stored(session, user_id, year)
    current = find_model(region)
    if stored is None and current is not None:
        stored = storage.with_logged(session, user_id, Stored(year, current))
    if stored is not None:
        offer = None if stored.answers else _find_offer(session, user_id, year, stored.model, language)
        return replace(_shown(stored, region, current, language), offered=offer)
    try:
        return from_average(year, region, average_footprint(region), language)
    except NoAverage:
        return None


def list_footprints(session: Session, user_id: str, window: Window, language: Language) -> Page[YearListed]:
    """A person's answered years, the latest first, each with what changed since the answered year before it."""
    before = int(window.after[0]) if window.after else None
    rows = storage.list_stored(session, user_id, before, window.limit + 1)
    return window.cut([_listed(row, rows[number + 1 :], language) for number, row in enumerate(rows)], "year")


def answer(
    session: Session,
    user_id: str,
    year: int,
    given: Mapping[str, Any],
    language: Language,
) -> YearlyFootprint:
    """Take a person's `answers` about a year: any of them, None taking one back; what is not named stays.

    With `start_from` the answers of that year come over first, where this year has none yet; `own_target` is their own
    aim. Read by the current model of their region. Raises `not_found.survey` where there is none, `request.invalid` for
    what cannot be.
    """
    region = profiles.get_profile(session, user_id).region
    model = find_model(region)
    if model is None:
        raise Refusal("not_found.survey", region=region)
    asked, answers = model.survey.questions, given.get("answers", {})
    read = _read(model, {name: raw for name, raw in answers.items() if raw is not None or name not in asked})
    stored = storage.lock_stored(session, user_id, year, model)
    kept = dict(carry_over(model.survey, stored.answers).answers)
    if "start_from" in given:
        kept = _taken_over(session, user_id, given["start_from"], model) | kept
    wanted = {name: value for name, value in (kept | read).items() if answers.get(name, value) is not None}
    changed = replace(
        stored,
        model=model,
        answers={name: wanted[name] for name in asked if name in wanted},
        own_target=_target(given["own_target"]) if "own_target" in given else stored.own_target,
        revision=stored.revision + 1,
    )
    return keep(session, user_id, stored, changed, language)


def keep(session: Session, user_id: str, before: Stored, after: Stored, language: Language) -> YearlyFootprint:
    """Write a locked year and show it, with what that changed of what the person had said before."""
    storage.store(session, user_id, after)
    region = profiles.get_profile(session, user_id).region
    is_first = before.revision < after.revision == 1  # what was never said has not changed
    change = None if is_first else _change(before, after, language)
    return replace(_shown(after, region, find_model(region), language), change=change)


def find_answered(session: Session, user_id: str, year: int) -> Stored | None:
    """What a person answered about a year, or the bare defaults of their region; None where nobody made a survey."""
    return _find_answered(session, user_id, year, find_model(profiles.get_profile(session, user_id).region))


def get_answered(session: Session, user_id: str, year: int) -> Stored:
    """What a person answered about a year, or the bare defaults of their region. Raises `not_found.survey`."""
    found = find_answered(session, user_id, year)
    if found is None:
        raise Refusal("not_found.survey", region=profiles.get_profile(session, user_id).region)
    return found


def _find_answered(session: Session, user_id: str, year: int, current: Model | None) -> Stored | None:
    stored = storage.find_stored(session, user_id, year)
    if stored is None and current is not None:
        return storage.with_logged(session, user_id, Stored(year, current))
    return stored


def _shown(stored: Stored, region: str, current: Model | None, language: Language) -> YearlyFootprint:
    model = stored.model
    found = stored.footprint()
    is_current = current is not None and current.sha256 == model.sha256
    newer = None
    if current is not None and not is_current:
        newer = _change(stored, _under(stored, current), language)
    return YearlyFootprint(
        year=stored.year,
        basis=SURVEY,
        asked=place(region, language),
        used=place(model.region, language),
        total_g=found.whole.grams,
        low_g=found.whole.low_g,
        high_g=found.whole.high_g,
        default_share_pct=found.whole.default_share_pct,
        assumed_share_pct=found.whole.assumed_share_pct,
        answered=len(stored.answers),
        questions=len(model.survey.questions),
        categories=categories_of(model, found, language),
        not_estimated=tuple(pick(model.survey.lines[name].title, language) for name in model.absent),
        not_included=pick(model.outside, language),
        model=ModelShown(model.sha256, model.region, is_current),
        answers=storage.said(stored.answers),
        measured=measured_of(model, stored.measured, language),
        own_target=stored.own_target,
        offered=None,
        change=None,
        newer_model=newer,
    )


def _listed(row: Stored, earlier: list[Stored], language: Language) -> YearListed:
    found = row.footprint()
    return YearListed(
        year=row.year,
        used=place(row.model.region, language),
        total_g=found.whole.grams,
        low_g=found.whole.low_g,
        high_g=found.whole.high_g,
        default_share_pct=found.whole.default_share_pct,
        assumed_share_pct=found.whole.assumed_share_pct,
        categories=categories_of(row.model, found, language),
        change=_change(earlier[0], row, language) if earlier else None,
    )


def _under(stored: Stored, model: Model) -> Stored:
    return replace(stored, model=model, answers=carry_over(model.survey, stored.answers).answers)


def _change(old: Stored, new: Stored, language: Language) -> ChangeShown:
    return change_of(split_change(old.model, old.counted, new.model, new.counted), new.model, language)


def _find_offer(session: Session, user_id: str, year: int, model: Model, language: Language) -> Offered | None:
    """The answers of the latest earlier year, the person's own or those they gave as a guest."""
    for owner in (user_id, *accounts.list_brought_guests(session, user_id)):
        for stored in storage.list_stored(session, owner, year if owner == user_id else year + 1, 1, answered=True):
            carried = carry_over(model.survey, stored.answers)
            return Offered(
                from_year=stored.year,
                answers=storage.said(carried.answers),
                renamed=carried.renamed,
                dropped={name: pick(words, language) for name, words in carried.dropped.items()},
            )
    return None


def _taken_over(session: Session, user_id: str, year: int, model: Model) -> dict[str, Any]:
    for owner in (user_id, *accounts.list_brought_guests(session, user_id)):
        stored = storage.find_stored(session, owner, year)
        if stored is not None and stored.answers:
            return dict(carry_over(model.survey, stored.answers).answers)
    raise invalid_field("start_from", "year_not_answered")


def _target(given: Mapping[str, int] | None) -> OwnTarget | None:
    return None if given is None else OwnTarget(**given)


def _read(model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return read_answers(model.survey, given)
    except InputRefused as refused:
        raise invalid_inputs(map(_as_a_question, refused.errors)) from refused


def _as_a_question(error: FieldError) -> FieldError:
    """The same refusal; an input that does not exist is a question nobody asks."""
    if error.code != "input.unknown":
        return error
    return replace(error, code="question.misspelt" if error.params else "question.unknown")
