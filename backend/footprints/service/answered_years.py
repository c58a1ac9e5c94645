"""Answers at rest: one sealed row per person and year, each pinned to the model it was last read by.

Promise: what is read back is what was said; a model once used is kept, so that an old footprint computes the same for
ever. The row is locked before it is changed, so that two devices that answer at once both keep what they said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.footprints import sql
from backend.footprints.domain import AnsweredYear, Answers, OwnTarget, StatedMonth, answers_as_text
from backend.footprints.sql import SealedYear, read_sealed
from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.privacy import personal_data
from backend.platform.privacy.vault import the_vault
from calculators import Model, list_logged, read_logged, thaw_model

PURPOSE = "neutrality.footprint"  # sealed rows are bound to it: the name stays
FIRST_YEAR = 2000  # nobody kept books about an earlier one
REMEMBERED = 64  # models; far more than there are places and versions in use


def check_year(year: int) -> None:
    """Refuse a year that has not begun or that nobody kept books about; raise `neutrality.year`."""
    latest = clock.now().year + 1  # it is already next year somewhere
    if not FIRST_YEAR <= year <= latest:
        raise Refusal("neutrality.year", first=FIRST_YEAR, latest=latest)


def purpose_of(year: int) -> str:
    """What a retirement is retired for, when it is to be set against the footprint of `year`: once, for ever."""
    return f"footprint:{year}"


def find_year(session: Session, user_id: str, year: int) -> AnsweredYear | None:
    """What a person answered about a year, or None."""
    row = session.execute(sql.ONE_YEAR, {"person": user_id, "of_year": year}).one_or_none()
    return add_readings(session, user_id, _unseal(session, read_sealed(row))) if row else None


def add_readings(session: Session, user_id: str, answered: AnsweredYear) -> AnsweredYear:
    """A year with what the person logged of it: their meters, and the diaries of which they stated a month."""
    first, last = date(answered.year, 1, 1), date(answered.year + 1, 1, 31)  # a reading covers a month at most
    logged = activities.list_reported(session, user_id, list_logged(answered.stated_months), first, last)
    readings = (read_logged(row.methodology_id, row.occurred_on, row.inputs) for row in logged)
    return replace(answered, readings=tuple(reading for reading in readings if reading is not None))


def list_years(
    session: Session, user_id: str, before: int | None, limit: int, *, answered: bool = False
) -> list[AnsweredYear]:
    """A person's years below `before`, the latest first; with `answered` only those of which they answered anything."""
    rows = session.execute(sql.years_before(before, limit, answered=answered), {"person": user_id}).all()
    return [add_readings(session, user_id, _unseal(session, read_sealed(row))) for row in rows]


def lock_year(session: Session, user_id: str, year: int, model: Model) -> AnsweredYear:
    """A person's year, locked until the end of the transaction; an unanswered one where there was none."""
    keep_model(session, model)
    session.execute(
        sql.INSERT_YEAR, {"user_id": user_id, "year": year} | _seal(session, user_id, AnsweredYear(year, model))
    )
    row = session.execute(sql.ONE_YEAR_LOCKED, {"person": user_id, "of_year": year}).one()
    return add_readings(session, user_id, _unseal(session, read_sealed(row)))


def store_year(session: Session, user_id: str, answered: AnsweredYear) -> None:
    """Write a year that `lock_year` has locked, and with it kept the model."""
    values = _seal(session, user_id, answered)
    session.execute(sql.UPDATE_YEAR.values(values), {"person": user_id, "of_year": answered.year})


def broken_models(session: Session) -> Iterator[str]:
    """Every model whose text is not the one its hash names."""
    for sha256, frozen in session.execute(sql.ALL_MODELS):
        if hashlib.sha256(frozen.encode()).hexdigest() != sha256:
            yield f"footprint model {sha256} holds another text"


def export(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every year somebody answered about behind the year `after`, in the order of the years."""
    years = list_years(session, user_id, None, personal_data.AT_ONCE)
    for answered in sorted(years, key=lambda one: one.year):
        if str(answered.year) > after:
            yield {
                "year": str(answered.year),
                "region": answered.model.region,
                "model_sha256": answered.model.sha256,
                "answers": answers_as_text(answered.answers),
                "own_target": asdict(answered.own_target) if answered.own_target else None,
                "stated": [asdict(one) for one in answered.stated],
                "revision": answered.revision,
            }


def forget(session: Session, user_id: str) -> None:
    """Drop every answer of one person and every copy; models are the same for everyone and stay."""
    session.execute(sql.FORGET_COPIES, {"person": user_id})
    session.execute(sql.FORGET_YEARS, {"person": user_id})


def _seal(session: Session, user_id: str, answered: AnsweredYear) -> dict[str, Any]:
    """The columns of a year beside its key."""
    content = {
        "answers": answers_as_text(answered.answers),
        "own_target": asdict(answered.own_target) if answered.own_target else None,
        "stated": [asdict(one) | {"stated_at": one.stated_at.isoformat()} for one in answered.stated],
    }
    return {
        "model_sha256": answered.model.sha256,
        "sealed": the_vault().seal(session, user_id, PURPOSE, json.dumps(content).encode()),
        "revision": answered.revision,
        "updated_at": clock.database_now(session),
    }


def _unseal(session: Session, row: SealedYear) -> AnsweredYear:
    content = json.loads(the_vault().unseal(session, row.user_id, PURPOSE, row.sealed))
    model = get_model(session, row.model_sha256)
    target = content["own_target"]
    return AnsweredYear(
        year=row.year,
        model=model,
        answers=parse_answers(model, content["answers"]),
        own_target=OwnTarget(**target) if target else None,
        stated=tuple(_parse_stated(one) for one in content.get("stated", ())),  # older rows have none
        revision=row.revision,
    )


def _parse_stated(stated: Mapping[str, Any]) -> StatedMonth:
    return StatedMonth(stated["diary"], stated["month"], datetime.fromisoformat(stated["stated_at"]))


def parse_answers(model: Model, answers: Mapping[str, str]) -> Answers:
    """Answers from their texts."""
    choices = {name for name, question in model.survey.questions.items() if question.options}
    return {name: text if name in choices else Decimal(text) for name, text in answers.items()}


def keep_model(session: Session, model: Model) -> None:
    """Keep a model for ever, once."""
    if session.execute(sql.HAS_MODEL, {"sha256": model.sha256}).first():
        return
    row = {
        "sha256": model.sha256,
        "region": model.region,
        "frozen": model.frozen,
        "created_at": clock.database_now(session),
    }
    session.execute(sql.INSERT_MODEL, row)


def get_model(session: Session, sha256: str) -> Model:
    """A kept model; a process remembers the few it meets, for a hash never means another one."""
    known: dict[str, Model] = context.remembered("footprint_models", dict)
    model = known.get(sha256)
    if model is None:
        frozen = session.execute(sql.FROZEN_MODEL, {"sha256": sha256}).scalar_one()
        if len(known) >= REMEMBERED:
            known.clear()
        model = known[sha256] = thaw_model(frozen)
    return model
