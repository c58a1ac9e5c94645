"""Statements as rows: stored under their owner's key, found by period or number, shown to their owner, emptied."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.platform.privacy import personal_data, vault
from backend.platform.privacy.vault import the_vault
from backend.portfolio.models import VALID, StatementNumber, StatementRow

PURPOSE = "statement"

STATEMENTS = StatementRow.__table__
NUMBERS = StatementNumber.__table__

Row = Mapping[str, Any]


def seal_file(session: Session, user_id: str, file: bytes) -> bytes:
    """A statement's file for its owner's eyes."""
    return the_vault().seal(session, user_id, PURPOSE, file)


def find_sealed_file(session: Session, row: Row) -> bytes | None:
    """The file of a stored statement as it was issued, or None when its owner was erased."""
    if not row["sealed_file"]:
        return None
    try:
        return the_vault().unseal(session, row["user_id"], PURPOSE, row["sealed_file"])
    except vault.KeyErased:
        return None


def find_valid(session: Session, user_id: str, period: str) -> Row | None:
    """The one valid statement of a period, or None."""
    wanted = select(STATEMENTS).where(
        STATEMENTS.c.user_id == user_id, STATEMENTS.c.period == period, STATEMENTS.c.state == VALID
    )
    return session.execute(wanted).mappings().one_or_none()


def find_by_number(session: Session, number: str) -> Row | None:
    """The statement behind a number in its one spelling, or None."""
    wanted = (
        select(STATEMENTS)
        .join(NUMBERS, (NUMBERS.c.user_id == STATEMENTS.c.user_id) & (NUMBERS.c.statement_id == STATEMENTS.c.id))
        .where(NUMBERS.c.number == number)
    )
    return session.execute(wanted).mappings().one_or_none()


def export(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every statement of one person behind the id `after`, with the file that was issued."""
    of_person = select(STATEMENTS).where(STATEMENTS.c.user_id == user_id)
    for row in personal_data.by_key(session, of_person, STATEMENTS.c.id, after):
        file = find_sealed_file(session, row)
        shown = {name: row[name] for name in row if name != "sealed_file"}
        yield {**shown, "file": None if file is None else json.loads(file)}


def forget(session: Session, user_id: str) -> None:
    """Empty what one person's statements say: number, fingerprint and state stay, so that a copy somebody was given
    can still be told from a forgery.
    """
    session.execute(
        STATEMENTS.update().where(STATEMENTS.c.user_id == user_id).values(sealed_file=b"", shows_name=False)
    )
