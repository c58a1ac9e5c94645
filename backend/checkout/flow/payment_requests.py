"""What we ask the provider for: to make a payment possible, to close it, to give money back."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.checkout import service
from backend.checkout.flow.provider import get_gateway
from backend.checkout.flow.sync import ask, look, read, settle, silent, write
from backend.checkout.service import Ask
from backend.platform.ops.outbox import Facts
from backend.platform.web.idempotency import Steps
from offsets import Declined, Done, OrderState, PaymentRequest, Rejected, Unknown

CALLED_OFF = (OrderState.CANCELLED, OrderState.LAPSED)


def placing(user_id: str, wish: service.Wish, language: str) -> Steps:
    """An order in two steps: hold stock and commit; then let the provider make the payment possible."""

    def begin(session: Session) -> dict[str, Any]:
        return {"order_id": service.place(session, user_id, wish).id}

    def finish(facts: dict[str, Any]) -> service.OrderView:
        open_payment(user_id, facts["order_id"])
        return read(lambda session: service.get_order(session, user_id, facts["order_id"], language))

    return Steps(begin, finish)


def open_payment(user_id: str, order_id: str) -> None:
    """Let the provider make the payment of an order possible; nothing to do when it has, or when the order is over.

    Raises `checkout.provider_silent` while nobody knows whether it has: the same key, or the reconciler, asks again.
    """
    asked = ask(user_id, order_id)
    if asked.provider_id is not None or asked.state is not OrderState.CREATED:
        return
    outcome = get_gateway().create_payment(_request(asked), asked.intent_key)
    match outcome:
        case Done(facts):
            # when somebody has settled meanwhile, this answer may be old
            if not settle(asked, facts):
                look(user_id, order_id)
        case Declined(code) | Rejected(code):
            write(lambda session: service.refuse_intent(session, asked, code))
        case Unknown():
            refusal = silent(asked, "create", outcome)
            if not look(user_id, order_id):
                raise refusal


def cancel_payment(user_id: str, facts: Facts) -> None:
    """Close the payment of an order that was called off, so that nobody can pay it any more."""
    asked = ask(user_id, facts["order_id"])
    if not _can_still_be_paid(asked):
        return
    assert asked.provider_id is not None
    outcome = get_gateway().cancel_payment(asked.provider_id, f"cancel_{asked.intent_key}")
    look(user_id, facts["order_id"])
    if isinstance(outcome, Unknown) and _can_still_be_paid(ask(user_id, facts["order_id"])):
        raise silent(asked, "cancel", outcome)


def refund(user_id: str, facts: Facts) -> None:
    """Ask for every refund of an order that was written down and not answered, each with its own key."""
    order_id = facts["order_id"]
    asked = ask(user_id, order_id)
    for refund_id, amount in asked.refunds if asked.provider_id else ():
        outcome = get_gateway().refund_payment(asked.provider_id, amount, refund_id)
        look(user_id, order_id)
        if refund_id not in dict(ask(user_id, order_id).refunds):
            continue
        if isinstance(outcome, Rejected | Declined):
            write(lambda session, key=refund_id, why=outcome.code: service.fail_refund(session, asked, key, why))
        elif isinstance(outcome, Unknown):
            raise silent(asked, "refund", outcome)


def _can_still_be_paid(asked: Ask) -> bool:
    """Whether an order is called off and somebody could pay it all the same."""
    return asked.state in CALLED_OFF and asked.provider_id is not None and asked.status not in service.FINISHED


def _request(asked: Ask) -> PaymentRequest:
    words = f"{asked.grams:,} g CO2e, {asked.project_id}, {asked.mark.order_id}"
    return PaymentRequest(mark=asked.mark, amount=asked.price, description=words)
