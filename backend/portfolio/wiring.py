"""Attaches the portfolio: who is erased when the outbox says so, and what must hold of whoever was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.platform.core import clock, context
from backend.platform.ops import doctor, invariants, outbox
from backend.platform.ops.doctor import Finding
from backend.platform.privacy import personal_data
from backend.platform.privacy.personal_data import Kept, Kind
from backend.portfolio import service
from backend.portfolio.service import statements

KEPT = Kept(
    "portfolio",
    kinds=(Kind("statement", ("statements",), statements.export),),
    hidden={"statement_numbers": "a directory: the numbers of the statements that are shown"},
    forget=statements.forget,
    reset_for_owner=personal_data.stays("a statement stays what it was when it was signed"),
)


def attach(app: Flask) -> None:
    """Declare whose statements are whose, erase people who have left, declare what must hold of both, and let the
    doctor look at who waits.
    """
    personal_data.declare(app, KEPT)
    for topic in (service.ERASE_TOPIC, service.FORMER_ERASE_TOPIC):
        outbox.handle(app, topic, lambda session, user_id, _facts: service.erase(session, user_id))
    invariants.declare(app, "statements", statements.broken_statements)
    invariants.declare(app, "erasures", service.broken_erasures)
    doctor.declare(app, "erasures", _waiting)


def _waiting(session: Session) -> Iterator[Finding]:
    days = context.policy().privacy.erased_within_days
    count = accounts.count_leaving_since(session, clock.database_now(session) - timedelta(days=days))
    if count:
        yield Finding(
            f"{count} people asked more than {days} days ago to be erased",
            "flask --app wsgi checkout attention: settle the money that keeps them; then jobs dead",
        )
