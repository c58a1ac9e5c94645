"""A page of the provider's to pay on, in the place of a payment on the payer's own device: never both at once.

The payment made possible with the order is closed first; only when the provider says that nobody can pay it any more is
the page asked for. Every step may be repeated after a crash: the reconciler goes on where it stopped.
"""

from __future__ import annotations

from urllib.parse import urlencode

from sqlalchemy.orm import Session

from backend.checkout import service
from backend.checkout.domain import PageSnapshot, PageWish
from backend.checkout.flow.payment_requests import describe
from backend.checkout.flow.provider import get_gateway
from backend.checkout.flow.sync import provider_silent, read, read_snapshot, sync_payment, write
from backend.checkout.service import PaymentSnapshot
from backend.platform.core import context
from backend.platform.core.i18n import Language
from backend.platform.web.idempotency import Steps
from offsets import Done, OrderState, PageRequest, Unknown

PAYABLE = (OrderState.CREATED, OrderState.AWAITING_PAYMENT)


def open_page(user_id: str, order_id: str, wish: PageWish, language: Language) -> Steps:
    """A page to pay an order on, in two steps: write down that there shall be one; then have the provider make it."""

    def begin(session: Session) -> dict[str, str]:
        service.ask_for_page(session, user_id, order_id, wish)
        return {}

    def finish(_facts: dict[str, str]) -> service.OrderView:
        complete_page(user_id, order_id)
        return read(lambda session: service.get_order(session, user_id, order_id, language))

    return Steps(begin, finish)


def find_way_back(link: str, order_id: str, result: str) -> str:
    """The app's own link with the order in it; raises `request.invalid` for one that is not of the settings' list."""
    service.check_app_link(link, "to")
    return f"{link}{'&' if '?' in link else '?'}{urlencode({'order': order_id, 'result': result})}"


def complete_page(user_id: str, order_id: str) -> None:
    """Close the payment that the page takes the place of, then have the page made; nothing to do when all that is done.

    Raises `checkout.provider_silent` while nobody knows whether it was; the same keys ask again.
    """
    snapshot = read_snapshot(user_id, order_id)
    if snapshot.provider_id is not None and _is_awaited(snapshot):
        outcome = get_gateway().cancel_payment(snapshot.provider_id, f"cancel_{snapshot.intent_key}")
        sync_payment(user_id, order_id)
        if isinstance(outcome, Unknown):
            raise provider_silent(snapshot, "cancel", outcome)
        snapshot = read_snapshot(user_id, order_id)
    if snapshot.page is not None and snapshot.is_on_page and _is_awaited(snapshot):
        _make(snapshot, snapshot.page)


def _is_awaited(snapshot: PaymentSnapshot) -> bool:
    return snapshot.page is not None and snapshot.page.provider_id is None and snapshot.state in PAYABLE


def _make(snapshot: PaymentSnapshot, page: PageSnapshot) -> None:
    outcome = get_gateway().create_page(_request(snapshot, page), page.key)
    if isinstance(outcome, Done):
        write(lambda session: service.record_page(session, snapshot.mark, outcome.facts))
    elif isinstance(outcome, Unknown):
        raise provider_silent(snapshot, "create", outcome)
    else:
        # the payment is closed and there is no page: nothing can be paid, so the order ends
        write(lambda session: service.refuse_page(session, snapshot.mark))


def _request(snapshot: PaymentSnapshot, page: PageSnapshot) -> PageRequest:
    return PageRequest(
        payment=describe(snapshot),
        success_url=_way_back(snapshot, page, "paid"),
        cancel_url=_way_back(snapshot, page, "cancelled"),
        expires_at=snapshot.hold_expires_at,
        language=page.language,
    )


def _way_back(snapshot: PaymentSnapshot, page: PageSnapshot, result: str) -> str:
    told = {"to": page.app_link, "order": snapshot.mark.order_id, "result": result}
    return f"{context.settings().public_url}/v1/payments/return?{urlencode(told)}"
