"""The sandbox as a test's bank: a card that pays, notices rung by hand in any order, faults on order, its own books."""

from __future__ import annotations

import itertools
import json
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from stripe import WebhookSignature

from backend.platform.core import clock
from offsets import Money
from offsets.sandbox import API_KEY, NOTICE_SECRET, Sandbox
from offsets.stripe_gateway import StripeGateway, StripeSettings

VISA = "pm_card_visa"
NO_FUNDS = "pm_card_visa_chargeDeclinedInsufficientFunds"


@dataclass
class Bank:
    """One sandbox and what a payer, a bank clerk and a postman may do with it."""

    sandbox: Sandbox
    _numbers: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.gateway = StripeGateway(StripeSettings(API_KEY, NOTICE_SECRET, api_base=self.sandbox.url))

    @property
    def url(self) -> str:
        return self.sandbox.url

    def pay(self, payment_id: str, card: str = VISA) -> Any:
        """The payer confirms with a card, on a device of their own."""
        return self.gateway.confirm_payment(payment_id, card, "https://app.example/back", f"pay {next(self._numbers)}")

    def refund(self, payment_id: str, minor: int | None = None) -> Any:
        """A clerk gives money back by hand, past our house."""
        amount = None if minor is None else Money(minor, "USD")
        return self.gateway.refund_payment(payment_id, amount, f"by hand {next(self._numbers)}")

    def payment_of(self, order_id: str) -> str:
        """The provider's id of the one payment of an order, by its own books."""
        (found,) = self.payments_of(order_id)
        return found

    def payments_of(self, order_id: str) -> list[str]:
        intents = self.call("GET", "/v1/payment_intents?limit=100")["data"]
        return [intent["id"] for intent in intents if intent["metadata"].get("carbon_account_order") == order_id]

    def refunds_of(self, payment_id: str) -> list[dict[str, Any]]:
        return self.call("GET", f"/v1/refunds?payment_intent={payment_id}&limit=100")["data"]

    def fault(self, kind: str, path: str, *, method: str = "POST", times: int = 1) -> None:
        """Something goes wrong with the next requests to `path`."""
        self.call("POST", "/_sandbox/faults", {"kind": kind, "method": method, "path": path, "times": times})

    def forget_keys(self) -> None:
        """A day has passed at the provider."""
        self.call("DELETE", "/_sandbox/keys")

    def books(self) -> dict[str, int]:
        """Captured, refunded, disputed and balance in USD minor units."""
        return self.call("GET", "/_sandbox/books")["totals"].get("usd") or {"captured": 0, "refunded": 0}

    def notice(self, payment_id: str, kind: str, mark: dict[str, str] | None, notice_id: str | None = None) -> bytes:
        """What the provider would send about a payment."""
        about = {"id": payment_id, "object": "payment_intent", "metadata": mark or {}}
        event = {
            "id": notice_id or f"evt_test_{next(self._numbers)}",
            "object": "event",
            "type": kind,
            "created": int(clock.now().timestamp()),
            "data": {"object": about},
        }
        return json.dumps(event).encode()

    def notice_about(self, thing: dict[str, Any], kind: str) -> bytes:
        """What the provider would send about one of its objects, as the object is now."""
        event = {
            "id": f"evt_test_{next(self._numbers)}",
            "object": "event",
            "type": kind,
            "created": int(clock.now().timestamp()),
            "data": {"object": thing},
        }
        return json.dumps(event).encode()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())


def sign(payload: bytes) -> str:
    """The header of a notice that the provider has signed just now."""
    now = int(clock.now().timestamp())
    header: str = WebhookSignature.generate_signature_header(payload.decode(), NOTICE_SECRET, now)
    return header
