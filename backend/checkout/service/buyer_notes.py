"""What a buyer hears of an order: a note in their inbox, and by mail, in the transaction in which it happens.

Each is told once for its order, or its refund, however often the same truth is settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.checkout.models import OrderRow, PaymentRow, RefundRow
from backend.inbox import service as inbox
from backend.registry import service as registry


def tell_placed(session: Session, order: OrderRow) -> None:
    """What is set aside, and what is to be paid for it."""
    facts = {"grams": order.grams, "amount": _price(order)}
    inbox.notify(session, order.user_id, "order.placed", _about(session, order, facts), reference=f"placed:{order.id}")


def tell_paid(session: Session, order: OrderRow, payment: PaymentRow) -> None:
    """The money arrived."""
    amount = {"minor": payment.captured_minor, "currency": payment.currency}
    facts = _about(session, order, {"amount": amount})
    inbox.notify(session, order.user_id, "order.paid", facts, reference=f"paid:{order.id}")


def tell_lapsed(session: Session, order: OrderRow) -> None:
    """Nobody paid in time."""
    facts = _about(session, order, {"amount": _price(order)})
    inbox.notify(session, order.user_id, "order.lapsed", facts, reference=f"lapsed:{order.id}")


def tell_refunded(session: Session, order: OrderRow, refund: RefundRow) -> None:
    """Money went back."""
    amount = {"minor": refund.amount_minor, "currency": refund.currency}
    facts = _about(session, order, {"amount": amount})
    inbox.notify(session, order.user_id, "order.refunded", facts, reference=f"refunded:{refund.id}")


def tell_declined(session: Session, order: OrderRow) -> None:
    """An operator gives nothing back."""
    facts = _about(session, order, {})
    inbox.notify(session, order.user_id, "order.refund_declined", facts, reference=f"declined:{order.id}")


def tell_certificate(session: Session, order: OrderRow, number: str) -> None:
    """The credits are retired."""
    facts = _about(session, order, {"grams": order.grams, "number": number})
    inbox.notify(session, order.user_id, "certificate.issued", facts, reference=f"certificate:{order.id}")


def _about(session: Session, order: OrderRow, facts: Mapping[str, Any]) -> dict[str, Any]:
    title = dict(registry.get_offer(session, order.project_id).project.title)
    return {"order_id": order.id, "project": title, **facts}


def _price(order: OrderRow) -> dict[str, Any]:
    return {"minor": order.price_minor, "currency": order.currency}
