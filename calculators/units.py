"""Units as exact ratios: what converts into what, and what a product of units measures.

Promise: a conversion is an exact fraction or it is refused. In a unit `a-b` is a product and `a/b` a quotient
(`kgCO2/passenger-km`), and counted things (passenger, meal, household) are dimensions of their own. The units
themselves are data (`library/units.txt`), read through pint; signs of Unicode and full-width letters are made plain
first, never the case of a letter. Touches that one file, once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path

import pint

from calculators.errors import UnitRefused

_DEFINITIONS = Path(__file__).parent / "library" / "units.txt"
_LONGEST = 64
# Norms print the product with a dot, people type a star, and these are names of their own here. Of kilowatts alone the
# case of a letter has one meaning.
_DOTTED_HOUR = re.compile("(k?W|[kK][wW]|MW|千瓦|兆瓦|瓦)[·⋅・.•*×]([hH]|小?时)")
_BLANKS = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+")
_ABBREVIATED = re.compile(r"(?<=[^\W\d_])[.。]$|\^(?=[23](?!\d))")
_TWICE = re.compile(r"([^()]+)\(([^()]+)\)")

Dimensions = tuple[tuple[str, int], ...]

ANY_GAS = "[ghg]"  # stands for the gas of whichever family a place is computed in
GAS_DIMENSIONS = frozenset({"[co2]", "[co2e]", ANY_GAS})
_THINGS = """passenger person vehicle household dwelling meal item cup garment wash order parcel sheet document use trip
night room bag bottle portion"""
COUNTED = frozenset(f"[{name}]" for name in _THINGS.split())


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number measures: `scale` base units of the dimensions `dimensions` (sorted, powers non-zero)."""

    scale: Fraction
    dimensions: Dimensions

    def times(self, other: Unit, power: int = 1) -> Unit:
        """The product with `other`, or the quotient for power -1."""
        powers = dict(self.dimensions)
        for name, exponent in other.dimensions:
            powers[name] = powers.get(name, 0) + power * exponent
        kept = tuple(sorted((name, exponent) for name, exponent in powers.items() if exponent))
        return Unit(self.scale * other.scale**power, kept)

    def over(self, other: Unit) -> Unit:
        """The quotient of two units."""
        return self.times(other, -1)


DIMENSIONLESS = Unit(Fraction(1), ())


@cache
def _registry() -> pint.UnitRegistry[Fraction]:
    return pint.UnitRegistry(str(_DEFINITIONS), non_int_type=Fraction)


@lru_cache(maxsize=512)
def _named(name: str) -> Unit:
    registry = _registry()
    # the registry reads this one as a number that is none
    if name.casefold() == "nan" or name not in registry:
        raise UnitRefused(f"unknown unit {name!r}")
    quantity = (1 * registry.parse_units(name)).to_base_units()
    powers = tuple(sorted((str(key), int(power)) for key, power in quantity.dimensionality.items()))
    return Unit(Fraction(quantity.magnitude), powers)


def _plain(text: str) -> str:
    """`text` without blanks and the dots of kW·h and min., superscripts, signs and full-width letters as plain ones."""
    plain = _BLANKS.sub("", unicodedata.normalize("NFKC", text))
    return _ABBREVIATED.sub("", _DOTTED_HOUR.sub(r"\1\2", plain))


@lru_cache(maxsize=2048)
def parse_unit(text: str) -> Unit:
    """The unit written as `text`; "" and "1" are pure numbers, `%` is a hundredth. Raises UnitRefused."""
    if len(text) > _LONGEST:
        raise UnitRefused(f"a unit has at most {_LONGEST} characters")
    if text.strip() in ("", "1", "share"):
        return DIMENSIONLESS
    if text.strip() == "%":
        return Unit(Fraction(1, 100), ())
    plain = _plain(text)
    if twice := _TWICE.fullmatch(plain):
        return _said_twice(text, *twice.groups())
    unit = DIMENSIONLESS
    for position, product in enumerate(plain.split("/")):
        for token in product.split("-"):
            if token == "1" and position == 0:
                continue
            if not token.isidentifier() or token.startswith("_") or token.endswith("_"):
                raise UnitRefused(f"unknown unit {text!r}")
            unit = unit.times(_named(token), 1 if position == 0 else -1)
    return unit


def _said_twice(text: str, one: str, other: str) -> Unit:
    """A unit as bills print it, with its sign in brackets: 立方米(m³)."""
    if parse_unit(one) != parse_unit(other):
        raise UnitRefused(f"{text!r} names two units")
    return parse_unit(one)


@lru_cache(maxsize=4096)
def conversion(source: str, target: str) -> Fraction:
    """How many `target` make one `source`, exactly. Raises UnitRefused when they measure different things."""
    from_unit, to_unit = parse_unit(source), parse_unit(target)
    if not fits(from_unit, to_unit):
        raise UnitRefused(f"{source!r} does not convert to {target!r}")
    return from_unit.scale / to_unit.scale


def fits(given: Unit, wanted: Unit) -> bool:
    """Whether a figure in `given` may stand where `wanted` is asked for: the same, or a gas where any gas is asked."""
    if given.dimensions == wanted.dimensions:
        return True
    renamed = tuple(sorted((ANY_GAS if name in GAS_DIMENSIONS else name, power) for name, power in given.dimensions))
    return renamed == wanted.dimensions


def counts_as(entered: str, unit: str) -> bool:
    """Whether one `entered` is one `unit` but for counted things: a km travelled by one person is a passenger-km."""
    ratio = parse_unit(unit).over(parse_unit(entered))
    return ratio.scale == 1 and all(name in COUNTED for name, _ in ratio.dimensions)


def is_gas_mass(unit: Unit) -> bool:
    """Whether the unit is a mass of CO2 or of CO2e and nothing else, over pure ratios of itself."""
    return len(unit.dimensions) == 1 and unit.dimensions[0][0] in GAS_DIMENSIONS and unit.dimensions[0][1] == 1
