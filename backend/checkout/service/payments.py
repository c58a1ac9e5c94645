"""Payments and refunds: our copy of the provider's books, and the refunds we ask for, one key each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.domain import ASKED, ON_THEIR_WAY, STOPPED, RefundOrigin, is_disputed
from backend.checkout.models import PaymentRow, RefundRow
from backend.platform.data import ids
from backend.platform.privacy.vault import KeyErased, the_vault
from offsets import PaymentFacts, PaymentStatus, RefundFacts, RefundStatus

HANDOVER = "handover"
LONGEST_CODE = 80
# A refund that has failed this often is asked for again by a person only.
MOST_FAILED_REFUNDS = 2


def record_payment_facts(session: Session, payment: PaymentRow, truth: PaymentFacts) -> bool:
    """Bring our copy of a locked payment and its refunds in line with the provider's; return whether that was news."""
    before = _copied(session, payment)
    if payment.provider_id is None:
        payment.provider_id = truth.payment_id
        session.flush()
        session.execute(
            sql.INSERT_INTENT,
            {"provider_id": truth.payment_id, "user_id": payment.user_id, "order_id": payment.order_id},
        )
    payment.status = truth.status.value
    payment.captured_minor = truth.captured.minor
    payment.refunded_minor = truth.refunded.minor
    payment.dispute = truth.dispute.value
    payment.failure_code = _code(truth.failure_code)
    payment.sealed_handover = _seal_handover(session, payment, truth)
    _record_refunds(session, payment, truth.refunds)
    session.flush()
    if _copied(session, payment) == before:
        return False
    payment.changes += 1
    session.flush()
    return True


def read_handover(session: Session, payment: PaymentRow) -> dict[str, Any]:
    """What the payer's device needs to confirm the payment: `client_secret`, `action_url`; empty when there is none."""
    if payment.sealed_handover is None:
        return {}
    try:
        plain = the_vault().unseal(session, payment.user_id, HANDOVER, payment.sealed_handover)
    except KeyErased:
        return {}
    read: dict[str, Any] = json.loads(plain)
    return read


def record_refund_request(session: Session, payment: PaymentRow, at: datetime) -> bool:
    """Write down that what is captured, not back and not on its way shall be refunded; False when nothing is left."""
    left = left_to_refund(session, payment)
    if left <= 0:
        return False
    record_refund(session, payment, left, RefundOrigin.ORDER, at)
    return True


def record_refund(
    session: Session,
    payment: PaymentRow,
    amount_minor: int,
    origin: RefundOrigin,
    at: datetime,
    refund_id: str | None = None,
) -> RefundRow:
    """Write down a refund of ours that is to be asked for, with a key of its own or the one given."""
    refund = RefundRow(
        user_id=payment.user_id,
        id=refund_id or ids.new_id("refund"),
        order_id=payment.order_id,
        provider_id=None,
        amount_minor=amount_minor,
        currency=payment.currency,
        status=ASKED,
        failure_code=None,
        asked_at=at,
        origin=origin.value,
    )
    session.add(refund)
    session.flush()
    return refund


def is_refunded_as_decided(session: Session, payment: PaymentRow) -> bool:
    """Whether every refund that is back or on its way was decided by an operator of ours."""
    refunds = list_refunds(session, payment.user_id, payment.order_id)
    counted = [refund for refund in refunds if refund.status not in (RefundStatus.FAILED.value, STOPPED)]
    return all(refund.origin == RefundOrigin.OPERATOR.value for refund in counted)


def left_to_refund(session: Session, payment: PaymentRow) -> int:
    """What is captured, not back and not on its way back, in minor units."""
    refunds = list_refunds(session, payment.user_id, payment.order_id)
    on_their_way = sum(refund.amount_minor for refund in refunds if refund.status in ON_THEIR_WAY)
    return payment.captured_minor - payment.refunded_minor - on_their_way


def may_ask_refund(session: Session, payment: PaymentRow) -> bool:
    """Whether the rest may be asked for without a person: the bank has it not, and refunds do not keep failing."""
    refunds = list_refunds(session, payment.user_id, payment.order_id)
    failed = sum(refund.status == RefundStatus.FAILED.value for refund in refunds)
    return failed < MOST_FAILED_REFUNDS and not is_disputed(payment.dispute)


def withdraw_refund_requests(session: Session, payment: PaymentRow) -> None:
    """Ask no more for refunds that the provider has not answered: the bank took the money first."""
    session.execute(sql.WITHDRAW_REFUNDS, {"owner": payment.user_id, "of_order": payment.order_id})


def list_refunds(session: Session, user_id: str, order_id: str) -> Sequence[RefundRow]:
    """The refunds of an order, oldest first."""
    return session.scalars(sql.REFUNDS, {"owner": user_id, "of_order": order_id}).all()


def _copied(session: Session, payment: PaymentRow) -> tuple[Any, ...]:
    refunds = [(row.provider_id, row.status) for row in list_refunds(session, payment.user_id, payment.order_id)]
    books = (payment.status, payment.captured_minor, payment.refunded_minor, payment.dispute, payment.failure_code)
    return (payment.provider_id, *books, refunds)


def _record_refunds(session: Session, payment: PaymentRow, refunds: Sequence[RefundFacts]) -> None:
    known = list_refunds(session, payment.user_id, payment.order_id)
    by_provider = {row.provider_id: row for row in known if row.provider_id}
    unanswered = {row.id: row for row in known if row.provider_id is None and row.status == ASKED}
    for fact in refunds:
        # a refund of ours bears its key; one made by hand does not, even if it is of the same sum
        row = (
            by_provider.get(fact.refund_id)
            or unanswered.pop(fact.key or "", None)
            or _refund_made_elsewhere(session, payment, fact)
        )
        row.provider_id = fact.refund_id
        row.status = fact.status.value
        row.failure_code = _code(fact.failure_code)
    _stop_needless(payment, refunds, unanswered.values())


def _stop_needless(payment: PaymentRow, refunds: Sequence[RefundFacts], unanswered: Iterable[RefundRow]) -> None:
    """Ask no more for what somebody has given back by hand meanwhile; the provider would refuse it as too much."""
    failed = RefundStatus.FAILED
    left = payment.captured_minor - sum(fact.amount.minor for fact in refunds if fact.status is not failed)
    for row in unanswered:
        if row.amount_minor > left:
            row.status = STOPPED


def _refund_made_elsewhere(session: Session, payment: PaymentRow, fact: RefundFacts) -> RefundRow:
    """A refund that somebody made by hand at the provider."""
    row = RefundRow(
        user_id=payment.user_id,
        id=ids.new_id("refund"),
        order_id=payment.order_id,
        amount_minor=fact.amount.minor,
        currency=fact.amount.currency,
        asked_at=fact.created_at,
        origin=RefundOrigin.PROVIDER.value,
    )
    session.add(row)
    return row


def _code(code: str | None) -> str | None:
    return code and code[:LONGEST_CODE]


def _seal_handover(session: Session, payment: PaymentRow, truth: PaymentFacts) -> bytes | None:
    """Kept only while it is of use: nobody confirms a payment that is done or closed."""
    if truth.status in (PaymentStatus.SUCCEEDED, PaymentStatus.CANCELLED) or truth.client_secret is None:
        return None
    handover = {"client_secret": truth.client_secret, "action_url": truth.action_url}
    try:
        return the_vault().seal(session, payment.user_id, HANDOVER, json.dumps(handover).encode())
    except KeyErased:
        return None
