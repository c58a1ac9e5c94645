"""The effects of the table, one function each; every one is safe to meet twice for one order.

What needs the provider is put in the outbox, so that it is asked after the commit and asked again until it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from backend.checkout.domain import FULFILMENT_FAILED, ON_PAGE, worse_attention
from backend.checkout.models import OrderRow, PaymentRow
from backend.checkout.service import buyer_notes, payments
from backend.checkout.service.order_placement import VAULT_PURPOSE
from backend.platform.ops import outbox
from backend.platform.privacy.vault import KeyErased, the_vault
from backend.registry import service as registry
from offsets import OffsetRefused, OrderEffect, OrderEvent, OrderState

CANCEL_TOPIC = "checkout.cancel"
REFUND_TOPIC = "checkout.refund"
LAPSE_TOPIC = "checkout.lapse"
SYNC_TOPIC = "checkout.look"
COMPARE_TOPIC = "checkout.compare"
# money that goes back while the buyer keeps the goods, or is still owed them
_MONEY_BACK = frozenset({OrderEvent.PARTLY_REFUNDED, OrderEvent.REFUND_STARTED, OrderEvent.REFUNDED})
_GOODS_KEPT = frozenset(state.value for state in (OrderState.PAID, OrderState.LATE, OrderState.RETIRED))
# what stands on the certificate of somebody whose name was erased while money was in flight
NOBODY = "—"

_log = structlog.get_logger("checkout")


@dataclass(frozen=True)
class OrderContext:
    """A locked order and its locked payment, our copy already in line with the provider's books."""

    session: Session
    order: OrderRow
    payment: PaymentRow
    at: datetime
    is_truth: bool  # the provider's books say so: recorded whatever becomes of its effects


Perform = Callable[[OrderContext, OrderEvent], OrderEvent | None]


def _hold(context: OrderContext, _event: OrderEvent) -> OrderEvent | None:
    order = context.order
    try:
        registry.hold(
            context.session, registry.Holder(order.user_id, order.id), order.project_id, order.grams, context.at
        )
    except OffsetRefused as refused:
        if refused.code != "lots.insufficient_stock":
            raise
        return OrderEvent.STOCK_GONE
    return OrderEvent.STOCK_HELD


def _release(context: OrderContext, event: OrderEvent) -> None:
    registry.release(context.session, context.order.user_id, context.order.id, context.at)
    if event is OrderEvent.HOLD_LAPSED:
        buyer_notes.tell_lapsed(context.session, context.order)


def _retire(context: OrderContext, _event: OrderEvent) -> OrderEvent:
    order = context.order
    registry.retire(context.session, order.user_id, order.id, order.purpose, context.at)
    return OrderEvent.CREDITS_RETIRED


def _issue_certificate(context: OrderContext, _event: OrderEvent) -> None:
    order = context.order
    number = registry.issue_certificate(
        context.session,
        order.user_id,
        order.id,
        beneficiary_of(context.session, order),
        shows_name=order.shows_name,
        at=context.at,
    )
    buyer_notes.tell_certificate(context.session, order, number)
    if order.attention == FULFILMENT_FAILED:
        order.attention = None


def _is_recorded(_context: OrderContext, _event: OrderEvent) -> None:
    """Our copy was brought in line before the table was asked; see `payments.record_payment_facts`."""


def _cancel_intent(context: OrderContext, _event: OrderEvent) -> None:
    # an intent we do not know yet is cancelled by the reconciler, as soon as it is found
    if context.payment.provider_id is not None or context.payment.status == ON_PAGE:
        outbox.enqueue(context.session, context.order.user_id, CANCEL_TOPIC, {"order_id": context.order.id})


def _request_refund(context: OrderContext, _event: OrderEvent) -> None:
    if payments.record_refund_request(context.session, context.payment, context.at):
        outbox.enqueue(context.session, context.order.user_id, REFUND_TOPIC, {"order_id": context.order.id})


def _stop_refund(context: OrderContext, _event: OrderEvent) -> None:
    payments.withdraw_refund_requests(context.session, context.payment)


def _tell_operator(context: OrderContext, event: OrderEvent) -> None:
    keeps_goods = event in _MONEY_BACK and context.order.state in _GOODS_KEPT
    if keeps_goods and payments.is_refunded_as_decided(context.session, context.payment):
        return  # an operator wanted just that
    context.order.attention = worse_attention(context.order.attention, event.value)
    _log.error("an order needs a person", order=context.order.id, state=context.order.state, order_event=event.value)


EFFECTS: dict[OrderEffect, Perform] = {
    OrderEffect.HOLD: _hold,
    OrderEffect.RELEASE: _release,
    OrderEffect.RETIRE: _retire,
    OrderEffect.ISSUE_CERTIFICATE: _issue_certificate,
    OrderEffect.RECORD_INTENT: _is_recorded,
    OrderEffect.RECORD_FAILURE: _is_recorded,
    OrderEffect.RECORD_PAYMENT: _is_recorded,
    OrderEffect.RECORD_REFUND: _is_recorded,
    OrderEffect.RECORD_DISPUTE: _is_recorded,
    OrderEffect.CANCEL_INTENT: _cancel_intent,
    OrderEffect.REQUEST_REFUND: _request_refund,
    OrderEffect.STOP_REFUND: _stop_refund,
    OrderEffect.TELL_OPERATOR: _tell_operator,
}


def beneficiary_of(session: Session, order: OrderRow) -> str:
    """The name the credits of an order are retired for; a dash once it was erased."""
    if not order.sealed_beneficiary:
        return NOBODY
    try:
        return the_vault().unseal(session, order.user_id, VAULT_PURPOSE, order.sealed_beneficiary).decode()
    except KeyErased:
        return NOBODY
