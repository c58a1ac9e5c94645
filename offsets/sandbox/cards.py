"""Stripe's published test cards and what each of them does (`cards.csv`).

Promise: a card is known by its number or its payment method, and behaves as Stripe says. Touches that one file, once.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_CARDS = Path(__file__).parent / "cards.csv"


@dataclass(frozen=True, slots=True)
class Card:
    """A test card: `outcome` is "succeed" or an error code, `after` what becomes of the money later."""

    number: str
    payment_method: str
    brand: str
    outcome: str
    decline_code: str
    authenticate: bool
    after: str
    shown: bool

    @property
    def spaced(self) -> str:
        """The number in groups of four."""
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))


@cache
def list_cards() -> tuple[Card, ...]:
    """Every test card, in the order of the file."""
    with _CARDS.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return tuple(
            Card(**{**row, "authenticate": row["authenticate"] == "yes", "shown": row["shown"] == "yes"})  # type: ignore[arg-type]  # the file's columns are the card's fields
            for row in rows
        )


def find_card(name: str) -> Card | None:
    """The card with this payment method, or with this number however it is spaced."""
    digits = "".join(name.split())
    return next((card for card in list_cards() if name == card.payment_method or digits == card.number), None)


def is_card_number(name: str) -> bool:
    """Whether the digits could be a card's: its last one is a check digit (Luhn)."""
    digits = [int(digit) for digit in "".join(name.split()) if digit.isdecimal()]
    doubled = [sum(divmod(digit * 2, 10)) if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    return len(digits) >= 12 and sum(doubled) % 10 == 0
