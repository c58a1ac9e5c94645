"""What the checkout keeps of one person: for their export, for erasure, and whether money is still in flight."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.checkout.models import OrderRow, PaymentRow, QuoteRow
from backend.checkout.service.asking import WAITING
from backend.checkout.service.effects import beneficiary_of
from offsets import UNRESOLVED

IN_FLIGHT = (*WAITING, *(state.value for state in UNRESOLVED))


def export(session: Session, user_id: str) -> dict[str, Any]:
    """Every order of one person with what was paid for it."""
    found = session.execute(
        select(OrderRow, PaymentRow)
        .join(PaymentRow, (PaymentRow.user_id == OrderRow.user_id) & (PaymentRow.order_id == OrderRow.id))
        .where(OrderRow.user_id == user_id)
        .order_by(OrderRow.id)
    )
    return {
        "orders": [
            {
                "id": order.id,
                "project_id": order.project_id,
                "grams": order.grams,
                "currency": order.currency,
                "price_minor": order.price_minor,
                "state": order.state,
                "beneficiary": beneficiary_of(session, order),
                "placed_at": order.placed_at,
                "captured_minor": payment.captured_minor,
                "refunded_minor": payment.refunded_minor,
            }
            for order, payment in found
        ]
    }


def has_money_in_flight(session: Session, user_id: str) -> bool:
    """Whether an order may still be paid, or captured money has reached neither goods nor its payer."""
    query = select(OrderRow.id).where(OrderRow.user_id == user_id, OrderRow.state.in_(IN_FLIGHT)).limit(1)
    return session.scalar(query) is not None


def forget(session: Session, user_id: str) -> None:
    """Empty what names the person; orders, payments and every sum stay, for the books."""
    session.execute(
        update(OrderRow).where(OrderRow.user_id == user_id).values(sealed_beneficiary=b"", shows_name=False)
    )
    session.execute(update(PaymentRow).where(PaymentRow.user_id == user_id).values(sealed_handover=None))
    used = select(OrderRow.quote_id).where(OrderRow.user_id == user_id)
    session.execute(QuoteRow.__table__.delete().where(QuoteRow.user_id == user_id, QuoteRow.id.not_in(used)))
