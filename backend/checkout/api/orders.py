"""Buying: a quote, an order at its price, the way out before it is paid, and the papers afterwards."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.checkout import flow, service
from backend.checkout.api.blueprint import ORDERS, QUOTES, edge
from backend.checkout.domain import InvoiceBuyer
from backend.checkout.schemas import InvoiceIn, InvoiceOut, OrderIn, OrderListed, OrderOut, QuoteIn, QuoteOut
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.data.paging import Window
from backend.platform.web.limits import hash_network
from backend.platform.web.representations import PDF


@edge.post("/quotes", body=QuoteIn, answer=QuoteOut, status=201, limits=(QUOTES,))
def make_quote(session: Session, actor: Actor, body: dict[str, Any], language: Language) -> Any:
    """What some of a project costs, line by line: by grams, money, the rest of a year or one journey."""
    said = {name: value for name, value in body.items() if name != "project"}
    request = service.QuoteRequest(project_id=body["project"], **said)
    return service.quote(session, actor.user_id, request, language)


@edge.post("/orders", body=OrderIn, answer=OrderOut, status=201, steps=True, limits=(ORDERS,))
def place_order(actor: Actor, body: dict[str, Any], language: Language) -> Any:
    """Order what was quoted: the credits are set aside and the payment can be made."""
    request = service.OrderRequest(**body, network=hash_network())
    return flow.place_order(actor.user_id, request, language)


@edge.get("/orders", answer=OrderListed, page=True)
def list_orders(session: Session, actor: Actor, window: Window) -> Any:
    """The caller's orders, latest first."""
    return service.list_orders(session, actor.user_id, window)


@edge.get("/orders/<order_id>", answer=OrderOut)
def get_order(session: Session, actor: Actor, order_id: str, language: Language) -> Any:
    """One order: where it stands, how to pay it, and its certificate once the credits are retired."""
    return service.get_order(session, actor.user_id, order_id, language)


@edge.post("/orders/<order_id>/cancel", answer=OrderOut)
def cancel_order(session: Session, actor: Actor, order_id: str, language: Language) -> Any:
    """Call an unpaid order off: the credits go back on the shelf and nobody can pay it any more."""
    return service.cancel(session, actor.user_id, order_id, language)


@edge.get("/orders/<order_id>/receipt", media=PDF)
def print_receipt(session: Session, actor: Actor, order_id: str, language: Language) -> bytes:
    """The receipt of a paid order, in the caller's language"""
    facts = service.receipt_facts(session, actor.user_id, order_id)
    return service.print_paper(facts, language, is_receipt=True)


@edge.post("/orders/<order_id>/invoice", body=InvoiceIn, answer=InvoiceOut, status=201, limits=(ORDERS,))
def issue_invoice(session: Session, actor: Actor, order_id: str, body: dict[str, Any]) -> Any:
    """Have an invoice made out for a paid order, once; refunds of it get credit notes by themselves"""
    return service.issue_invoice(session, actor.user_id, order_id, InvoiceBuyer(**body))


@edge.get("/invoices/<number>/pdf", media=PDF)
def print_invoice(session: Session, actor: Actor, number: str, language: Language) -> bytes:
    """An invoice or a credit note of the caller's own, the same bytes each time"""
    return service.print_paper(service.get_invoice_facts(session, actor.user_id, number), language)
