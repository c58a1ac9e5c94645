"""Papers about money: the receipt of an order, its invoice, and credit notes, as PDF."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.checkout import service
from backend.checkout.api.blueprint import ORDERS, edge
from backend.checkout.domain import InvoiceBuyer
from backend.checkout.schemas import InvoiceIn, InvoiceOut
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.web.representations import PDF


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
