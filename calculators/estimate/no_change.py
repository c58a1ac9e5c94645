"""The no-change share: what somebody exactly average would be credited for changing nothing.

Promise: of a rule and a region, the grams credited to a person who does what people there do on average, as a part of
the baseline of all they do: the sum over the choices of share × credited ÷ baseline, each as the rule credits it (after
the conservativeness, never below nothing) with its strongest evidence and no cap. What is not in the mix, such as
driving, earns nothing and still has its share. A share by trips takes every trip for equally long, which as a rule
overstates the share of those on foot. The mixes are data, `library/no_change.toml`; a rule or region without one has no
share, and that is not a share of zero. Pure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from calculators.errors import TableRefused
from calculators.estimate.exact import compute_estimate
from calculators.estimate.working import Context
from calculators.figures.factors import Tables
from calculators.figures.library import load_library
from calculators.methodology.document import Methodology

FILE = Path(__file__).parents[1] / "library" / "no_change.toml"
PERMILLE = 1000
_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class Mix:
    """What people of a region do on average: the item of the table `of` for each choice of the input `by`.

    `basis` says of what the shares are: trips or distance.
    """

    rule: str
    of: str
    by: str
    inputs: Mapping[str, str]
    region: str
    basis: str
    shares: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NoChange:
    """The no-change share of a rule in a region, in thousandths of the baseline to the nearest, and its basis."""

    region: str
    permille: int
    basis: str


@cache
def load_mixes(path: Path = FILE) -> tuple[Mix, ...]:
    """Every mix in `path`. Raises TableRefused, naming what is missing."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return tuple(Mix(**entry) for entry in document["mix"])
    except (KeyError, TypeError) as error:
        raise TableRefused(f"{path.name}: {error}") from error


@lru_cache(maxsize=256)
def no_change_shares(rule: Methodology, tables: Tables, on: date) -> tuple[NoChange, ...]:
    """The shares of a rule on a day, by the regions whose mix is shipped; none where no mix is."""
    return tuple(_share(rule, tables, mix, on) for mix in load_mixes() if mix.rule == rule.id)


@lru_cache(maxsize=4096)
def find_no_change_share(rule: Methodology, tables: Tables, region: str, on: date) -> NoChange | None:
    """The share that stands for a place: its own or that of the nearest place around it; None where none is known."""
    by_region = {mix.region: mix for mix in load_mixes() if mix.rule == rule.id}
    mix = next((by_region[place] for place in tables.regions.chain_of(region) if place in by_region), None)
    return None if mix is None else _share(rule, tables, mix, on)


def _share(rule: Methodology, tables: Tables, mix: Mix, on: date) -> NoChange:
    strongest = max(rule.evidence_weights, key=lambda tier: rule.evidence_weights[tier])
    context = Context(region=mix.region, on=on, evidence=strongest)
    total = Decimal(0)
    for choice, item in mix.shares.items():
        estimate = compute_estimate(rule, tables, {**mix.inputs, mix.by: choice}, context)
        if estimate.baseline_g:
            credited = Decimal(estimate.credited_g) / Decimal(estimate.baseline_g)
            total += _part(mix, item) * credited
    return NoChange(mix.region, int((total * PERMILLE).to_integral_value()), mix.basis)


def _part(mix: Mix, item: str) -> Decimal:
    """A share as shipped: a version pins the figures it computes with, and the mix is none of them."""
    table = load_library().tables.find_table(mix.of)
    rows = () if table is None else table.by_item.get(item, ())
    if not rows:
        raise TableRefused(f"{FILE.name}: {mix.rule} in {mix.region}: {mix.of} has no {item}")
    return rows[0].value / _PERCENT
