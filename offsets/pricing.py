"""What an order costs: a quote that can explain every line and holds until it expires.

Promise: the same grams, price and charges always give the same lines; each line is rounded up to a whole minor unit and
says how it came about; nothing changes after the quote was made. Touches nothing: the clock comes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from calculators.rounding import EXACT
from offsets.catalogue import GRAMS_PER_UNIT, Price, Project
from offsets.errors import OffsetRefused
from offsets.money import Money, charge, exponent, total
from offsets.review import is_current

LARGEST_G = 10**12


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee or tax on top, as data: `rate` of everything before it (0.06 is 6 %), or a fixed amount; exactly one."""

    kind: Literal["fee", "tax"]
    label: Mapping[str, str]
    rate: Decimal | None = None
    fixed: Money | None = None

    def __post_init__(self) -> None:
        if (self.rate is None) == (self.fixed is None):
            raise ValueError("a charge has a rate or a fixed amount")
        if (self.rate is not None and self.rate < 0) or (self.fixed is not None and self.fixed.minor < 0):
            raise ValueError("a charge is never negative")


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of a quote: what for, how much, and the working in figures (`2,000 g x 21.3 USD/t = ...`)."""

    kind: Literal["credits", "fee", "tax"]
    label: Mapping[str, str]
    amount: Money
    working: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What `grams` of a project cost until `expires_at`, line by line."""

    project_id: str
    grams: int
    price: Price
    lines: tuple[QuoteLine, ...]
    quoted_at: datetime
    expires_at: datetime

    @property
    def total(self) -> Money:
        """What the buyer pays."""
        return total([line.amount for line in self.lines])

    def is_open(self, now: datetime) -> bool:
        """Whether an order may still be placed at this price."""
        return self.quoted_at <= now < self.expires_at


def make_quote(
    project: Project,
    grams: int,
    currency: str,
    charges: Sequence[Charge],
    now: datetime,
    valid_for: timedelta,
) -> Quote:
    """The quote for `grams` of a project; refuses an amount below its minimum, or without a price in the currency,
    and a project whose document nobody reviewed in time.

    Fees come before taxes, in the order given, and each rate applies to the sum of the lines above it.
    """
    if type(grams) is not int or not project.minimum_g <= grams <= LARGEST_G:
        raise OffsetRefused("pricing.amount", grams=str(grams), minimum_g=project.minimum_g, maximum_g=LARGEST_G)
    if not is_current(now.date(), project.review_by):
        raise OffsetRefused("catalogue.review_due", project=project.project_id, due=project.review_by.isoformat())
    price = project.get_price(currency, now.date())
    lines = tuple(_lines(project, grams, price, charges))
    return Quote(project.project_id, grams, price, lines, now, now + valid_for)


def least_grams_for(per_tonne: Decimal, least: Money) -> int:
    """The fewest whole grams whose credits cost `least`: what we charge rounds up."""
    return int((least.minor - 1) * GRAMS_PER_UNIT // _minor_per_tonne(per_tonne, least)) + 1


def most_grams_for(project: Project, money: Money, charges: Sequence[Charge], on: date) -> int:
    """The most whole grams of a project whose quote costs no more than `money`: what we grant rounds down.

    Zero where not even one gram does. Refuses a currency without a price.
    """
    price = project.get_price(money.currency, on)

    def costs_too_much(grams: int) -> bool:
        return total([line.amount for line in _lines(project, grams, price, charges)]) > money

    least, most = (
        0,
        min(LARGEST_G, int(max(0, money.minor) * GRAMS_PER_UNIT // _minor_per_tonne(price.per_tonne, money))),
    )
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (least, middle - 1) if costs_too_much(middle) else (middle, most)
    return least


def _minor_per_tonne(per_tonne: Decimal, money: Money) -> Fraction:
    return Fraction(per_tonne) * int(10 ** exponent(money.currency))


def _lines(project: Project, grams: int, price: Price, charges: Sequence[Charge]) -> list[QuoteLine]:
    lines = [_credits(project, grams, price)]
    for item in sorted(charges, key=lambda item: item.kind == "tax"):
        lines.append(_charged(item, total([line.amount for line in lines])))
    return lines


def _credits(project: Project, grams: int, price: Price) -> QuoteLine:
    exact = Fraction(price.per_tonne) * grams / GRAMS_PER_UNIT
    amount = charge(exact, price.currency)
    working = (
        f"{grams:,} g × {price.per_tonne:f} {price.currency}/t = {_written(exact)} → {amount.major:f} {price.currency}"
    )
    return QuoteLine("credits", project.title, amount, working)


def _charged(item: Charge, base: Money) -> QuoteLine:
    if item.fixed is not None:
        if item.fixed.currency != base.currency:
            raise OffsetRefused("money.mixed_currencies", first=base.currency, second=item.fixed.currency)
        return QuoteLine(item.kind, item.label, item.fixed, f"{item.fixed.major:f} {base.currency}")
    rate = Fraction(item.rate or 0)
    exact = Fraction(base.major) * rate
    amount = charge(exact, base.currency)
    percent = format(EXACT.multiply(item.rate or Decimal(0), Decimal(100)), "f")
    working = f"{base.major:f} {base.currency} × {percent} % = {_written(exact)} → {amount.major:f} {base.currency}"
    return QuoteLine(item.kind, item.label, amount, working)


def _written(exact: Fraction) -> str:
    """The exact amount in digits; every price is a decimal and a tonne a power of ten, so it ends."""
    digits = 0
    while (exact * 10**digits).denominator != 1:
        digits += 1
    return format(EXACT.scaleb(Decimal(int(exact * 10**digits)), -digits), "f")
