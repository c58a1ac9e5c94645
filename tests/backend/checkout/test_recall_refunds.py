"""A recall gives money back for the grams it took, once for each recall and order, however often that is delivered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from backend.platform.ops import outbox
from backend.platform.ops.outbox import OutboxRow
from backend.registry import service as registry
from tests.backend.registry.conftest import PROJECT, small_lot

GRAMS_OF_1000 = 1_123_500  # 9.9992 USD, so 1,000 cents
OLD_SHARE, NEW_SHARE = 891, 110  # of 1,000,000 g and of 123,500 g, each rounded up: 890.08 and 109.92 cents


@pytest.fixture
def bought(empty_shop, person, shelf) -> dict[str, Any]:
    """A thousand cents paid for a tonne of one vintage and a little of the next."""
    shelf(small_lot("old", units=1, vintage=2018), small_lot("new", units=9, first=2, vintage=2020))
    order: dict[str, Any] = empty_shop.buy(person, GRAMS_OF_1000)
    assert (order["price_minor"], order["state"]) == (1000, "retired")
    return order


@pytest.fixture
def recalled(in_transaction, person) -> Callable[[str], dict[str, Any]]:
    """`recalled("old")`: the lot is recalled for money; the facts of the one row that waits for the checkout."""

    def work(lot_id: str) -> dict[str, Any]:
        chosen = registry.UnitChoice(PROJECT, lot_id=lot_id)
        request = registry.RecallRequest(chosen, "invalidated", "refund", None, "an operator", "the registry said so")
        in_transaction(lambda session: registry.open_recall(session, request))
        in_transaction(lambda session: registry.make_good(session, person.user_id))
        waiting = select(OutboxRow.facts).where(OutboxRow.topic == registry.RECALL_REFUND_TOPIC)
        facts: dict[str, Any] = in_transaction(lambda session: session.scalars(waiting).one())
        return facts

    return work


def test_a_partial_recall_that_is_delivered_twice_is_refunded_once(
    empty_shop, person, bought, recalled, in_transaction
):
    facts = recalled("new")
    for _ in range(2):
        in_transaction(
            lambda session: outbox.enqueue(session, person.user_id, registry.RECALL_REFUND_TOPIC, dict(facts))
        )
    settle(empty_shop, person, bought)
    now = empty_shop.get(person, bought)
    assert [refund["amount_minor"] for refund in now["refunds"]] == [NEW_SHARE]
    assert (now["payment"]["refunded_minor"], now["state"]) == (NEW_SHARE, "retired")
    assert empty_shop.bank.books()["refunded"] == NEW_SHARE


def test_two_recalls_of_one_order_are_refunded_each_and_never_more_than_was_paid(empty_shop, person, bought, recalled):
    for lot_id in ("old", "new"):
        recalled(lot_id)
        settle(empty_shop, person, bought)
    refunds = [refund["amount_minor"] for refund in empty_shop.get(person, bought)["refunds"]]
    assert refunds == [OLD_SHARE, 1000 - OLD_SHARE]
    assert empty_shop.bank.books()["refunded"] == 1000


def settle(shop: Any, person: Any, order: dict[str, Any]) -> None:
    for _ in range(2):
        shop.deliver()
        shop.ring(person, order, "charge.refunded")
