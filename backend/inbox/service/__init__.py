"""The verbs of the inbox, inside a transaction someone else opened.

    notify(session, user_id, "points.expiring", {"amount": 120, "ends_on": "2026-12-01"}, reference="…")

A kind is a table of `kinds.toml` and its texts in every language. What a person has not read may also be mailed, and
pushed to the devices they registered, as they chose and not in their quiet hours.
"""

from backend.inbox.domain import Device, Note, Preferences, QuietHours
from backend.inbox.service.delivery import deliver
from backend.inbox.service.devices import (
    drop_device,
    drop_endpoint,
    drop_signed_out,
    list_devices,
    register_device,
)
from backend.inbox.service.invariants import broken_devices, broken_notes
from backend.inbox.service.kinds import has_kind
from backend.inbox.service.notifications import TOPIC, notify
from backend.inbox.service.personal_data import (
    export_choices,
    export_devices,
    export_notes,
    forget,
    reset_for_owner,
)
from backend.inbox.service.preferences import change_preferences, get_preferences
from backend.inbox.service.push import TOPIC_PUSH, PushDelivery, find_push_delivery
from backend.inbox.service.queries import count_unread, find_notified, list_notes, mark_read
from backend.inbox.sql import unread_question

__all__ = [
    "TOPIC",
    "TOPIC_PUSH",
    "Device",
    "Note",
    "Preferences",
    "PushDelivery",
    "QuietHours",
    "broken_devices",
    "broken_notes",
    "change_preferences",
    "count_unread",
    "deliver",
    "drop_device",
    "drop_endpoint",
    "drop_signed_out",
    "export_choices",
    "export_devices",
    "export_notes",
    "find_notified",
    "find_push_delivery",
    "forget",
    "get_preferences",
    "has_kind",
    "list_devices",
    "list_notes",
    "mark_read",
    "notify",
    "register_device",
    "reset_for_owner",
    "unread_question",
]
