"""Pages of the provider's to pay on: asked for once for an order, and what we heard of them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.domain import ASKED, NONE, ON_PAGE, WAITING, PageWish
from backend.checkout.models import PaymentPageRow, PaymentRow
from backend.checkout.service.transitions import apply_event, lock_order, lock_payment
from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.data import ids
from backend.platform.privacy.vault import KeyErased, the_vault
from offsets import Mark, OrderEvent, PageFacts, PageStatus, PaymentFacts, PaymentStatus

PURPOSE = "payment_page"
# The provider opens no page for less (https://docs.stripe.com/api/checkout/sessions/create: expires_at), and its clock
# is not ours.
SHORTEST = timedelta(minutes=31)


def ask_for_page(session: Session, user_id: str, order_id: str, wish: PageWish) -> None:
    """Write down that an order is to be paid on a page; the first page stays when there is one.

    Refuses with `not_found.order`, `request.invalid` for a link that is not of the settings' list,
    `orders.already_paid`, `checkout.order_over`, `checkout.page_too_late`.
    """
    check_app_link(wish.app_link, "app_link")
    order = lock_order(session, user_id, order_id)
    payment = lock_payment(session, order)
    if payment.captured_minor:
        raise Refusal("orders.already_paid", order_id=order_id, state=order.state)
    if order.state not in WAITING:
        raise Refusal("checkout.order_over", order_id=order_id, state=order.state)
    if session.get(PaymentPageRow, (user_id, order_id)) is not None:
        return
    now = clock.database_now(session)
    if order.hold_expires_at - now < SHORTEST:
        raise Refusal("checkout.page_too_late", order_id=order_id, minutes=int(SHORTEST.total_seconds()) // 60)
    page = {
        "user_id": user_id,
        "order_id": order_id,
        "key": ids.new_id("payment"),
        "provider_id": None,
        "status": ASKED,
        "sealed_url": None,
        "asked_at": now,
        **vars(wish),
    }
    session.execute(sql.INSERT_PAGE, page)


def check_app_link(link: str, field: str) -> None:
    """Refuse a link back to the app that is not of the settings' list: nobody is sent elsewhere in our name."""
    links = context.settings().app_links
    if link not in links:
        raise invalid_field(field, "app_link", links=", ".join(links))


def record_page(session: Session, mark: Mark, facts: PageFacts) -> None:
    """Bring our copy of a page in line with the provider's; a closed one that nobody paid on ends the payment."""
    order = lock_order(session, mark.user_id, mark.order_id)
    payment = lock_payment(session, order)
    page = session.get_one(PaymentPageRow, (mark.user_id, mark.order_id), populate_existing=True)
    page.provider_id, page.status = facts.page_id, facts.status.value
    page.sealed_url = _seal(session, mark.user_id, facts)
    if facts.status is PageStatus.EXPIRED and facts.payment_id is None and payment.provider_id is None:
        _change(payment, NONE)
    session.flush()


def refuse_page(session: Session, mark: Mark) -> None:
    """The provider makes no page, and the payment it should take the place of is closed: the order is over."""
    order = lock_order(session, mark.user_id, mark.order_id)
    payment = lock_payment(session, order)
    page = session.get_one(PaymentPageRow, (mark.user_id, mark.order_id), populate_existing=True)
    if page.provider_id is None and payment.provider_id is None and order.state in WAITING:
        page.status = PageStatus.EXPIRED.value
        _change(payment, NONE)
        apply_event(session, order, OrderEvent.CANCEL_REQUESTED)


def is_replaced_by_page(session: Session, payment: PaymentRow, truth: PaymentFacts) -> bool:
    """Whether `truth` is of the closed payment that a page takes the place of."""
    if truth.status is not PaymentStatus.CANCELLED or truth.captured.minor:
        return False
    page = session.get(PaymentPageRow, (payment.user_id, payment.order_id), populate_existing=True)
    return page is not None and page.provider_id is None


def give_way_to_page(session: Session, payment: PaymentRow) -> None:
    """From now on the page is what pays the order."""
    payment.provider_id = payment.sealed_handover = payment.failure_code = None
    _change(payment, ON_PAGE)
    session.flush()


def read_url(session: Session, user_id: str, order_id: str) -> str | None:
    """Where an order is paid on its page; None where there is none that is open."""
    page = session.get(PaymentPageRow, (user_id, order_id))
    if page is None or page.sealed_url is None:
        return None
    try:
        return the_vault().unseal(session, user_id, PURPOSE, page.sealed_url).decode()
    except KeyErased:
        return None


def _change(payment: PaymentRow, status: str) -> None:
    payment.status = status
    payment.changes += 1


def _seal(session: Session, user_id: str, facts: PageFacts) -> bytes | None:
    """Kept only while somebody can pay there."""
    if facts.status is not PageStatus.OPEN or facts.url is None:
        return None
    try:
        return the_vault().seal(session, user_id, PURPOSE, facts.url.encode())
    except KeyErased:
        return None
