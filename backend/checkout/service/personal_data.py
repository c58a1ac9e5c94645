"""What the checkout keeps of one person: for their export, for erasure, and whether money is still in flight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.models import OrderTransition
from backend.checkout.service.effects import beneficiary_of
from backend.platform.privacy import personal_data
from backend.platform.privacy.personal_data import AT_ONCE, Record

_OF_ORDER = (
    "id", "quote_id", "project_id", "grams", "currency", "price_minor", "state", "purpose", "shows_name", "placed_at",
    "terms",
)  # fmt: skip
_OF_PAYMENT = (
    "provider_id", "status", "amount_minor", "captured_minor", "refunded_minor", "dispute", "failure_code", "methods",
)  # fmt: skip
_OF_PAGE = ("provider_id", "status", "app_link", "language", "asked_at")
_OF_TRANSITION = ("number", "from_state", "to_state", "moved_at")
_OF_REFUND = ("id", "provider_id", "amount_minor", "currency", "status", "failure_code", "asked_at", "origin")
_OF_REQUEST = ("because", "state", "asked_at", "decided_at")
_OF_ORDERS = (
    sql.PAYMENTS_OF_ORDERS, sql.TRANSITIONS_OF_ORDERS, sql.REFUNDS_OF_ORDERS, sql.REFUND_REQUESTS_OF_ORDERS,
    sql.PAGES_OF_ORDERS,
)  # fmt: skip


def export_orders(session: Session, user_id: str, after: str = "") -> Iterator[Record]:
    """Every order of one person behind the id `after`, with its moves, its payment and its refunds."""
    while orders := session.scalars(sql.exported_orders(user_id, after, AT_ONCE)).all():
        asked = {"orders": [(order.user_id, order.id) for order in orders]}
        by_order = (_by_order(session.scalars(statement, asked)) for statement in _OF_ORDERS)
        payments, moves, refunds, requests, pages = by_order
        for order in orders:
            (payment,) = payments[order.id]
            yield {
                **{name: getattr(order, name) for name in _OF_ORDER},
                "beneficiary": beneficiary_of(session, order),
                "payment": {name: getattr(payment, name) for name in _OF_PAYMENT},
                "payment_pages": [{name: getattr(page, name) for name in _OF_PAGE} for page in pages[order.id]],
                "moves": [_exported(item) for item in moves[order.id]],
                "refund_requests": [{name: getattr(row, name) for name in _OF_REQUEST} for row in requests[order.id]],
                "refunds": [{name: getattr(refund, name) for name in _OF_REFUND} for refund in refunds[order.id]],
            }
        after = orders[-1].id


def export_quotes(session: Session, user_id: str, after: str = "") -> Iterator[Record]:
    """Every quote of one person behind the id `after`."""
    return personal_data.by_key(session, sql.quotes_of(user_id), sql.QUOTES.c.id, after)


def has_money_in_flight(session: Session, user_id: str) -> bool:
    """Whether anybody may still pay, captured money has reached neither goods nor its payer, or a refund is under way.

    An order that was called off counts until the provider has closed its payment.
    """
    queries = (sql.ORDER_IN_FLIGHT, sql.REFUND_IN_FLIGHT)
    return any(session.scalar(query, {"owner": user_id}) is not None for query in queries)


def forget(session: Session, user_id: str) -> None:
    """Empty what names the person; orders, payments and every sum stay, for the books."""
    for statement in sql.FORGET:
        session.execute(statement, {"owner": user_id})


def _exported(transition: OrderTransition) -> Record:
    return {"happening": transition.event, **{name: getattr(transition, name) for name in _OF_TRANSITION}}


def _by_order(rows: Iterable[Any]) -> Mapping[str, list[Any]]:
    by_order: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_order[row.order_id].append(row)
    return by_order
