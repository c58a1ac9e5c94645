"""One note on its way to one device. A row of the outbox holds ids alone; the words are made as they are sent.

The row belongs to the device: its pushes go in order, and a push service that is down keeps nothing else of the
person's waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.inbox.service import devices
from backend.inbox.service.note_texts import compose_title
from backend.inbox.service.queries import find_unread
from backend.platform.core import clock, i18n
from backend.platform.ops import outbox
from backend.ports.push import PushMessage, Subscription
from backend.profiles import service as profiles

TOPIC_PUSH = "inbox.push"


@dataclass(frozen=True)
class PushDelivery:
    """What is still to be said to one device."""

    subscription: Subscription
    message: PushMessage


def post(session: Session, user_id: str, device_id: str, note_id: str, expires_at: datetime) -> None:
    """Put a note on its way to one device; after `expires_at` nobody wants it any more."""
    facts = {"user_id": user_id, "note_id": note_id, "expires_at": expires_at.isoformat()}
    # a push service that is down keeps the devices of the others waiting for nothing
    service = devices.get_push_service(session, user_id, device_id)
    outbox.enqueue(session, device_id, TOPIC_PUSH, facts, remote=service)


def find_push_delivery(session: Session, device_id: str, facts: Mapping[str, Any]) -> PushDelivery | None:
    """What a row of `TOPIC_PUSH` stands for, in the person's language; None when it was read, expired or signed out.

    Only the title goes, and never what is somebody's own words: others may see the screen it appears on.
    """
    user_id = facts["user_id"]
    lifetime = datetime.fromisoformat(facts["expires_at"]) - clock.database_now(session)
    lifetime_s = int(lifetime.total_seconds())
    note = find_unread(session, user_id, facts["note_id"])
    subscription = devices.find_subscription(session, user_id, device_id)
    if note is None or subscription is None or lifetime_s <= 0:
        return None
    language = i18n.get_language(profiles.get_profile(session, user_id).language)
    title = compose_title(note.kind, note.facts, language)
    return PushDelivery(subscription, PushMessage(note.id, note.kind, title, lifetime_s))
