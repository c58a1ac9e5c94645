"""The check of all orders: the same few statements for any number of them on a page, and every page is looked at."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text

from backend.checkout import service
from backend.checkout.service import invariants
from tests.backend.registry.conftest import small_lot

UNPAID, MANY = 10, 60


@pytest.fixture
def verified(app, in_transaction):
    """`verified()`: what the check finds, and how many statements it asks for that."""
    engine = app.extensions["carbon.engine"]

    def look():
        statements = []

        def note(*cursor):
            statements.append(cursor[2])

        event.listen(engine, "before_cursor_execute", note)
        try:
            findings = in_transaction(lambda session: list(service.verify(session)), read_only=True)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return findings, sum(statement.startswith("SELECT") for statement in statements)

    return look


@pytest.fixture
def order_many(empty_shop, shelf, person):
    """`order_many(n)`: that many orders of one person, the first of them paid."""
    shelf(small_lot("a", units=40))
    empty_shop.buy(person)

    def order(count):
        for _ in range(count):
            empty_shop.order(person)

    return order


def test_sixty_orders_take_no_more_statements_than_ten(order_many, verified):
    order_many(UNPAID)
    few = verified()
    order_many(MANY - UNPAID)
    assert few == verified() == ([], few[1])
    assert few[1] < 20


def test_every_page_is_looked_at(order_many, verified, monkeypatch):
    order_many(5)
    monkeypatch.setattr(invariants, "PAGE", 2)
    assert verified()[0] == []
    assert verified()[1] > 20


@pytest.mark.breaks_invariants("one order of each page is spoiled")
def test_what_is_wrong_on_a_later_page_is_found(order_many, verified, in_transaction, monkeypatch):
    order_many(5)
    monkeypatch.setattr(invariants, "PAGE", 2)
    spoil = "UPDATE payments SET provider_id = provider_id || 'x'"
    in_transaction(lambda session: session.execute(text(spoil)))
    findings, _ = verified()
    assert len({finding.row for finding in findings}) == 6
