"""The statements of the checkout, built once.

An order, its payment and its refunds change together while they are locked, a savepoint may undo a part of it, and the
session writes what has changed: so these statements give the mapped objects themselves. What is only asked for comes
as an object of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, or_, select, tuple_, update

from backend.checkout.domain import (
    ASKED,
    CALLED_OFF,
    FINISHED,
    FOREIGN_PAYMENT,
    IN_FLIGHT,
    NONE,
    ON_THEIR_WAY,
    STOPPED,
    WAITING,
    PageSnapshot,
    PaymentCopy,
    PaymentSnapshot,
    RefundRequest,
    RefundRequestState,
    StoredQuote,
    StoredRefundRequest,
)
from backend.checkout.models import (
    InvoiceRow,
    InvoiceSeries,
    NoticeRow,
    OrderRow,
    OrderTransition,
    PaymentIntent,
    PaymentPageRow,
    PaymentRow,
    QuoteRow,
    RefundRequestRow,
    RefundRow,
)
from backend.platform.data.batch import Question, Questions, read_as
from backend.platform.data.upsert import insert_absent
from offsets import UNRESOLVED, Mark, Money, OrderState, PaymentMethod

QUOTES = QuoteRow.__table__
_PAYMENTS, _REFUNDS, _INTENTS = PaymentRow.__table__, RefundRow.__table__, PaymentIntent.__table__

# Quotes.
_ONE_QUOTE = (QUOTES.c.user_id == bindparam("owner"), QUOTES.c.id == bindparam("of_quote"))
INSERT_QUOTE = QUOTES.insert()
_QUOTE = select(QUOTES).where(*_ONE_QUOTE)
_LOCK_QUOTE = _QUOTE.with_for_update(key_share=True)
ORDER_OF_QUOTE = select(OrderRow.id).where(
    OrderRow.user_id == bindparam("owner"), OrderRow.quote_id == bindparam("of_quote")
)
EXPIRED_QUOTES = (
    select(QUOTES.c.user_id, QUOTES.c.id)
    .outerjoin(OrderRow, (OrderRow.user_id == QUOTES.c.user_id) & (OrderRow.quote_id == QUOTES.c.id))
    .where(QUOTES.c.expires_at < bindparam("before"), OrderRow.id.is_(None))
    .limit(bindparam("most"))
)
DROP_QUOTE = QUOTES.delete().where(*_ONE_QUOTE)

# Orders, locked first in the order of locks, and their payments.
_OF_ORDER = (OrderRow.user_id == bindparam("owner"), OrderRow.id == bindparam("of_order"))
LOCK_ORDER = (
    select(OrderRow).where(*_OF_ORDER).with_for_update(key_share=True).execution_options(populate_existing=True)
)
_PAYS = (PaymentRow.user_id == OrderRow.user_id) & (PaymentRow.order_id == OrderRow.id)
_OF_PAYMENT = (PaymentRow.user_id == bindparam("owner"), PaymentRow.order_id == bindparam("of_order"))
LOCK_PAYMENT = (
    select(PaymentRow).where(*_OF_PAYMENT).with_for_update(key_share=True).execution_options(populate_existing=True)
)
_SNAPSHOT = (
    select(
        OrderRow.user_id,
        OrderRow.id,
        OrderRow.state,
        OrderRow.price_minor,
        OrderRow.currency,
        OrderRow.project_id,
        OrderRow.grams,
        PaymentRow.changes,
        PaymentRow.intent_key,
        PaymentRow.provider_id,
        PaymentRow.status,
        PaymentRow.asked_at,
        PaymentRow.methods,
        OrderRow.hold_expires_at,
    )
    .join(PaymentRow, _PAYS)
    .where(*_OF_ORDER)
)
HAS_FOREIGN_PAYMENT = (
    select(OrderTransition.number)
    .where(
        OrderTransition.user_id == bindparam("owner"),
        OrderTransition.order_id == bindparam("of_order"),
        OrderTransition.event == FOREIGN_PAYMENT,
    )
    .limit(1)
)
NEED_A_PERSON = (
    select(OrderRow)
    .where(or_(OrderRow.attention.is_not(None), OrderRow.state.in_([state.value for state in UNRESOLVED])))
    .order_by(OrderRow.placed_at)
    .limit(bindparam("most"))
)
_OVERDUE = (OrderRow.state.in_(WAITING), OrderRow.hold_expires_at <= bindparam("now"))
PEOPLE_WITH_LAPSING = (
    select(OrderRow.user_id)
    .where(*_OVERDUE, OrderRow.user_id > bindparam("after"))
    .distinct()
    .order_by(OrderRow.user_id)
    .limit(bindparam("most"))
)
# one that somebody is settling at this moment is left out
LOCK_LAPSING = (
    select(OrderRow)
    .where(*_OVERDUE, OrderRow.user_id == bindparam("owner"))
    .order_by(OrderRow.id)
    .with_for_update(key_share=True, skip_locked=True)
    .execution_options(populate_existing=True)
)

# Payments: our copy of the provider's books, and when to fetch them again.
INSERT_INTENT = insert_absent(_INTENTS)
_LED_TO = select(_INTENTS.c.user_id, _INTENTS.c.order_id).where(_INTENTS.c.provider_id == bindparam("of_provider"))
_COPY = select(
    _PAYMENTS.c.user_id,
    _PAYMENTS.c.order_id,
    _PAYMENTS.c.provider_id,
    _PAYMENTS.c.status,
    _PAYMENTS.c.captured_minor,
    _PAYMENTS.c.currency,
    _PAYMENTS.c.refunded_minor,
    _PAYMENTS.c.dispute,
).where(_PAYMENTS.c.provider_id.is_not(None))
_COPY_OF_ORDER = _COPY.where(_PAYMENTS.c.user_id == bindparam("owner"), _PAYMENTS.c.order_id == bindparam("of_order"))
_COPIES_SINCE = _COPY.where(_PAYMENTS.c.asked_at >= bindparam("since"))
PEOPLE_TO_SYNC = (
    select(PaymentRow.user_id)
    .where(PaymentRow.sync_at <= bindparam("now"), PaymentRow.user_id > bindparam("after"))
    .distinct()
    .order_by(PaymentRow.user_id)
    .limit(bindparam("most"))
)
ORDERS_TO_SYNC = (
    select(PaymentRow.order_id)
    .where(PaymentRow.user_id == bindparam("owner"), PaymentRow.sync_at <= bindparam("now"))
    .order_by(PaymentRow.order_id)
)
POSTPONE_SYNC = (
    update(PaymentRow)
    .where(*_OF_PAYMENT, PaymentRow.sync_at.is_not(None))
    .values(sync_at=bindparam("later", type_=PaymentRow.sync_at.type))
)
STOP_SYNCING = (
    update(PaymentRow)
    .where(*_OF_PAYMENT, PaymentRow.provider_id.is_(None), PaymentRow.status == ASKED)
    .values(status=NONE, sync_at=None)
)

# Pages to pay on.
_PAGES = PaymentPageRow.__table__
INSERT_PAGE = insert_absent(_PAGES)
_PAGE = select(*(_PAGES.c[name] for name in ("key", "provider_id", "status", "app_link", "language"))).where(
    _PAGES.c.user_id == bindparam("owner"), _PAGES.c.order_id == bindparam("of_order")
)
PAGES_OF_ORDERS = select(PaymentPageRow).where(
    tuple_(PaymentPageRow.user_id, PaymentPageRow.order_id).in_(bindparam("orders", expanding=True))
)

# Refunds.
_OF_REFUNDED = (RefundRow.user_id == bindparam("owner"), RefundRow.order_id == bindparam("of_order"))
REFUNDS = select(RefundRow).where(*_OF_REFUNDED).order_by(RefundRow.id)
_REFUNDS_ASKED = select(_REFUNDS.c.id, _REFUNDS.c.amount_minor, _REFUNDS.c.currency).where(
    _REFUNDS.c.user_id == bindparam("owner"), _REFUNDS.c.order_id == bindparam("of_order"), _REFUNDS.c.status == ASKED
)
WITHDRAW_REFUNDS = update(RefundRow).where(*_OF_REFUNDED, RefundRow.status == ASKED).values(status=STOPPED)

# A buyer's requests for a refund.
_ASKED_BACK = RefundRequestRow.__table__
_OF_REQUEST = (_ASKED_BACK.c.user_id == bindparam("owner"), _ASKED_BACK.c.order_id == bindparam("of_order"))
INSERT_REFUND_REQUEST = insert_absent(_ASKED_BACK)
_REFUND_REQUEST = select(_ASKED_BACK).where(*_OF_REQUEST)
DECIDE_REFUND_REQUEST = (
    update(RefundRequestRow)
    .where(*_OF_REQUEST, _ASKED_BACK.c.state == RefundRequestState.OPEN.value)
    .values(state=bindparam("decided"), decided_at=bindparam("at", type_=RefundRequestRow.decided_at.type))
)
REFUND_REQUESTS_OF_ORDERS = select(RefundRequestRow).where(
    tuple_(RefundRequestRow.user_id, RefundRequestRow.order_id).in_(bindparam("orders", expanding=True))
)

# Invoices and credit notes.
_OF_INVOICED = (InvoiceRow.user_id == bindparam("owner"), InvoiceRow.order_id == bindparam("of_order"))
_IN_ORDER = (InvoiceRow.issued_at, InvoiceRow.series.desc(), InvoiceRow.place)  # an invoice before its credit notes
INVOICES = select(InvoiceRow).where(*_OF_INVOICED).order_by(*_IN_ORDER)
INVOICE_ABOUT = select(InvoiceRow).where(*_OF_INVOICED, InvoiceRow.about == bindparam("about"))
INVOICES_OF_PERSON = (
    select(InvoiceRow)
    .where(InvoiceRow.user_id == bindparam("owner"), InvoiceRow.number > bindparam("after"))
    .order_by(InvoiceRow.number)
)
_SERIES = InvoiceSeries.__table__
_OF_SERIES = _SERIES.c.series == bindparam("of_series")
INSERT_SERIES = insert_absent(_SERIES)
RAISE_SERIES = update(_SERIES).where(_OF_SERIES).values(last_number=_SERIES.c.last_number + 1)
LAST_NUMBER = select(_SERIES.c.last_number).where(_OF_SERIES)
_ISSUED = (
    select(InvoiceRow.series, func.count().label("issued"), func.max(InvoiceRow.place).label("highest"))
    .group_by(InvoiceRow.series)
    .subquery()
)
UNEVEN_SERIES = (
    select(_SERIES.c.series, _SERIES.c.last_number, _ISSUED.c.issued, _ISSUED.c.highest)
    .outerjoin(_ISSUED, _ISSUED.c.series == _SERIES.c.series)
    .where(
        or_(
            func.coalesce(_ISSUED.c.issued, 0) != _SERIES.c.last_number,
            func.coalesce(_ISSUED.c.highest, 0) != _SERIES.c.last_number,
        )
    )
)
PAID_AT = select(func.min(OrderTransition.moved_at)).where(
    OrderTransition.user_id == bindparam("owner"),
    OrderTransition.order_id == bindparam("of_order"),
    OrderTransition.to_state.not_in((*WAITING, *CALLED_OFF)),
)

# Notices of the provider: the id comes back only when the row was new.
INSERT_NOTICE = insert_absent(NoticeRow.__table__).returning(NoticeRow.notice_id)
HAS_NOTICE = select(NoticeRow.notice_id).where(NoticeRow.notice_id == bindparam("of_notice"))
OLD_NOTICES = (
    select(NoticeRow.notice_id)
    .where(NoticeRow.heard_at < bindparam("before"))
    .order_by(NoticeRow.heard_at)
    .limit(bindparam("most"))
)
DROP_NOTICES = delete(NoticeRow).where(NoticeRow.notice_id.in_(bindparam("notice_ids", expanding=True)))

# One person: whether money is in flight, and what names them. An order that was called off counts until the provider
# has closed its payment.
ORDER_IN_FLIGHT = (
    select(OrderRow.id)
    .join(PaymentRow, _PAYS)
    .where(
        OrderRow.user_id == bindparam("owner"),
        or_(OrderRow.state.in_(IN_FLIGHT), OrderRow.state.in_(CALLED_OFF) & PaymentRow.status.not_in(FINISHED)),
    )
    .limit(1)
)
REFUND_IN_FLIGHT = (
    select(RefundRow.id).where(RefundRow.user_id == bindparam("owner"), RefundRow.status.in_(ON_THEIR_WAY)).limit(1)
)
FORGET = (
    update(OrderRow).where(OrderRow.user_id == bindparam("owner")).values(sealed_beneficiary=b"", shows_name=False),
    update(PaymentRow).where(PaymentRow.user_id == bindparam("owner")).values(sealed_handover=None),
    update(PaymentPageRow).where(PaymentPageRow.user_id == bindparam("owner")).values(sealed_url=None),
    QUOTES.delete().where(
        QUOTES.c.user_id == bindparam("owner"),
        QUOTES.c.id.not_in(select(OrderRow.quote_id).where(OrderRow.user_id == bindparam("owner"))),
    ),
)

# What the invariants compare.
_ORDER_KEY = tuple_(OrderRow.user_id, OrderRow.id)
KNOWN_ORDERS = select(OrderRow.user_id, OrderRow.id).where(_ORDER_KEY.in_(bindparam("orders", expanding=True)))
DIRECTORY = select(PaymentIntent).where(PaymentIntent.provider_id.in_(bindparam("provider_ids", expanding=True)))
_ORDERS: Any = bindparam("orders", expanding=True)
PAYMENTS_OF_ORDERS = select(PaymentRow).where(tuple_(PaymentRow.user_id, PaymentRow.order_id).in_(_ORDERS))
REFUNDS_OF_ORDERS = (
    select(RefundRow).where(tuple_(RefundRow.user_id, RefundRow.order_id).in_(_ORDERS)).order_by(RefundRow.id)
)
TRANSITIONS_OF_ORDERS = (
    select(OrderTransition)
    .where(tuple_(OrderTransition.user_id, OrderTransition.order_id).in_(_ORDERS))
    .order_by(OrderTransition.number)
)


def page_of_orders(user_id: str, before: Sequence[Any] | None, most: int) -> Select[OrderRow]:
    """At most `most` orders of one person, the latest first: those before the id in `before`."""
    page = select(OrderRow).where(OrderRow.user_id == user_id).order_by(OrderRow.id.desc()).limit(most)
    return page if before is None else page.where(OrderRow.id < before[0])


def exported_orders(user_id: str, after: str, most: int) -> Select[OrderRow]:
    """At most `most` orders of one person behind the id `after`, oldest first."""
    orders = select(OrderRow).where(OrderRow.user_id == user_id, OrderRow.id > after)
    return orders.order_by(OrderRow.id).limit(most)


def all_orders(after: tuple[str, str] | None, most: int) -> Select[OrderRow]:
    """At most `most` orders of anybody behind the key `after`, in the order of their key."""
    page = select(OrderRow).order_by(OrderRow.user_id, OrderRow.id).limit(most)
    return page if after is None else page.where(after < _ORDER_KEY)


def quotes_of(user_id: str) -> Select[Any]:
    """Every quote of one person, in no order."""
    return select(QUOTES).where(QUOTES.c.user_id == user_id)


def quote(user_id: str, quote_id: str) -> Question[StoredQuote]:
    """One quote."""
    return Question(_QUOTE, {"owner": user_id, "of_quote": quote_id}, _read_quote)


def locked_quote(user_id: str, quote_id: str) -> Question[StoredQuote]:
    """The same, which nobody else orders from until the end of the transaction."""
    return Question(_LOCK_QUOTE, {"owner": user_id, "of_quote": quote_id}, _read_quote)


def snapshot(user_id: str, order_id: str) -> Questions[PaymentSnapshot | None]:
    """How an order stands, with the refunds that the provider has not answered; None where there is no such order."""
    asked = {"owner": user_id, "of_order": order_id}
    orders, refunds = Question(_SNAPSHOT, asked, dict), Question(_REFUNDS_ASKED, asked, _read_request)
    pages = Question(_PAGE, asked, read_as(PageSnapshot))
    return Questions({"orders": orders, "refunds": refunds, "pages": pages}, _read_snapshot)


def refund_request(user_id: str, order_id: str) -> Question[StoredRefundRequest]:
    """What a buyer asked for about one order."""
    return Question(_REFUND_REQUEST, {"owner": user_id, "of_order": order_id}, _read_asked_back)


def page_of_refund_requests(after: Sequence[Any] | None, most: int) -> Question[StoredRefundRequest]:
    """At most `most` requests that nobody has decided, the oldest first: those behind the values in `after`."""
    key = tuple_(_ASKED_BACK.c.asked_at, _ASKED_BACK.c.order_id)
    page = select(_ASKED_BACK).where(_ASKED_BACK.c.state == RefundRequestState.OPEN.value).order_by(*key).limit(most)
    return Question(page if after is None else page.where(key > tuple(after)), {}, _read_asked_back)


def payment_copy(mark: Mark) -> Question[PaymentCopy]:
    """Our copy of the payment of an order, none while the provider has not given it an id."""
    return Question(_COPY_OF_ORDER, {"owner": mark.user_id, "of_order": mark.order_id}, _read_copy)


def payment_copies_since(since: datetime) -> Question[PaymentCopy]:
    """Our copies of every payment that we asked for from `since` on and that the provider has given an id."""
    return Question(_COPIES_SINCE, {"since": since}, _read_copy)


def mark_of(provider_id: str) -> Question[Mark]:
    """The order that our directory names for a payment of the provider."""
    return Question(_LED_TO, {"of_provider": provider_id}, lambda row: Mark(row["user_id"], row["order_id"]))


_read_quote: Callable[[Mapping[str, Any]], StoredQuote] = read_as(StoredQuote)
_read_asked_back: Callable[[Mapping[str, Any]], StoredRefundRequest] = read_as(StoredRefundRequest)


def _read_request(row: Mapping[str, Any]) -> RefundRequest:
    return RefundRequest(row["id"], Money(row["amount_minor"], row["currency"]))


def _read_snapshot(
    orders: Sequence[Mapping[str, Any]], refunds: Sequence[RefundRequest], pages: Sequence[PageSnapshot]
) -> PaymentSnapshot | None:
    if not orders:
        return None
    (row,) = orders
    return PaymentSnapshot(
        mark=Mark(row["user_id"], row["id"]),
        changes=row["changes"],
        state=OrderState(row["state"]),
        price=Money(row["price_minor"], row["currency"]),
        project_id=row["project_id"],
        grams=row["grams"],
        intent_key=row["intent_key"],
        provider_id=row["provider_id"],
        status=row["status"],
        asked_at=row["asked_at"],
        refunds=tuple(refunds),
        methods=tuple(map(PaymentMethod, row["methods"] or ())),
        hold_expires_at=row["hold_expires_at"],
        page=next(iter(pages), None),
    )


def _read_copy(row: Mapping[str, Any]) -> PaymentCopy:
    return PaymentCopy(
        mark=Mark(row["user_id"], row["order_id"]),
        provider_id=row["provider_id"],
        status=row["status"],
        captured=Money(row["captured_minor"], row["currency"]),
        refunded_minor=row["refunded_minor"],
        dispute=row["dispute"],
    )
