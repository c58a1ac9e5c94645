"""Copies of a year under names: what a person's footprint would be if they sold the car, or ate no meat.

Promise: a copy starts from what counts in the year, holds its own answers from then on, and counts for nothing: no
claim, no target and no quote reads it. A year has at most `MOST_COPIES`, whoever asks at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from backend.footprints import sql
from backend.footprints.domain import (
    AnsweredYear,
    Answers,
    CopyRequest,
    FootprintCopies,
    FootprintCopy,
    YearCopy,
    answers_as_text,
)
from backend.footprints.service.answered_years import check_year, get_model, keep_model, parse_answers
from backend.footprints.service.footprints import (
    describe_difference,
    describe_year,
    find_model,
    get_answered,
    read_sent,
    without_retracted,
)
from backend.footprints.sql import SealedCopy, read_copy
from backend.platform.core import clock
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.core.i18n import Language
from backend.platform.data import ids
from backend.platform.privacy import personal_data
from backend.platform.privacy.vault import the_vault
from backend.profiles import service as profiles
from calculators import Model, carry_over

PURPOSE = "neutrality.footprint_copy"
MOST_COPIES = 20


def list_copies(session: Session, user_id: str, year: int, language: Language) -> FootprintCopies:
    """The copies of a person's year. Raises `neutrality.year` and `not_found.survey`."""
    check_year(year)
    own = get_answered(session, user_id, year)
    rows = session.execute(sql.COPIES_OF_YEAR, {"person": user_id, "of_year": year}).all()
    copies = [_unseal(session, read_copy(row)) for row in rows]
    return FootprintCopies(
        year=year,
        total_g=own.compute().whole.grams,
        copies=tuple(_describe(session, user_id, copy, own, language) for copy in copies),
    )


def get_copy(session: Session, user_id: str, year: int, copy_id: str, language: Language) -> FootprintCopy:
    """One copy of a person's year. Raises `not_found.footprint_copy`."""
    check_year(year)
    row = session.execute(sql.ONE_COPY, {"person": user_id, "of_id": copy_id}).one_or_none()
    copy = _found(session, year, None if row is None else read_copy(row))
    return _describe(session, user_id, copy, get_answered(session, user_id, year), language)


def make_copy(session: Session, user_id: str, year: int, request: CopyRequest, language: Language) -> FootprintCopy:
    """Copy what counts in a year under a name, and change it as asked.

    Raises `neutrality.year`, `not_found.survey`, `neutrality.too_many_copies`, `request.invalid` for what cannot be.
    """
    check_year(year)
    own, model = get_answered(session, user_id, year), _current_model(session, user_id)
    if request.name is None:
        raise invalid_field("name", "required")
    answers = _changed(model, dict(carry_over(model.survey, own.counted).answers), request)
    copy = YearCopy(ids.new_id("footprint_copy"), request.name, AnsweredYear(year, model, answers))
    keep_model(session, model)
    _insert(session, user_id, copy)
    return _describe(session, user_id, copy, own, language)


def change_copy(
    session: Session, user_id: str, year: int, copy_id: str, request: CopyRequest, language: Language
) -> FootprintCopy:
    """Change the name or answers of a copy, read by the current model. Raises `not_found.footprint_copy` besides."""
    check_year(year)
    model = _current_model(session, user_id)
    row = session.execute(sql.ONE_COPY_LOCKED, {"person": user_id, "of_id": copy_id}).one_or_none()
    before = _found(session, year, None if row is None else read_copy(row))
    answers = _changed(model, dict(carry_over(model.survey, before.year.answers).answers), request)
    after = replace(before, name=request.name or before.name, year=AnsweredYear(year, model, answers))
    keep_model(session, model)
    session.execute(sql.UPDATE_COPY.values(_seal(session, user_id, after)), {"person": user_id, "of_id": copy_id})
    return _describe(session, user_id, after, get_answered(session, user_id, year), language)


def drop_copy(session: Session, user_id: str, year: int, copy_id: str) -> None:
    """Drop a copy. Raises `not_found.footprint_copy`."""
    check_year(year)
    row = session.execute(sql.ONE_COPY_LOCKED, {"person": user_id, "of_id": copy_id}).one_or_none()
    _found(session, year, None if row is None else read_copy(row))
    session.execute(sql.DELETE_COPY, {"person": user_id, "of_id": copy_id})


def export_copies(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every copy a person made, behind the copy `after`, in the order they were made."""
    for row in session.execute(sql.ALL_COPIES, {"person": user_id, "after": after}).all():
        copy = _unseal(session, read_copy(row))
        yield {
            "id": copy.id,
            "name": copy.name,
            "year": copy.year.year,
            "region": copy.year.model.region,
            "model_sha256": copy.year.model.sha256,
            "answers": answers_as_text(copy.year.answers),
        }


def _insert(session: Session, user_id: str, copy: YearCopy) -> None:
    """Write a copy into the first free slot of its year; who comes at once takes the next one."""
    year = copy.year.year
    row = {"user_id": user_id, "id": copy.id, "year": year, "created_at": clock.database_now(session)}
    row |= _seal(session, user_id, copy)
    for _ in range(MOST_COPIES):
        slot = _free_slot(_list_taken(session, user_id, year))
        if slot is None:
            break
        if session.execute(sql.INSERT_COPY, row | {"slot": slot}).first():
            return
    raise Refusal("neutrality.too_many_copies", limit=MOST_COPIES, year=year)


def _list_taken(session: Session, user_id: str, year: int) -> set[int]:
    return set(session.scalars(sql.SLOTS_OF_YEAR, {"person": user_id, "of_year": year}))


def _free_slot(taken: set[int]) -> int | None:
    return next((slot for slot in range(MOST_COPIES) if slot not in taken), None)


def _current_model(session: Session, user_id: str) -> Model:
    region = profiles.get_profile(session, user_id).region
    model = find_model(region)
    if model is None:
        raise Refusal("not_found.survey", region=region)
    return model


def _changed(model: Model, kept: Answers, request: CopyRequest) -> Answers:
    return without_retracted(model, request.answers, {**kept, **read_sent(model, request.answers)})


def _found(session: Session, year: int, row: SealedCopy | None) -> YearCopy:
    """The copy in a row; somebody else's, or one of another year, is not there."""
    if row is None or row.year != year:
        raise Refusal("not_found.footprint_copy")
    return _unseal(session, row)


def _describe(session: Session, user_id: str, copy: YearCopy, own: AnsweredYear, language: Language) -> FootprintCopy:
    region = profiles.get_profile(session, user_id).region
    return FootprintCopy(
        id=copy.id,
        name=copy.name,
        year=copy.year.year,
        footprint=describe_year(copy.year, region, find_model(region), language),
        difference=describe_difference(own, copy.year, language),
    )


def _seal(session: Session, user_id: str, copy: YearCopy) -> dict[str, Any]:
    """The columns of a copy beside its key, its year and its slot."""
    content = {"name": copy.name, "answers": answers_as_text(copy.year.answers)}
    return {
        "model_sha256": copy.year.model.sha256,
        "sealed": the_vault().seal(session, user_id, PURPOSE, json.dumps(content).encode()),
        "updated_at": clock.database_now(session),
    }


def _unseal(session: Session, row: SealedCopy) -> YearCopy:
    content = json.loads(the_vault().unseal(session, row.user_id, PURPOSE, row.sealed))
    model = get_model(session, row.model_sha256)
    answers = parse_answers(model, content["answers"])
    return YearCopy(row.id, content["name"], AnsweredYear(row.year, model, answers))
