"""What the checkout keeps of one person: for their export, for erasure, and whether money is still in flight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from backend.checkout.models import OrderRow, OrderTransition, PaymentRow, QuoteRow, RefundRow
from backend.checkout.service.effects import beneficiary_of
from backend.checkout.service.order_commands import WAITING
from backend.checkout.service.payments import ON_THEIR_WAY
from backend.checkout.service.polling import FINISHED
from backend.platform.privacy import personal_data
from backend.platform.privacy.personal_data import AT_ONCE, Record
from offsets import UNRESOLVED, OrderState

_QUOTES = QuoteRow.__table__
_OF_ORDER = (
    "id", "quote_id", "project_id", "grams", "currency", "price_minor", "state", "purpose", "shows_name", "placed_at",
)  # fmt: skip
_OF_PAYMENT = ("provider_id", "status", "amount_minor", "captured_minor", "refunded_minor", "dispute", "failure_code")
_OF_TRANSITION = ("number", "from_state", "to_state", "moved_at")
_OF_REFUND = ("id", "provider_id", "amount_minor", "currency", "status", "failure_code", "asked_at")

IN_FLIGHT = (*WAITING, *(state.value for state in UNRESOLVED))
CALLED_OFF = (OrderState.CANCELLED.value, OrderState.LAPSED.value)


def export_orders(session: Session, user_id: str, after: str = "") -> Iterator[Record]:
    """Every order of one person behind the id `after`, with its moves, its payment and its refunds."""
    found = select(OrderRow).where(OrderRow.user_id == user_id).order_by(OrderRow.id).limit(AT_ONCE)
    while orders := session.scalars(found.where(OrderRow.id > after)).all():
        ids = [order.id for order in orders]
        payments = _by_order(session, PaymentRow, user_id, ids, PaymentRow.order_id)
        moves = _by_order(session, OrderTransition, user_id, ids, OrderTransition.number)
        refunds = _by_order(session, RefundRow, user_id, ids, RefundRow.id)
        for order in orders:
            (payment,) = payments[order.id]
            yield {
                **{name: getattr(order, name) for name in _OF_ORDER},
                "beneficiary": beneficiary_of(session, order),
                "payment": {name: getattr(payment, name) for name in _OF_PAYMENT},
                "moves": [_exported(item) for item in moves[order.id]],
                "refunds": [{name: getattr(refund, name) for name in _OF_REFUND} for refund in refunds[order.id]],
            }
        after = ids[-1]


def export_quotes(session: Session, user_id: str, after: str = "") -> Iterator[Record]:
    """Every quote of one person behind the id `after`."""
    query = select(_QUOTES).where(_QUOTES.c.user_id == user_id)
    return personal_data.by_key(session, query, _QUOTES.c.id, after)


def has_money_in_flight(session: Session, user_id: str) -> bool:
    """Whether anybody may still pay, captured money has reached neither goods nor its payer, or a refund is under way.

    An order that was called off counts until the provider has closed its payment.
    """
    paid_by = (PaymentRow.user_id == OrderRow.user_id) & (PaymentRow.order_id == OrderRow.id)
    on_its_way = or_(OrderRow.state.in_(IN_FLIGHT), OrderRow.state.in_(CALLED_OFF) & PaymentRow.status.not_in(FINISHED))
    orders = select(OrderRow.id).join(PaymentRow, paid_by).where(OrderRow.user_id == user_id, on_its_way)
    refunds = select(RefundRow.id).where(RefundRow.user_id == user_id, RefundRow.status.in_(ON_THEIR_WAY))
    return any(session.scalar(query.limit(1)) is not None for query in (orders, refunds))


def forget(session: Session, user_id: str) -> None:
    """Empty what names the person; orders, payments and every sum stay, for the books."""
    session.execute(
        update(OrderRow).where(OrderRow.user_id == user_id).values(sealed_beneficiary=b"", shows_name=False)
    )
    session.execute(update(PaymentRow).where(PaymentRow.user_id == user_id).values(sealed_handover=None))
    used = select(OrderRow.quote_id).where(OrderRow.user_id == user_id)
    session.execute(QuoteRow.__table__.delete().where(QuoteRow.user_id == user_id, QuoteRow.id.not_in(used)))


def _exported(transition: OrderTransition) -> Record:
    return {"happening": transition.event, **{name: getattr(transition, name) for name in _OF_TRANSITION}}


def _by_order(session: Session, table: Any, user_id: str, order_ids: Sequence[str], order: Any) -> dict[str, list[Any]]:
    query = select(table).where(table.user_id == user_id, table.order_id.in_(order_ids)).order_by(order)
    found: dict[str, list[Any]] = {order_id: [] for order_id in order_ids}
    for row in session.scalars(query):
        found[row.order_id].append(row)
    return found
