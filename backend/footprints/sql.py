"""The statements of footprints: a sealed row per person and year and per copy of one, one row per frozen model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, select, update

from backend.footprints.models import FootprintCopyRow, FootprintModelRow, FootprintRow
from backend.platform.data.upsert import insert_absent

ROWS, MODELS, COPIES = FootprintRow.__table__, FootprintModelRow.__table__, FootprintCopyRow.__table__


@dataclass(frozen=True)
class SealedYear:
    """One stored year: the answers sealed, pinned to the model by which they were last read."""

    user_id: str
    year: int
    model_sha256: str
    sealed: bytes
    revision: int


@dataclass(frozen=True)
class SealedCopy:
    """One stored copy of a year, sealed, pinned to the model by which its answers were last read."""

    user_id: str
    id: str
    year: int
    model_sha256: str
    sealed: bytes


_OF_PERSON = select(ROWS.c.user_id, ROWS.c.year, ROWS.c.model_sha256, ROWS.c.sealed, ROWS.c.revision).where(
    ROWS.c.user_id == bindparam("person")
)
ONE_YEAR = _OF_PERSON.where(ROWS.c.year == bindparam("of_year"))
ONE_YEAR_LOCKED = ONE_YEAR.with_for_update()
INSERT_YEAR = insert_absent(ROWS)
UPDATE_YEAR = update(ROWS).where(ROWS.c.user_id == bindparam("person"), ROWS.c.year == bindparam("of_year"))
FORGET_YEARS = delete(ROWS).where(ROWS.c.user_id == bindparam("person"))

_COPIES = select(COPIES.c.user_id, COPIES.c.id, COPIES.c.year, COPIES.c.model_sha256, COPIES.c.sealed).where(
    COPIES.c.user_id == bindparam("person")
)
_ONE_COPY = (COPIES.c.user_id == bindparam("person"), COPIES.c.id == bindparam("of_id"))
COPIES_OF_YEAR = _COPIES.where(COPIES.c.year == bindparam("of_year")).order_by(COPIES.c.id)
ALL_COPIES = _COPIES.where(COPIES.c.id > bindparam("after")).order_by(COPIES.c.id)
ONE_COPY = _COPIES.where(COPIES.c.id == bindparam("of_id"))
ONE_COPY_LOCKED = ONE_COPY.with_for_update()
SLOTS_OF_YEAR = select(COPIES.c.slot).where(
    COPIES.c.user_id == bindparam("person"), COPIES.c.year == bindparam("of_year")
)
INSERT_COPY = insert_absent(COPIES, key=("user_id", "year", "slot")).returning(COPIES.c.id)
UPDATE_COPY = update(COPIES).where(*_ONE_COPY)
DELETE_COPY = delete(COPIES).where(*_ONE_COPY)
FORGET_COPIES = delete(COPIES).where(COPIES.c.user_id == bindparam("person"))

INSERT_MODEL = insert_absent(MODELS)
HAS_MODEL = select(MODELS.c.sha256).where(MODELS.c.sha256 == bindparam("sha256"))
FROZEN_MODEL = select(MODELS.c.frozen).where(MODELS.c.sha256 == bindparam("sha256"))
ALL_MODELS = select(MODELS.c.sha256, MODELS.c.frozen)


def read_sealed(row: Row[*tuple[Any, ...]]) -> SealedYear:
    """The year in a row of these statements."""
    return SealedYear(row.user_id, row.year, row.model_sha256, row.sealed, row.revision)


def read_copy(row: Row[*tuple[Any, ...]]) -> SealedCopy:
    """The copy in a row of these statements."""
    return SealedCopy(row.user_id, row.id, row.year, row.model_sha256, row.sealed)


def years_before(before: int | None, limit: int, *, answered: bool) -> Select[tuple[str, int, str, bytes, int]]:
    """The years of `person` below `before`, the latest first; with `answered` only those that say anything."""
    query = _OF_PERSON.order_by(ROWS.c.year.desc()).limit(limit)
    if answered:
        query = query.where(ROWS.c.revision > 0)
    return query if before is None else query.where(ROWS.c.year < before)
