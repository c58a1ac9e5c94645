"""Money back: a buyer asks, an operator decides; all of it or a part, also after the credits were retired."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.checkout import service
from backend.checkout.api.blueprint import ORDERS, edge
from backend.checkout.schemas import DeclineIn, OrderListed, OrderOut, RefundIn, RefundRequestIn, RefundRequestListed
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.core.roles import ADMIN, FINANCE, holders_of
from backend.platform.data.paging import Window
from backend.platform.privacy.decisions import about

DECIDERS = holders_of(FINANCE, ADMIN)
BUYER = about("user_id")


@edge.post("/orders/<order_id>/refund-request", body=RefundRequestIn, answer=OrderOut, limits=(ORDERS,))
def ask_for_refund(session: Session, actor: Actor, order_id: str, body: dict[str, Any], language: Language) -> Any:
    """Ask for the money of an order back; an operator decides."""
    service.ask_for_refund(session, actor.user_id, order_id, body["because"])
    return service.get_order(session, actor.user_id, order_id, language)


@edge.get("/operator/refund-requests", answer=RefundRequestListed, page=True, who=DECIDERS)
def list_refund_requests(session: Session, actor: Actor, window: Window) -> Any:
    """Everybody's requests for a refund that wait for a decision, the oldest first."""
    return service.list_refund_requests(session, window)


@edge.post(
    "/operator/orders/<user_id>/<order_id>/refunds",
    body=RefundIn,
    answer=OrderListed,
    who=DECIDERS,
    decides_about=BUYER,
)
def refund_order(session: Session, actor: Actor, user_id: str, order_id: str, body: dict[str, Any]) -> Any:
    """Give the captured money of an order back, all that is left or a part; what is retired stays retired."""
    return service.refund(session, user_id, order_id, service.RefundDecision(who=actor.user_id, **body))


@edge.post(
    "/operator/orders/<user_id>/<order_id>/refund-request/decline",
    body=DeclineIn,
    answer=OrderListed,
    who=DECIDERS,
    decides_about=BUYER,
)
def decline_refund(session: Session, actor: Actor, user_id: str, order_id: str, body: dict[str, Any]) -> Any:
    """Decline what a buyer asked for."""
    return service.decline_refund(session, user_id, order_id, who=actor.user_id, reason=body["reason"])
