"""Holds lapse, stock goes to others, money arrives late: goods or money, exactly one of them, exactly once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from backend.accounts import service as accounts
from backend.checkout import service
from backend.checkout.models import OrderRow
from backend.checkout.service.transitions import apply_event
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.registry import service as registry
from offsets import OrderEvent
from tests.backend.checkout.bank import NO_FUNDS
from tests.backend.checkout.conftest import GRAMS, buy_up
from tests.backend.registry.conftest import PROJECT, small_lot

TONNE = 1_000_000
HOLD = timedelta(hours=1, seconds=1)


def test_a_hold_lapses_by_the_clock_and_gives_the_credits_back(shop, person, later):
    order = shop.order(person)
    assert shop.lapse() == 0
    later(HOLD)
    assert shop.lapse() == 1
    assert shop.get(person, order)["state"] == "lapsed"
    assert shop.stock() == (2 * TONNE, 0, 0)


def test_the_payment_of_a_lapsed_order_is_closed_so_that_nobody_can_pay_it(shop, person, later):
    order = shop.order(person)
    later(HOLD)
    shop.lapse()
    shop.deliver()
    assert shop.get(person, order)["payment"]["status"] == "cancelled"
    assert shop.reconcile() == 0


def test_money_that_comes_after_the_lapse_takes_the_credits_that_are_still_there(shop, person, later):
    order = shop.order(person)
    shop.pay(order)
    later(HOLD)
    shop.lapse()
    assert shop.ring(person, order).status_code == 200
    assert shop.get(person, order)["state"] == "retired"
    assert shop.stock() == (2 * TONNE - GRAMS, 0, GRAMS)
    shop.deliver()
    assert shop.bank.books()["refunded"] == 0


def test_money_that_comes_when_the_credits_are_gone_goes_back_once_and_whole(shop, person, new_person, later):
    order = shop.order(person)
    payment_id = shop.pay(order)
    later(HOLD)
    shop.lapse()
    buy_up(shop, new_person())
    for _ in range(3):
        assert shop.ring(person, order).status_code == 200
        shop.deliver()
    end = shop.get(person, order)
    assert end["state"] == "refunded"
    assert [refund["amount"] for refund in shop.bank.refunds_of(payment_id)] == [54]
    assert (end["payment"]["captured_minor"], end["payment"]["refunded_minor"]) == (54, 54)
    assert end["certificate_number"] is None


def test_money_for_a_cancelled_order_goes_back(shop, person):
    order = shop.order(person)
    payment_id = shop.pay(order)
    person.post(f"/v1/orders/{order['id']}/cancel")
    shop.deliver()
    shop.reconcile()
    shop.deliver()
    assert shop.get(person, order)["state"] == "refunded"
    assert len(shop.bank.refunds_of(payment_id)) == 1


def test_a_failed_attempt_after_the_lapse_closes_the_payment(shop, person, later):
    order = shop.order(person)
    shop.pay(order, NO_FUNDS)
    later(HOLD)
    shop.lapse()
    shop.ring(person, order, "payment_intent.payment_failed")
    shop.deliver()
    assert shop.get(person, order)["payment"]["status"] == "cancelled"


def test_an_operator_gives_money_back_before_the_goods_but_never_after(shop, person, in_transaction):
    order = shop.buy(person)
    decision = service.RefundDecision("op", "asked")
    with pytest.raises(Refusal) as refused:
        in_transaction(lambda session: service.refund(session, person.user_id, order["id"], decision))
    assert refused.value.code == "orders.credits_retired"


def test_part_of_the_money_given_back_by_hand_after_the_goods_needs_a_person(shop, person):
    order = shop.buy(person)
    shop.bank.refund(shop.bank.payment_of(order["id"]), 20)
    shop.ring(person, order, "charge.refunded")
    end = shop.get(person, order)
    assert (end["state"], end["payment"]["refunded_minor"]) == ("retired", 20)
    assert shop.count("orders", "attention IS NOT NULL") == 1


def test_a_disputed_payment_of_an_unretired_order_is_left_to_the_bank(shop, person, later):
    order = shop.order(person)
    payment_id = shop.pay(order)
    dispute = shop.bank.call("POST", "/_sandbox/disputes", {"payment_intent": payment_id})
    shop.ring(person, order, "charge.dispute.created")
    assert shop.get(person, order)["state"] == "disputed"
    assert shop.stock() == (2 * TONNE, 0, 0)
    shop.bank.call("POST", f"/_sandbox/disputes/{dispute['id']}/close", {"won": False})
    shop.ring(person, order, "charge.dispute.closed")
    assert shop.get(person, order)["state"] == "charged_back"


@pytest.mark.concurrency
def test_lapse_and_success_at_the_same_moment_end_in_goods_or_money_never_both_never_neither(
    shop, person, parallel, counts
):
    for _ in range(counts(small=10, long=200)):
        order = overdue_order(shop, person)
        shop.pay(order)
        race = parallel(2, lambda index, order=order: shop.lapse() if index else shop.ring(person, order))
        assert race.errors == []
        shop.deliver()
        end = shop.get(person, order)
        assert (end["state"], len(end["refunds"])) in (("retired", 0), ("refunded", 1)), end
        restock(shop)


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard is switched off")
def test_control_a_lapse_that_acts_on_what_it_read_before_gives_away_what_is_paid(shop, person, parallel):
    """What looking again under the lock prevents."""
    order = overdue_order(shop, person)
    shop.pay(order)
    has_read, is_paid = threading.Event(), threading.Event()
    owner = (person.user_id, order["id"])

    def lapse_carelessly() -> None:
        state = shop.in_transaction(lambda session: session.get(OrderRow, owner).state, read_only=True)
        has_read.set()
        is_paid.wait(10)
        if state == "awaiting_payment":
            lapsed = text("UPDATE orders SET attention = 'lapsed' WHERE id = :id")
            shop.in_transaction(lambda session: session.execute(lapsed, {"id": order["id"]}))

    def pay() -> None:
        has_read.wait(10)
        shop.ring(person, order)
        is_paid.set()

    parallel(2, lambda index: pay() if index else lapse_carelessly())
    assert shop.count("orders", "attention = 'lapsed' AND state = 'retired'") == 1


def overdue_order(shop, person):
    """An order whose hold has run out, and nobody has noticed yet."""
    order = shop.order(person)
    overdue = text("UPDATE orders SET hold_expires_at = placed_at WHERE id = :id")
    shop.in_transaction(lambda session: session.execute(overdue, {"id": order["id"]}))
    return order


def restock(shop) -> None:
    """Another lot, once the shelf is nearly empty."""
    if shop.stock()[0] < 2 * GRAMS:
        number = shop.count("lots")
        lot = small_lot(f"more-{number}", units=2, first=1000 * number)
        shop.in_transaction(lambda session: registry.import_block(session, PROJECT, lot, who="test"))


def test_money_that_comes_after_its_payer_was_erased_is_settled_without_a_name(shop, person, in_transaction, later):
    order = shop.order(person)
    shop.pay(order)
    later(HOLD)
    shop.lapse()
    # the provider may still take the money, so an erasure waits; if one did not, it would settle all the same
    assert in_transaction(lambda session: service.has_money_in_flight(session, person.user_id))

    def erase(session) -> None:
        service.forget(session, person.user_id)
        registry.forget(session, person.user_id)
        accounts.forget(session, person.user_id)

    in_transaction(erase)
    assert shop.ring(person, order).status_code == 200
    assert shop.count("orders", "state = 'retired'") == 1
    number = in_transaction(lambda s: registry.find_certificate_number(s, person.user_id, order["id"]))
    verdict = in_transaction(lambda session: registry.verify_certificate(session, number))
    assert (verdict.is_genuine, verdict.view.beneficiary) == (True, None)


def test_the_export_lists_orders_with_what_was_paid(shop, person, in_transaction):
    order = shop.buy(person)
    (listed,) = in_transaction(lambda session: list(service.export_orders(session, person.user_id)))
    assert (listed["id"], listed["beneficiary"], listed["payment"]["captured_minor"]) == (order["id"], "Lin Wei", 54)
    assert [move["to_state"] for move in listed["moves"]][-1] == "retired"


def test_a_hold_does_not_lapse_because_this_machine_is_wrong_about_the_time(shop, person):
    order = shop.order(person)
    with clock.process_clock_installed(lambda: datetime.now(UTC) + timedelta(days=3)):
        assert shop.lapse() == 0
    assert shop.stock()[1] == GRAMS
    shop.in_transaction(lambda s: s.execute(text("UPDATE orders SET hold_expires_at = placed_at")))
    with clock.process_clock_installed(lambda: datetime.now(UTC) - timedelta(days=3)):
        assert shop.lapse() == 1
    assert shop.get(person, order)["state"] == "lapsed"


def settle_while_it_lapses(shop, person, lapse) -> tuple[str, list[Exception]]:
    """A payment is settled in a transaction that is still open as `lapse` begins; the order's end, and any errors."""
    order = overdue_order(shop, person)
    truth = shop.bank.gateway.get_payment(shop.pay(order)).facts
    owner = (person.user_id, order["id"])
    snapshot = shop.in_transaction(lambda session: service.get_snapshot(session, *owner))
    errors: list[Exception] = []

    def run_lapse() -> None:
        try:
            shop.in_transaction(lambda session: lapse(session, person.user_id))
        except Exception as error:  # the test says what it expects
            errors.append(error)

    lapsing = threading.Thread(target=run_lapse)

    def settle(session) -> None:
        service.settle(session, snapshot, truth)
        lapsing.start()
        # who asks for the order's lock leaves at once; who does not waits for the payment's, until this is committed
        lapsing.join(1)

    shop.in_transaction(settle)
    lapsing.join(20)
    return shop.get(person, order)["state"], errors


@pytest.mark.concurrency
def test_an_order_that_is_being_settled_does_not_lapse(shop, person):
    assert settle_while_it_lapses(shop, person, service.lapse) == ("retired", [])


@pytest.mark.concurrency
def test_control_a_lapse_without_its_lock_gets_in_the_way_of_what_is_being_settled(shop, person, engine):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer: who comes second reads what the first has written")

    def lapse_unlocked(session, _user_id: str) -> None:
        for order in session.scalars(select(OrderRow).where(OrderRow.state == "awaiting_payment")).all():
            apply_event(session, order, OrderEvent.HOLD_LAPSED)

    _state, errors = settle_while_it_lapses(shop, person, lapse_unlocked)
    assert errors
