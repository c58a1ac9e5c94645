"""Orders as their owner sees them, with everything the payer's device needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.domain import StoredQuote, StoredRefundRequest
from backend.checkout.models import InvoiceRow, OrderRow, PaymentRow, RefundRow
from backend.checkout.service.effects import beneficiary_of
from backend.checkout.service.invoices import list_invoices
from backend.checkout.service.payment_pages import read_url
from backend.checkout.service.payments import list_refunds, read_handover
from backend.checkout.service.reduce_first import ReduceFirst, find_reduce_first
from backend.platform.core import context
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data.batch import fetch, fetch_one
from backend.platform.data.paging import Page, Window, by_id
from backend.registry import service as registry

ORDERS = by_id("order")


@dataclass(frozen=True)
class PaymentView:
    """How the payment stands and how to make it: in a payment sheet, or on a page of the provider's.

    The sheet takes `client_secret`, `publishable_key`, `methods` and `return_url`, where a wallet sends the payer back.
    """

    row: PaymentRow
    client_secret: str | None
    action_url: str | None
    page_url: str | None
    methods: Sequence[str]
    publishable_key: str
    return_url: str | None


@dataclass(frozen=True)
class OrderView:
    """An order, the quote it was placed at, its payment, and its certificate once there is one."""

    row: OrderRow
    quote: StoredQuote
    beneficiary: str
    payment: PaymentView
    refunds: Sequence[RefundRow]
    refund_request: StoredRefundRequest | None
    invoices: Sequence[InvoiceRow]
    certificate_number: str | None
    certificate_url: str | None
    reduce_first: ReduceFirst | None


def list_project_titles(session: Session, project_id: str) -> list[str]:
    """What a project is called, once in each language; raise `not_found.project`."""
    return list(dict.fromkeys(registry.get_project(session, project_id).title.values()))


def get_order(session: Session, user_id: str, order_id: str, language: Language) -> OrderView:
    """One order of one person, with advice in `language`; raise `not_found.order`."""
    row = session.get(OrderRow, (user_id, order_id))
    if row is None:
        raise Refusal("not_found.order", order_id=order_id)
    return view(session, row, language)


def list_orders(session: Session, user_id: str, window: Window) -> Page[OrderRow]:
    """One person's orders, latest first."""
    page = sql.page_of_orders(user_id, window.after(ORDERS), window.limit + 1)
    return window.cut(session.scalars(page).all(), ORDERS)


def view(session: Session, row: OrderRow, language: Language) -> OrderView:
    """Everything an order's owner sees of it."""
    number = registry.find_certificate_number(session, row.user_id, row.id)
    return OrderView(
        row=row,
        quote=fetch_one(session, sql.quote(row.user_id, row.quote_id)),
        beneficiary=beneficiary_of(session, row),
        payment=_payment(session, session.get_one(PaymentRow, (row.user_id, row.id)), language),
        refunds=list_refunds(session, row.user_id, row.id),
        refund_request=fetch(session, sql.refund_request(row.user_id, row.id)).one_or_none(),
        invoices=list_invoices(session, row.user_id, row.id),
        certificate_number=number,
        certificate_url=number and f"{context.settings().public_url}/v1/certificates/{number}",
        reduce_first=find_reduce_first(session, row.user_id, row.grams, language),
    )


def _payment(session: Session, row: PaymentRow, language: Language) -> PaymentView:
    handover = read_handover(session, row)
    secret = handover.get("client_secret")
    page_url = read_url(session, row.user_id, row.order_id) or _page_url(row.provider_id, secret, language)
    settings = context.settings()
    return PaymentView(
        row=row,
        client_secret=secret,
        action_url=handover.get("action_url"),
        page_url=page_url,
        methods=row.methods or settings.stripe_methods,
        publishable_key=settings.stripe_publishable_key,
        return_url=next(iter(settings.app_links), None),
    )


def _page_url(provider_id: str | None, secret: str | None, language: Language) -> str | None:
    """The sandbox's page for a test card, in `language`, where we pay there; elsewhere the app shows its own sheet."""
    base = context.settings().stripe_api_base
    if not base or provider_id is None or secret is None:
        return None
    # only installations that pay at the sandbox load it
    from offsets.sandbox import pay_address

    return pay_address(base, provider_id, secret, language=language.key)
