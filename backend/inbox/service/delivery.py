"""Sending a note that nobody has read: as the person chose, by mail to an address they have proved, to the devices on
which they are signed in, never in quiet hours.

Called by the outbox, in the transaction that removes the row. In quiet hours the row is put back until they are over,
and everything is asked again then: what was read or unchosen meanwhile is not sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.inbox.service import devices, preferences, push
from backend.inbox.service.note_texts import compose
from backend.inbox.service.notifications import TOPIC
from backend.inbox.service.queries import find_unread, read_facts
from backend.platform.core import clock, i18n
from backend.platform.ops import outbox
from backend.ports import message_queue
from backend.ports.messages import EMAIL, Message
from backend.profiles import service as profiles

NEWS_FOR = timedelta(days=3)  # nobody wants to be told of it later


def deliver(session: Session, user_id: str, facts: Mapping[str, Any]) -> None:
    """Write the letter and the pushes for one note, or put it off until the quiet hours are over, or leave it to the
    inbox."""
    note = find_unread(session, user_id, facts["note_id"])
    if note is None:
        return
    delivery = preferences.get_delivery(session, user_id, note.kind)
    mailbox = accounts.find_mailbox(session, user_id) if delivery.is_mailed else None
    device_ids = devices.list_reachable(session, user_id) if delivery.is_pushed else []
    if mailbox is None and not device_ids:
        return
    now, profile = clock.database_now(session), profiles.get_profile(session, user_id)
    quiet = preferences.get_quiet_hours(session, user_id)
    later = quiet.end_after(now, profile.zone) if quiet else None
    if later:
        outbox.enqueue(session, user_id, TOPIC, dict(facts), due_at=later)
        return
    if mailbox is not None:
        words = compose(note.kind, read_facts(session, note), i18n.get_language(profile.language))
        message = Message(EMAIL, mailbox.shown, words.title, words.body)
        message_queue.post(session, message, mailbox.hash, now + NEWS_FOR)
    for device_id in device_ids:
        push.post(session, user_id, device_id, note.id, now + NEWS_FOR)
