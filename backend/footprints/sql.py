"""The statements of footprints: one sealed row per person and year, one row per frozen model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, select, update

from backend.footprints.models import FootprintModelRow, FootprintRow
from backend.platform.data.upsert import insert_absent

ROWS, MODELS = FootprintRow.__table__, FootprintModelRow.__table__


@dataclass(frozen=True)
class SealedYear:
    """One stored year: the answers sealed, pinned to the model by which they were last read."""

    user_id: str
    year: int
    model_sha256: str
    sealed: bytes
    revision: int


_OF_PERSON = select(ROWS.c.user_id, ROWS.c.year, ROWS.c.model_sha256, ROWS.c.sealed, ROWS.c.revision).where(
    ROWS.c.user_id == bindparam("person")
)
ONE_YEAR = _OF_PERSON.where(ROWS.c.year == bindparam("of_year"))
ONE_YEAR_LOCKED = ONE_YEAR.with_for_update()
INSERT_YEAR = insert_absent(ROWS)
UPDATE_YEAR = update(ROWS).where(ROWS.c.user_id == bindparam("person"), ROWS.c.year == bindparam("of_year"))
FORGET_YEARS = delete(ROWS).where(ROWS.c.user_id == bindparam("person"))

INSERT_MODEL = insert_absent(MODELS)
HAS_MODEL = select(MODELS.c.sha256).where(MODELS.c.sha256 == bindparam("sha256"))
FROZEN_MODEL = select(MODELS.c.frozen).where(MODELS.c.sha256 == bindparam("sha256"))
ALL_MODELS = select(MODELS.c.sha256, MODELS.c.frozen)


def read_sealed(row: Row[*tuple[Any, ...]]) -> SealedYear:
    """The year in a row of these statements."""
    return SealedYear(row.user_id, row.year, row.model_sha256, row.sealed, row.revision)


def years_before(before: int | None, limit: int, *, answered: bool) -> Select[tuple[str, int, str, bytes, int]]:
    """The years of `person` below `before`, the latest first; with `answered` only those that say anything."""
    query = _OF_PERSON.order_by(ROWS.c.year.desc()).limit(limit)
    if answered:
        query = query.where(ROWS.c.revision > 0)
    return query if before is None else query.where(ROWS.c.year < before)
