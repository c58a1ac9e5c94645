"""Syncing: the payment is fetched from the provider, then settled; an old truth never follows a newer one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from backend.checkout import service
from backend.checkout.domain import PageSnapshot
from backend.checkout.flow.provider import get_gateway
from backend.checkout.service import PaymentSnapshot
from backend.platform.core.errors import Refusal
from backend.platform.data.transactions import in_transaction
from offsets import Declined, Done, Notice, Outcome, PaymentFacts, Rejected, Unknown

T = TypeVar("T")

SYNC_ATTEMPTS = 20
LONGEST_PAUSE_S = 0.05

_log = structlog.get_logger("checkout")


def sync_payment(user_id: str, order_id: str, notice: Notice | None = None) -> bool:
    """Fetch the truth about an order's payment and settle it; return whether the provider knew of a payment.

    Raises `checkout.provider_silent` when it does not answer, `not_found.order`.
    """
    for _ in range(SYNC_ATTEMPTS):
        snapshot = read_snapshot(user_id, order_id)
        payment_id = snapshot.provider_id
        if snapshot.page is not None and snapshot.is_on_page:
            payment_id = _look_at_page(snapshot, snapshot.page)
            if payment_id is None:
                return _hear(snapshot, notice)
        truth = _fetch(snapshot, payment_id, notice)
        if truth is None:
            return False
        if settle(snapshot, truth, notice):
            return True
        # somebody else has settled meanwhile, and what we were told may be older than what they were told
        time.sleep(random.uniform(0, LONGEST_PAUSE_S))
    raise Refusal("service.busy", retry_after_s=1)


def settle(snapshot: PaymentSnapshot, truth: PaymentFacts, notice: Notice | None = None) -> bool:
    """Settle what the provider said, in one transaction; False when somebody settled another truth meanwhile."""
    try:
        write(lambda session: service.settle(session, snapshot, truth, notice))
    except service.StaleTruth:
        return False
    return True


def read_snapshot(user_id: str, order_id: str) -> PaymentSnapshot:
    """How an order stands before the provider is asked."""
    return read(lambda session: service.get_snapshot(session, user_id, order_id))


def read(work: Callable[[Session], T]) -> T:
    """`work` in a read-only transaction of its own."""
    return in_transaction(work, read_only=True)


def write(work: Callable[[Session], T]) -> T:
    """`work` in a writing transaction of its own."""
    return in_transaction(work)


def provider_silent(snapshot: PaymentSnapshot, what: str, outcome: Unknown | Declined | Rejected) -> Refusal:
    """The refusal for an outcome nobody knows; logged, because somebody will wonder."""
    reason = outcome.reason if isinstance(outcome, Unknown) else outcome.code
    wished = outcome.retry_after_s if isinstance(outcome, Unknown) else None
    _log.warning("unknown outcome", order=snapshot.mark.order_id, asked=what, reason=reason)
    return Refusal("checkout.provider_silent", order_id=snapshot.mark.order_id, retry_after_s=int(wished or 1))


def _look_at_page(snapshot: PaymentSnapshot, page: PageSnapshot) -> str | None:
    """The payment made on the page of an order; None while nobody has tried to pay on it."""
    if page.provider_id is None:
        return None
    outcome = get_gateway().get_page(page.provider_id)
    if not isinstance(outcome, Done):
        raise provider_silent(snapshot, "fetch", outcome)
    write(lambda session: service.record_page(session, snapshot.mark, outcome.facts))
    return outcome.facts.payment_id


def _hear(snapshot: PaymentSnapshot, notice: Notice | None) -> bool:
    """A notice about a page that nobody has paid on, or about the payment that the page took the place of."""
    if notice is not None:
        write(lambda session: service.record_notice(session, notice, snapshot.mark))
    return True


def _fetch(snapshot: PaymentSnapshot, payment_id: str | None, notice: Notice | None) -> PaymentFacts | None:
    """The payment as the provider's books have it; None when they definitely have none."""
    payment_id = payment_id or (notice.payment_id if notice else None)
    outcome: Outcome[PaymentFacts | None]
    if payment_id:
        outcome = get_gateway().get_payment(payment_id)
    else:
        outcome = get_gateway().find_payment(snapshot.mark, snapshot.asked_at)
    if isinstance(outcome, Done):
        return outcome.facts
    raise provider_silent(snapshot, "fetch", outcome)
