"""What we ask the provider for: to make a payment possible, to close it, to give money back."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from backend.checkout import service
from backend.checkout.flow.provider import get_gateway
from backend.checkout.flow.sync import provider_silent, read, read_snapshot, settle, sync_payment, write
from backend.checkout.service import PaymentSnapshot
from backend.platform.core.i18n import Language, in_kilograms
from backend.platform.ops.outbox import Facts
from backend.platform.web.idempotency import Steps
from offsets import Declined, Done, OrderState, Outcome, PaymentRequest, Rejected, Unknown

CALLED_OFF = (OrderState.CANCELLED, OrderState.LAPSED)


def place_order(user_id: str, request: service.OrderRequest, language: Language) -> Steps:
    """An order in two steps: hold stock and commit; then let the provider make the payment possible."""

    def begin(session: Session) -> dict[str, Any]:
        return {"order_id": service.place(session, user_id, request).id}

    def finish(facts: dict[str, Any]) -> service.OrderView:
        open_payment(user_id, facts["order_id"])
        return read(lambda session: service.get_order(session, user_id, facts["order_id"], language))

    return Steps(begin, finish)


def open_payment(user_id: str, order_id: str) -> None:
    """Let the provider make the payment of an order possible; nothing to do when it has, or when the order is over.

    Raises `checkout.provider_silent` while nobody knows whether it has: the same key, or the reconciler, asks again.
    """
    snapshot = read_snapshot(user_id, order_id)
    if snapshot.provider_id is not None or snapshot.state is not OrderState.CREATED:
        return
    outcome = get_gateway().create_payment(describe(snapshot), snapshot.intent_key)
    match outcome:
        case Done(facts):
            # when somebody has settled meanwhile, this answer may be old
            if not settle(snapshot, facts):
                sync_payment(user_id, order_id)
        case Declined(code) | Rejected(code):
            write(lambda session: service.refuse_intent(session, snapshot, code))
        case Unknown():
            refusal = provider_silent(snapshot, "create", outcome)
            if not sync_payment(user_id, order_id):
                raise refusal


def cancel_payment(user_id: str, facts: Facts) -> None:
    """Close the payment of an order that was called off, so that nobody can pay it any more."""
    snapshot = read_snapshot(user_id, facts["order_id"])
    if not _can_still_be_paid(snapshot):
        return
    outcome = _close(snapshot)
    sync_payment(user_id, facts["order_id"])
    if isinstance(outcome, Unknown) and _can_still_be_paid(read_snapshot(user_id, facts["order_id"])):
        raise provider_silent(snapshot, "cancel", outcome)


def refund(user_id: str, facts: Facts) -> None:
    """Ask for every refund of an order that was written down and not answered, each with its own key.

    What the provider has by now is looked at first: it forgets keys after a day, and this may be a letter sent again
    or a database restored from yesterday.
    """
    order_id = facts["order_id"]
    if not read_snapshot(user_id, order_id).refunds:
        return
    sync_payment(user_id, order_id)
    snapshot = read_snapshot(user_id, order_id)
    if snapshot.provider_id is None:
        return
    for request in snapshot.refunds:
        outcome = get_gateway().refund_payment(snapshot.provider_id, request.amount, request.refund_id)
        sync_payment(user_id, order_id)
        if not read_snapshot(user_id, order_id).awaits_refund(request.refund_id):
            continue
        if isinstance(outcome, Rejected | Declined):
            write(partial(service.fail_refund, snapshot=snapshot, refund_id=request.refund_id, code=outcome.code))
        elif isinstance(outcome, Unknown):
            raise provider_silent(snapshot, "refund", outcome)


def _close(snapshot: PaymentSnapshot) -> Outcome[Any]:
    """Have the provider close what an order could be paid by: its page, with the payment on it, or its payment."""
    page = snapshot.page
    if page is not None and page.provider_id is not None:
        return get_gateway().expire_page(page.provider_id, f"expire_{page.key}")
    assert snapshot.provider_id is not None
    return get_gateway().cancel_payment(snapshot.provider_id, f"cancel_{snapshot.intent_key}")


def _can_still_be_paid(snapshot: PaymentSnapshot) -> bool:
    """Whether an order is called off and somebody could pay it all the same."""
    is_known = snapshot.provider_id is not None or (snapshot.page is not None and snapshot.page.provider_id is not None)
    return snapshot.state in CALLED_OFF and is_known and snapshot.status not in service.FINISHED


def describe(snapshot: PaymentSnapshot) -> PaymentRequest:
    """The payment to ask for: the price, in words that the payer's statement may show.

    The project is named in every language: the same request must be the same words, whoever sends it again.
    """
    titles = read(lambda session: service.list_project_titles(session, snapshot.project_id))
    words = " · ".join([f"{in_kilograms(snapshot.grams):,f} kg CO2e", *titles, snapshot.mark.order_id])
    return PaymentRequest(mark=snapshot.mark, amount=snapshot.price, description=words, methods=snapshot.methods)
