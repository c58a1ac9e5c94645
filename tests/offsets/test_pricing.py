"""Quotes: every line explained, rounded up, frozen until they expire."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offsets import (
    Charge,
    Money,
    OffsetRefused,
    exponent,
    least_charge,
    least_grams_for,
    list_projects,
    make_quote,
    most_grams_for,
)

PROJECT = list_projects()["delta-blue-carbon-1"]
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
FEE = Charge("fee", {"en": "Service", "zh": "服务费"}, rate=Decimal("0.05"))
FIXED = Charge("fee", {"en": "Handling", "zh": "手续费"}, fixed=Money(30, "USD"))
TAX = Charge("tax", {"en": "VAT", "zh": "增值税"}, rate=Decimal("0.06"))


def quote(grams=50_000, charges=(), **changes):
    given = {"currency": "USD", "now": NOW, "valid_for": timedelta(minutes=15), **changes}
    return make_quote(PROJECT, grams, charges=charges, **given)


def test_fifty_kilograms_at_21_30_a_tonne_cost_1_07():
    (line,) = quote().lines
    assert line.amount == Money(107, "USD")  # 50 kg cost 106.5 cents
    assert line.working == "50,000 g × 21.30 USD/t = 1.065 → 1.07 USD"


def test_fees_come_before_taxes_and_each_rate_applies_to_what_stands_above_it():
    lines = quote(1_000_000, [TAX, FEE, FIXED]).lines
    assert [(line.kind, line.amount.minor) for line in lines] == [
        ("credits", 2130),
        ("fee", 107),  # 5 % of 21.30 is 1.065
        ("fee", 30),
        ("tax", 137),  # 6 % of 22.67 is 1.3602
    ]
    assert lines[1].working == "21.30 USD × 5.00 % = 1.065 → 1.07 USD"
    assert lines[3].working == "22.67 USD × 6.00 % = 1.3602 → 1.37 USD"
    assert quote(1_000_000, [TAX, FEE, FIXED]).total == Money(2404, "USD")


def test_a_quote_is_open_until_it_expires():
    made = quote()
    assert made.is_open(NOW)
    assert made.is_open(NOW + timedelta(minutes=15, microseconds=-1))
    assert not made.is_open(NOW + timedelta(minutes=15))
    assert not made.is_open(NOW - timedelta(seconds=1))


@pytest.mark.parametrize("grams", [0, 999, -1, True, 10**12 + 1, 5000.0])
def test_an_amount_below_the_minimum_or_beyond_reason_is_refused(grams):
    with pytest.raises(OffsetRefused, match=r"pricing\.amount"):
        quote(grams)


def test_a_currency_without_a_price_is_refused():
    with pytest.raises(OffsetRefused, match=r"catalogue\.no_price"):
        quote(currency="CNY")


def test_a_fixed_fee_in_another_currency_is_refused():
    with pytest.raises(OffsetRefused, match=r"money\.mixed_currencies"):
        quote(charges=[Charge("fee", {}, fixed=Money(1, "CNY"))])


@pytest.mark.parametrize("fields", [{}, {"rate": Decimal(1), "fixed": Money(1, "USD")}, {"rate": Decimal(-1)}])
def test_a_charge_has_either_a_rate_or_an_amount_and_never_a_negative_one(fields):
    with pytest.raises(ValueError, match="charge"):
        Charge("fee", {}, **fields)


@given(grams=st.integers(1000, 10**10))
def test_a_price_is_rounded_up_and_by_less_than_one_minor_unit(grams):
    exact = Fraction("21.30") * grams / 10**6
    paid = Fraction(quote(grams).total.minor, 100)
    assert exact <= paid < exact + Fraction(1, 100)


@given(minor=st.integers(4, 10**9))
def test_the_fewest_grams_for_a_charge_cost_it_and_one_gram_less_would_not(minor):
    least = Money(minor, "USD")
    grams = least_grams_for(quote(1000).price.per_tonne, least)
    assert quote(grams).total >= least > quote(grams - 1).total


@given(grams=st.integers(1000, 10**9), rates=st.lists(st.decimals(0, 1, places=4), max_size=4))
def test_the_total_is_the_sum_of_its_lines(grams, rates):
    made = quote(grams, [Charge("fee", {}, rate=rate) for rate in rates])
    assert made.total.minor == sum(line.amount.minor for line in made.lines)
    assert len(made.lines) == 1 + len(rates)


@pytest.mark.parametrize(("days", "sells"), [(0, True), (90, True), (91, False), (400, False)])
def test_a_project_whose_document_nobody_reviewed_in_time_sells_no_more(days, sells):
    now = datetime.combine(PROJECT.review_by + timedelta(days=days), NOW.timetz())
    if sells:
        assert quote(now=now).lines
        return
    with pytest.raises(OffsetRefused, match=f"catalogue.review_due.*due={PROJECT.review_by}"):
        quote(now=now)


@st.composite
def priced_projects(draw):
    """A project with one price in one of the five currencies that people pay in, to as many digits as they have."""
    currency = draw(st.sampled_from(("CNY", "USD", "EUR", "GBP", "JPY")))
    per_tonne = Decimal(draw(st.integers(1, 10_000_000))).scaleb(-draw(st.integers(0, 4)))
    price = replace(PROJECT.prices[0], currency=currency, per_tonne=per_tonne)
    return replace(PROJECT, prices=(price,), minimum_g=1), price


@st.composite
def lists_of_charges(draw, currency):
    rates = draw(st.lists(st.sampled_from(("0.01", "0.029", "0.06", "0.19")), max_size=2))
    charges = [Charge("tax", {"en": "VAT", "zh": "增值税"}, rate=Decimal(rate)) for rate in rates]
    fixed = draw(st.integers(0, 500))
    return [*charges, Charge("fee", {"en": "Payment", "zh": "支付"}, fixed=Money(fixed, currency))]


@given(priced_projects(), st.integers(1, 10**9), st.data())
def test_a_total_is_the_sum_of_lines_each_rounded_up_by_less_than_one_minor_unit(priced, grams, data):
    project, price = priced
    charges = data.draw(lists_of_charges(price.currency))
    made = make_quote(project, grams, price.currency, charges, NOW, timedelta(minutes=15))
    unit = 10 ** exponent(price.currency)
    above = Fraction(0)
    for line, rate in zip(made.lines, [None, None, *(c.rate for c in charges if c.kind == "tax")], strict=True):
        if line.kind == "credits":
            exact = Fraction(price.per_tonne) * grams * unit / 1_000_000
        else:
            exact = above * Fraction(rate) if rate is not None else Fraction(line.amount.minor)
        assert 0 <= line.amount.minor - exact < 1
        above += line.amount.minor
    assert made.total == Money(int(above), price.currency)


@given(priced_projects(), st.integers(0, 10**7), st.data())
def test_money_buys_the_most_grams_that_cost_no_more(priced, minor, data):
    project, price = priced
    charges, money = data.draw(lists_of_charges(price.currency)), Money(minor, price.currency)
    grams = most_grams_for(project, money, charges, NOW.date())

    def cost(amount):
        return make_quote(project, amount, price.currency, charges, NOW, timedelta(minutes=15)).total

    assert grams == 0 or cost(grams) <= money
    assert grams == 10**12 or cost(grams + 1) > money


def test_a_yen_is_charged_whole():
    price = replace(PROJECT.prices[0], currency="JPY", per_tonne=Decimal("1234.5"))
    project = replace(PROJECT, prices=(price,))
    made = make_quote(project, 100_000, "JPY", (), NOW, timedelta(minutes=15))
    assert made.total == Money(124, "JPY")
    assert made.lines[0].working == "100,000 g × 1234.5 JPY/t = 123.45 → 124 JPY"


@pytest.mark.parametrize(("currency", "minor"), [("USD", 50), ("GBP", 30), ("JPY", 50), ("CNY", 400), ("SEK", 77)])
def test_the_least_that_can_be_charged_is_known_by_currency(currency, minor):
    assert least_charge(currency, 77) == Money(minor, currency)
