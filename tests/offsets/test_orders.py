"""The state table: every pair of state and event, and the same end for the same facts in whatever order they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offsets import (
    HOLDING,
    OPENING,
    UNRESOLVED,
    Ignored,
    Moved,
    OrderEffect,
    OrderEvent,
    OrderState,
    Refused,
    decide,
)
from offsets.orders.transitions import TABLE

E, F, S = OrderEvent, OrderEffect, OrderState
ALL_PAIRS = list(product(OrderState, OrderEvent))
FROM_THE_PROVIDER = [
    E.INTENT_CREATED,
    E.INTENT_REFUSED,
    E.PAYMENT_FAILED,
    E.PAYMENT_SUCCEEDED,
    E.PAYMENT_MISMATCHED,
    E.PAYMENT_CANCELLED,
    E.REFUND_STARTED,
    E.PARTLY_REFUNDED,
    E.REFUNDED,
    E.REFUND_FAILED,
    E.DISPUTE_OPENED,
    E.DISPUTE_WON,
    E.DISPUTE_LOST,
]


@dataclass
class Shop:
    """The least that carries out effects: one order, a stock of grams, and what is known of the money."""

    stock: int = 1
    retires_at_once: bool = False
    state: OrderState = S.CREATED
    held: bool = False
    done: Counter[OrderEffect] = field(default_factory=Counter)

    def open(self) -> Shop:
        self.state = OPENING.to
        self._carry_out(OPENING.effects)
        return self

    def hear(self, *events: OrderEvent) -> Shop:
        for event in events:
            decision = decide(self.state, event)
            if isinstance(decision, Moved):
                self.state = decision.to
                self._carry_out(decision.effects)
        return self

    def _carry_out(self, effects: Iterable[OrderEffect]) -> None:
        for effect in effects:
            self.done[effect] += 1
            if effect is F.HOLD:
                self._hold()
            elif effect is F.RELEASE and self.held:
                self.held, self.stock = False, self.stock + 1
            elif effect is F.RETIRE and self.retires_at_once:
                self.retire()

    def _hold(self) -> None:
        if self.state is S.CREATED:
            self.held, self.stock = True, self.stock - 1
        elif self.stock:
            self.held, self.stock = True, self.stock - 1
            self.hear(E.STOCK_HELD)
        else:
            self.hear(E.STOCK_GONE)

    def retire(self) -> None:
        assert self.held, "retired what was not held"
        self.held = False
        self.hear(E.CREDITS_RETIRED)


def ended(*events: OrderEvent, **shop: object) -> OrderState:
    return Shop(**shop).open().hear(*events).state  # type: ignore[arg-type]  # the fields of Shop


@pytest.mark.parametrize(("state", "event"), ALL_PAIRS)
def test_every_pair_is_moved_ignored_or_refused(state, event):
    decision = decide(state, event)
    if isinstance(decision, Moved):
        assert decision.to in OrderState
        assert decision.to is not state or decision.effects, "a move that changes nothing is not a move"
    elif isinstance(decision, Ignored):
        assert decision.reason
    else:
        assert isinstance(decision, Refused)
        assert decision.code.startswith("orders.")


def test_no_pair_is_left_out():
    assert set(TABLE) == set(ALL_PAIRS)
    assert len(ALL_PAIRS) == 11 * 19


@pytest.mark.parametrize(("state", "event"), ALL_PAIRS)
def test_the_provider_is_never_told_that_it_is_wrong(state, event):
    if event in FROM_THE_PROVIDER:
        assert not isinstance(decide(state, event), Refused)


@pytest.mark.parametrize(("state", "event"), ALL_PAIRS)
def test_hearing_the_same_news_twice_leads_where_hearing_it_once_leads(state, event):
    if event in FROM_THE_PROVIDER or event in (E.HOLD_LAPSED, E.CANCEL_REQUESTED):
        once = decide(state, event)
        settled = once.to if isinstance(once, Moved) else state
        twice = decide(settled, event)
        # late money looks for stock in the same transaction, so the second ring finds PAID or REFUNDING
        if settled is not S.LATE:
            assert (twice.to if isinstance(twice, Moved) else settled) is settled


@pytest.mark.parametrize("event", OrderEvent)
def test_credits_once_retired_stay_retired(event):
    decision = decide(S.RETIRED, event)
    assert not isinstance(decision, Moved) or decision.to is S.RETIRED
    if isinstance(decision, Moved):
        assert not {F.RELEASE, F.HOLD, F.RETIRE, F.REQUEST_REFUND} & set(decision.effects)


@pytest.mark.parametrize(("state", "event"), ALL_PAIRS)
def test_only_paid_orders_are_retired(state, event):
    decision = decide(state, event)
    if isinstance(decision, Moved):
        assert (F.RETIRE in decision.effects) == (decision.to is S.PAID and state is not S.PAID)
        assert (F.ISSUE_CERTIFICATE in decision.effects) == (decision.to is S.RETIRED and state is not S.RETIRED)


@pytest.mark.parametrize(("state", "event"), ALL_PAIRS)
def test_whoever_leaves_a_holding_state_gives_the_stock_back_or_uses_it_up(state, event):
    decision = decide(state, event)
    if isinstance(decision, Moved) and state in HOLDING and decision.to not in HOLDING:
        assert (F.RELEASE in decision.effects) != (decision.to is S.RETIRED)


@pytest.mark.parametrize(("state", "event"), ALL_PAIRS)
def test_money_heard_of_for_the_first_time_is_recorded(state, event):
    decision = decide(state, event)
    before_money = {S.CREATED, S.AWAITING_PAYMENT, S.CANCELLED, S.LAPSED}
    if isinstance(decision, Moved) and state in before_money and decision.to not in before_money:
        assert {F.RECORD_INTENT, F.RECORD_PAYMENT} <= set(decision.effects)


def test_the_ordinary_way_ends_retired_with_one_certificate():
    shop = Shop(retires_at_once=True).open().hear(E.INTENT_CREATED, E.PAYMENT_FAILED, E.PAYMENT_SUCCEEDED)
    assert shop.state is S.RETIRED
    assert shop.done[F.ISSUE_CERTIFICATE] == 1
    assert (shop.stock, shop.held) == (0, False)


@pytest.mark.parametrize(
    "heard", list(permutations([E.INTENT_CREATED, E.PAYMENT_FAILED, E.PAYMENT_SUCCEEDED, E.REFUNDED]))
)
def test_all_24_orders_of_created_failed_succeeded_refunded_end_alike(heard):
    shop = Shop().open().hear(*heard)
    assert shop.state is S.REFUNDED
    assert (shop.stock, shop.held) == (1, False)
    assert shop.done[F.REQUEST_REFUND] == 0, "the money was already on its way back"
    assert shop.done[F.RECORD_PAYMENT] == shop.done[F.RECORD_REFUND] == 1


@pytest.mark.parametrize(
    ("facts", "end"),
    [
        ((E.INTENT_CREATED, E.PAYMENT_FAILED, E.PAYMENT_SUCCEEDED), S.PAID),
        ((E.INTENT_CREATED, E.PAYMENT_SUCCEEDED, E.DISPUTE_OPENED, E.DISPUTE_LOST), S.CHARGED_BACK),
        ((E.INTENT_CREATED, E.PAYMENT_SUCCEEDED, E.DISPUTE_OPENED, E.REFUNDED), S.REFUNDED),
        ((E.INTENT_CREATED, E.PAYMENT_MISMATCHED, E.REFUNDED), S.REFUNDED),
        ((E.INTENT_CREATED, E.PAYMENT_SUCCEEDED, E.REFUND_STARTED, E.REFUNDED), S.REFUNDED),
        ((E.INTENT_CREATED, E.PAYMENT_FAILED, E.PAYMENT_CANCELLED), S.CANCELLED),
    ],
)
def test_other_facts_too_end_alike_in_every_order(facts, end):
    assert {ended(*heard) for heard in permutations(facts)} == {end}


@pytest.mark.parametrize("heard", list(permutations([E.INTENT_CREATED, E.PAYMENT_FAILED, E.PAYMENT_SUCCEEDED])))
def test_late_money_is_retired_while_there_is_stock(heard):
    shop = Shop(retires_at_once=True).open().hear(E.HOLD_LAPSED, *heard)
    assert shop.state is S.RETIRED
    assert (shop.stock, shop.done[F.REQUEST_REFUND]) == (0, 0)


@pytest.mark.parametrize("heard", list(permutations([E.INTENT_CREATED, E.PAYMENT_FAILED, E.PAYMENT_SUCCEEDED])))
def test_late_money_goes_back_exactly_once_when_others_took_the_stock(heard):
    shop = Shop().open().hear(E.HOLD_LAPSED)
    shop.stock = 0
    shop.hear(*heard, E.PAYMENT_SUCCEEDED, E.PAYMENT_SUCCEEDED)
    assert shop.state is S.REFUNDING
    assert shop.done[F.REQUEST_REFUND] == 1
    assert shop.hear(E.REFUNDED, E.PAYMENT_SUCCEEDED).state is S.REFUNDED


def test_money_for_a_cancelled_order_goes_back_even_when_there_is_stock():
    shop = Shop().open().hear(E.INTENT_CREATED, E.CANCEL_REQUESTED, E.PAYMENT_SUCCEEDED)
    assert (shop.state, shop.stock) == (S.REFUNDING, 1)
    assert shop.done[F.REQUEST_REFUND] == 1


def test_an_intent_that_appears_after_the_order_was_called_off_is_closed():
    for called_off in (E.HOLD_LAPSED, E.CANCEL_REQUESTED):
        decision = decide(Shop().open().hear(called_off).state, E.INTENT_CREATED)
        assert isinstance(decision, Moved)
        assert F.CANCEL_INTENT in decision.effects


def test_a_paid_order_neither_lapses_nor_cancels():
    shop = Shop().open().hear(E.PAYMENT_SUCCEEDED, E.HOLD_LAPSED)
    assert (shop.state, shop.held) == (S.PAID, True)
    assert decide(S.PAID, E.CANCEL_REQUESTED) == Refused("orders.already_paid")


def test_an_operator_may_refund_what_is_not_retired_and_ask_again_when_it_failed():
    shop = Shop().open().hear(E.PAYMENT_SUCCEEDED, E.REFUND_REQUESTED, E.REFUND_FAILED, E.REFUND_REQUESTED)
    assert shop.state is S.REFUNDING
    assert (shop.stock, shop.done[F.REQUEST_REFUND], shop.done[F.TELL_OPERATOR]) == (1, 2, 1)
    assert decide(S.RETIRED, E.REFUND_REQUESTED) == Refused("orders.credits_retired")
    assert decide(S.AWAITING_PAYMENT, E.REFUND_REQUESTED) == Refused("orders.nothing_captured")


def test_a_refund_that_bounces_is_money_to_give_back_again():
    assert ended(E.PAYMENT_SUCCEEDED, E.REFUNDED, E.REFUND_FAILED) is S.REFUNDING


def test_a_refund_by_hand_after_retirement_is_recorded_and_told():
    decision = decide(S.RETIRED, E.REFUNDED)
    assert decision == Moved(S.RETIRED, (F.RECORD_REFUND, F.TELL_OPERATOR))


@given(
    heard=st.lists(st.sampled_from([*FROM_THE_PROVIDER, E.HOLD_LAPSED, E.CANCEL_REQUESTED, E.REFUND_REQUESTED])),
    stock=st.integers(1, 2),
    at_once=st.booleans(),
)
def test_whatever_is_heard_stock_is_never_lost_and_money_never_forgotten(heard, stock, at_once):
    shop = Shop(stock=stock, retires_at_once=at_once).open().hear(*heard)
    retired = shop.state is S.RETIRED
    assert shop.stock + shop.held + retired == stock
    assert shop.held == (shop.state in HOLDING)
    assert shop.done[F.ISSUE_CERTIFICATE] == retired
    captured = shop.done[F.RECORD_PAYMENT] > 0
    resolved = {S.RETIRED, S.REFUNDED, S.CHARGED_BACK}
    assert captured == (shop.state in UNRESOLVED | resolved)
