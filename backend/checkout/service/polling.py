"""When to fetch a payment without a notice: soon at first, ever less often, until all is settled."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.domain import CLOSED
from backend.checkout.models import OrderRow, PaymentRow
from backend.platform.core import clock, context
from offsets import OrderState

# Nothing but the payer's bank can still change these.
AT_REST = frozenset(
    state.value
    for state in (
        OrderState.RETIRED,
        OrderState.REFUNDED,
        OrderState.CHARGED_BACK,
        OrderState.CANCELLED,
        OrderState.LAPSED,
    )
)
SHARE_OF_AGE = 4
BOOKS_OWNER = "books"


def next_sync_at(order: OrderRow, payment: PaymentRow, now: datetime) -> datetime | None:
    """When the payment of an order shall be fetched again; None when nothing can happen to it any more."""
    policy = context.policy().checkout
    age = now - order.placed_at
    if order.state in AT_REST:
        if payment.status in CLOSED and payment.captured_minor == 0:
            return None
        # a bank may take money back for months, an open payment be paid late: fetched rarely, and not for ever
        if age > timedelta(days=policy.settled_after_days):
            return None
    return now + max(timedelta(seconds=policy.sync_after_s), age / SHARE_OF_AGE)


def list_people_to_sync(session: Session, after: str, limit: int) -> list[str]:
    """Up to `limit` people, sorted after the id `after`, with a payment that is due for a sync."""
    now = clock.database_now(session)
    return list(session.scalars(sql.PEOPLE_TO_SYNC, {"now": now, "after": after, "most": limit}))


def list_orders_to_sync(session: Session, user_id: str) -> list[str]:
    """The orders of one person whose payment is due for a sync."""
    now = clock.database_now(session)
    return list(session.scalars(sql.ORDERS_TO_SYNC, {"owner": user_id, "now": now}))


def list_books_owners(_session: Session, after: str, _limit: int) -> list[str]:
    """Whose row in the outbox the comparison of all the books is: nobody's, so it has a name of its own."""
    return [BOOKS_OWNER] if after < BOOKS_OWNER else []


def postpone_sync(session: Session, user_id: str, order_id: str) -> None:
    """The provider did not answer: sync again after the usual pause."""
    later = clock.database_now(session) + timedelta(seconds=context.policy().checkout.sync_after_s)
    session.execute(sql.POSTPONE_SYNC, {"owner": user_id, "of_order": order_id, "later": later})


def stop_syncing(session: Session, user_id: str, order_id: str) -> None:
    """The provider's books have no payment for an order that is over: there is nothing left to look for."""
    session.execute(sql.STOP_SYNCING, {"owner": user_id, "of_order": order_id})
