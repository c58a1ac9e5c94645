"""Transitions of an order: the rule book's table decides, and the effects are carried out in the same transaction.

What somebody asks for (`apply_event`) happens whole or not at all. What the provider's books say (`apply_truth`) is
recorded whatever becomes of its effects: each stands in a savepoint of its own, and one that fails leaves the order
where the truth put it, in front of a person, to be tried again with the next sync.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.domain import FULFILMENT_FAILED, worse_attention
from backend.checkout.models import OrderRow, OrderTransition, PaymentRow
from backend.checkout.service.effects import EFFECTS, OrderContext
from backend.checkout.service.payments import may_ask_refund
from backend.checkout.service.polling import next_sync_at
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.transactions import is_lock_timeout, is_retriable, savepoint
from offsets import AWAITED, Decision, Ignored, Moved, OrderEffect, OrderEvent, OrderState, Refused, decide

_log = structlog.get_logger("checkout")


def lock_order(session: Session, user_id: str, order_id: str) -> OrderRow:
    """The order, locked until the transaction ends; raise `not_found.order`. First in the order of locks."""
    order = session.scalars(sql.LOCK_ORDER, {"owner": user_id, "of_order": order_id}).one_or_none()
    if order is None:
        raise Refusal("not_found.order", order_id=order_id)
    return order


def lock_payment(session: Session, order: OrderRow) -> PaymentRow:
    """The payment of a locked order, locked too."""
    return session.scalars(sql.LOCK_PAYMENT, {"owner": order.user_id, "of_order": order.id}).one()


def apply_event(session: Session, order: OrderRow, event: OrderEvent) -> bool:
    """Apply what somebody asked for, or what time asks, to a locked order; return whether anything moved.

    Raises the table's refusal (`orders.already_paid`) for what cannot be had, and whatever an effect raises.
    """
    context = _context(session, order, is_truth=False)
    before = order.moves
    _step(context, event)
    _schedule_sync(context)
    return order.moves > before


def apply_truth(session: Session, order: OrderRow, events: Sequence[OrderEvent], *, is_news: bool) -> bool:
    """Apply what the provider's books say to a locked order; return whether anything moved.

    The same truth again (`is_news` is false) does nothing but what still has to be done: a person's resolution stands.
    """
    context = _context(session, order, is_truth=True)
    before = order.moves
    for event in events:
        if is_news or _leads_elsewhere(order, event):
            _step(context, event)
    _resume(context, is_news=is_news)
    _schedule_sync(context)
    return order.moves > before


def record_transition(context: OrderContext, event: str, to: OrderState, effects: Sequence[OrderEffect] = ()) -> None:
    """Write down that the order is in `to` now, and why."""
    order = context.order
    order.moves += 1
    context.session.add(
        OrderTransition(
            user_id=order.user_id,
            order_id=order.id,
            number=order.moves,
            event=event,
            from_state=order.state,
            to_state=to.value,
            effects=[effect.value for effect in effects],
            moved_at=context.at,
        )
    )
    order.state = to.value


def _context(session: Session, order: OrderRow, *, is_truth: bool) -> OrderContext:
    payment = lock_payment(session, order)
    return OrderContext(session, order, payment, clock.database_now(session), is_truth)


def _schedule_sync(context: OrderContext) -> None:
    context.payment.sync_at = next_sync_at(context.order, context.payment, context.at)
    context.session.flush()


def _leads_elsewhere(order: OrderRow, event: OrderEvent) -> bool:
    decision = _decide(order, event)
    return isinstance(decision, Moved) and decision.to.value != order.state


def _decide(order: OrderRow, event: OrderEvent) -> Decision:
    return decide(OrderState(order.state), event)


def _step(context: OrderContext, event: OrderEvent) -> None:
    """One event: move as the table says and carry out the effects, with the events that follow from each."""
    order, decision = context.order, _decide(context.order, event)
    match decision:
        case Refused(code):
            raise Refusal(code, order_id=order.id, state=order.state)
        case Ignored(reason):
            _log.info("ignored", order=order.id, state=order.state, order_event=event.value, reason=reason)
        case Moved(to, effects):
            record_transition(context, event.value, to, effects)
            for effect in effects:
                _carry_out(context, effect, event)


def _carry_out(context: OrderContext, effect: OrderEffect, event: OrderEvent) -> None:
    # a retirement without its certificate is none: the two stand or fall together
    if not context.is_truth or effect is OrderEffect.ISSUE_CERTIFICATE:
        _perform(context, effect, event)
        return
    error = _try(context, effect, event)
    if error is not None:
        context.order.attention = worse_attention(context.order.attention, FULFILMENT_FAILED)


def _perform(context: OrderContext, effect: OrderEffect, event: OrderEvent) -> None:
    follower = EFFECTS[effect](context, event)
    if follower is not None:
        _step(context, follower)


def _try(context: OrderContext, effect: OrderEffect, event: OrderEvent) -> Exception | None:
    """Carry an effect out or leave no trace of it; return why it failed. Raises only what another attempt may mend."""
    try:
        with savepoint(context.session):
            _perform(context, effect, event)
    except DBAPIError as error:
        if error.connection_invalidated or is_retriable(error) or is_lock_timeout(error):
            raise
        return _failed(context, effect, error)
    except Exception as error:  # whatever it is: the truth it follows from is older, and stays
        return _failed(context, effect, error)
    return None


def _failed(context: OrderContext, effect: OrderEffect, error: Exception) -> Exception:
    _log.error("an effect failed", order=context.order.id, effect=effect.value, exc_info=error)
    return error


def _resume(context: OrderContext, *, is_news: bool) -> None:
    """Try again what the order waits for: the goods that could not be given, the rest of a refund."""
    effect = AWAITED.get(OrderState(context.order.state))
    if effect is OrderEffect.REQUEST_REFUND:
        if may_ask_refund(context.session, context.payment):
            _try(context, effect, OrderEvent.REFUND_REQUESTED)
    elif effect is not None and not is_news:
        _try(context, effect, OrderEvent.PAYMENT_SUCCEEDED)
