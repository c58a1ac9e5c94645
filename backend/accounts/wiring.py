"""Attaches accounts to the application: who may still act, and letters on their way."""

from __future__ import annotations

from flask import Flask

from backend import outbox
from backend.accounts import service
from backend.ports import letters


def attach(app: Flask) -> None:
    """Let accounts answer for the standing of every caller, and letters be sent."""
    app.extensions["carbon.standing"] = service.check_standing
    outbox.deliver(app, letters.TOPIC, letters.deliver)
