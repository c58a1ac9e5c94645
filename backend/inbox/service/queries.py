"""Reading the inbox: notes in pages, the newest first, and which of them were read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from backend.inbox.models import NoteRow
from backend.inbox.service.note_texts import compose
from backend.inbox.service.notifications import PURPOSE
from backend.platform.core import clock
from backend.platform.core.errors import invalid_field
from backend.platform.core.i18n import Language
from backend.platform.data.batch import Question, fetch, read_column
from backend.platform.data.paging import Page, Window, by_id
from backend.platform.privacy import vault
from backend.platform.privacy.vault import the_vault

MOST_COUNTED = 100
LISTED = by_id("note")

_NOTES = NoteRow.__table__
_SOME_UNREAD = (
    select(_NOTES.c.id)
    .where(_NOTES.c.user_id == bindparam("owner"), _NOTES.c.read_at.is_(None))
    .limit(MOST_COUNTED)
    .subquery()
)
_COUNT_UNREAD = select(func.count().label("unread")).select_from(_SOME_UNREAD)


@dataclass(frozen=True)
class Note:
    """A note as its owner reads it; `facts` are what the words were made from."""

    id: str
    kind: str
    title: str
    text: str
    facts: Mapping[str, Any]
    created_at: datetime
    read_at: datetime | None


def list_notes(
    session: Session, user_id: str, window: Window, language: Language, *, only_unread: bool = False
) -> Page[Note]:
    """The notes of `user_id`, the newest first."""
    wanted = select(_NOTES).where(_NOTES.c.user_id == user_id)
    if only_unread:
        wanted = wanted.where(_NOTES.c.read_at.is_(None))
    after = window.after(LISTED)
    if after is not None:
        wanted = wanted.where(_NOTES.c.id < after[0])
    rows = session.execute(wanted.order_by(_NOTES.c.id.desc()).limit(window.limit + 1)).mappings()
    return window.cut([_note(session, dict(row), language) for row in rows], LISTED)


def mark_read(
    session: Session, user_id: str, *, note_ids: Sequence[str] | None = None, until_id: str | None = None
) -> int:
    """Mark notes as read, the named ones or all up to and including `until_id`; return how many are left unread.

    What was read before keeps its instant; an id of nobody's note marks nothing. Raises `request.invalid` when not
    exactly one of the two is given.
    """
    if (note_ids is None) == (until_id is None):
        raise invalid_field("note_ids", "one_of_both", other="until_id")
    which = _NOTES.c.id <= until_id if note_ids is None else _NOTES.c.id.in_(note_ids)
    session.execute(
        _NOTES.update()
        .where(_NOTES.c.user_id == user_id, _NOTES.c.read_at.is_(None), which)
        .values(read_at=clock.database_now(session))
    )
    return count_unread(session, user_id)


def unread_question(user_id: str) -> Question[int]:
    """What to ask, together with other questions, for the number of unread notes: at most `MOST_COUNTED`."""
    return Question(_COUNT_UNREAD, {"owner": user_id}, read_column("unread"))


def count_unread(session: Session, user_id: str) -> int:
    """How many notes were not read yet, at most `MOST_COUNTED`."""
    return fetch(session, unread_question(user_id)).one()


def find_notified(session: Session, user_ids: Sequence[str], reference: str) -> frozenset[str]:
    """Which of these people were told of the fact called `reference`."""
    wanted = select(_NOTES.c.user_id).where(_NOTES.c.user_id.in_(user_ids), _NOTES.c.reference == reference)
    return frozenset(session.scalars(wanted))


def find_unread(session: Session, user_id: str, note_id: str) -> Mapping[str, Any] | None:
    """The stored note, or None when there is none or it was read."""
    wanted = select(_NOTES).where(_NOTES.c.user_id == user_id, _NOTES.c.id == note_id, _NOTES.c.read_at.is_(None))
    return cast("Mapping[str, Any] | None", session.execute(wanted).mappings().one_or_none())


def read_facts(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    """Every fact of a stored note that can still be read."""
    if not row["sealed_facts"]:
        return dict(row["facts"])
    try:
        opened = the_vault().unseal(session, row["user_id"], PURPOSE, row["sealed_facts"])
    except vault.KeyErased:
        return dict(row["facts"])
    return {**row["facts"], **json.loads(opened)}


def _note(session: Session, row: Mapping[str, Any], language: Language) -> Note:
    facts = read_facts(session, row)
    words = compose(row["kind"], facts, language)
    return Note(row["id"], row["kind"], words.title, words.body, facts, row["created_at"], row["read_at"])
