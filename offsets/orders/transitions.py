"""The table itself: for every event, what it means in every state.

Promise: every pair stands here exactly once, or this module does not load. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from offsets.orders.states import Decision, Ignored, Moved, OrderEffect, OrderEvent, OrderState, Refused

S, E, F = OrderState, OrderEvent, OrderEffect
Pair = tuple[OrderState, OrderEvent]

UNPAID = (S.CREATED, S.AWAITING_PAYMENT)
CALLED_OFF = (S.CANCELLED, S.LAPSED)
GOING_BACK = (S.REFUNDING, S.REFUNDED)
BANK = (S.DISPUTED, S.CHARGED_BACK)
CAPTURED = (S.PAID, S.LATE, S.RETIRED, *GOING_BACK, *BANK)
FIRST_HEARD = (F.RECORD_INTENT, F.RECORD_PAYMENT)


@dataclass(frozen=True)
class _Stay:
    effects: tuple[OrderEffect, ...]


def _to(state: OrderState, *effects: OrderEffect) -> Decision:
    return Moved(state, effects)


def _stay(*effects: OrderEffect) -> _Stay:
    return _Stay(effects)


_Row = tuple[tuple[OrderState, ...], Decision | _Stay]

_ROWS: Mapping[OrderEvent, tuple[_Row, ...]] = {
    E.INTENT_CREATED: (
        ((S.CREATED,), _to(S.AWAITING_PAYMENT, F.RECORD_INTENT)),
        (CALLED_OFF, _stay(F.RECORD_INTENT, F.CANCEL_INTENT)),
        ((S.AWAITING_PAYMENT, *CAPTURED), Ignored("the intent is known")),
    ),
    E.INTENT_REFUSED: (
        ((S.CREATED,), _to(S.CANCELLED, F.RELEASE, F.TELL_OPERATOR)),
        (CALLED_OFF, Ignored("called off already")),
        ((S.AWAITING_PAYMENT, *CAPTURED), Ignored("another request made the intent")),
    ),
    E.PAYMENT_FAILED: (
        (UNPAID, _to(S.AWAITING_PAYMENT, F.RECORD_INTENT, F.RECORD_FAILURE)),
        # whoever tries after the order was called off must not succeed
        (CALLED_OFF, _stay(F.RECORD_INTENT, F.CANCEL_INTENT)),
        (CAPTURED, Ignored("a later attempt succeeded")),
    ),
    E.PAYMENT_SUCCEEDED: (
        (UNPAID, _to(S.PAID, *FIRST_HEARD, F.RETIRE)),
        ((S.LAPSED,), _to(S.LATE, *FIRST_HEARD, F.HOLD)),
        ((S.CANCELLED,), _to(S.REFUNDING, *FIRST_HEARD, F.REQUEST_REFUND)),
        (CAPTURED, Ignored("the payment is recorded")),
    ),
    E.PAYMENT_MISMATCHED: (
        (UNPAID, _to(S.REFUNDING, F.RELEASE, *FIRST_HEARD, F.REQUEST_REFUND, F.TELL_OPERATOR)),
        (CALLED_OFF, _to(S.REFUNDING, *FIRST_HEARD, F.REQUEST_REFUND, F.TELL_OPERATOR)),
        ((S.PAID, S.LATE, S.RETIRED), _stay(F.TELL_OPERATOR)),
        ((*GOING_BACK, *BANK), Ignored("the payment is recorded")),
    ),
    E.PAYMENT_CANCELLED: (
        (UNPAID, _to(S.CANCELLED, F.RELEASE, F.RECORD_INTENT)),
        (CALLED_OFF, Ignored("called off already")),
        (CAPTURED, Ignored("the payment is recorded")),
    ),
    E.HOLD_LAPSED: (
        (UNPAID, _to(S.LAPSED, F.RELEASE, F.CANCEL_INTENT)),
        ((*CALLED_OFF, *CAPTURED), Ignored("nothing waits for payment")),
    ),
    E.STOCK_HELD: (
        ((S.LATE,), _to(S.PAID, F.RETIRE)),
        ((*UNPAID, *CALLED_OFF, S.PAID, S.RETIRED, *GOING_BACK, *BANK), Refused("orders.no_stock_awaited")),
    ),
    E.STOCK_GONE: (
        ((S.LATE,), _to(S.REFUNDING, F.REQUEST_REFUND)),
        ((*UNPAID, *CALLED_OFF, S.PAID, S.RETIRED, *GOING_BACK, *BANK), Refused("orders.no_stock_awaited")),
    ),
    E.CREDITS_RETIRED: (
        ((S.PAID,), _to(S.RETIRED, F.ISSUE_CERTIFICATE)),
        ((S.RETIRED,), Ignored("retired already")),
        ((*UNPAID, *CALLED_OFF, S.LATE, *GOING_BACK, *BANK), Refused("orders.not_paid")),
    ),
    E.CANCEL_REQUESTED: (
        (UNPAID, _to(S.CANCELLED, F.RELEASE, F.CANCEL_INTENT)),
        (CALLED_OFF, Ignored("called off already")),
        (CAPTURED, Refused("orders.already_paid")),
    ),
    E.REFUND_REQUESTED: (
        ((S.PAID,), _to(S.REFUNDING, F.RELEASE, F.REQUEST_REFUND)),
        # asking again is how an operator resolves a refund that failed
        ((S.LATE, S.REFUNDING), _to(S.REFUNDING, F.REQUEST_REFUND)),
        ((S.REFUNDED,), Ignored("the money is back")),
        ((*UNPAID, *CALLED_OFF), Refused("orders.nothing_captured")),
        ((S.RETIRED,), Refused("orders.credits_retired")),
        (BANK, Refused("orders.disputed")),
    ),
    E.REFUND_STARTED: (
        (UNPAID, _to(S.REFUNDING, F.RELEASE, *FIRST_HEARD, F.RECORD_REFUND)),
        (CALLED_OFF, _to(S.REFUNDING, *FIRST_HEARD, F.RECORD_REFUND)),
        ((S.PAID,), _to(S.REFUNDING, F.RELEASE, F.RECORD_REFUND)),
        ((S.LATE, S.REFUNDING), _to(S.REFUNDING, F.RECORD_REFUND)),
        ((S.RETIRED, *BANK), _stay(F.RECORD_REFUND, F.TELL_OPERATOR)),
        ((S.REFUNDED,), Ignored("the money is back")),
    ),
    E.PARTLY_REFUNDED: (
        # a part given back by hand is a kindness: the goods are still owed
        (UNPAID, _to(S.PAID, *FIRST_HEARD, F.RECORD_REFUND, F.RETIRE, F.TELL_OPERATOR)),
        ((S.LAPSED,), _to(S.LATE, *FIRST_HEARD, F.RECORD_REFUND, F.HOLD, F.TELL_OPERATOR)),
        ((S.CANCELLED,), _to(S.REFUNDING, *FIRST_HEARD, F.RECORD_REFUND, F.REQUEST_REFUND)),
        ((S.PAID, S.LATE, S.RETIRED, *BANK), _stay(F.RECORD_REFUND, F.TELL_OPERATOR)),
        ((S.REFUNDING,), _stay(F.RECORD_REFUND)),
        ((S.REFUNDED,), Ignored("the money is back")),
    ),
    E.REFUNDED: (
        (UNPAID, _to(S.REFUNDED, F.RELEASE, *FIRST_HEARD, F.RECORD_REFUND)),
        (CALLED_OFF, _to(S.REFUNDED, *FIRST_HEARD, F.RECORD_REFUND)),
        ((S.PAID,), _to(S.REFUNDED, F.RELEASE, F.RECORD_REFUND)),
        ((S.LATE, S.REFUNDING), _to(S.REFUNDED, F.RECORD_REFUND)),
        ((S.DISPUTED,), _to(S.REFUNDED, F.RECORD_REFUND, F.TELL_OPERATOR)),
        # goods and money both gone, or money gone twice: only a person can put that right
        ((S.RETIRED, S.CHARGED_BACK), _stay(F.RECORD_REFUND, F.TELL_OPERATOR)),
        ((S.REFUNDED,), Ignored("the money is back")),
    ),
    E.REFUND_FAILED: (
        (UNPAID, _to(S.PAID, *FIRST_HEARD, F.RECORD_REFUND, F.RETIRE, F.TELL_OPERATOR)),
        ((S.LAPSED,), _to(S.LATE, *FIRST_HEARD, F.RECORD_REFUND, F.HOLD, F.TELL_OPERATOR)),
        ((S.CANCELLED,), _to(S.REFUNDING, *FIRST_HEARD, F.RECORD_REFUND, F.TELL_OPERATOR)),
        # a bank may return a refund days after it was called done
        (GOING_BACK, _to(S.REFUNDING, F.RECORD_REFUND, F.TELL_OPERATOR)),
        ((S.PAID, S.LATE, S.RETIRED, *BANK), _stay(F.RECORD_REFUND, F.TELL_OPERATOR)),
    ),
    E.DISPUTE_OPENED: (
        (UNPAID, _to(S.DISPUTED, F.RELEASE, *FIRST_HEARD, F.RECORD_DISPUTE, F.TELL_OPERATOR)),
        (CALLED_OFF, _to(S.DISPUTED, *FIRST_HEARD, F.RECORD_DISPUTE, F.TELL_OPERATOR)),
        ((S.PAID,), _to(S.DISPUTED, F.RELEASE, F.RECORD_DISPUTE, F.TELL_OPERATOR)),
        ((S.LATE,), _to(S.DISPUTED, F.RECORD_DISPUTE, F.TELL_OPERATOR)),
        ((S.RETIRED, *GOING_BACK), _stay(F.RECORD_DISPUTE, F.TELL_OPERATOR)),
        (BANK, Ignored("the dispute is recorded")),
    ),
    E.DISPUTE_WON: (
        # nothing was retired for it, so the money goes back; whoever still wants the credits orders again
        (UNPAID, _to(S.REFUNDING, F.RELEASE, *FIRST_HEARD, F.RECORD_DISPUTE, F.REQUEST_REFUND)),
        (CALLED_OFF, _to(S.REFUNDING, *FIRST_HEARD, F.RECORD_DISPUTE, F.REQUEST_REFUND)),
        ((S.PAID,), _to(S.REFUNDING, F.RELEASE, F.RECORD_DISPUTE, F.REQUEST_REFUND)),
        ((S.LATE, *BANK), _to(S.REFUNDING, F.RECORD_DISPUTE, F.REQUEST_REFUND)),
        ((S.RETIRED, *GOING_BACK), _stay(F.RECORD_DISPUTE)),
    ),
    E.DISPUTE_LOST: (
        (UNPAID, _to(S.CHARGED_BACK, F.RELEASE, *FIRST_HEARD, F.RECORD_DISPUTE)),
        (CALLED_OFF, _to(S.CHARGED_BACK, *FIRST_HEARD, F.RECORD_DISPUTE)),
        ((S.PAID,), _to(S.CHARGED_BACK, F.RELEASE, F.RECORD_DISPUTE)),
        ((S.LATE, S.DISPUTED), _to(S.CHARGED_BACK, F.RECORD_DISPUTE)),
        ((S.REFUNDING,), _to(S.CHARGED_BACK, F.RECORD_DISPUTE, F.STOP_REFUND, F.TELL_OPERATOR)),
        ((S.RETIRED,), _stay(F.RECORD_DISPUTE, F.TELL_OPERATOR)),
        # the money is gone twice, whichever became known first
        ((S.REFUNDED,), _to(S.CHARGED_BACK, F.RECORD_DISPUTE, F.TELL_OPERATOR)),
        ((S.CHARGED_BACK,), Ignored("the dispute is recorded")),
    ),
}


def _cells() -> Iterator[tuple[Pair, Decision]]:
    for event, rows in _ROWS.items():
        for states, decision in rows:
            for state in states:
                yield (state, event), Moved(state, decision.effects) if isinstance(decision, _Stay) else decision


def _build() -> dict[Pair, Decision]:
    table: dict[Pair, Decision] = {}
    for pair, decision in _cells():
        if pair in table:
            raise ValueError(f"{pair} is decided twice")
        table[pair] = decision
    missing = [(state, event) for state in OrderState for event in OrderEvent if (state, event) not in table]
    if missing:
        raise ValueError(f"nobody decided {missing}")
    return table


TABLE = _build()
