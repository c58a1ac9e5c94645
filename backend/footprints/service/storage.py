"""Answers at rest: one sealed row per person and year, each pinned to the model it was last read by.

Promise: what is read back is what was said; a model once used is kept, so that an old footprint computes the same for
ever. The row is locked before it is changed, so that two devices that answer at once both keep what they said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.footprints.models import FootprintModelRow, FootprintRow
from backend.platform.core import clock, context
from backend.platform.data.upsert import insert_absent
from backend.platform.privacy.vault import the_vault
from calculators import (
    Model,
    Reading,
    StandIn,
    SurveyFootprint,
    compute_footprint,
    list_logged,
    measure_year,
    read_logged,
    short_text,
    thaw_model,
)

PURPOSE = "neutrality.footprint"
REMEMBERED = 64  # models; far more than there are places and versions in use
Answers = Mapping[str, Decimal | str]

_ROWS, _MODELS = FootprintRow.__table__, FootprintModelRow.__table__
_INSERT_ROW, _INSERT_MODEL = insert_absent(_ROWS), insert_absent(_MODELS)


class OwnTarget(NamedTuple):
    """An aim somebody sets themselves: so many grams a year from `year` on."""

    year: int
    grams: int


class StatedMonth(NamedTuple):
    """A month of which somebody said, at an instant, that everything a diary is about is logged."""

    diary: str
    month: int
    stated_at: datetime


@dataclass(frozen=True)
class Stored:
    """One person's year: answers read by `model`, the aim they set themselves, the months they stated to be logged
    completely, and what they logged of it.
    """

    year: int
    model: Model
    answers: Answers = field(default_factory=dict)
    own_target: OwnTarget | None = None
    stated: tuple[StatedMonth, ...] = ()
    revision: int = 0
    readings: tuple[Reading, ...] = ()

    @property
    def diaries(self) -> dict[str, list[int]]:
        """The stated months of each diary."""
        months: dict[str, list[int]] = {}
        for one in self.stated:
            months.setdefault(one.diary, []).append(one.month)
        return months

    @property
    def measured(self) -> Mapping[str, StandIn]:
        """What was logged and stands for an answer, by question."""
        if not self.readings and not self.stated:
            return {}
        return measure_year(self.model, self.answers, self.readings, self.year, self.diaries)

    @property
    def counted(self) -> dict[str, Decimal | str]:
        """What counts: the answers, and what was logged in their place."""
        return {**self.answers, **{name: one.value for name, one in self.measured.items()}}

    @property
    def partly(self) -> frozenset[str]:
        """The questions that still rest on a default for the days of which nothing is logged."""
        return frozenset(name for name, one in self.measured.items() if not one.is_whole and name not in self.answers)

    def footprint(self) -> SurveyFootprint:
        """The footprint of the year."""
        return compute_footprint(self.model, self.counted, self.partly)


def find_stored(session: Session, user_id: str, year: int) -> Stored | None:
    """What a person answered about a year, or None."""
    found = session.execute(_of(user_id).where(_ROWS.c.year == year)).mappings().one_or_none()
    return with_logged(session, user_id, _opened(session, found)) if found else None


def with_logged(session: Session, user_id: str, stored: Stored) -> Stored:
    """A year with what the person logged of it: their meters, and the diaries of which they stated a month."""
    first, last = date(stored.year, 1, 1), date(stored.year + 1, 1, 31)  # a reading covers a month at most
    told = activities.list_told(session, user_id, list_logged(stored.diaries), first, last)
    read = (read_logged(row["methodology_id"], row["occurred_on"], row["inputs"]) for row in told)
    return replace(stored, readings=tuple(reading for reading in read if reading is not None))


def list_stored(
    session: Session, user_id: str, before: int | None, limit: int, *, answered: bool = False
) -> list[Stored]:
    """A person's years below `before`, the latest first; with `answered` only those of which they answered anything."""
    asked = _of(user_id).order_by(_ROWS.c.year.desc()).limit(limit)
    if answered:
        asked = asked.where(_ROWS.c.revision > 0)
    rows = session.execute(asked if before is None else asked.where(_ROWS.c.year < before)).mappings().all()
    return [with_logged(session, user_id, _opened(session, row)) for row in rows]


def lock_stored(session: Session, user_id: str, year: int, model: Model) -> Stored:
    """A person's year, locked until the end of the transaction; an unanswered one where there was none."""
    _keep_model(session, model)
    nothing = Stored(year, model)
    row = _columns(session, user_id, nothing)
    session.execute(_INSERT_ROW, row)
    locked = _of(user_id).where(_ROWS.c.year == year).with_for_update()
    return with_logged(session, user_id, _opened(session, session.execute(locked).mappings().one()))


def store(session: Session, user_id: str, stored: Stored) -> None:
    """Write a year that `lock_stored` has locked, and with it kept the model."""
    session.execute(
        _ROWS.update()
        .where(_ROWS.c.user_id == user_id, _ROWS.c.year == stored.year)
        .values(_columns(session, user_id, stored))
    )


def broken_models(session: Session) -> Iterator[str]:
    """Every model whose text is not the one its hash names."""
    for row in session.execute(select(_MODELS.c.sha256, _MODELS.c.frozen)).mappings():
        if hashlib.sha256(row["frozen"].encode()).hexdigest() != row["sha256"]:
            yield f"footprint model {row['sha256']} holds another text"


def said(answers: Answers) -> dict[str, str]:
    """Answers as text, for documents and the wire."""
    return {name: short_text(value) if isinstance(value, Decimal) else value for name, value in answers.items()}


def _of(user_id: str) -> Any:
    return select(_ROWS).where(_ROWS.c.user_id == user_id)


def _columns(session: Session, user_id: str, stored: Stored) -> dict[str, Any]:
    target = stored.own_target and stored.own_target._asdict()
    stated = [one._asdict() | {"stated_at": one.stated_at.isoformat()} for one in stored.stated]
    plain = json.dumps({"answers": said(stored.answers), "own_target": target, "stated": stated}).encode()
    return {
        "user_id": user_id,
        "year": stored.year,
        "model_sha256": stored.model.sha256,
        "sealed": the_vault().seal(session, user_id, PURPOSE, plain),
        "revision": stored.revision,
        "updated_at": clock.database_now(session),
    }


def _opened(session: Session, row: Mapping[str, Any]) -> Stored:
    content = json.loads(the_vault().unseal(session, row["user_id"], PURPOSE, row["sealed"]))
    model = _get_model(session, row["model_sha256"])
    target = content["own_target"]
    return Stored(
        year=row["year"],
        model=model,
        answers=_as_values(model, content["answers"]),
        own_target=target and OwnTarget(**target),
        stated=tuple(_stated(one) for one in content.get("stated", ())),  # older rows have none
        revision=row["revision"],
    )


def _stated(given: Mapping[str, Any]) -> StatedMonth:
    return StatedMonth(given["diary"], given["month"], datetime.fromisoformat(given["stated_at"]))


def _as_values(model: Model, answers: Mapping[str, str]) -> dict[str, Decimal | str]:
    choices = {name for name, question in model.survey.questions.items() if question.options}
    return {name: text if name in choices else Decimal(text) for name, text in answers.items()}


def _keep_model(session: Session, model: Model) -> None:
    if session.execute(select(_MODELS.c.sha256).where(_MODELS.c.sha256 == model.sha256)).first():
        return
    row = {
        "sha256": model.sha256,
        "region": model.region,
        "frozen": model.frozen,
        "created_at": clock.database_now(session),
    }
    session.execute(_INSERT_MODEL, row)


def _get_model(session: Session, sha256: str) -> Model:
    """A kept model; a process remembers the few it meets, for a hash never means another one."""
    known: dict[str, Model] = context.remembered("footprint_models", dict)
    model = known.get(sha256)
    if model is None:
        frozen = session.execute(select(_MODELS.c.frozen).where(_MODELS.c.sha256 == sha256)).scalar_one()
        if len(known) >= REMEMBERED:
            known.clear()
        model = known[sha256] = thaw_model(frozen)
    return model
