"""Grams in things people know, each with the published figure behind it.

How many is rounded down: an equivalent never says more than the grams do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from functools import cache
from pathlib import Path

from backend.platform.core import i18n
from backend.platform.core.i18n import Language
from backend.portfolio.domain import Equivalent
from calculators import Row, load_library

FILE = Path(__file__).parents[1] / "equivalents.toml"
GRAMS_PER_KG = 1000


@dataclass(frozen=True)
class _Thing:
    keys: tuple[str, ...]
    default: str | None


def list_equivalents(grams: int, region: str, on: date, language: Language) -> list[Equivalent]:
    """What `grams` are as much as, for somebody in `region` on day `on`; nothing for no grams."""
    if grams <= 0:
        return []
    equivalents = []
    for name, thing in _things().items():
        figure = _nearest(thing, region, on)
        amount = _how_many(grams, figure.value) if figure else Decimal(0)
        if figure and amount >= 1:  # a fifth of a meal says nothing to anybody
            text = i18n.text("equivalent", name, language=language, amount=i18n.Number(amount, language))
            equivalents.append(Equivalent(name, text, amount, figure))
    return equivalents


def _how_many(grams: int, kilograms_each: Decimal) -> Decimal:
    exact = Decimal(grams) / (kilograms_each * GRAMS_PER_KG)
    return exact.quantize(Decimal("0.1") if exact < 100 else Decimal(1), ROUND_FLOOR)


def _nearest(thing: _Thing, region: str, on: date) -> Row | None:
    usable = [row for key in thing.keys for row in _usable(key, on)]
    for place in load_library().tables.regions.chain_of(region):
        if here := [row for row in usable if row.region == place]:
            return max(here, key=lambda row: row.year)
    if thing.default is None:
        return None
    return max(_usable(thing.default, on), key=lambda row: row.year, default=None)


def _usable(key: str, on: date) -> Sequence[Row]:
    return [row for row in _rows(key) if row.creditable and row.review_by >= on]


@cache
def _rows(key: str) -> tuple[Row, ...]:
    return load_library().tables.find_rows(key)


@cache
def _things() -> dict[str, _Thing]:
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: _Thing(tuple(given["keys"]), given.get("default")) for name, given in read.items()}
