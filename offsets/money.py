"""Money as whole minor units of one currency.

Promise: no amount is ever a float, no two currencies are ever added, and what is divided sums to the whole. How many
digits a currency has is data (`library/currencies.csv`), and
what is the least that can be charged (`library/least_charges.csv`). Touches these files, once.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from babel.numbers import format_currency

from calculators.rounding import EXACT, share_out
from offsets.documents import ENGLISH, list_languages
from offsets.errors import OffsetRefused

_CURRENCIES = Path(__file__).parent / "library" / "currencies.csv"
_LEAST = Path(__file__).parent / "library" / "least_charges.csv"
_CHINESE = {"zh": "zh_Hans_CN"}  # by its short key alone: as written on the mainland


@cache
def exponents() -> dict[str, int]:
    """Digits after the point by ISO 4217 code: CNY 2, JPY 0, KWD 3."""
    with _CURRENCIES.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {row["currency"]: int(row["exponent"]) for row in rows}


def exponent(currency: str) -> int:
    """Digits after the point of one currency; refuses a code that is not in the list."""
    try:
        return exponents()[currency]
    except KeyError:
        raise OffsetRefused("money.unknown_currency", currency=currency) from None


@cache
def least_charges() -> dict[str, int]:
    """The least the provider charges in a currency, in minor units, where one is known."""
    with _LEAST.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {row["currency"]: int(row["minor"]) for row in rows}


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` whole minor units (cents, fen, yen) of an ISO 4217 `currency`; may be negative."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("money is counted in whole minor units")
        exponent(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    @property
    def major(self) -> Decimal:
        """The amount as people write it: Money(1234, "CNY") is 12.34."""
        return EXACT.scaleb(Decimal(self.minor), -exponent(self.currency))

    def allocate(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Parts in proportion to `weights` that sum to the whole; raises ValueError when no weight is positive."""
        return tuple(Money(part, self.currency) for part in share_out(self.minor, weights))

    def format(self, language: str = "en") -> str:
        """The amount as readers of a language write it, with every digit it has."""
        return format_currency(self.major, self.currency, locale=locale_of(language), decimal_quantization=False)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise OffsetRefused("money.mixed_currencies", first=self.currency, second=other.currency)
        return other.minor


def charge(amount: Fraction, currency: str) -> Money:
    """An exact amount in major units as what is charged: whole minor units, rounded up."""
    return Money(-(-amount * 10 ** exponent(currency) // 1), currency)


def least_charge(currency: str, otherwise_minor: int) -> Money:
    """The least that can be charged in a currency; `otherwise_minor` where no figure is known."""
    return Money(least_charges().get(currency, otherwise_minor), currency)


def total(amounts: Sequence[Money]) -> Money:
    """The sum of one or more amounts of one currency."""
    if not amounts:
        raise ValueError("a sum of no amounts has no currency")
    whole = amounts[0]
    for amount in amounts[1:]:
        whole += amount
    return whole


def locale_of(language: str) -> str:
    """The locale that numbers are written in, by the short key or tag of a language; English for one we do not have."""
    key = language.split("-")[0]
    return _CHINESE.get(key, key) if key in list_languages() else ENGLISH
