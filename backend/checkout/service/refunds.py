"""Money back: what a buyer may ask for, and what an operator decides, before and after the credits are retired."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.domain import (
    RefundDecision,
    RefundOrigin,
    RefundReason,
    RefundRequestState,
    StoredRefundRequest,
    is_disputed,
)
from backend.checkout.models import OrderRow, PaymentRow
from backend.checkout.service import buyer_notes, payments
from backend.checkout.service.effects import REFUND_TOPIC
from backend.checkout.service.transitions import apply_event, lock_order, lock_payment
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch
from backend.platform.data.paging import Page, SortKey, Window, id_field, instant_field
from backend.platform.data.transactions import touched
from backend.platform.ops import outbox
from backend.platform.ops.outbox import Facts
from backend.platform.privacy import audit
from offsets import OrderEvent, OrderState, Refused, decide

WAITING = SortKey((instant_field("asked_at"), id_field("order", "order_id")))


def refund(session: Session, user_id: str, order_id: str, decision: RefundDecision) -> OrderRow:
    """An operator gives captured money back, all that is left or a part of it.

    Credits that are retired stay retired, and only where the decision says so. Refuses with `not_found.order`,
    `orders.nothing_captured`, `orders.credits_retired`, `orders.disputed`, `checkout.refund_too_much`.
    """
    order = lock_order(session, user_id, order_id)
    payment = lock_payment(session, order)
    _refuse_what_the_table_refuses(order, payment, decision)
    left = payments.left_to_refund(session, payment)
    amount = left if decision.amount_minor is None else decision.amount_minor
    if amount > left:
        raise Refusal("checkout.refund_too_much", order_id=order_id, wanted_minor=amount, left_minor=left)
    if amount == left and order.state != OrderState.RETIRED.value:
        # the goods go back on the shelf with the last of the money
        apply_event(session, order, OrderEvent.REFUND_REQUESTED)
    elif amount > 0:
        at = clock.database_now(session)
        payments.record_refund(session, payment, amount, RefundOrigin.OPERATOR, at, decision.refund_id)
        outbox.enqueue(session, user_id, REFUND_TOPIC, {"order_id": order_id})
    order.attention = None
    _decide_request(session, order, RefundRequestState.GRANTED)
    what = f"{amount} {payment.currency}"
    audit.record(
        session,
        who=decision.who,
        action="order.refund",
        subject=order_id,
        reason=decision.reason,
        about=user_id,
        what=what,
    )
    return order


def _refuse_what_the_table_refuses(order: OrderRow, payment: PaymentRow, decision: RefundDecision) -> None:
    answer = decide(OrderState(order.state), OrderEvent.REFUND_REQUESTED)
    is_kept = order.state == OrderState.RETIRED.value and decision.keeps_retirement
    if isinstance(answer, Refused) and not is_kept:
        raise Refusal(answer.code, order_id=order.id, state=order.state)
    if is_disputed(payment.dispute):
        raise Refusal("orders.disputed", order_id=order.id, state=order.state)


def refund_recalled(session: Session, user_id: str, facts: Facts) -> None:
    """Give back what an order's recalled grams cost, rounded up to the minor unit; never more than is left.

    Delivered again it changes nothing: the refund bears the id that the recall minted for it. Refuses as `refund`
    does: then the row of the outbox stays for a person.
    """
    order = lock_order(session, user_id, facts["order_id"])
    payment = lock_payment(session, order)
    refund_id = facts.get("refund_id")  # rows written before it was minted have none
    if refund_id in {known.id for known in payments.list_refunds(session, user_id, order.id)}:
        return
    share = -(-order.price_minor * facts["grams"] // order.grams)
    amount = min(share, payments.left_to_refund(session, payment))
    if amount > 0:
        decision = RefundDecision(facts["who"], facts["reason"], amount, keeps_retirement=True, refund_id=refund_id)
        refund(session, user_id, order.id, decision)


def ask_for_refund(session: Session, user_id: str, order_id: str, because: RefundReason) -> None:
    """A buyer asks for their money back; an operator decides. Asked twice is asked once; what was declined stays so.

    Refuses with `not_found.order`, `orders.nothing_captured`, `orders.disputed`.
    """
    order = lock_order(session, user_id, order_id)
    payment = lock_payment(session, order)
    if payment.captured_minor == 0 or payments.left_to_refund(session, payment) == 0:
        raise Refusal("orders.nothing_captured", order_id=order_id, state=order.state)
    if is_disputed(payment.dispute):
        raise Refusal("orders.disputed", order_id=order_id, state=order.state)
    request = StoredRefundRequest(
        user_id, order_id, because.value, RefundRequestState.OPEN.value, clock.database_now(session), None
    )
    session.execute(sql.INSERT_REFUND_REQUEST, vars(request))


def decline_refund(session: Session, user_id: str, order_id: str, *, who: str, reason: str) -> OrderRow:
    """An operator declines what a buyer asked for; raise `checkout.no_refund_asked` where nothing waits."""
    order = lock_order(session, user_id, order_id)
    if not _decide_request(session, order, RefundRequestState.DECLINED):
        raise Refusal("checkout.no_refund_asked", order_id=order_id)
    buyer_notes.tell_declined(session, order)
    audit.record(session, who=who, action="order.refund_declined", subject=order_id, reason=reason, about=user_id)
    return order


def list_refund_requests(session: Session, window: Window) -> Page[StoredRefundRequest]:
    """Everybody's requests that nobody has decided, the oldest first."""
    page = sql.page_of_refund_requests(window.after(WAITING), window.limit + 1)
    return window.cut(fetch(session, page).all(), WAITING)


def _decide_request(session: Session, order: OrderRow, state: RefundRequestState) -> bool:
    decided = {"owner": order.user_id, "of_order": order.id, "decided": state.value}
    return touched(session, sql.DECIDE_REFUND_REQUEST, decided | {"at": clock.database_now(session)}) > 0
