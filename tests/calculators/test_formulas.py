"""The language of formulas: small, checked, and the same in every reading."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.errors import FormulaRefused
from calculators.formula import compile_columns, compile_exact, parse_formula, slope_of, spell, unit_of
from calculators.units import parse_unit


@pytest.mark.parametrize(
    "text",
    [
        "a.b", "a[0]", "a()", "open(1)", "__import__('os')", "lambda: 1", "a if b else c", "[a]", "{a}", "a ** 2",
        "a // 2", "a % 2", "a and b", "not a", "a < b < c", "a == 'x' + 'y'", "'x' < a", "a := 1", "True", "None",
        "1e3",        "0x10", "1_000", "1j", "'x'", "f'{a}'", "min(a)", "min(a, b, c)", "min(a, key=b)", "min(*a)",
        "if_else(a, b, c)",        "if_else(a < b, 1)", "_x", "A", "a b", "", "()", "a; b", "a\nb", "\x00", "a" * 501,
        "-" * 30 + "a", "+".join(["a"] * 100), "é", "1.5.2", "99999999999999999999",
    ],
)  # fmt: skip
def test_what_is_not_in_the_language_is_refused(text: str) -> None:
    with pytest.raises(FormulaRefused):
        parse_formula(text)


def test_a_number_never_becomes_a_float() -> None:
    formula = parse_formula("a * 0.1 + 0.2")
    exact = compile_exact([formula.tree], ["a"], formula.literals)
    assert exact(Decimal("3"))[0] == Decimal("0.5")


def test_the_branch_that_is_not_taken_is_not_computed() -> None:
    formula = parse_formula("if_else(mode == 'car', a / b, a)")
    exact = compile_exact([formula.tree], ["mode", "a", "b"], formula.literals)
    assert exact("walk", Decimal(5), None)[0] == 5


NUMBERS = st.decimals(Decimal(-1000), Decimal(1000), places=3)
SHAPES = st.sampled_from(
    [
        "a + b * c",
        "a - (b - c)",
        "min(a, b) * max(b, c)",
        "if_else(a < b, a * c, b / 7)",
        "-a * b + 0.25",
        "(a + b) * (b - c) / 3",
        "max(0, a - b)",
        "if_else(mode == 'x', a * b, b * c)",
    ]
)


@given(SHAPES, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["x", "y"]))
def test_the_exact_and_the_column_reading_agree(text, a, b, c, mode) -> None:
    formula = parse_formula(text)
    names = ["a", "b", "c", "mode"]
    exact = compile_exact([formula.tree], names, formula.literals)(a, b, c, mode)[0]
    codes = {"mode": {"x": 0, "y": 1}}
    columns = compile_columns([formula.tree], names, formula.literals, codes)
    arrays = [np.array([float(value)]) for value in (a, b, c)]
    found = columns(*arrays, np.array([codes["mode"][mode]]))[0]
    assert float(np.broadcast_to(found, (1,))[0]) == pytest.approx(float(exact), rel=1e-9, abs=1e-6)


@given(
    SHAPES.filter(lambda text: "min" not in text and "if_else" not in text and "max" not in text),
    NUMBERS,
    NUMBERS,
    NUMBERS,
)
def test_a_slope_is_the_limit_of_small_steps(text, a, b, c) -> None:
    formula = parse_formula(text)
    step = Decimal("0.000001")
    for index, name in enumerate("abc"):
        slope = slope_of(formula.tree, name)
        names = ["a", "b", "c"]
        at = [a, b, c]
        value = compile_exact([formula.tree], names, formula.literals)
        expected = (value(*[v + step * (i == index) for i, v in enumerate(at)])[0] - value(*at)[0]) / step
        actual = 0 if slope is None else compile_exact([slope], names, formula.literals)(*at)[0]
        assert abs(actual - expected) < Decimal("0.01")


def test_a_slope_through_a_division_follows_the_quotient_rule() -> None:
    formula = parse_formula("a / (b * b)")
    slope = slope_of(formula.tree, "b")
    assert slope is not None
    assert compile_exact([slope], ["a", "b"], formula.literals)(Decimal(8), Decimal(2))[0] == -2


@pytest.mark.parametrize(
    ("text", "units", "result"),
    [
        ("a * b", {"a": "passenger-km", "b": "kgCO2/passenger-km"}, "kgCO2"),
        ("a / b * c", {"a": "passenger-km", "b": "passenger/vehicle", "c": "kgCO2/vehicle-km"}, "kgCO2"),
        ("max(a - b, 0)", {"a": "kgCO2", "b": "kgCO2"}, "kgCO2"),
        ("if_else(a < b, a, b)", {"a": "kg", "b": "kg"}, "kg"),
    ],
)
def test_units_come_out_of_a_formula(text: str, units: dict[str, str], result: str) -> None:
    found = unit_of(parse_formula(text), {name: parse_unit(unit) for name, unit in units.items()}, {})
    assert found == parse_unit(result)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("a + b", {"a": "kgCO2", "b": "kgCO2e"}),
        ("a + b", {"a": "kgCO2", "b": "gCO2"}),
        ("a - b", {"a": "passenger-km", "b": "vehicle-km"}),
        ("if_else(a < b, a, a)", {"a": "kg", "b": "km"}),
        ("a + 1", {"a": "kg"}),
        ("a * nobody", {"a": "kg"}),
        ("a / 0", {"a": "kg"}),
    ],
)
def test_units_that_do_not_fit_are_refused(text: str, units: dict[str, str]) -> None:
    with pytest.raises(FormulaRefused):
        unit_of(parse_formula(text), {name: parse_unit(unit) for name, unit in units.items()}, {})


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a * (b + c)", "1 × (2 + 3)"),
        ("a - (b - c)", "1 − (2 − 3)"),
        ("a - b - c", "1 − 2 − 3"),
        ("a / (b / c)", "1 ÷ (2 ÷ 3)"),
        ("a * b * 0.5", "1 × 2 × 0.5"),
        ("if_else(mode == 'x', a, b)", "1"),
        ("if_else(mode != 'x', a, b)", "2"),
        ("max(0, a - b)", "max(0, 1 − 2)"),
    ],
)
def test_a_formula_is_written_with_its_numbers_and_the_brackets_it_needs(text: str, written: str) -> None:
    assert spell(parse_formula(text), {"a": "1", "b": "2", "c": "3"}, {"mode": "x"}) == written
