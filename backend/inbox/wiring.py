"""Attaches the inbox to the application: who mails its notes, and what must hold of them."""

from __future__ import annotations

from flask import Flask

from backend import checks, outbox
from backend.inbox import service


def attach(app: Flask) -> None:
    """Let the outbox have unread notes mailed, and declare that every note can be worded."""
    outbox.handle(app, service.TOPIC, service.deliver)
    checks.declare(app, "inbox", service.broken_notes)
