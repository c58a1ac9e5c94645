"""Attaches the checkout to the application: its invariants, and what the outbox has for it to do."""

from __future__ import annotations

from flask import Flask

from backend import checks, outbox
from backend.checkout import flow, service


def attach(app: Flask) -> None:
    """Declare what must hold of orders and money, and take what was put off until after the commit."""
    checks.declare(app, "checkout", service.verify)
    outbox.deliver(app, service.CANCEL_TOPIC, flow.cancel_payment)
    outbox.deliver(app, service.REFUND_TOPIC, flow.refund)
    outbox.deliver(app, service.LOOK_TOPIC, flow.reconcile)
    outbox.handle(app, service.LAPSE_TOPIC, lambda session, user_id, _facts: service.lapse(session, user_id))
