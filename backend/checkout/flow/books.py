"""Comparing our books with the provider's, both ways: what they list and we lack, what we have and they do not list.

A difference is first settled as any notice would settle it; what still differs then is for a person.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from backend.checkout import service
from backend.checkout.domain import BooksDifference, PaymentCopy
from backend.checkout.flow.provider import get_gateway
from backend.checkout.flow.sync import read, read_snapshot, sync_payment
from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.ops.outbox import Facts
from offsets import Done, Mark, PaymentFacts, PaymentStatus

# the provider stamps a payment by a clock of its own
_CLOCKS_DIFFER = timedelta(hours=1)

_log = structlog.get_logger("checkout")


def compare_recent_books(_owner: str, _facts: Facts) -> None:
    """The nightly comparison; raises `internal.books_differ`, so that its row becomes a dead letter someone sees."""
    differences = compare_books(timedelta(days=context.policy().checkout.books_compared_days))
    if differences:
        raise Refusal("internal.books_differ", payments=[difference.payment_id for difference in differences])


def compare_books(age: timedelta) -> list[BooksDifference]:
    """What the two books say differently about the payments of the last `age`, after settling what can be settled.

    Raises `checkout.provider_silent` when the provider does not list its payments.
    """
    now = read(clock.database_now)
    theirs = _list_theirs(now - age, now + _CLOCKS_DIFFER)
    ours = read(lambda session: service.list_copies(session, now - age))
    found = [_check_theirs(truth) for truth in theirs.values()]
    found += [_check_ours(copy) for copy in ours if copy.provider_id not in theirs]
    differences = [difference for difference in found if difference is not None]
    for difference in differences:
        _log.error("books differ", payment=difference.payment_id, problem=difference.problem)
    return differences


def _list_theirs(since: datetime, until: datetime) -> dict[str, PaymentFacts]:
    outcome = get_gateway().list_payments(since, until)
    if not isinstance(outcome, Done):
        raise Refusal("checkout.provider_silent", order_id="", retry_after_s=60)
    return {truth.payment_id: truth for truth in outcome.facts}


def _check_theirs(truth: PaymentFacts) -> BooksDifference | None:
    """One payment of the provider's list against our copy of it."""
    mark = truth.mark
    assert mark is not None  # the port lists what bears our mark
    if _agrees(mark, truth):
        return None
    if _is_replaced(mark, truth):
        return None
    if not _is_order(mark):
        return BooksDifference(truth.payment_id, mark, "the provider has a payment for an order we do not know")
    _sync(mark)
    now = get_gateway().get_payment(truth.payment_id)
    if isinstance(now, Done) and _agrees(mark, now.facts):
        return None
    return BooksDifference(truth.payment_id, mark, "our copy of a payment differs from the provider's")


def _check_ours(copy: PaymentCopy) -> BooksDifference | None:
    """A payment of ours that the provider did not list; one at the edge of the time asked for is fetched by its id."""
    outcome = get_gateway().get_payment(copy.provider_id)
    if isinstance(outcome, Done) and (_agrees(copy.mark, outcome.facts) or _sync(copy.mark)):
        now = get_gateway().get_payment(copy.provider_id)
        if isinstance(now, Done) and _agrees(copy.mark, now.facts):
            return None
    return BooksDifference(copy.provider_id, copy.mark, "we have a payment that the provider does not know as we do")


def _agrees(mark: Mark, truth: PaymentFacts) -> bool:
    copy = read(lambda session: service.find_copy(session, mark))
    return copy is not None and not copy.differs_from(truth)


def _is_replaced(mark: Mark, truth: PaymentFacts) -> bool:
    """Whether a closed payment without money is the one that the order's page took the place of."""
    if truth.status is not PaymentStatus.CANCELLED or truth.captured.minor:
        return False
    return _is_order(mark) and read_snapshot(mark.user_id, mark.order_id).page is not None


def _is_order(mark: Mark) -> bool:
    try:
        read_snapshot(mark.user_id, mark.order_id)
    except Refusal:
        return False
    return True


def _sync(mark: Mark) -> bool:
    try:
        return sync_payment(mark.user_id, mark.order_id)
    except Refusal as refusal:
        _log.warning("not synced", order=mark.order_id, reason=refusal.code)
        return False
