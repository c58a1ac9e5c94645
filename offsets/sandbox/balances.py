"""The sandbox's own books: every movement of money from one account to another, per currency.

Promise: balanced by shape, each fact posted once; what was captured, given back and taken by the bank can be compared
with anybody's. Touches the store.
"""

from __future__ import annotations

from offsets.sandbox.store import Store

PAYERS, MERCHANT, BANK = "payers", "merchant", "bank"

# Every kind of fact with the account it takes from and the one it gives to.
_FACTS = {
    "captured": (PAYERS, MERCHANT),
    "refunded": (MERCHANT, PAYERS),
    "refund_returned": (PAYERS, MERCHANT),
    "disputed": (MERCHANT, BANK),
    "dispute_won": (BANK, MERCHANT),
}


def book(store: Store, kind: str, about: str, currency: str, amount: int) -> None:
    """Post one fact about one object."""
    source, destination = _FACTS[kind]
    store.post(f"{kind}:{about}", currency, source, destination, amount)


def read_books(store: Store) -> dict[str, dict[str, int]]:
    """Per currency: captured, refunded (net of refunds the bank returned), disputed, and the merchant's balance."""
    books: dict[str, dict[str, int]] = {}
    for posting in store.postings():
        sums = books.setdefault(posting["currency"], {"captured": 0, "refunded": 0, "disputed": 0, "balance": 0})
        kind, amount = posting["fact"].split(":")[0], posting["amount"]
        column, sign = {
            "captured": ("captured", 1),
            "refunded": ("refunded", 1),
            "refund_returned": ("refunded", -1),
            "disputed": ("disputed", 1),
            "dispute_won": ("disputed", -1),
        }[kind]
        sums[column] += sign * amount
        sums["balance"] += amount if posting["destination"] == MERCHANT else -amount
    return books
