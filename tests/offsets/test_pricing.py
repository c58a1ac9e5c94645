"""Quotes: every line explained, rounded up, frozen until they expire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offsets import Charge, Money, OffsetRefused, least_grams_for, list_projects, make_quote

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
