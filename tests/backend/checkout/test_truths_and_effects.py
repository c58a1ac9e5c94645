"""What the provider's books say is recorded whatever becomes of it; the next order proceeds; the books agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import text

from backend.checkout import flow, service
from backend.platform.core.errors import Refusal
from backend.registry import service as registry
from offsets import (
    DisputeStatus,
    DocumentProblem,
    DocumentRefused,
    Done,
    Mark,
    Money,
    OffsetRefused,
    PaymentRequest,
    RefundFacts,
    RefundStatus,
    get_registry,
)
from tests.backend.checkout.conftest import GRAMS, buy_up, due_now
from tests.backend.registry.conftest import PROJECT, small_lot

PRICE = 54
WEEK = timedelta(days=7)
SAID = {"who": "Wei", "reason": "looked at"}


def change(shop, statement: str, **values) -> None:
    shop.in_transaction(lambda session: session.execute(text(statement), values))


def attention(shop, order) -> str | None:
    query = text("SELECT attention FROM orders WHERE id = :id")
    return shop.in_transaction(lambda s: s.execute(query, {"id": order["id"]}).scalar_one(), read_only=True)


def transitions(shop, order) -> int:
    return shop.count("order_moves", f"order_id = '{order['id']}'")


@contextmanager
def an_older_version() -> Iterator[None]:
    """As our books came to hold what retirement refuses: nobody asked as a block was imported or held."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("backend.registry.service.lot_import.check_vintage", lambda *_: None)
        patched.setattr("backend.registry.service.holds.find_lot_refusal", lambda *_: None)
        patched.setattr("backend.registry.service.projects.find_lot_refusal", lambda *_: None)
        yield


@contextmanager
def a_vintage_to_come() -> Iterator[None]:
    """The block of the order is of a year that has not been yet."""

    def refuse(lot, _at) -> None:
        raise OffsetRefused("retirement.future_vintage", lot=lot.lot_id, vintage=2030)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("offsets.retirement.check_vintage", refuse)
        yield


@contextmanager
def a_pattern_that_no_longer_fits() -> Iterator[None]:
    """The registry's entry was edited, and the serials of older blocks no longer read."""
    changed = replace(get_registry("verra"), pattern=re.compile("VCU(?P<first>[0-9]+)-(?P<last>[0-9]+)"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("backend.registry.service.projects.get_registry", lambda _id: changed)
        yield


@contextmanager
def a_document_that_is_unreadable() -> Iterator[None]:
    """The rule book no longer accepts the project's document."""

    def refuse(name, _text) -> None:
        raise DocumentRefused(name, [DocumentProblem(1, "id", "is missing")])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("backend.registry.service.projects._read", refuse)
        yield


@contextmanager
def no_signing_key() -> Iterator[None]:
    """Nobody can sign a certificate."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(current_app.extensions, "carbon.statement_keys", None)
        yield


TROUBLES = [a_vintage_to_come, a_pattern_that_no_longer_fits, a_document_that_is_unreadable, no_signing_key]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_captured_money_is_recorded_although_the_credits_cannot_be_retired(trouble, shop, person, app):
    order = shop.order(person)
    shop.pay(order)
    with app.app_context(), trouble():
        assert shop.ring(person, order).status_code == 200
    end = shop.get(person, order)
    assert (end["state"], end["payment"]["captured_minor"], end["certificate_number"]) == ("paid", PRICE, None)
    assert attention(shop, order) == "fulfilment_failed"
    assert (shop.count("retirements"), shop.stock()[1]) == (0, GRAMS)
    shop.in_transaction(due_now)
    shop.reconcile()
    assert (shop.get(person, order)["state"], attention(shop, order)) == ("retired", None)


def test_a_block_that_can_no_longer_be_read_is_a_finding_and_not_the_end_of_the_proof(shop):
    with a_pattern_that_no_longer_fits():
        (finding,) = shop.in_transaction(lambda session: list(registry.verify(session)), read_only=True)
    assert finding.rule == "the block reads as its registry writes one (serials.not_a_block)"


def test_one_order_that_cannot_be_fulfilled_stops_no_other(shop, person, shelf):
    with an_older_version():
        shelf(small_lot("future", units=2, first=50, vintage=2030))
        change(shop, "UPDATE lots SET available_g = 0, held_g = issued_g WHERE lot_id = 'a'")
        first = shop.order(person)
    change(shop, "UPDATE lots SET available_g = issued_g, held_g = 0 WHERE lot_id = 'a'")
    second = shop.order(person)
    shop.pay(first)
    shop.pay(second)
    shop.in_transaction(due_now)
    assert shop.reconcile() == 2
    assert [shop.get(person, order)["state"] for order in (first, second)] == ["paid", "retired"]
    assert attention(shop, first) == "fulfilment_failed"


def test_the_failure_of_one_sync_stops_no_other(shop, person, monkeypatch):
    first, second = shop.order(person), shop.order(person)
    shop.pay(first)
    shop.pay(second)
    real = service.settle

    def settle(session, snapshot, *told):
        if snapshot.mark.order_id == first["id"]:
            raise ValueError("nobody thought of this")
        return real(session, snapshot, *told)

    monkeypatch.setattr(service, "settle", settle)
    shop.in_transaction(due_now)
    shop.reconcile()
    assert shop.get(person, second)["state"] == "retired"


def test_a_failing_retry_leaves_no_trace_and_no_attention_that_was_resolved(shop, person):
    order = shop.order(person)
    shop.pay(order)
    with a_vintage_to_come():
        shop.ring(person, order)
        shop.in_transaction(lambda s: service.resolve_attention(s, person.user_id, order["id"], **SAID))
        before = transitions(shop, order)
        shop.ring(person, order)
    assert (transitions(shop, order), attention(shop, order)) == (before, None)


def test_what_retirement_would_refuse_is_neither_imported_nor_quoted_nor_held(empty_shop, person, shelf):
    shop = empty_shop
    shelf(small_lot("a", units=1))
    with pytest.raises(OffsetRefused, match="future_vintage"):
        shelf(small_lot("future", units=1, first=50, vintage=2030))
    quote = shop.quote(person)
    buy_up(shop, person)
    with an_older_version():
        shelf(small_lot("future", units=1, first=50, vintage=2030))
    asked = {"project": PROJECT, "grams": GRAMS, "currency": "USD"}
    assert person.post("/v1/quotes", asked).json["code"] == "lots.insufficient_stock"
    assert shop.try_order(person, quote=quote).json["code"] == "lots.insufficient_stock"
    assert person.get(f"/v1/offset-projects/{PROJECT}").json["available_g"] == 0


def test_a_hold_that_cannot_be_released_lets_the_persons_other_holds_lapse(shop, person, monkeypatch):
    from backend.checkout.service import effects

    first, second = shop.order(person), shop.order(person)
    change(shop, "UPDATE orders SET hold_expires_at = placed_at")
    real = registry.release

    def release(session, user_id, reference, at):
        if reference == first["id"]:
            raise Refusal("internal.hold_not_backed", lot_id="a")
        return real(session, user_id, reference, at)

    monkeypatch.setattr(effects.registry, "release", release)
    shop.lapse()
    assert [shop.get(person, order)["state"] for order in (first, second)] == ["awaiting_payment", "lapsed"]
    assert attention(shop, first) == "fulfilment_failed"


# Two facts at once: the worse one is seen.


def settle(shop, person, order, **changes) -> None:
    """As if the provider's books said so."""
    snapshot = shop.in_transaction(lambda session: service.get_snapshot(session, person.user_id, order["id"]))
    facts = shop.bank.gateway.get_payment(shop.bank.payment_of(order["id"])).facts
    truth = replace(facts, **changes)
    shop.in_transaction(lambda session: service.settle(session, snapshot, truth))


def refund_fact(order, status: RefundStatus, minor: int = PRICE) -> RefundFacts:
    from backend.platform.core import clock

    return RefundFacts(f"re_{status}_{minor}", "pi", Money(minor, "USD"), status, None, clock.now())


@pytest.mark.parametrize("is_bought", [True, False])
def test_money_that_went_back_and_was_taken_by_the_bank_as_well_is_seen_as_such(is_bought, shop, person):
    order = shop.buy(person) if is_bought else shop.order(person)
    if not is_bought:
        shop.pay(order)
    gone_back = (refund_fact(order, RefundStatus.SUCCEEDED),)
    settle(shop, person, order, refunds=gone_back, dispute=DisputeStatus.LOST)
    assert attention(shop, order) == "dispute_lost"
    settle(shop, person, order, refunds=gone_back, dispute=DisputeStatus.LOST)
    assert attention(shop, order) == "dispute_lost"


def test_a_refund_that_failed_is_seen_although_the_dispute_was_won(shop, person):
    order = shop.order(person)
    shop.pay(order)
    person.post(f"/v1/orders/{order['id']}/cancel")
    settle(shop, person, order, refunds=(refund_fact(order, RefundStatus.FAILED),), dispute=DisputeStatus.WON)
    assert (shop.get(person, order)["state"], attention(shop, order)) == ("refunding", "refund_failed")


def test_a_milder_fact_does_not_replace_a_worse_one(shop, person):
    order = shop.buy(person)
    settle(shop, person, order, dispute=DisputeStatus.LOST)
    part = (refund_fact(order, RefundStatus.SUCCEEDED, 20),)
    settle(shop, person, order, dispute=DisputeStatus.LOST, refunds=part)
    assert attention(shop, order) == "dispute_lost"


def test_the_same_truth_settled_twice_does_nothing_and_what_was_resolved_stays_resolved(shop, person):
    order = shop.buy(person)
    shop.bank.refund(shop.bank.payment_of(order["id"]), 20)
    shop.ring(person, order, "charge.refunded")
    assert attention(shop, order) == "partly_refunded"
    shop.in_transaction(lambda s: service.resolve_attention(s, person.user_id, order["id"], **SAID))
    before = transitions(shop, order)
    shop.ring(person, order, "charge.refunded")
    shop.in_transaction(due_now)
    shop.reconcile()
    assert (attention(shop, order), transitions(shop, order)) == (None, before)


def test_a_foreign_payment_is_told_of_once(shop, person):
    paid, unpaid = shop.order(person), shop.order(person)
    payment_id = shop.pay(paid)
    change(shop, "DELETE FROM payment_intents WHERE order_id = :id", id=unpaid["id"])
    change(shop, "UPDATE payments SET provider_id = NULL WHERE order_id = :id", id=unpaid["id"])
    mark = {"user_id": person.user_id, "carbon_account_order": unpaid["id"]}
    shop.hear(shop.bank.notice(payment_id, "payment_intent.succeeded", mark))
    assert attention(shop, unpaid) == "foreign_payment"
    shop.in_transaction(lambda s: service.resolve_attention(s, person.user_id, unpaid["id"], **SAID))
    shop.hear(shop.bank.notice(payment_id, "payment_intent.succeeded", mark))
    assert attention(shop, unpaid) is None


# Our books and the provider's, both ways.


def compare(app) -> list[str]:
    with app.app_context():
        return [difference.problem for difference in flow.compare_books(WEEK)]


def test_books_that_agree_have_no_difference(shop, person, app):
    shop.buy(person)
    shop.order(person)
    assert compare(app) == []


def test_a_capture_nobody_told_us_of_is_settled_by_the_comparison(shop, person, app):
    order = shop.order(person)
    shop.pay(order)
    change(shop, "UPDATE payments SET look_at = NULL")
    assert compare(app) == []
    assert shop.get(person, order)["state"] == "retired"


def test_a_payment_of_the_provider_that_we_lack_is_found(shop, person, app):
    mark = Mark(person.user_id, "ord_01jb0000000000000000000000")
    assert isinstance(shop.bank.gateway.create_payment(PaymentRequest(mark, Money(99, "USD"), "lost"), "k"), Done)
    assert compare(app) == ["the provider has a payment for an order we do not know"]
    with app.app_context(), pytest.raises(Refusal, match="books_differ"):
        flow.compare_recent_books("books", {})


@pytest.mark.breaks_invariants("a payment the provider never made is planted")
def test_a_payment_of_ours_that_the_provider_lacks_is_found(shop, person, app):
    shop.buy(person)
    change(shop, "UPDATE payments SET provider_id = 'pi_never_made'")
    assert sorted(compare(app)) == [
        "our copy of a payment differs from the provider's",
        "we have a payment that the provider does not know as we do",
    ]
