"""Invoices for paid orders with the buyer's own data, and a credit note for every refund of an invoiced order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.domain import InvoiceBuyer, InvoiceFacts
from backend.checkout.models import InvoiceRow, OrderRow, PaymentRow, RefundRow
from backend.checkout.service.payments import list_refunds
from backend.checkout.service.transitions import lock_order, lock_payment
from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data.batch import fetch_one
from backend.platform.data.transactions import touched
from backend.platform.ops.invariants import Violation
from backend.platform.privacy.vault import KeyErased, the_vault
from backend.registry import service as registry
from offsets import RefundStatus

PURPOSE = "invoice"
INVOICE = "invoice"  # what a row is about that is no credit note
_PREFIX, _CREDIT_PREFIX = "INV", "CN"
_PERMILLE = 1000


def issue(session: Session, user_id: str, order_id: str, buyer: InvoiceBuyer) -> InvoiceRow:
    """Issue the invoice of a paid order; the first one stays. What was refunded before gets its credit notes, too.

    Refuses with `not_found.order`, `orders.nothing_captured`.
    """
    order = lock_order(session, user_id, order_id)
    payment = lock_payment(session, order)
    if payment.captured_minor == 0:
        raise Refusal("orders.nothing_captured", order_id=order_id, state=order.state)
    known = _find(session, order, INVOICE)
    if known is not None:
        return known
    invoice = _write(session, order, INVOICE, _facts(session, order, payment, buyer))
    credit_refunds(session, order)
    return invoice


def credit_refunds(session: Session, order: OrderRow) -> None:
    """A credit note for every refund of an invoiced order that is back with the payer and has none."""
    invoice = _find(session, order, INVOICE)
    facts = read_facts(session, invoice) if invoice is not None else None
    if invoice is None or facts is None:
        return
    for refund in list_refunds(session, order.user_id, order.id):
        if refund.status == RefundStatus.SUCCEEDED.value and _find(session, order, refund.id) is None:
            _write(session, order, refund.id, _credited(facts, invoice.number, refund))


def list_invoices(session: Session, user_id: str, order_id: str) -> Sequence[InvoiceRow]:
    """The invoice of an order and its credit notes, in the order of their numbers."""
    return session.scalars(sql.INVOICES, {"owner": user_id, "of_order": order_id}).all()


def get_facts(session: Session, user_id: str, number: str) -> InvoiceFacts:
    """All that is printed on one paper of a person; raise `not_found.invoice`."""
    row = session.get(InvoiceRow, (user_id, number))
    facts = read_facts(session, row) if row is not None else None
    if facts is None:
        raise Refusal("not_found.invoice", number=number)
    return facts


def read_facts(session: Session, row: InvoiceRow) -> InvoiceFacts | None:
    """What a row seals; None once its owner was erased."""
    try:
        plain = the_vault().unseal(session, row.user_id, PURPOSE, row.sealed_facts)
    except KeyErased:
        return None
    return InvoiceFacts.read(json.loads(plain))


def print_paper(facts: InvoiceFacts, language: Language, *, is_receipt: bool = False) -> bytes:
    """The PDF of an invoice or a credit note, or the receipt of the same order."""
    # what draws a paper is a twentieth of the time to start, and few requests ask for one
    from backend.checkout.service import invoice_paper

    return invoice_paper.print_paper(facts, language, is_receipt=is_receipt)


def verify(session: Session) -> Iterator[Violation]:
    """Series whose numbers are not exactly 1 to the last one given."""
    for series, last, rows, highest in session.execute(sql.UNEVEN_SERIES):
        figures = f"last {last}, {rows} issued, highest {highest}"
        yield Violation(f"series {series}", "the numbers of a series of invoices have no gap", figures)


def receipt_facts(session: Session, user_id: str, order_id: str) -> InvoiceFacts:
    """What the receipt of a paid order says; raise `not_found.order` or `orders.nothing_captured`."""
    order = session.get(OrderRow, (user_id, order_id))
    if order is None:
        raise Refusal("not_found.order", order_id=order_id)
    payment = session.get_one(PaymentRow, (user_id, order_id))
    if payment.captured_minor == 0:
        raise Refusal("orders.nothing_captured", order_id=order_id, state=order.state)
    facts = _facts(session, order, payment, InvoiceBuyer("", "", ""))
    return facts.numbered(order_id, session.execute(sql.PAID_AT, {"owner": user_id, "of_order": order_id}).scalar_one())


def _facts(session: Session, order: OrderRow, payment: PaymentRow, buyer: InvoiceBuyer) -> InvoiceFacts:
    settings = context.settings()
    quote = fetch_one(session, sql.quote(order.user_id, order.quote_id))
    total = payment.captured_minor
    return InvoiceFacts(
        number="",
        issued_at="",
        order_id=order.id,
        seller=settings.seller,
        buyer=buyer,
        project=dict(registry.get_offer(session, order.project_id).project.title),
        grams=order.grams,
        lines=[{"label": dict(line["label"]), "amount_minor": line["amount_minor"]} for line in quote.lines],
        total_minor=total,
        tax_permille=settings.seller_tax_permille,
        tax_minor=_tax_in(total, settings.seller_tax_permille),
        currency=payment.currency,
        credits=None,
    )


def _credited(invoice: InvoiceFacts, number: str, refund: RefundRow) -> InvoiceFacts:
    return invoice.crediting(number, refund.amount_minor, _tax_in(refund.amount_minor, invoice.tax_permille))


def _tax_in(total_minor: int, permille: int) -> int:
    """The tax inside a total, in whole minor units, half to even."""
    return round(Fraction(total_minor * permille, _PERMILLE + permille))


def _find(session: Session, order: OrderRow, about: str) -> InvoiceRow | None:
    asked = {"owner": order.user_id, "of_order": order.id, "about": about}
    return session.scalars(sql.INVOICE_ABOUT, asked).one_or_none()


def _write(session: Session, order: OrderRow, about: str, facts: InvoiceFacts) -> InvoiceRow:
    now = clock.database_now(session)
    series = f"{_PREFIX if about == INVOICE else _CREDIT_PREFIX}-{now.year}"
    place = _next_place(session, series)
    written = facts.numbered(f"{series}-{place:06}", now)
    row = InvoiceRow(
        user_id=order.user_id,
        number=written.number,
        series=series,
        place=place,
        order_id=order.id,
        about=about,
        amount_minor=written.total_minor,
        currency=written.currency,
        sealed_facts=_seal(session, order.user_id, written.written),
        issued_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _next_place(session: Session, series: str) -> int:
    """The next number: its row stays locked until the transaction ends, so a number that is undone is given again."""
    session.execute(sql.INSERT_SERIES, {"series": series, "last_number": 0})
    touched(session, sql.RAISE_SERIES, {"of_series": series})
    place: int = session.execute(sql.LAST_NUMBER, {"of_series": series}).scalar_one()
    return place


def _seal(session: Session, user_id: str, facts: Mapping[str, Any]) -> bytes:
    plain = json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()
    return the_vault().seal(session, user_id, PURPOSE, plain)


def export(session: Session, user_id: str, after: str = "") -> Iterator[Mapping[str, Any]]:
    """Every invoice and credit note of one person behind the number `after`, as it is printed."""
    for row in session.scalars(sql.INVOICES_OF_PERSON, {"owner": user_id, "after": after}):
        facts = read_facts(session, row)
        yield {
            "number": row.number,
            "order_id": row.order_id,
            "amount_minor": row.amount_minor,
            "currency": row.currency,
            "issued_at": row.issued_at,
            "facts": facts and facts.written,
        }
