"""Attaches the inbox to the application: who mails its notes, and what must hold of them."""

from __future__ import annotations

from flask import Flask

from backend import checks, outbox, personal
from backend.inbox import service
from backend.personal import Kept, Kind

KEPT = Kept(
    "inbox",
    kinds=(
        Kind("note", ("inbox_notes",), service.export_notes),
        Kind("inbox", ("inbox_choices", "inbox_quiet_hours"), personal.single(service.export_choices), key="user_id"),
    ),
    forget=service.forget,
)


def attach(app: Flask) -> None:
    """Let the outbox have unread notes mailed, declare whose notes are whose and that each can be worded."""
    personal.declare(app, KEPT)
    outbox.handle(app, service.TOPIC, service.deliver)
    checks.declare(app, "inbox", service.broken_notes)
