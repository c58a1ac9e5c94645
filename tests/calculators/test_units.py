"""Units convert exactly or not at all, and counted things are no lengths."""

from __future__ import annotations

import decimal
from fractions import Fraction

import pytest

from calculators.errors import UnitRefused
from calculators.units import conversion, counts_as, is_gas_mass, parse_unit


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("mi", "km", "1.609344"),
        ("lb", "kg", "0.45359237"),
        ("斤", "g", "500"),
        ("两", "g", "50"),
        ("里", "m", "500"),
        ("度", "kWh", "1"),
        ("MJ", "kWh", "1/3.6"),
        ("kWh/person-yr", "kWh/person-day", "1/365"),
        ("tCO2/MWh", "kgCO2/kWh", "1"),
        ("%", "1", "0.01"),
        ("m3", "L", "1000"),
        ("千米", "km", "1"),
        ("米", "m", "1"),
        ("千瓦时", "度", "1"),
        ("立方米", "方", "1"),
        ("升", "毫升", "1000"),
        ("吨", "千克", "1000"),
        ("公斤", "千克", "1"),
        ("兆瓦时", "千瓦小时", "1000"),
        ("吉焦", "MJ", "1000"),
        ("周", "天", "7"),
    ],
)
def test_units_convert_exactly(one: str, other: str, ratio: str) -> None:
    top, _, bottom = ratio.partition("/")
    assert conversion(one, other) == Fraction(top) / Fraction(bottom or "1")


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("m³", "m3"),
        ("㎥", "m3"),
        ("ｍ３", "m3"),
        ("㎞", "km"),
        ("㎏", "kg"),
        ("㎡", "m2"),
        ("ｋＷｈ", "kWh"),
        ("kW·h", "kWh"),
        ("kW⋅h", "kWh"),
        ("千瓦·时", "kWh"),
        (" 公里 ", "km"),
        ("KM", "km"),
        ("kwh", "kWh"),
        ("KWH", "kWh"),
        ("KG", "kg"),
        ("kgCO2/m³", "kgCO2/m3"),
        ("kw·h", "kWh"),
        ("KW.H", "kWh"),
        ("kW*h", "kWh"),
        ("kW h", "kWh"),
        ("千 瓦 时", "kWh"),
        ("电度", "kWh"),
        ("瓩時", "kWh"),
        ("度(kWh)", "kWh"),
        ("立方米（m³）", "m3"),
        ("m^3", "m3"),
        ("cubic metres", "m3"),
        ("km.", "km"),
        ("公里\u200b", "km"),
        ("kM", "km"),
        ("公噸", "t"),
        ("min.", "min"),
        ("hrs", "h"),
        ("分", "min"),
        ("gj", "GJ"),
        ("盎司", "oz"),
    ],
)
def test_a_unit_is_known_by_every_spelling_people_and_bills_have_for_it(spelling: str, unit: str) -> None:
    assert parse_unit(spelling) == parse_unit(unit)


@pytest.mark.parametrize("unit", ["mWh", "MWH", "Mm", "mm", "mj", "MG", "Kkm", "Tonne", "m³³"])
def test_a_letter_whose_case_means_something_is_never_folded(unit: str) -> None:
    with pytest.raises(UnitRefused):
        parse_unit(unit)


@pytest.mark.parametrize(
    "unit", ["ton", "tons", "ML", "T", "M", "G", "Nm3", "标方", "两/", "mW·h", "kW/h", "m^4", "10km"]
)
def test_what_may_mean_two_things_or_another_state_of_a_gas_is_no_unit(unit: str) -> None:
    with pytest.raises(UnitRefused):
        parse_unit(unit)


@pytest.mark.parametrize("unit", ["立方米(kWh)", "km(m)", "t(吨)(kg)", "(km)", "km()"])
def test_a_unit_said_twice_must_be_one_unit(unit: str) -> None:
    with pytest.raises(UnitRefused):
        parse_unit(unit)


def test_a_hyphen_is_a_product() -> None:
    assert parse_unit("kgCO2/passenger-km") == parse_unit("kgCO2/km-passenger")
    assert dict(parse_unit("kgCO2/passenger-km").dimensions) == {"[co2]": 1, "[length]": -1, "[passenger]": -1}


@pytest.mark.parametrize(
    ("one", "other"),
    [("km", "kg"), ("passenger-km", "vehicle-km"), ("kgCO2", "kgCO2e"), ("kgCO2", "kg"), ("meal", "item"), ("h", "km")],
)
def test_different_things_do_not_convert(one: str, other: str) -> None:
    with pytest.raises(UnitRefused, match="does not convert"):
        conversion(one, other)


@pytest.mark.parametrize(
    "unit", ["parsec", "kmi", "megakm", "km/", "-km", "km--km", "km km", "km**2", "k" * 65, "__class__", "2km", "km2"]
)
def test_unknown_units_are_refused(unit: str) -> None:
    with pytest.raises(UnitRefused):
        parse_unit(unit)


def test_a_kilometre_of_one_passenger_is_a_passenger_kilometre_but_a_gram_is_not() -> None:
    assert counts_as("km", "passenger-km")
    assert not counts_as("km", "passenger-mi")
    assert not counts_as("km", "kg-km")


def test_grams_of_gas_are_told_from_grams_of_food() -> None:
    assert is_gas_mass(parse_unit("kgCO2e"))
    assert not is_gas_mass(parse_unit("kg"))
    assert not is_gas_mass(parse_unit("kgCO2e/kg"))


def test_conversions_do_not_depend_on_the_ambient_decimal_context() -> None:
    parse_unit.cache_clear()
    conversion.cache_clear()
    with decimal.localcontext(prec=2):
        assert conversion("mi", "m") == Fraction("1609.344")
