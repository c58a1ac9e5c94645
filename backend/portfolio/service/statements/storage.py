"""Statements at rest: sealed under their owner's key, found by period or number, shown to their owner, emptied."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.platform.privacy import personal_data, vault
from backend.platform.privacy.vault import the_vault
from backend.portfolio import sql
from backend.portfolio.domain import StoredStatement

PURPOSE = "statement"


def seal_file(session: Session, user_id: str, file: bytes) -> bytes:
    """A statement's file for its owner's eyes."""
    return the_vault().seal(session, user_id, PURPOSE, file)


def find_file_of(session: Session, statement: StoredStatement) -> bytes | None:
    """The file of a stored statement as it was issued, or None when its owner was erased."""
    return _unseal(session, statement.user_id, statement.sealed_file)


def find_valid(session: Session, user_id: str, period: str) -> StoredStatement | None:
    """The one valid statement of a period, or None."""
    row = session.execute(sql.VALID_OF_PERIOD, {"person": user_id, "of_period": period}).one_or_none()
    return sql.read_stored(row) if row else None


def find_by_number(session: Session, number: str) -> StoredStatement | None:
    """The statement behind a number in its one spelling, or None."""
    led_to = session.execute(sql.LED_TO, {"of_number": number}).one_or_none()
    if led_to is None:
        return None
    row = session.execute(sql.ONE, {"person": led_to.user_id, "of_id": led_to.statement_id}).one_or_none()
    return sql.read_stored(row) if row else None


def export(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every statement of one person behind the id `after`, with the file that was issued."""
    of_person = sql.OF_PERSON.params(person=user_id)
    for row in personal_data.by_key(session, of_person, sql.STATEMENTS.c.id, after):
        file = _unseal(session, user_id, row["sealed_file"])
        columns = {name: row[name] for name in row if name != "sealed_file"}
        yield {**columns, "file": None if file is None else json.loads(file)}


def forget(session: Session, user_id: str) -> None:
    """Empty what one person's statements say: number, fingerprint and state stay, so that a copy somebody was given
    can still be told from a forgery.
    """
    session.execute(sql.EMPTY, {"person": user_id})


def _unseal(session: Session, user_id: str, sealed: bytes) -> bytes | None:
    if not sealed:
        return None
    try:
        return the_vault().unseal(session, user_id, PURPOSE, sealed)
    except vault.KeyErased:
        return None
