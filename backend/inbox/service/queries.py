"""Reading the inbox: notes in pages, the newest first, and which of them were read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backend.inbox import sql
from backend.inbox.domain import Note, StoredNote
from backend.inbox.service.note_texts import compose
from backend.inbox.service.notifications import PURPOSE
from backend.platform.core import clock
from backend.platform.core.errors import invalid_field
from backend.platform.core.i18n import Language
from backend.platform.data.batch import fetch, fetch_one, read_rows
from backend.platform.data.paging import Page, Window, by_id
from backend.platform.privacy import vault
from backend.platform.privacy.vault import the_vault

LISTED = by_id("note")


def list_notes(
    session: Session, user_id: str, window: Window, language: Language, *, only_unread: bool = False
) -> Page[Note]:
    """The notes of `user_id`, the newest first."""
    page = sql.page_of_notes(user_id, window.after(LISTED), window.limit + 1, only_unread=only_unread)
    notes = read_rows(session, page, sql.read_note)
    return window.cut([_note(session, note, language) for note in notes], LISTED)


def mark_read(
    session: Session, user_id: str, *, note_ids: Sequence[str] | None = None, until_id: str | None = None
) -> int:
    """Mark notes as read, the named ones or all up to and including `until_id`; return how many are left unread.

    What was read before keeps its instant; an id of nobody's note marks nothing. Raises `request.invalid` when not
    exactly one of the two is given.
    """
    if (note_ids is None) == (until_id is None):
        raise invalid_field("note_ids", "one_of_both", other="until_id")
    unread = {"owner": user_id, "now": clock.database_now(session)}
    if note_ids is None:
        session.execute(sql.MARK_READ_UNTIL, {**unread, "until_id": until_id})
    else:
        session.execute(sql.MARK_READ, {**unread, "note_ids": note_ids})
    return count_unread(session, user_id)


def count_unread(session: Session, user_id: str) -> int:
    """How many notes were not read yet, at most `MOST_COUNTED`."""
    return fetch_one(session, sql.unread_question(user_id))


def find_notified(session: Session, user_ids: Sequence[str], reference: str) -> frozenset[str]:
    """Which of these people were told of the fact called `reference`."""
    return frozenset(session.scalars(sql.TOLD, {"owners": user_ids, "of_reference": reference}))


def find_unread(session: Session, user_id: str, note_id: str) -> StoredNote | None:
    """The stored note, or None when there is none or it was read."""
    return fetch(session, sql.unread_note(user_id, note_id)).one_or_none()


def read_facts(session: Session, note: StoredNote) -> dict[str, Any]:
    """Every fact of a stored note that can still be read."""
    if not note.sealed_facts:
        return dict(note.facts)
    try:
        opened = the_vault().unseal(session, note.user_id, PURPOSE, note.sealed_facts)
    except vault.KeyErased:
        return dict(note.facts)
    return {**note.facts, **json.loads(opened)}


def _note(session: Session, note: StoredNote, language: Language) -> Note:
    facts = read_facts(session, note)
    words = compose(note.kind, facts, language)
    return Note(note.id, note.kind, words.title, words.body, facts, note.created_at, note.read_at)
