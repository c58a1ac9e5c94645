"""Mailing a note that nobody has read: as the person chose, to an address they have proved, never in quiet hours.

Called by the outbox, in the transaction that removes the row. In quiet hours the row is put back until they are over,
and everything is asked again then: what was read or unchosen meanwhile is not mailed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import clock, outbox
from backend.accounts import service as accounts
from backend.inbox.models import NoteRow
from backend.inbox.service import preferences
from backend.inbox.service.reading import read_facts
from backend.inbox.service.telling import TOPIC
from backend.inbox.service.wording import word
from backend.ports import letters
from backend.ports.messages import EMAIL, Message
from backend.profiles import service as profiles

NEWS_FOR = timedelta(days=3)  # nobody wants to be told of it later

_NOTES = NoteRow.__table__


def deliver(session: Session, user_id: str, facts: Mapping[str, Any]) -> None:
    """Write the letter for one note, or put it off until the quiet hours are over, or leave it to the inbox."""
    found = session.execute(
        select(_NOTES).where(_NOTES.c.user_id == user_id, _NOTES.c.id == facts["note_id"], _NOTES.c.read_at.is_(None))
    ).mappings()
    note = found.one_or_none()
    if note is None or not preferences.is_mailed(session, user_id, note["kind"]):
        return
    mailbox = accounts.find_mailbox(session, user_id)
    if mailbox is None:
        return
    now, profile = clock.database_now(session), profiles.get_profile(session, user_id)
    quiet = preferences.get_quiet_hours(session, user_id)
    later = quiet.end_after(now, profile.zone) if quiet else None
    if later:
        outbox.send(session, user_id, TOPIC, dict(facts), due_at=later)
        return
    words = word(note["kind"], read_facts(session, note), profile.language.replace("-", "_"))
    message = Message(EMAIL, mailbox.shown, words.title, words.body)
    letters.post(session, message, mailbox.hash, now + NEWS_FOR)
