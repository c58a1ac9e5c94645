"""What must always hold of orders and money, as queries that return no row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.models import OrderRow, OrderTransition, PaymentRow
from backend.checkout.service import invoices
from backend.platform.data import ids
from backend.platform.ops.invariants import Violation
from backend.registry import service as registry
from offsets import HOLDING, UNRESOLVED, OrderState, PaymentStatus, RefundStatus

Key = tuple[str, str]  # user_id, order_id

PAGE = 500  # orders compared at once: bounded memory, a constant number of statements for each page
NO_GOODS = registry.Goods(held_g=0, retired_g=0, is_certified=False)

_HOLDING = frozenset(state.value for state in HOLDING)
# Captured money is complete in these: goods, or the money itself, or the bank took it.
_PAID = frozenset({OrderState.PAID.value, OrderState.RETIRED.value})


@dataclass(frozen=True)
class Record:
    """An order and everything that is compared with it."""

    order: OrderRow
    payment: PaymentRow | None
    goods: registry.Goods
    given_back_minor: int
    leads_to: Key | None  # the order that the directory names for the payment
    moves: Sequence[OrderTransition]


def verify(session: Session) -> Iterator[Violation]:
    """Everything that does not hold of orders, their payments, refunds, holds and retirements. Reads only.

    Page by page: the same few statements for each `PAGE` orders, and no more than one page in memory.
    """
    after: Key | None = None
    while page := _read_page(session, after):
        for record in page:
            yield from _record(record)
        after = (page[-1].order.user_id, page[-1].order.id)
    yield from _goods_without_order(session)
    yield from invoices.verify(session)


def _read_page(session: Session, after: Key | None) -> list[Record]:
    """The next orders in the order of their key, with everything that is compared with them."""
    orders = session.scalars(sql.all_orders(after, PAGE)).all()
    if not orders:
        return []
    keys = [(order.user_id, order.id) for order in orders]
    payments = {(row.user_id, row.order_id): row for row in session.scalars(sql.PAYMENTS_OF_ORDERS, {"orders": keys})}
    goods, led_to = registry.sum_goods(session, keys), _read_directory(session, payments.values())
    given_back, moves = _sum_refunds(session, keys), _read_moves(session, keys)
    return [
        Record(order, payments.get(key), goods.get(key, NO_GOODS), given_back[key], led_to.get(key), moves[key])
        for order, key in zip(orders, keys, strict=True)
    ]


def _read_directory(session: Session, payments: Iterable[PaymentRow]) -> dict[Key, Key]:
    """By the key of a payment's order: the order that the directory names for it."""
    by_provider = {row.provider_id: (row.user_id, row.order_id) for row in payments if row.provider_id is not None}
    entries = session.scalars(sql.DIRECTORY, {"provider_ids": list(by_provider)})
    return {by_provider[entry.provider_id]: (entry.user_id, entry.order_id) for entry in entries}


def _sum_refunds(session: Session, keys: Sequence[Key]) -> Counter[Key]:
    """What came back for each order, in minor units."""
    given_back: Counter[Key] = Counter()
    for refund in session.scalars(sql.REFUNDS_OF_ORDERS, {"orders": keys}):
        if refund.status == RefundStatus.SUCCEEDED.value:
            given_back[refund.user_id, refund.order_id] += refund.amount_minor
    return given_back


def _read_moves(session: Session, keys: Sequence[Key]) -> defaultdict[Key, list[OrderTransition]]:
    """The moves of each order, in their order."""
    moves: defaultdict[Key, list[OrderTransition]] = defaultdict(list)
    for move in session.scalars(sql.TRANSITIONS_OF_ORDERS, {"orders": keys}):
        moves[move.user_id, move.order_id].append(move)
    return moves


def _record(record: Record) -> Iterator[Violation]:
    if record.payment is None:
        yield _broken(record.order, "every order has one payment")
        return
    yield from _goods(record.order, record.goods)
    yield from _money(record, record.payment)
    yield from _transitions(record.order, record.moves)


def _goods(order: OrderRow, goods: registry.Goods) -> Iterator[Violation]:
    if goods.held_g != (order.grams if order.state in _HOLDING else 0):
        yield _broken(order, "stock is held for orders that wait for it, and for no others", f"held_g={goods.held_g}")
    is_retired = order.state == OrderState.RETIRED.value
    if goods.retired_g != (order.grams if is_retired else 0):
        yield _broken(
            order, "a retired order has retired exactly its grams, others none", f"retired_g={goods.retired_g}"
        )
    if goods.is_certified != is_retired:
        yield _broken(order, "a retired order has a certificate, others none")


def _money(record: Record, payment: PaymentRow) -> Iterator[Violation]:
    order = record.order
    if payment.currency != order.currency or payment.amount_minor != order.price_minor:
        yield _broken(order, "the payment asks for exactly what the order costs")
    if order.state in _PAID and order.attention is None:
        paid = (payment.status, payment.captured_minor) == (PaymentStatus.SUCCEEDED.value, order.price_minor)
        if not paid:
            yield _broken(
                order, "a paid order has a succeeded payment of its price", f"captured={payment.captured_minor}"
            )
    visible = {state.value for state in UNRESOLVED} | {OrderState.CHARGED_BACK.value, OrderState.RETIRED.value}
    if payment.captured_minor > payment.refunded_minor and order.state not in visible:
        yield _broken(order, "captured money without goods is visible", f"captured={payment.captured_minor}")
    if order.state == OrderState.REFUNDED.value and payment.refunded_minor != payment.captured_minor:
        yield _broken(order, "a refunded order has nothing of the money left")
    if record.given_back_minor != payment.refunded_minor:
        yield _broken(order, "the refunds sum to what was refunded", f"refunds_minor={record.given_back_minor}")
    if payment.provider_id is not None and record.leads_to != (order.user_id, order.id):
        yield _broken(order, "the directory leads from the payment to the order")


def _transitions(order: OrderRow, moves: Sequence[OrderTransition]) -> Iterator[Violation]:
    """The moves follow one another without a gap, and the last one leads to the present state."""
    state: str | None = None
    for number, move in enumerate(moves, start=1):
        if (move.number, move.from_state) != (number, state):
            yield _broken(order, "moves follow one another", f"number={number}")
        state = move.to_state
    if (len(moves), state) != (order.moves, order.state):
        yield _broken(order, "the last move leads to the present state")


def _goods_without_order(session: Session) -> Iterator[Violation]:
    """What is held or retired in the name of an order is so for an order of the same person."""
    references = (key for key in registry.list_references(session) if ids.is_id("order", key[1]))
    while keys := list(islice(references, PAGE)):
        orders = {(user_id, order_id) for user_id, order_id in session.execute(sql.KNOWN_ORDERS, {"orders": keys})}
        for user_id, reference in keys:
            if (user_id, reference) not in orders:
                yield Violation(reference, "grams are held and retired for orders that exist")


def _broken(order: OrderRow, rule: str, figures: str = "") -> Violation:
    return Violation(order.id, rule, ", ".join(filter(None, [f"state={order.state}", figures])))
