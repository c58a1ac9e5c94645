"""What the tests of the payment port stand on: a sandbox on a loopback port, the real SDK, a bell, a test bench.

sandbox    a fresh one, listening            gateway   our port over the real SDK, pointed at it
client     the bare SDK, pointed at it       bench     its controls: books, notices, faults, banks
bell       an endpoint that notices ring     pay       a captured payment, ready to be refunded or disputed
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
import stripe

from offsets import Done, Mark, Money, PaymentFacts, PaymentRequest
from offsets.sandbox import API_KEY, NOTICE_SECRET, Sandbox
from offsets.stripe_gateway import StripeGateway, StripeSettings

RETURN_URL = "https://shop.example/return"
MARK = Mark("usr_1", "ord_1")
PRICE = Money(1234, "CNY")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def gateway(sandbox: Sandbox) -> Iterator[StripeGateway]:
    made = StripeGateway(StripeSettings(API_KEY, NOTICE_SECRET, sandbox.url, read_timeout_s=5))
    yield made
    made.close()


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[stripe.StripeClient]:
    http = stripe.RequestsClient(timeout=5)
    yield stripe.StripeClient(API_KEY, base_addresses={"api": sandbox.url}, http_client=http, max_network_retries=0)
    http.close()


@dataclass(frozen=True)
class Bench:
    """The sandbox's controls over HTTP."""

    url: str

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        answer = requests.request(method, f"{self.url}/_sandbox{path}", json=body or {}, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def books(self, currency: str = "cny") -> tuple[int, int]:
        """Captured and refunded."""
        totals = self.ask("GET", "/books")["totals"].get(currency, {"captured": 0, "refunded": 0})
        return totals["captured"], totals["refunded"]

    def fault(self, kind: str, path: str, *, method: str = "POST", times: int = 1, seconds: float = 0.0) -> None:
        body = {"kind": kind, "path": path, "method": method, "times": times, "seconds": seconds}
        self.ask("POST", "/faults", body)

    def events(self) -> list[tuple[str, str]]:
        """Type and id of every event, oldest first."""
        return [(event["type"], event["id"]) for event in self.ask("GET", "/notices")["events"]]


@pytest.fixture
def bench(sandbox: Sandbox) -> Bench:
    return Bench(sandbox.url)


@dataclass
class Bell:
    """What rang: bodies and signatures in the order they came; `answers` are given first to last, then 200."""

    url: str
    rung: list[tuple[bytes, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> list[tuple[bytes, str]]:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.rung) >= count, timeout=10), f"{len(self.rung)} of {count}"
            return list(self.rung)

    def types(self) -> list[str]:
        with self.arrived:
            return [json.loads(body)["type"] for body, _ in self.rung]


class Porch(ThreadingHTTPServer):
    """Room for everybody who rings at once: the default turns the sixth away."""

    request_queue_size = 64


@pytest.fixture
def bell() -> Iterator[Bell]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with made.arrived:
                made.rung.append((body, self.headers["Stripe-Signature"]))
                status = made.answers.pop(0) if made.answers else 200
                made.arrived.notify_all()
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = Porch(("127.0.0.1", 0), Handler)
    made = Bell(f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pay(gateway: StripeGateway) -> Callable[..., PaymentFacts]:
    def paid(method: str = "pm_card_visa", amount: Money = PRICE, mark: Mark = MARK) -> PaymentFacts:
        key = f"{mark.order_id}:{method}"
        made = done(gateway.create_payment(PaymentRequest(mark, amount, "50 kg CO2e"), f"{key}:create"))
        return done(gateway.confirm_payment(made.payment_id, method, RETURN_URL, f"{key}:confirm"))

    return paid


def done(outcome: Any) -> Any:
    """The facts of what happened."""
    assert isinstance(outcome, Done), outcome
    return outcome.facts


def eventually(is_so: Callable[[], bool], within_s: float = 10.0) -> bool:
    """Whether `is_so` within the time given, asked again every few milliseconds."""
    give_up_at = time.monotonic() + within_s
    while not (seen := is_so()) and time.monotonic() < give_up_at:
        time.sleep(0.005)
    return seen


def now() -> datetime:
    """The sandbox keeps the wall's clock, so these tests do too."""
    return datetime.now(UTC)
