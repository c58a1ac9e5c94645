"""The effects of the table, one function each; every one is safe to meet twice for one order.

What needs the provider is put in the outbox, so that it is asked after the commit and asked again until it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from backend.checkout.models import OrderRow, PaymentRow
from backend.checkout.service import money
from backend.checkout.service.order_placement import VAULT_PURPOSE
from backend.platform.ops import outbox
from backend.platform.privacy.vault import KeyErased, the_vault
from backend.registry import service as registry
from offsets import OffsetRefused, OrderEffect, OrderEvent

CANCEL_TOPIC = "checkout.cancel"
REFUND_TOPIC = "checkout.refund"
LAPSE_TOPIC = "checkout.lapse"
LOOK_TOPIC = "checkout.look"
# what stands on the certificate of somebody whose name was erased while money was in flight
NOBODY = "—"

_log = structlog.get_logger("checkout")


@dataclass(frozen=True)
class Scene:
    """A locked order and its locked payment, our copy already in line with the provider's books."""

    session: Session
    order: OrderRow
    payment: PaymentRow
    at: datetime


Perform = Callable[[Scene, OrderEvent], OrderEvent | None]


def _hold(scene: Scene, _event: OrderEvent) -> OrderEvent | None:
    order = scene.order
    try:
        registry.hold(scene.session, order.user_id, order.id, order.project_id, order.grams, scene.at)
    except OffsetRefused as refused:
        if refused.code != "lots.insufficient_stock":
            raise
        return OrderEvent.STOCK_GONE
    return OrderEvent.STOCK_HELD


def _release(scene: Scene, _event: OrderEvent) -> None:
    registry.release(scene.session, scene.order.user_id, scene.order.id, scene.at)


def _retire(scene: Scene, _event: OrderEvent) -> OrderEvent:
    order = scene.order
    registry.retire(scene.session, order.user_id, order.id, order.purpose, scene.at)
    return OrderEvent.CREDITS_RETIRED


def _issue_certificate(scene: Scene, _event: OrderEvent) -> None:
    order = scene.order
    registry.issue_certificate(
        scene.session,
        order.user_id,
        order.id,
        beneficiary_of(scene.session, order),
        shows_name=order.shows_name,
        at=scene.at,
    )


def _is_recorded(_scene: Scene, _event: OrderEvent) -> None:
    """Settling has brought our copy in line before the table was asked; see `money.record_truth`."""


def _cancel_intent(scene: Scene, _event: OrderEvent) -> None:
    # an intent we do not know yet is cancelled by the reconciler, as soon as it is found
    if scene.payment.provider_id is not None:
        outbox.send(scene.session, scene.order.user_id, CANCEL_TOPIC, {"order_id": scene.order.id})


def _request_refund(scene: Scene, _event: OrderEvent) -> None:
    if money.ask_refund(scene.session, scene.payment, scene.at):
        outbox.send(scene.session, scene.order.user_id, REFUND_TOPIC, {"order_id": scene.order.id})


def _stop_refund(scene: Scene, _event: OrderEvent) -> None:
    money.stop_refunds(scene.session, scene.payment)


def _tell_operator(scene: Scene, event: OrderEvent) -> None:
    scene.order.attention = event.value
    _log.error("an order needs a person", order=scene.order.id, state=scene.order.state, happening=event.value)


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
