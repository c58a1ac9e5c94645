"""What people were told, compared with our books and the provider's: what is missing, and what is there twice.

Lost: somebody was told that it happened, or the provider has the money, and the books know nothing of it. Doubled: the
books have it more often than anybody was told. What a payment came to is read in the provider's books alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import text

from backend.platform.data.transactions import in_transaction
from tests.backend.checkout.bank import Bank
from tests.faults.chaos import Told

PAGE = 100
RETIRED = "retired"


@dataclass
class Tally:
    """How many effects were compared, and which of them are missing or there too often."""

    compared: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def compare(self, what: str, told: Iterable[Any], found: Iterable[Any]) -> None:
        """Everything told is there once, and nothing else is."""
        expected, there = Counter(iter(told)), Counter(iter(found))
        self.compared[what] += sum(expected.values())
        self.lost += [f"{what}: {one}" for one in (expected - there).elements()]
        self.doubled += [f"{what}: {one}" for one in (there - expected).elements()]

    def expect(self, what: str, about: str, *, lost: bool, doubled: bool = False) -> None:
        """One effect, judged by the caller."""
        self.compared[what] += 1
        if lost:
            self.lost.append(f"{what}: {about}")
        if doubled:
            self.doubled.append(f"{what}: {about}")


def take(app: Flask, bank: Bank, people: Sequence[Told]) -> Tally:
    """The tally of everybody, when nothing moves any more."""
    tally = Tally()
    with app.app_context():
        for told in people:
            _activities(tally, told)
            _points(tally, told)
            _orders(tally, told)
        _money(tally, bank, people)
    return tally


def _activities(tally: Tally, told: Told) -> None:
    brought = {
        instant: activity_id for guest_id in told.joined for instant, activity_id in told.guest_rides[guest_id].items()
    }
    mine = _rows("SELECT id, occurred_at, withdrawn_at FROM activities WHERE user_id = :who", who=told.user_id)
    tally.compare("ride", (told.rides | brought).values(), (row["id"] for row in mine))
    withdrawn = (row["id"] for row in mine if row["withdrawn_at"] is not None)
    tally.compare("withdrawal", told.withdrawn, withdrawn)
    tally.compared["guest who joined"] += len(told.joined)
    for guest_id, rides in told.guest_rides.items():
        live = "SELECT id FROM activities WHERE user_id = :who AND status <> 'withdrawn'"
        left = [] if guest_id in told.joined else rides.values()
        tally.compare("ride of a guest", left, (row["id"] for row in _rows(live, who=guest_id)))


def _points(tally: Tally, told: Told) -> None:
    entries = "SELECT id FROM ledger_entries WHERE user_id = :who AND kind = 'collection'"
    tally.compare("collection", told.collected, (row["id"] for row in _rows(entries, who=told.user_id)))
    sums = _rows(
        "SELECT entry_id, sum(amount) AS points FROM ledger_postings WHERE user_id = :who"
        " AND entry_id = ANY(:entries) GROUP BY entry_id",
        who=told.user_id,
        entries=list(told.collected),
    )
    found = [(row["entry_id"], int(row["points"])) for row in sums]
    tally.compare("points collected", told.collected.items(), found)


def _orders(tally: Tally, told: Told) -> None:
    orders = _rows("SELECT id, state FROM orders WHERE user_id = :who", who=told.user_id)
    tally.compare("order", told.orders, (order["id"] for order in orders))
    states = {order["id"]: order["state"] for order in orders}
    for order_id in told.cancelled:
        tally.expect("cancellation", order_id, lost=states.get(order_id) not in ("cancelled", "refunding", "refunded"))


def _money(tally: Tally, bank: Bank, people: Sequence[Told]) -> None:
    """Every payment at the provider is one of ours, and its money is goods or went back: never both, never neither."""
    theirs = defaultdict(list)
    for intent in list_all(bank, "/v1/payment_intents"):
        theirs[intent["metadata"]["carbon_account_order"]].append(intent)
    given_back: Counter[str] = Counter()
    for refund in list_all(bank, "/v1/refunds"):
        given_back[refund["payment_intent"]] += refund["amount"] if refund["status"] == "succeeded" else 0
    ours = {
        row["order_id"]: row
        for row in _rows(
            "SELECT p.order_id, p.provider_id, p.captured_minor, p.refunded_minor, o.state FROM payments p"
            " JOIN orders o ON o.user_id = p.user_id AND o.id = p.order_id"
        )
    }
    known = [row["provider_id"] for row in ours.values() if row["provider_id"]]
    tally.compare("payment", (intent["id"] for intents in theirs.values() for intent in intents), known)
    for order_id, intents in theirs.items():
        for intent in intents:
            row = ours.get(order_id, {"state": "unknown", "captured_minor": 0, "refunded_minor": 0})
            captured, back = intent["amount_received"], given_back[intent["id"]]
            books = f"{order_id} {row['state']}: {captured} captured, {back} given back, {dict(row)}"
            tally.expect("money captured", books, lost=row["captured_minor"] != captured)
            tally.expect("money given back", books, lost=row["refunded_minor"] != back)
            tally.compared["payment given back"] += back > 0
            if captured:
                has_goods = row["state"] == RETIRED
                tally.expect(
                    "goods or money", books, lost=not has_goods and back < captured, doubled=has_goods and back > 0
                )
    orders = {order_id for told in people for order_id in told.orders}
    tally.compared["order paid"] += sum(intent["amount_received"] > 0 for found in theirs.values() for intent in found)
    tally.lost += [f"order of nobody: {order_id}" for order_id in theirs.keys() - orders]


def list_all(bank: Bank, path: str) -> Iterator[dict[str, Any]]:
    """Everything of a list of the provider's."""
    after = ""
    while True:
        page = bank.call("GET", f"{path}?limit={PAGE}{after}")
        yield from page["data"]
        if not page["has_more"]:
            return
        after = f"&starting_after={page['data'][-1]['id']}"


def _rows(statement: str, **values: Any) -> list[dict[str, Any]]:
    query = text(statement).bindparams(**values)
    return in_transaction(lambda session: [dict(row) for row in session.execute(query).mappings()], read_only=True)
