"""How activities are attached to the application: their invariants, and what they hear from the left."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from backend import checks, outbox
from backend.accounts import service as accounts
from backend.activities import service


def attach(app: Flask) -> None:
    """Declare the checks of the slice, and take over the records of guests."""
    checks.declare(app, "activities.sums", service.broken_sums)
    checks.declare(app, "activities.caps", service.broken_caps)
    checks.declare(app, "activities.results", service.broken_results)
    outbox.handle(app, accounts.TOPIC_MERGED, _adopt)


def _adopt(session: Session, user_id: str, facts: outbox.Facts) -> None:
    service.adopt(session, facts["guest_id"], user_id)
