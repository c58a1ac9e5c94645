"""What must always hold of orders and money, as queries that return no row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.checkout.models import OrderRow, OrderTransition, PaymentIntent, PaymentRow, RefundRow
from backend.platform.data import ids
from backend.registry import service as registry
from offsets import HOLDING, UNRESOLVED, OrderState, PaymentStatus, RefundStatus

Finding = dict[str, Any]

_HOLDING = frozenset(state.value for state in HOLDING)
# Captured money is complete in these: goods, or the money itself, or the bank took it.
_PAID = frozenset({OrderState.PAID.value, OrderState.RETIRED.value})


def verify(session: Session) -> Iterator[Finding]:
    """Everything that does not hold of orders, their payments, refunds, holds and retirements. Reads only."""
    rows: Iterable[Any] = session.execute(
        select(OrderRow, PaymentRow).outerjoin(
            PaymentRow, (PaymentRow.user_id == OrderRow.user_id) & (PaymentRow.order_id == OrderRow.id)
        )
    )
    for order, payment in rows:
        if payment is None:
            yield _broken(order, "every order has one payment")
            continue
        yield from _goods(session, order)
        yield from _money(session, order, payment)
        yield from _transitions(session, order)
    yield from _goods_without_order(session)


def _goods(session: Session, order: OrderRow) -> Iterator[Finding]:
    held = sum(portion.grams for portion in registry.list_holds(session, order.user_id, order.id))
    retired = sum(item.grams for item in registry.list_retirements(session, order.user_id, order.id))
    certificate = registry.find_certificate_number(session, order.user_id, order.id)
    if held != (order.grams if order.state in _HOLDING else 0):
        yield _broken(order, "stock is held for orders that wait for it, and for no others", held_g=held)
    is_retired = order.state == OrderState.RETIRED.value
    if retired != (order.grams if is_retired else 0):
        yield _broken(order, "a retired order has retired exactly its grams, others none", retired_g=retired)
    if (certificate is not None) != is_retired:
        yield _broken(order, "a retired order has a certificate, others none")


def _money(session: Session, order: OrderRow, payment: PaymentRow) -> Iterator[Finding]:
    if payment.currency != order.currency or payment.amount_minor != order.price_minor:
        yield _broken(order, "the payment asks for exactly what the order costs")
    if order.state in _PAID and order.attention is None:
        paid = (payment.status, payment.captured_minor) == (PaymentStatus.SUCCEEDED.value, order.price_minor)
        if not paid:
            yield _broken(order, "a paid order has a succeeded payment of its price", captured=payment.captured_minor)
    visible = {state.value for state in UNRESOLVED} | {OrderState.CHARGED_BACK.value, OrderState.RETIRED.value}
    if payment.captured_minor > payment.refunded_minor and order.state not in visible:
        yield _broken(order, "captured money without goods is visible", captured=payment.captured_minor)
    if order.state == OrderState.REFUNDED.value and payment.refunded_minor != payment.captured_minor:
        yield _broken(order, "a refunded order has nothing of the money left")
    given_back = session.scalar(
        select(func.coalesce(func.sum(RefundRow.amount_minor), 0)).where(
            RefundRow.user_id == order.user_id,
            RefundRow.order_id == order.id,
            RefundRow.status == RefundStatus.SUCCEEDED.value,
        )
    )
    if given_back != payment.refunded_minor:
        yield _broken(order, "the refunds sum to what was refunded", refunds_minor=given_back)
    if payment.provider_id is not None:
        known = session.get(PaymentIntent, payment.provider_id)
        if known is None or (known.user_id, known.order_id) != (order.user_id, order.id):
            yield _broken(order, "the directory leads from the payment to the order")


def _transitions(session: Session, order: OrderRow) -> Iterator[Finding]:
    """The moves follow one another without a gap, and the last one leads to the present state."""
    moves = session.scalars(
        select(OrderTransition)
        .where(OrderTransition.user_id == order.user_id, OrderTransition.order_id == order.id)
        .order_by(OrderTransition.number)
    ).all()
    state: str | None = None
    for number, move in enumerate(moves, start=1):
        if (move.number, move.from_state) != (number, state):
            yield _broken(order, "moves follow one another", number=number)
        state = move.to_state
    if (len(moves), state) != (order.moves, order.state):
        yield _broken(order, "the last move leads to the present state")


def _goods_without_order(session: Session) -> Iterator[Finding]:
    """What is held or retired in the name of an order is so for an order of the same person."""
    for user_id, reference in registry.list_references(session):
        if ids.is_id("order", reference) and session.get(OrderRow, (user_id, reference)) is None:
            yield {"order_id": reference, "broken": "grams are held and retired for orders that exist"}


def _broken(order: OrderRow, what: str, **facts: Any) -> Finding:
    return {"order_id": order.id, "state": order.state, "broken": what, **facts}
