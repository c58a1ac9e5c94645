"""Settling: the provider's truth becomes what happens to the order; a notice's row commits together with its effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.checkout.models import NoticeRow, OrderRow, PaymentIntent, PaymentRow, RefundRow
from backend.checkout.models.payments import ASKED, NONE
from backend.checkout.service.payments import record_payment_facts
from backend.checkout.service.transitions import apply_event, lock_order, lock_payment
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.upsert import insert_absent
from offsets import Mark, Money, Notice, OrderEvent, OrderState, PaymentFacts, read_event

# the id comes back only when the row was new
_INSERT_NOTICE = insert_absent(NoticeRow.__table__).returning(NoticeRow.notice_id)


class StaleTruth(Exception):
    """Somebody has settled another truth since this one was asked for: ask again."""


@dataclass(frozen=True)
class PaymentSnapshot:
    """What one needs to know of an order before asking the provider about it, read without a lock."""

    mark: Mark
    changes: int  # of our copy of the payment
    state: OrderState
    price: Money
    project_id: str
    grams: int
    intent_key: str
    provider_id: str | None
    status: str
    asked_at: datetime
    refunds: tuple[tuple[str, Money], ...]  # of ours that the provider has not answered: key and amount


def get_snapshot(session: Session, user_id: str, order_id: str) -> PaymentSnapshot:
    """How order `order_id` stands before the provider is asked; raise `not_found.order`."""
    found = session.execute(
        select(OrderRow, PaymentRow)
        .join(PaymentRow, (PaymentRow.user_id == OrderRow.user_id) & (PaymentRow.order_id == OrderRow.id))
        .where(OrderRow.user_id == user_id, OrderRow.id == order_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise Refusal("not_found.order", order_id=order_id)
    order, payment = found
    asked = session.execute(
        select(RefundRow.id, RefundRow.amount_minor, RefundRow.currency).where(
            RefundRow.user_id == user_id, RefundRow.order_id == order_id, RefundRow.status == ASKED
        )
    )
    return PaymentSnapshot(
        mark=Mark(user_id, order_id),
        changes=payment.changes,
        state=OrderState(order.state),
        price=Money(order.price_minor, order.currency),
        project_id=order.project_id,
        grams=order.grams,
        intent_key=payment.intent_key,
        provider_id=payment.provider_id,
        status=payment.status,
        asked_at=payment.asked_at,
        refunds=tuple((row.id, Money(row.amount_minor, row.currency)) for row in asked),
    )


def settle(session: Session, snapshot: PaymentSnapshot, truth: PaymentFacts, notice: Notice | None = None) -> bool:
    """Apply to the order what the provider's books say; return whether anything moved.

    With `notice`, its row is written in this transaction; a notice recorded before has no effect. Raises `StaleTruth`
    when our copy has changed since `snapshot` was read, so that an old truth never follows a newer one.
    """
    # the order before the notice: the notice's foreign key would share a lock that two of them then want alone
    order = lock_order(session, snapshot.mark.user_id, snapshot.mark.order_id)
    if notice is not None and not record_notice(session, notice, snapshot.mark):
        return False
    payment = lock_payment(session, order)
    if payment.changes != snapshot.changes:
        raise StaleTruth(order.id)
    if truth.mark != snapshot.mark or payment.provider_id not in (None, truth.payment_id):
        order.attention = "foreign_payment"
        return False
    # whatever the table makes of it, our copy says what the books say
    record_payment_facts(session, payment, truth)
    return apply_event(session, order, read_event(snapshot.price, truth))


def refuse_intent(session: Session, snapshot: PaymentSnapshot, code: str) -> bool:
    """The provider will not make the payment possible: nothing can be paid, so the order ends."""
    order = lock_order(session, snapshot.mark.user_id, snapshot.mark.order_id)
    payment = lock_payment(session, order)
    if payment.provider_id is None:
        payment.status, payment.failure_code = NONE, code[:80]
        session.flush()
    return apply_event(session, order, OrderEvent.INTENT_REFUSED)


def fail_refund(session: Session, snapshot: PaymentSnapshot, refund_id: str, code: str) -> bool:
    """The provider will not refund with this key: it failed for good, and a person must look at it."""
    order = lock_order(session, snapshot.mark.user_id, snapshot.mark.order_id)
    lock_payment(session, order)
    refund = session.get_one(RefundRow, (snapshot.mark.user_id, refund_id), populate_existing=True)
    if refund.status != ASKED:
        return False
    refund.status, refund.failure_code = "failed", code[:80]
    session.flush()
    return apply_event(session, order, OrderEvent.REFUND_FAILED)


def is_notice_recorded(session: Session, notice_id: str) -> bool:
    """Whether a notice was recorded before."""
    return session.get(NoticeRow, notice_id) is not None


def record_notice(session: Session, notice: Notice, mark: Mark | None) -> bool:
    """Write a notice down; False when it was there before. `mark` is None for one that is not ours."""
    row = {
        "notice_id": notice.notice_id,
        "kind": notice.kind[:80],
        "provider_id": notice.payment_id,
        "user_id": mark.user_id if mark else None,
        "order_id": mark.order_id if mark else None,
        "heard_at": clock.database_now(session),
    }
    return session.execute(_INSERT_NOTICE, row).scalar_one_or_none() is not None


def find_mark(session: Session, provider_id: str) -> Mark | None:
    """The order a payment of the provider belongs to, by our directory."""
    row = session.get(PaymentIntent, provider_id)
    return None if row is None else Mark(row.user_id, row.order_id)
