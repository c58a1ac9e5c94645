"""People who use the product while it is being killed, and what each of them was told.

Each is a thread with random choices of its own seed. Nobody gives up: a request that got no answer is sent again, with
the same key and body, until it is answered; some hang up on purpose before they hear. What a person was told is written
down, and nothing else: `chaos_tally` compares it with the books.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from offsets import PaymentFacts
from tests.backend.checkout.bank import NO_FUNDS, VISA, Bank
from tests.backend.registry.conftest import PROJECT

TIMEOUT_S = 30
PATIENCE_S = 300  # of one request, over any number of restarts
PAUSE_S = 0.1  # before the next attempt of a request
HANGS_UP = 0.08  # of all requests: the client has sent it and does not wait for the answer
LOSES_MANY = 0.5  # the same, where something must soon happen twice
PENDING_REFUND = "pm_card_pendingRefund"
DAYS, SLOT = 10, timedelta(minutes=20)  # rides of one person never overlap
FAULTY = ("close_before", "close_after", "error_before", "rate_limited", "conflict")
AGAIN = "idempotency.running"


@dataclass(frozen=True)
class Reply:
    """What the client was finally told."""

    status: int
    body: Any


class NeverAnswered(AssertionError):
    """A request that was not answered although the product was started again and again."""


@dataclass
class Traffic:
    """Where the product listens, and how much was asked of it."""

    port: int
    stopping: threading.Event = field(default_factory=threading.Event)
    is_hopeless: bool = False
    counted: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        """One more."""
        with self._lock:
            self.counted[what] += 1

    def give_up(self) -> None:
        """Let nobody wait for an answer any more."""
        self.is_hopeless = True
        self.stopping.set()


@dataclass(frozen=True)
class Guest:
    """Somebody without an account, who may join one: by this token of the question."""

    user_id: str
    session_id: str
    question: str


@dataclass(frozen=True)
class Clocks:
    """Time passes for one thing: what otherwise takes an hour or a night."""

    end_hold: Callable[[str], None]  # of an order: nobody has paid in time
    ripen: Callable[[str], None]  # a person's points: they may be collected


@dataclass
class Told:
    """What one person was told, by what names it: every line was acknowledged by an answer."""

    user_id: str
    rides: dict[str, str] = field(default_factory=dict)  # instant: activity
    withdrawn: set[str] = field(default_factory=set)  # activities
    collected: dict[str, int] = field(default_factory=dict)  # ledger entry: points
    orders: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)  # orders
    guest_rides: dict[str, dict[str, str]] = field(default_factory=dict)  # guest: instant: activity
    joined: set[str] = field(default_factory=set)  # guests
    refused: Counter[str] = field(default_factory=Counter)  # why, for whoever reads the report


@dataclass
class Person:
    """Somebody with an account, some guests who will join it, and a card."""

    told: Told
    guests: list[Guest]
    sign: Callable[[str], str]  # a token of now for a user's id
    bank: Bank
    clocks: Clocks
    traffic: Traffic
    dice: random.Random
    hangs_up: float = HANGS_UP

    def __post_init__(self) -> None:
        self._numbers = itertools.count()
        self._slots = _slots()

    def live(self) -> None:
        """Do everything once, then one thing after the other, until it is time to stop; what was begun is finished."""
        acts, weights = zip(*self._acts(), strict=True)
        for act in self.dice.sample(acts, len(acts)):
            if not self.traffic.stopping.is_set():
                act()
        while not self.traffic.stopping.is_set():
            self.dice.choices(acts, weights)[0]()

    def rehearse(self) -> None:
        """Do everything once."""
        for act, _ in self._acts():
            act()
        for fate in self._fates():
            self._order_and(fate)

    def _acts(self) -> list[tuple[Callable[[], None], int]]:
        return [
            (self.log, 8),
            (self.send_queue, 2),
            (self.withdraw, 3),
            (self.collect, 4),
            (self.buy, 8),
            (self.bring_guest, 1),
        ]

    def log(self) -> None:
        """One ride."""
        self._log(self.told.user_id, self.told.rides)

    def send_queue(self) -> None:
        """A telephone's queue, which needs no key: the names of its activities make it safe."""
        rides = [_ride(instant) | {"client_id": self._key()} for instant in itertools.islice(self._slots, 3)]
        if not rides:
            return
        reply = self._post("/v1/activities/batch", {"items": rides}, key=None)
        for ride, outcome in zip(rides, reply.body.get("outcomes", ()), strict=False):
            if activity_id := outcome.get("id") or outcome.get("of"):
                self.told.rides[ride["occurred_at"]] = activity_id
            else:
                self.told.refused[f"queue: {outcome['outcome']}"] += 1

    def withdraw(self) -> None:
        """A ride is taken back, collected or not."""
        live = sorted(set(self.told.rides.values()) - self.told.withdrawn)
        if live:
            activity_id = self.dice.choice(live)
            if self._is_done(self._post(f"/v1/activities/{activity_id}/withdraw", {})):
                self.told.withdrawn.add(activity_id)

    def collect(self) -> None:
        """What has matured: some of it by name, or all of it."""
        self.clocks.ripen(self.told.user_id)
        chosen = None
        if self.dice.random() < 0.7:
            bubbles = self._ask("GET", "/v1/points/bubbles", None, self.told.user_id, None).body["items"]
            mature = [bubble["id"] for bubble in bubbles if bubble["is_mature"]]
            chosen = self.dice.sample(mature, min(2, len(mature))) or None
        reply = self._post("/v1/points/collect", {} if chosen is None else {"grant_ids": chosen})
        if self._is_done(reply) and reply.body["entry_id"]:
            self.told.collected[reply.body["entry_id"]] = reply.body["amount"]

    def buy(self) -> None:
        """An order, and what may become of one."""
        if self.dice.random() < 0.2:
            self.bank.fault(self.dice.choice(FAULTY), self.dice.choice(("/v1/payment_intents", "/v1/refunds")))
        self._order_and(self.dice.choice(self._fates()))

    def bring_guest(self) -> None:
        """A guest logs two rides and joins the account."""
        if not self.guests:
            return
        guest = self.guests.pop()
        rides = self.told.guest_rides.setdefault(guest.user_id, {})
        for _ in range(2):
            self._log(guest.user_id, rides)
        reply = self._post("/v1/auth/guest/merge", {"answer_token": guest.question, "bring": True})
        if self._is_done(reply):
            self.told.joined.add(guest.user_id)

    def _fates(self) -> list[Callable[[str, str], None]]:
        return [
            self._pay, self._pay, self._pay_at_last, self._cancel, self._cancel_and_pay, self._pay_and_cancel,
            self._leave, self._leave_and_pay, self._pay_twice_back,
        ]  # fmt: skip

    def _order_and(self, fate: Callable[[str, str], None]) -> None:
        asked = {"project": PROJECT, "grams": self.dice.choice((60_000, 75_000, 100_000)), "currency": "USD"}
        quote = self._post("/v1/quotes", asked)
        if not self._is_done(quote):
            return
        order = self._post("/v1/orders", {"quote_id": quote.body["id"], "beneficiary": "Lin Wei"})
        if self._is_done(order):
            self.told.orders.add(order.body["id"])
            if secret := order.body["payment"]["client_secret"]:
                fate(order.body["id"], secret.partition("_secret")[0])

    def _pay(self, _order_id: str, payment_id: str, card: str = VISA) -> None:
        outcome = self.bank.pay(payment_id, card)
        # what became of it is read in the provider's books, never concluded from here
        self.traffic.count(f"payment {type(outcome).__name__}")

    def _pay_at_last(self, order_id: str, payment_id: str) -> None:
        self._pay(order_id, payment_id, NO_FUNDS)
        if self.dice.random() < 0.5:
            self._pay(order_id, payment_id)

    def _cancel(self, order_id: str, _payment_id: str) -> None:
        if self._is_done(self._post(f"/v1/orders/{order_id}/cancel", {})):
            self.told.cancelled.add(order_id)

    def _cancel_and_pay(self, order_id: str, payment_id: str) -> None:
        self._cancel(order_id, payment_id)
        self._pay(order_id, payment_id, self.dice.choice((VISA, PENDING_REFUND)))

    def _pay_and_cancel(self, order_id: str, payment_id: str) -> None:
        self._pay(order_id, payment_id, self.dice.choice((VISA, PENDING_REFUND)))
        self._cancel(order_id, payment_id)

    def _leave(self, order_id: str, _payment_id: str) -> None:
        self.clocks.end_hold(order_id)

    def _leave_and_pay(self, order_id: str, payment_id: str) -> None:
        self._leave(order_id, payment_id)
        self._pay(order_id, payment_id)

    def _pay_twice_back(self, order_id: str, payment_id: str) -> None:
        """Called off and paid all the same; a clerk gives back by hand what we are about to give back."""
        self._cancel_and_pay(order_id, payment_id)
        outcome = self.bank.gateway.get_payment(payment_id)
        facts = getattr(outcome, "facts", None)
        if isinstance(facts, PaymentFacts) and facts.captured.minor and order_id in self.told.cancelled:
            self.bank.refund(payment_id)

    def _log(self, user_id: str, rides: dict[str, str]) -> None:
        instant = next(self._slots, None)
        if instant is not None:
            reply = self._ask("POST", "/v1/activities", _ride(instant), user_id, self._key())
            if self._is_done(reply):
                rides[instant] = reply.body["id"]

    def _is_done(self, reply: Reply) -> bool:
        if reply.status in (200, 201):
            return True
        self.told.refused[reply.body["code"]] += 1
        return False

    def _key(self) -> str:
        return f"{self.told.user_id} {next(self._numbers)}"

    def _post(self, path: str, body: Any, key: str | None = "") -> Reply:
        """POST as the account, with a key of its own unless `key` is None."""
        return self._ask("POST", path, body, self.told.user_id, self._key() if key == "" else key)

    def _ask(self, method: str, path: str, body: Any, user_id: str, key: str | None) -> Reply:
        """Ask until an answer arrives that is neither 5xx nor "the first is still running"."""
        raw = None if body is None else json.dumps(body).encode()
        ends_at = time.monotonic() + PATIENCE_S
        last: object = None
        while True:
            self.traffic.count("requests")
            headers = {"Authorization": f"Bearer {self.sign(user_id)}", "Connection": "close"}
            headers |= {"Content-Type": "application/json"} if raw else {}
            headers |= {"Idempotency-Key": key} if key else {}
            hangs_up = method == "POST" and self.dice.random() < self.hangs_up
            try:
                found = self._exchange(method, path, raw, headers, hangs_up=hangs_up)
                if found is not None and found[0] < 500 and found[1].get("code") != AGAIN:
                    return Reply(*found)
                last = found
            except (OSError, http.client.HTTPException, ValueError) as lost:
                last = lost
            if time.monotonic() > ends_at or self.traffic.is_hopeless:
                raise NeverAnswered(f"{method} {path}: {last!r}")
            threading.Event().wait(PAUSE_S)

    def _exchange(
        self, method: str, path: str, raw: bytes | None, headers: dict[str, str], *, hangs_up: bool
    ) -> tuple[int, Any] | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.traffic.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, raw, headers)
            if hangs_up:
                self.traffic.count("hung up")
                # long enough that it is taken in hand, short enough that it is still running
                threading.Event().wait(self.dice.uniform(0, 0.3))
                return None
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


def _slots() -> Iterator[str]:
    """Instants of the last days that are far enough from one another, no two days in a row the same."""
    noon = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    for number in itertools.count():
        round_, day = divmod(number, DAYS)
        if round_ * SLOT >= timedelta(hours=23):
            return
        yield (noon - timedelta(days=day) - round_ * SLOT).isoformat()


def _ride(instant: str) -> dict[str, Any]:
    return {
        "methodology": "transport.low_carbon_trip",
        "occurred_at": instant,
        "inputs": {"mode": "metro", "distance": "8"},
    }
