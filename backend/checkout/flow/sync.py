"""Looking: the truth is fetched, then settled; an old truth never follows a newer one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from backend.checkout import service
from backend.checkout.flow.provider import get_gateway
from backend.checkout.service import Ask
from backend.platform.core.errors import Refusal
from backend.platform.data.transactions import in_transaction
from offsets import Declined, Done, Notice, Outcome, PaymentFacts, Rejected, Unknown

T = TypeVar("T")

LOOKS = 20
LONGEST_PAUSE_S = 0.05

_log = structlog.get_logger("checkout")


def look(user_id: str, order_id: str, notice: Notice | None = None) -> bool:
    """Fetch the truth about an order's payment and settle it; return whether the provider knew of a payment.

    Raises `checkout.provider_silent` when it does not answer, `not_found.order`.
    """
    for _ in range(LOOKS):
        asked = ask(user_id, order_id)
        truth = _fetch(asked, notice)
        if truth is None:
            return False
        if settle(asked, truth, notice):
            return True
        # somebody else has settled meanwhile, and what we were told may be older than what they were told
        time.sleep(random.uniform(0, LONGEST_PAUSE_S))
    raise Refusal("service.busy", retry_after_s=1)


def settle(asked: Ask, truth: PaymentFacts, notice: Notice | None = None) -> bool:
    """Settle what the provider said, in one transaction; False when somebody settled another truth meanwhile."""
    try:
        write(lambda session: service.settle(session, asked, truth, notice))
    except service.StaleTruth:
        return False
    return True


def ask(user_id: str, order_id: str) -> Ask:
    """How an order stands before the provider is asked."""
    return read(lambda session: service.get_ask(session, user_id, order_id))


def read(work: Callable[[Session], T]) -> T:
    """`work` in a read-only transaction of its own."""
    return in_transaction(work, read_only=True)


def write(work: Callable[[Session], T]) -> T:
    """`work` in a writing transaction of its own."""
    return in_transaction(work)


def silent(asked: Ask, what: str, outcome: Unknown | Declined | Rejected) -> Refusal:
    """The refusal for an outcome nobody knows; logged, because somebody will wonder."""
    reason = outcome.reason if isinstance(outcome, Unknown) else outcome.code
    wished = outcome.retry_after_s if isinstance(outcome, Unknown) else None
    _log.warning("unknown outcome", order=asked.mark.order_id, asked=what, reason=reason)
    return Refusal("checkout.provider_silent", order_id=asked.mark.order_id, retry_after_s=int(wished or 1))


def _fetch(asked: Ask, notice: Notice | None) -> PaymentFacts | None:
    """The payment as the provider's books have it; None when they definitely have none."""
    payment_id = asked.provider_id or (notice.payment_id if notice else None)
    outcome: Outcome[PaymentFacts | None]
    if payment_id:
        outcome = get_gateway().get_payment(payment_id)
    else:
        outcome = get_gateway().find_payment(asked.mark, asked.asked_at)
    if isinstance(outcome, Done):
        return outcome.facts
    raise silent(asked, "look", outcome)
