"""Ways of paying, and the currencies each of them takes a price in.

Promise: a way that does not take a currency is never offered for it, and the refusal names the ways that do. The table
is data (`library/payment_methods.csv`). Touches that file, once.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

from offsets.errors import OffsetRefused

_METHODS = Path(__file__).parent / "library" / "payment_methods.csv"
_EVERY = "*"


class PaymentMethod(StrEnum):
    """A way of paying that this house offers; the values are the provider's own names."""

    CARD = "card"
    ALIPAY = "alipay"
    WECHAT_PAY = "wechat_pay"


# The payer is sent to the wallet and comes back to an address that the payment must know.
WALLETS = frozenset({PaymentMethod.ALIPAY, PaymentMethod.WECHAT_PAY})


def methods_for(currency: str) -> tuple[PaymentMethod, ...]:
    """The ways of paying that take a currency, in the order of the table."""
    return tuple(method for method, taken in _currencies().items() if _EVERY in taken or currency in taken)


def choose_methods(wanted: Sequence[str], offered: Sequence[str], currency: str) -> tuple[PaymentMethod, ...]:
    """The ways to open a payment to: those wanted, or all that are offered and take the currency for none wanted.

    Raises `OffsetRefused("payments.method")` for one that is not offered or does not take the currency, with `method`,
    `currency` and the ways that are left (`offered`).
    """
    possible = tuple(method for method in methods_for(currency) if method.value in offered)
    for method in wanted:
        if method not in possible:
            raise OffsetRefused("payments.method", method=method, currency=currency, offered=", ".join(possible))
    return tuple(method for method in possible if not wanted or method.value in wanted)


@cache
def _currencies() -> Mapping[PaymentMethod, frozenset[str]]:
    with _METHODS.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {PaymentMethod(row["method"]): frozenset(row["currencies"].split()) for row in rows}
