"""A worker dies at any database message of a purchase, or a COMMIT is lost: one order, one payment, one retirement.

The client retries with its keys, the notice is rung again, the jobs come round again; nobody does anything by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from backend.accounts import service as accounts
from backend.platform.core.roles import USER
from backend.platform.data.transactions import in_transaction
from backend.platform.privacy.access_tokens import sign_access
from backend.registry import service as registry
from offsets import list_project_documents
from tests.backend.checkout.bank import Bank, sign
from tests.backend.registry.conftest import PROJECT, small_lot
from tests.faults.fault import commit_answer_lost, commit_lost, killed_after, killed_before
from tests.faults.walk import Caller, Stage

GRAMS, PRICE = 60_000, 54
FAULTS = [killed_before, killed_after, commit_lost, commit_answer_lost]


@dataclass
class Town:
    """Somebody with an account, a shelf with one lot, and a bank."""

    stage: Stage
    bank: Bank
    app: Any
    user_id: str
    session_id: str

    @property
    def headers(self) -> dict[str, str]:
        """A token of now: the long walk takes longer than one lives."""
        with self.app.app_context():
            token = sign_access(self.user_id, self.session_id, frozenset({USER}))
        return {"Authorization": f"Bearer {token}"}

    def keyed(self, key: str) -> dict[str, str]:
        return self.headers | {"Idempotency-Key": key}

    def order(self, caller: Caller) -> dict[str, Any]:
        asked = {"project": PROJECT, "grams": GRAMS, "currency": "USD"}
        quote = caller.post("/v1/quotes", asked, self.keyed("quote"))
        wish = {"quote_id": quote.body["id"], "beneficiary": "Lin Wei"}
        order = caller.post("/v1/orders", wish, self.keyed("order"))
        assert (quote.status, order.status) == (201, 201)
        return order.body

    def ring(self, caller: Caller, order: dict[str, Any], payment_id: str) -> None:
        mark = {"user_id": self.user_id, "carbon_account_order": order["id"]}
        payload = self.bank.notice(payment_id, "payment_intent.succeeded", mark, f"evt_{order['id']}")
        assert caller.post("/v1/webhooks/stripe", payload, {"Stripe-Signature": sign(payload)}).status == 200

    def get(self, caller: Caller, order: dict[str, Any]) -> dict[str, Any]:
        return caller.get(f"/v1/orders/{order['id']}", self.headers).body

    def let_time_pass(self) -> None:
        """Leases run out and looks fall due."""
        self.write("UPDATE outbox SET not_before = due_at")
        self.write("UPDATE payments SET look_at = asked_at WHERE look_at IS NOT NULL")

    def write(self, statement: str) -> None:
        with self.app.app_context():
            in_transaction(lambda session: session.execute(text(statement)))

    def count(self, table: str) -> int:
        with self.app.app_context():
            query = text(f"SELECT count(*) FROM {table}")
            return in_transaction(lambda session: session.execute(query).scalar_one(), read_only=True)


@pytest.fixture(scope="module")
def town(make_stage: Callable[..., Any], troupe: Any, books: Any) -> Town:
    people: list[dict[str, str]] = []

    def prepare(app: Any) -> None:
        with app.app_context():
            people.append(in_transaction(settle_in))

    stage = make_stage(prepare)
    return Town(stage, troupe.bank, books, **people[0])


def settle_in(session: Any) -> dict[str, str]:
    registry.record_project(session, PROJECT, list_project_documents()[PROJECT])
    registry.import_block(session, PROJECT, small_lot("a", units=1), who="test")
    user_id = accounts.create_user(session, is_guest=False)
    opened = accounts.open_session(session, user_id, "guest", None, is_guest=False)
    return {"user_id": user_id, "session_id": opened.session_id}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_purchase_survives_a_worker_that_dies_at_any_message(town, fault, tries):
    def purchase(caller: Caller) -> None:
        order = town.order(caller)
        (payment_id,) = town.bank.payments_of(order["id"])
        town.bank.pay(payment_id)
        town.ring(caller, order, payment_id)
        end = town.get(caller, order)
        assert (end["state"], end["payment"]["captured_minor"]) == ("retired", PRICE)
        assert caller.get(f"/v1/certificates/{end['certificate_number']}/verify").body["is_genuine"]
        for table in ("orders", "payments", "retirements", "certificates", "notices"):
            assert town.count(table) == 1, table

    assert len(town.stage.walk(purchase, fault, tries)) >= 3


@pytest.mark.parametrize("fault", FAULTS)
def test_a_refund_survives_a_worker_that_dies_at_any_message(town, fault, tries):
    """The buyer calls the order off, pays all the same, and gets the money back once."""

    def change_of_mind(caller: Caller) -> None:
        order = town.order(caller)
        (payment_id,) = town.bank.payments_of(order["id"])
        cancelled = caller.post(f"/v1/orders/{order['id']}/cancel", b"", town.keyed("cancel"))
        assert cancelled.body["state"] == "cancelled"
        town.bank.pay(payment_id)
        town.ring(caller, order, payment_id)
        for _ in range(2):
            town.let_time_pass()
            assert caller.post("/on-call", {}).status == 200
        end = town.get(caller, order)
        assert (end["state"], end["payment"]["refunded_minor"]) == ("refunded", PRICE)
        assert [refund["amount"] for refund in town.bank.refunds_of(payment_id)] == [PRICE]
        assert (town.count("refunds"), town.count("retirements"), town.count("dead_letters")) == (1, 0, 0)

    assert len(town.stage.walk(change_of_mind, fault, tries)) >= 3


@pytest.mark.parametrize("fault", FAULTS)
def test_a_lapse_survives_a_worker_that_dies_at_any_message(town, fault, tries):
    """Nobody pays in time; the job that lets the hold lapse is killed and comes round again."""

    def forgotten(caller: Caller) -> None:
        order = town.order(caller)
        town.write("UPDATE orders SET hold_expires_at = placed_at")
        for _ in range(2):
            town.let_time_pass()
            assert caller.post("/on-call", {}).status == 200
        end = town.get(caller, order)
        assert (end["state"], end["payment"]["status"]) == ("lapsed", "cancelled")
        assert (town.count("holds"), town.count("dead_letters")) == (0, 0)

    assert len(town.stage.walk(forgotten, fault, tries)) >= 3
