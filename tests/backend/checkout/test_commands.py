"""An operator sees which orders need a person, and gives money back or says what came of it."""

from __future__ import annotations

import pytest


@pytest.fixture
def said_by(new_person):
    """What an operator of the checkout says with a command."""
    return ["--who", new_person(roles=("finance",)).user_id, "--reason", "asked by the buyer"]


@pytest.fixture
def flask(app):
    """Run `flask checkout <words>`; its exit code and what it printed."""

    def run(*words):
        result = app.test_cli_runner().invoke(args=["checkout", *map(str, words)])
        return result.exit_code, result.output

    return run


def test_money_gone_although_the_goods_were_retired_waits_for_a_person(shop, person, flask, said_by):
    order = shop.buy(person)
    assert flask("attention") == (0, "No order needs anybody.\n")
    shop.bank.refund(shop.bank.payment_of(order["id"]))
    shop.ring(person, order, "charge.refunded")
    assert order["id"] in flask("attention")[1]
    assert flask("resolve", person.user_id, order["id"], *said_by)[0] == 0
    assert flask("attention") == (0, "No order needs anybody.\n")


def test_retired_goods_are_not_refunded_and_the_operator_is_told_why(shop, person, flask, said_by):
    order = shop.buy(person)
    code, said = flask("refund", person.user_id, order["id"], *said_by)
    assert code == 1
    assert "orders.credits_retired" in said


def test_a_refund_that_failed_at_the_bank_is_asked_for_again(shop, person, flask, said_by):
    order = shop.order(person)
    payment_id = shop.pay(order)
    person.post(f"/v1/orders/{order['id']}/cancel")
    shop.ring(person, order)
    shop.deliver()
    (failed,) = shop.bank.refunds_of(payment_id)
    shop.bank.call("POST", f"/_sandbox/refunds/{failed['id']}/settle", {"succeeded": False})
    shop.ring(person, order, "charge.refund.updated")
    assert "refunding" in flask("attention")[1]
    assert flask("refund", person.user_id, order["id"], *said_by)[0] == 0
    shop.deliver()
    assert shop.get(person, order)["state"] == "refunded"
    assert [refund["status"] for refund in shop.get(person, order)["refunds"]] == ["failed", "succeeded"]


def test_a_sync_settles_a_payment_without_a_notice(shop, person, flask):
    order = shop.order(person)
    shop.pay(order)
    assert flask("sync", person.user_id, order["id"]) == (0, "settled\n")
    assert shop.get(person, order)["state"] == "retired"
