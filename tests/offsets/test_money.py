"""Money: whole minor units, one currency at a time, parts that sum to the whole."""

from __future__ import annotations

import decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offsets import Money, OffsetRefused, charge, exponent, total

amounts = st.integers(-(10**15), 10**15)


def test_two_prices_in_one_currency_add_up():
    assert Money(1234, "CNY") + Money(66, "CNY") - Money(100, "CNY") == Money(1200, "CNY")


def test_two_currencies_never_meet():
    with pytest.raises(OffsetRefused, match=r"money\.mixed_currencies"):
        Money(1, "CNY") + Money(1, "USD")
    with pytest.raises(OffsetRefused, match=r"money\.mixed_currencies"):
        _ = Money(1, "CNY") < Money(1, "USD")


@pytest.mark.parametrize("minor", [1.0, True, "1", decimal.Decimal(1)])
def test_money_is_counted_in_integers_only(minor):
    with pytest.raises(TypeError):
        Money(minor, "CNY")


def test_an_unknown_currency_is_refused():
    with pytest.raises(OffsetRefused, match=r"money\.unknown_currency"):
        Money(1, "XYZ")


@pytest.mark.parametrize(("currency", "digits"), [("CNY", 2), ("JPY", 0), ("KWD", 3)])
def test_a_currency_has_as_many_digits_as_iso_4217_says(currency, digits):
    assert exponent(currency) == digits


@pytest.mark.parametrize(
    ("exact", "currency", "minor"),
    [
        (Fraction("0.0213"), "USD", 3),  # 1 kg at 21.30 USD a tonne is 2.13 cents
        (Fraction("2.13"), "USD", 213),
        (Fraction("2.13"), "JPY", 3),
        (Fraction("0"), "USD", 0),
    ],
)
def test_what_is_charged_rounds_up_to_a_whole_minor_unit(exact, currency, minor):
    assert charge(exact, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("money", "language", "written"),
    [
        (Money(123456, "CNY"), "zh-CN", "¥1,234.56"),
        (Money(123456, "CNY"), "en", "CN¥1,234.56"),
        (Money(123456, "USD"), "en", "$1,234.56"),
        (Money(5, "USD"), "fr", "$0.05"),
        (Money(1234, "JPY"), "en", "¥1,234"),
        (Money(1234, "KWD"), "en", "KWD1.234"),
    ],
)
def test_money_is_written_with_every_digit_it_has(money, language, written):
    assert money.format(language) == written


def test_a_sum_of_nothing_has_no_currency():
    with pytest.raises(ValueError, match="no currency"):
        total([])


def test_a_caller_who_changed_the_ambient_precision_changes_nothing():
    with decimal.localcontext(decimal.Context(prec=2)):
        assert str(Money(123456, "CNY").major) == "1234.56"


@given(minor=amounts, weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_what_is_divided_sums_to_the_whole(minor, weights):
    parts = Money(minor, "CNY").allocate(weights)
    assert total(parts) == Money(minor, "CNY")
    assert len(parts) == len(weights)


@given(exact=st.fractions(min_value=0, max_value=10**9, max_denominator=10**9))
def test_a_charge_is_never_less_than_the_exact_amount_and_never_a_whole_unit_more(exact):
    charged = Fraction(charge(exact, "USD").minor, 100)
    assert exact <= charged < exact + Fraction(1, 100)
