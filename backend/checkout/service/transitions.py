"""What happens to an order: the rule book's table decides, and its effects are carried out in the same transaction."""

from __future__ import annotations

from collections import deque
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.checkout.models import OrderRow, OrderTransition, PaymentRow
from backend.checkout.service.effects import EFFECTS, OrderContext
from backend.checkout.service.polling import next_sync_at
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from offsets import Ignored, Moved, OrderEvent, OrderState, Refused, decide

_log = structlog.get_logger("checkout")


def lock_order(session: Session, user_id: str, order_id: str) -> OrderRow:
    """The order, locked until the transaction ends; raise `not_found.order`. First in the order of locks."""
    order = session.scalars(
        select(OrderRow)
        .where(OrderRow.user_id == user_id, OrderRow.id == order_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if order is None:
        raise Refusal("not_found.order", order_id=order_id)
    return order


def apply_event(session: Session, order: OrderRow, event: OrderEvent) -> bool:
    """Let `event` happen to a locked order, and whatever follows from it; return whether anything moved.

    Raises the table's refusal (`orders.already_paid`) for what somebody asks and cannot have.
    """
    payment = lock_payment(session, order)
    at = clock.database_now(session)
    context = OrderContext(session=session, order=order, payment=payment, at=at)
    before, events = order.moves, deque([event])
    while events:
        events.extend(_step(context, events.popleft()))
    payment.sync_at = next_sync_at(order, payment, at)
    session.flush()
    return order.moves > before


def lock_payment(session: Session, order: OrderRow) -> PaymentRow:
    """The payment of a locked order, locked too."""
    return session.scalars(
        select(PaymentRow)
        .where(PaymentRow.user_id == order.user_id, PaymentRow.order_id == order.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _step(context: OrderContext, event: OrderEvent) -> list[OrderEvent]:
    """One event: move as the table says and carry out the effects; return the events that follow."""
    order, decision = context.order, decide(OrderState(context.order.state), event)
    match decision:
        case Refused(code):
            raise Refusal(code, order_id=order.id, state=order.state)
        case Ignored(reason):
            _log.info("ignored", order=order.id, state=order.state, order_event=event.value, reason=reason)
            return []
        case Moved(to, effects):
            _record(context, event, to, [effect.value for effect in effects], context.at)
            followers = [EFFECTS[effect](context, event) for effect in effects]
            return [follower for follower in followers if follower is not None]
    raise AssertionError(f"undecided: {decision}")


def _record(context: OrderContext, event: OrderEvent, to: OrderState, effects: list[str], at: datetime) -> None:
    order = context.order
    order.moves += 1
    context.session.add(
        OrderTransition(
            user_id=order.user_id,
            order_id=order.id,
            number=order.moves,
            event=event.value,
            from_state=order.state,
            to_state=to.value,
            effects=effects,
            moved_at=at,
        )
    )
    order.state = to.value
