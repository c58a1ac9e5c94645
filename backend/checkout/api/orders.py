"""Buying: a quote, an order at its price, and the way out before it is paid."""

from __future__ import annotations

from backend.checkout import flow, service
from backend.checkout.api.blueprint import ORDERS, QUOTES, edge
from backend.checkout.schemas import OrderIn, OrderListed, OrderShown, QuoteIn, QuoteShown
from backend.platform.core import i18n


@edge.post("/quotes", body=QuoteIn, answer=QuoteShown, status=201, limits=(QUOTES,))
def make_quote(session, actor, body):
    """What some grams of a project cost, line by line, and what could still be reduced instead."""
    return service.quote(session, actor.user_id, body["project"], body["grams"], body["currency"], i18n.wire_language())


@edge.post("/orders", body=OrderIn, answer=OrderShown, status=201, steps=True, limits=(ORDERS,))
def place_order(actor, body):
    """Order what was quoted: the credits are set aside and the payment can be made."""
    return flow.placing(actor.user_id, service.Wish(**body), i18n.wire_language())


@edge.get("/orders", answer=OrderListed, page=True)
def list_orders(session, actor, window):
    """The caller's orders, latest first."""
    return service.list_orders(session, actor.user_id, window)


@edge.get("/orders/<order_id>", answer=OrderShown)
def get_order(session, actor, order_id):
    """One order: where it stands, how to pay it, and its certificate once the credits are retired."""
    return service.get_order(session, actor.user_id, order_id, i18n.wire_language())


@edge.post("/orders/<order_id>/cancel", answer=OrderShown)
def cancel_order(session, actor, order_id):
    """Call an unpaid order off: the credits go back on the shelf and nobody can pay it any more."""
    return service.cancel(session, actor.user_id, order_id, i18n.wire_language())
