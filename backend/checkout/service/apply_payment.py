"""Settling: the provider's truth becomes what happens to the order; a notice's row commits together with its effect."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.domain import ASKED, FOREIGN_PAYMENT, NONE, PaymentCopy, PaymentSnapshot, worse_attention
from backend.checkout.models import OrderRow, PaymentRow, RefundRow
from backend.checkout.service import buyer_notes, invoices
from backend.checkout.service.effects import OrderContext
from backend.checkout.service.notices import record_notice
from backend.checkout.service.payment_pages import give_way_to_page, is_replaced_by_page
from backend.checkout.service.payments import LONGEST_CODE, list_refunds, record_payment_facts
from backend.checkout.service.transitions import apply_truth, lock_order, lock_payment, record_transition
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch, fetch_one
from backend.platform.data.transactions import savepoint
from offsets import Mark, Notice, OrderEffect, OrderEvent, OrderState, PaymentFacts, RefundStatus, read_events

_log = structlog.get_logger("checkout")


class StaleTruth(Exception):
    """Somebody has settled another truth since this one was asked for: ask again."""


def get_snapshot(session: Session, user_id: str, order_id: str) -> PaymentSnapshot:
    """How order `order_id` stands before the provider is asked; raise `not_found.order`."""
    snapshot = fetch_one(session, sql.snapshot(user_id, order_id))
    if snapshot is None:
        raise Refusal("not_found.order", order_id=order_id)
    return snapshot


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
    if is_replaced_by_page(session, payment, truth):
        give_way_to_page(session, payment)
        return True
    if _is_foreign(payment, snapshot.mark, truth):
        return _note_foreign_payment(session, order, payment)
    # whatever the table makes of it, and whether it can be carried out or not, our copy says what the books say
    told = (payment.captured_minor > 0, _list_paid_back(session, payment))
    is_news = record_payment_facts(session, payment, truth)
    if is_news:
        _tell_buyer(session, order, payment, told)
        invoices.credit_refunds(session, order)
    return apply_truth(session, order, read_events(snapshot.price, truth), is_news=is_news)


def _list_paid_back(session: Session, payment: PaymentRow) -> frozenset[str]:
    """The refunds that are back with the payer, by our ids."""
    refunds = list_refunds(session, payment.user_id, payment.order_id)
    return frozenset(refund.id for refund in refunds if refund.status == RefundStatus.SUCCEEDED.value)


def _tell_buyer(session: Session, order: OrderRow, payment: PaymentRow, told: tuple[bool, frozenset[str]]) -> None:
    """Say what is new about the money; the truth stays whether or not that can be said."""
    was_captured, paid_back = told
    try:
        with savepoint(session):
            if payment.captured_minor > 0 and not was_captured:
                buyer_notes.tell_paid(session, order, payment)
            for refund in list_refunds(session, order.user_id, order.id):
                if refund.status == RefundStatus.SUCCEEDED.value and refund.id not in paid_back:
                    buyer_notes.tell_refunded(session, order, refund)
    except (Refusal, ValueError) as error:
        _log.error("a buyer was not told", order=order.id, exc_info=error)


def _is_foreign(payment: PaymentRow, mark: Mark, truth: PaymentFacts) -> bool:
    """Whether a payment is not this order's: by its id, or by its mark unless we know it by its id already."""
    if payment.provider_id is not None:
        return payment.provider_id != truth.payment_id or truth.mark not in (None, mark)
    return truth.mark != mark


def _note_foreign_payment(session: Session, order: OrderRow, payment: PaymentRow) -> bool:
    """Have a person look at it, once: what was resolved stays resolved."""
    if session.scalar(sql.HAS_FOREIGN_PAYMENT, {"owner": order.user_id, "of_order": order.id}) is None:
        context = OrderContext(session, order, payment, clock.database_now(session), is_truth=True)
        record_transition(context, FOREIGN_PAYMENT, OrderState(order.state), (OrderEffect.TELL_OPERATOR,))
        order.attention = worse_attention(order.attention, FOREIGN_PAYMENT)
        session.flush()
    return False


def refuse_intent(session: Session, snapshot: PaymentSnapshot, code: str) -> bool:
    """The provider will not make the payment possible: nothing can be paid, so the order ends."""
    order = lock_order(session, snapshot.mark.user_id, snapshot.mark.order_id)
    payment = lock_payment(session, order)
    if payment.provider_id is None:
        payment.status, payment.failure_code = NONE, code[:LONGEST_CODE]
        session.flush()
    return apply_truth(session, order, (OrderEvent.INTENT_REFUSED,), is_news=True)


def fail_refund(session: Session, snapshot: PaymentSnapshot, refund_id: str, code: str) -> bool:
    """The provider will not refund with this key: it failed for good, and a person must look at it."""
    order = lock_order(session, snapshot.mark.user_id, snapshot.mark.order_id)
    lock_payment(session, order)
    refund = session.get_one(RefundRow, (snapshot.mark.user_id, refund_id), populate_existing=True)
    if refund.status != ASKED:
        return False
    refund.status, refund.failure_code = RefundStatus.FAILED.value, code[:LONGEST_CODE]
    session.flush()
    return apply_truth(session, order, (OrderEvent.REFUND_FAILED,), is_news=True)


def find_copy(session: Session, mark: Mark) -> PaymentCopy | None:
    """Our copy of the payment of an order; None while we know of none."""
    return fetch(session, sql.payment_copy(mark)).one_or_none()


def list_copies(session: Session, since: datetime) -> list[PaymentCopy]:
    """Our copies of every payment that we asked for from `since` on and that the provider has given an id."""
    return fetch(session, sql.payment_copies_since(since)).all()
