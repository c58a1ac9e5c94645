"""Cells of published files: numbers as people write them, and what is none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.importing.cells import is_nothing, make_key, read_number, why_no_figure


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0.5554", "0.5554"),
        ("０．５５５４", "0.5554"),
        (" 0.50 ", "0.5"),
        ("1,234,567.5", "1234567.5"),
        ("2.5E-05", "0.000025"),
        ("1e3", "1000"),
        ("−0.5", "-0.5"),
        ("-0.0", "0"),
        ("0.6849①", "0.6849"),
        ("0.6849*", "0.6849"),
        ("0.6849²", "0.6849"),
        ("0.6849 (2)", "0.6849"),
        ("0.6849 [b]", "0.6849"),
        ("0.\u200b6849", "0.6849"),
    ],
)
def test_a_number_is_read_as_it_was_meant(cell: str, number: str) -> None:
    assert read_number(cell) == number


def test_a_decimal_comma_is_read_where_the_publisher_writes_one() -> None:
    assert read_number("1 234,5", decimal_comma=True) == "1234.5"
    assert read_number("0,0599", decimal_comma=True) == "0.0599"


@pytest.mark.parametrize("cell", ["1,5", "0,0599", "1.2.3", "NaN", "inf", "1e999", "½", "5kg", "１e", "0x10"])
def test_what_is_not_clearly_a_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="number"):
        read_number(cell)


@pytest.mark.parametrize("cell", ["1E-30", "0.0000000000000000004", "-2e-19"])
def test_a_number_that_a_table_would_round_to_nothing_is_refused_and_never_becomes_zero(cell: str) -> None:
    with pytest.raises(ValueError, match="too small a number"):
        read_number(cell)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=9))
def test_a_plain_decimal_keeps_its_value(number: Decimal) -> None:
    assert Decimal(read_number(format(number, "f"))) == number


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        *(
            (cell, "bound")
            for cell in (
                "<1 (2)",
                "< 0.01 [b]",
                "<1²",
                "<1",
                "> 5",
                "≥0.5",
                "up to 3",
                "小于0.1",
                "0.1以下",
                "< 1.5E-3",
                "<5%",
                "at most 2",
            )
        ),
        *((cell, "range") for cell in ("0.1–0.3", "1 to 2", "0.1～0.3", "1至2")),
    ],
)
def test_a_bound_or_a_range_is_no_figure(cell: str, kind: str) -> None:
    assert f"only a {kind} is published" in (why_no_figure(cell) or "")


@pytest.mark.parametrize("cell", ["-0.5", "1e-5", "2.5E-05", "1,234", "0.6849*", "1 234,5", "about 0.1", "5kg", "1-"])
def test_what_may_be_a_number_or_a_fault_is_left_to_whoever_reads_it(cell: str) -> None:
    assert why_no_figure(cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        "", " ", "-", "—", "N/A", "not-supplied", "nd", "..", ":", "#N/A", "n.d.", "微量", "…",
        "N/A*", "–*", "†", "＃N/A", "\u200b", "<LOD", "n/q", "not reported", "#SPILL!", "未检出", "nil (1)",
    ],
)  # fmt: skip
def test_a_cell_may_say_that_there_is_no_figure(cell: str) -> None:
    assert is_nothing(cell)


def test_long_keys_stay_apart_and_fit_into_a_path() -> None:
    one, other = make_key("uk", "fuel " * 60, "a"), make_key("uk", "fuel " * 60, "b")
    assert one != other
    assert max(len(one), len(other)) <= 120


def test_a_sign_that_tells_two_names_apart_tells_their_keys_apart() -> None:
    assert make_key("HGV >33 t") != make_key("HGV <33 t")
    assert make_key("50% laden") == "50_pct_laden"
