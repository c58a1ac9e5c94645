"""Reconciling: whatever was never rung for, or never answered, is looked up and settled without anybody's help."""

from __future__ import annotations

import structlog

from backend.checkout import service
from backend.checkout.flow.payment_requests import cancel_payment, open_payment, refund
from backend.checkout.flow.sync import ask, look, read, write
from backend.platform.core.errors import Refusal
from backend.platform.ops.outbox import Facts
from offsets import OrderState

_log = structlog.get_logger("checkout")


def reconcile(user_id: str, _facts: Facts) -> None:
    """Look every payment of one person up that is due for it. The trouble of one stops no other."""
    for order_id in read(lambda session: service.list_due_looks(session, user_id)):
        try:
            _reconcile(user_id, order_id)
        except Refusal as refusal:
            _log.warning("not reconciled", order=order_id, reason=refusal.code)
            write(lambda session, order=order_id: service.look_later(session, user_id, order))


def _reconcile(user_id: str, order_id: str) -> None:
    if not look(user_id, order_id):
        if ask(user_id, order_id).state is OrderState.CREATED:
            open_payment(user_id, order_id)
        else:
            write(lambda session: service.give_up_asking(session, user_id, order_id))
    facts = {"order_id": order_id}
    refund(user_id, facts)
    cancel_payment(user_id, facts)
