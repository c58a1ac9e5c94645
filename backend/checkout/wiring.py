"""Attaches the checkout to the application: its invariants, and what the outbox asks the payment provider for."""

from __future__ import annotations

from flask import Flask

from backend import checks, outbox
from backend.checkout import flow, service


def attach(app: Flask) -> None:
    """Declare what must hold of orders and money, and deliver what was put off until after the commit."""
    checks.declare(app, "checkout", service.verify)
    outbox.deliver(app, service.CANCEL_TOPIC, flow.cancel_payment)
    outbox.deliver(app, service.REFUND_TOPIC, flow.refund)
