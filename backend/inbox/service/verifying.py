"""Can every note still be worded? A query that returns no row when it can."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.inbox.models import NoteRow
from backend.inbox.service.kinds import all_kinds

_NOTES = NoteRow.__table__


def broken_notes(session: Session) -> Iterator[str]:
    """A sentence for every kind that notes are of and nobody can word any more."""
    known = list(all_kinds())
    for kind in session.scalars(select(_NOTES.c.kind).where(_NOTES.c.kind.not_in(known)).distinct()):
        yield f"there are notes of the kind {kind}, which kinds.toml no longer has"
