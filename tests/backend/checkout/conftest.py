"""A shop before the sandbox: people who order, a bank whose notices ring when the test says, an outbox run by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import Any
from zlib import crc32

import pytest
from flask import Flask
from sqlalchemy import text

from backend.accounts.service import addresses
from backend.checkout import flow, service
from backend.checkout.service import order_placement
from backend.jobs.runner.dispatch import dispatch
from backend.platform.core import clock
from backend.platform.core.roles import USER
from backend.platform.privacy.access_tokens import sign_access
from offsets.sandbox import Sandbox
from tests.backend.checkout.bank import VISA, Bank, sign
from tests.backend.registry.conftest import PROJECT, shelf, small_lot

__all__ = ["shelf"]

GRAMS = 60_000  # 0.54 USD of the shipped project: more than the least that can be charged
SUCCEEDED, FAILED, CREATED = "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.created"
REFUNDED, CANCELLED = "charge.refunded", "payment_intent.canceled"


@pytest.fixture
def new_person(new_person: Callable[..., Any], in_transaction: Callable[..., Any]) -> Callable[..., Any]:
    """Buyers: whoever is no guest has proved an e-mail, unless `proved=False`."""

    def make(*, is_guest: bool = False, proved: bool = True, **given: Any) -> Any:
        made = new_person(is_guest=is_guest, **given)
        if proved and not is_guest:
            in_transaction(lambda session: prove_address(session, made.user_id))
        return made

    return make


def prove_address(session: Any, user_id: str) -> None:
    """Let somebody have proved an e-mail of their own."""
    address = addresses.read_email(f"{user_id}@example.org")
    assert addresses.register_identity(session, user_id, address.channel, address.hash, verified=True)


@pytest.fixture
def bank(app: Flask) -> Iterator[Bank]:
    """A fresh sandbox that this test's app pays at."""
    with Sandbox() as sandbox:
        settings = app.extensions["carbon.settings"]
        app.extensions["carbon.settings"] = replace(settings, stripe_api_base=sandbox.url, rate_limits=False)
        bank = Bank(sandbox)
        yield bank
        bank.gateway.close()


@dataclass
class Shop:
    """What happens around an order, in the fewest words."""

    app: Flask
    bank: Bank
    in_transaction: Callable[..., Any]

    def quote(self, person: Any, grams: int = GRAMS, *, project: str = PROJECT) -> dict[str, Any]:
        answer = person.post("/v1/quotes", {"project": project, "grams": grams, "currency": "USD"})
        assert answer.status_code == 201, answer.json
        return answer.json

    def try_order(
        self, person: Any, grams: int = GRAMS, *, key: str | None = None, quote: Any = None, address: str = ""
    ) -> Any:
        """An order, from the person's own network unless another address is named."""
        body = {"quote_id": (quote or self.quote(person, grams))["id"], "beneficiary": "Lin Wei"}
        sent_from = {"REMOTE_ADDR": address or address_of(person)}
        return person.post("/v1/orders", body, key=key, environ_overrides=sent_from)

    def order(self, person: Any, grams: int = GRAMS) -> dict[str, Any]:
        answer = self.try_order(person, grams)
        assert answer.status_code == 201, answer.json
        return answer.json

    def get(self, person: Any, order: dict[str, Any]) -> dict[str, Any]:
        """The order as its owner sees it now, with a token of now: hours may have passed."""
        answer = person.get(f"/v1/orders/{order['id']}", headers=self._token_of(person))
        assert answer.status_code == 200, answer.json
        return answer.json

    def post_later(self, person: Any, path: str, body: dict[str, Any]) -> Any:
        """A request with a token of now: hours may have passed."""
        return person.post(path, body, headers=self._token_of(person))

    def _token_of(self, person: Any) -> dict[str, str]:
        with self.app.app_context():
            token = sign_access(person.user_id, person.session_id, frozenset({USER}))
        return {"Authorization": f"Bearer {token}"}

    def pay(self, order: dict[str, Any], card: str = VISA) -> str:
        payment_id = self.bank.payment_of(order["id"])
        self.bank.pay(payment_id, card)
        return payment_id

    def ring(self, person: Any, order: dict[str, Any], kind: str = SUCCEEDED, *, notice_id: str | None = None) -> Any:
        """A signed notice about the order's payment, bearing our mark."""
        mark = {"user_id": person.user_id, "carbon_account_order": order["id"]}
        return self.hear(self.bank.notice(self.bank.payment_of(order["id"]), kind, mark, notice_id))

    def hear(self, payload: bytes, signature: str | None = None) -> Any:
        headers = {"Stripe-Signature": sign(payload) if signature is None else signature}
        return self.app.test_client().post(
            "/v1/webhooks/stripe", data=payload, headers=headers, content_type="application/json"
        )

    def buy(self, person: Any, grams: int = GRAMS) -> dict[str, Any]:
        """A whole purchase."""
        order = self.order(person, grams)
        self.pay(order)
        assert self.ring(person, order).status_code == 200
        return self.get(person, order)

    def deliver(self) -> None:
        """Everything in the outbox, as the dispatcher does it."""
        dispatch(self.app)

    def lapse(self) -> int:
        """As the job does it: everyone with an overdue hold, one transaction each; how many holds lapsed."""
        people = self.in_transaction(lambda session: service.list_lapsing(session, "", 100), read_only=True)
        return sum(self.in_transaction(lambda session, one=one: service.lapse(session, one)) for one in people)

    def reconcile(self) -> int:
        """As the job does it: everyone with a payment due for a look; how many payments were due."""
        people = self.in_transaction(lambda session: service.list_people_to_sync(session, "", 100), read_only=True)
        due = self.in_transaction(
            lambda session: sum(len(service.list_orders_to_sync(session, one)) for one in people), read_only=True
        )
        with self.app.app_context():
            for one in people:
                flow.reconcile(one, {})
        return due

    def count(self, table: str, where: str = "1 = 1") -> int:
        query = text(f"SELECT count(*) FROM {table} WHERE {where}")
        return self.in_transaction(lambda session: session.execute(query).scalar_one(), read_only=True)

    def stock(self) -> tuple[int, int, int]:
        query = text("SELECT sum(available_g), sum(held_g), sum(retired_g) FROM lots")
        return tuple(int(grams) for grams in self.in_transaction(lambda s: s.execute(query).one(), read_only=True))


@pytest.fixture
def shop(app: Flask, bank: Bank, in_transaction: Callable[..., Any], shelf: Callable[..., None]) -> Shop:
    """A shop with two tonnes on the shelf."""
    shelf(small_lot("a", units=2))
    return Shop(app, bank, in_transaction)


@pytest.fixture
def empty_shop(app: Flask, bank: Bank, in_transaction: Callable[..., Any]) -> Shop:
    """A shop whose shelf the test fills."""
    return Shop(app, bank, in_transaction)


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    """`later(timedelta(hours=2))`: from now on it is so much later, and time goes on."""
    with ExitStack() as shifted:

        def shift(by: timedelta) -> None:
            shifted.enter_context(clock.installed(lambda: datetime.now(UTC) + by))

        yield shift


def buy_up(shop: Shop, person: Any, *, but_g: int = 0) -> dict[str, Any]:
    """Everything that is left, or all `but_g`, bought and retired, as if no bound kept one person from it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(order_placement, "refuse_too_much_on_hold", lambda *_: None)
        return shop.buy(person, shop.stock()[0] - but_g)


def address_of(person: Any) -> str:
    """A network address of the person's own."""
    return str(IPv4Address(0x0A000000 + crc32(person.user_id.encode()) % 0xFFFFFF))


def due_now(session) -> None:
    """Every payment that will be looked at some time is due for a look, and every row of the outbox too."""
    session.execute(text("UPDATE payments SET look_at = asked_at WHERE look_at IS NOT NULL"))
    session.execute(text("UPDATE outbox SET not_before = due_at"))
