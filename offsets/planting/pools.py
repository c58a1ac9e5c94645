"""Planting pools as reviewed documents: which trees are planted where, when, by whom, and who pays for them.

Promise: a document is accepted whole or refused with every problem and its line; a pool has a price in money or a
sponsor, never neither; an invented pool says so. The library is `library/pools/*.toml`. Touches those files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path

from offsets.documents import Document, Table
from offsets.errors import OffsetRefused
from offsets.money import Money, charge, exponents
from offsets.planting.shares import MOST_SHARES_PER_TREE
from offsets.planting.species import list_species
from offsets.review import is_current
from offsets.sources import Source, read_source

_POOLS = Path(__file__).parents[1] / "library" / "pools"
MOST_TREES = 10_000_000


@dataclass(frozen=True, slots=True)
class Site:
    """Where the trees are planted; the place to a tenth of a degree, as everybody may know it."""

    name: Mapping[str, str]
    country: str
    latitude: Decimal
    longitude: Decimal


@dataclass(frozen=True, slots=True)
class Season:
    """The days between which is planted."""

    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class Partner:
    """Who plants and answers for it."""

    name: Mapping[str, str]
    url: str | None


@dataclass(frozen=True, slots=True)
class TreePrice:
    """What one tree costs, exact, since a day; `basis` says where the price comes from."""

    per_tree: Decimal
    currency: str
    since_on: date
    basis: Mapping[str, str]
    source: Source


@dataclass(frozen=True, slots=True)
class PlantingPool:
    """Trees of one species on one site in one season, in equal shares; `sha256` is of the document's text."""

    pool_id: str
    species_id: str
    title: Mapping[str, str]
    capacity_trees: int
    reserve_trees: int  # promised by the partner beyond the capacity, to replace the dead
    shares_per_tree: int
    demonstration: bool
    season: Season
    site: Site
    partner: Partner
    sponsor: Mapping[str, str] | None  # who pays for trees that people earn; None where they are sold
    prices: tuple[TreePrice, ...]
    review_by: date
    sources: tuple[Source, ...]
    sha256: str

    @property
    def capacity_shares(self) -> int:
        """How many shares there are in all."""
        return self.capacity_trees * self.shares_per_tree

    def get_price(self, currency: str, on: date) -> TreePrice:
        """The latest price in `currency` that holds on a day; refuses when there is none."""
        holding = [price for price in self.prices if price.currency == currency and price.since_on <= on]
        if not holding:
            raise OffsetRefused("catalogue.no_price", project=self.pool_id, currency=currency)
        return max(holding, key=lambda price: price.since_on)

    def price_shares(self, shares: int, currency: str, on: date) -> TreeCharge:
        """What some shares cost on a day: whole minor units, rounded up, with the working in figures.

        Refuses a pool whose document nobody reviewed in time, and a currency without a price.
        """
        if not is_current(on, self.review_by):
            raise OffsetRefused("catalogue.review_due", project=self.pool_id, due=self.review_by.isoformat())
        price = self.get_price(currency, on)
        exact = Fraction(price.per_tree) * shares / self.shares_per_tree
        amount = charge(exact, currency)
        trees = f"{shares}/{self.shares_per_tree} × " if self.shares_per_tree > 1 else f"{shares} × "
        return TreeCharge(amount, price, f"{trees}{price.per_tree:f} {currency} → {amount.major:f} {currency}")


@dataclass(frozen=True, slots=True)
class TreeCharge:
    """What shares of trees cost, and how that comes about."""

    amount: Money
    price: TreePrice
    working: str


def read_pool(name: str, text: str) -> PlantingPool:
    """The pool a document describes; raises DocumentRefused with every problem and its line."""
    document = Document(name, text)
    root = document.root
    pool = PlantingPool(
        pool_id=root.slug("id"),
        species_id=root.one_of("species", tuple(list_species())),
        title=root.texts("title"),
        capacity_trees=root.whole("capacity_trees", most=MOST_TREES),
        reserve_trees=root.whole("reserve_trees", most=MOST_TREES) if root.has("reserve_trees") else 0,
        shares_per_tree=root.whole("shares_per_tree", most=MOST_SHARES_PER_TREE),
        demonstration=root.flag("demonstration"),
        season=_season(root.table("season")),
        site=_site(root.table("site")),
        partner=_partner(root.table("partner")),
        sponsor=_sponsor(root.table("sponsor")) if root.has("sponsor") else None,
        prices=tuple(_price(table) for table in root.tables("price", least=0)),
        review_by=root.day("review_by"),
        sources=tuple(read_source(table) for table in root.tables("source")),
        sha256=sha256(text.encode()).hexdigest(),
    )
    if bool(pool.prices) == (pool.sponsor is not None):
        root.note("price", "a pool has prices in money or a sponsor, and not both")
    if pool.demonstration != pool.pool_id.startswith("demo-"):
        root.note("demonstration", 'an invented pool says so, and its id starts with "demo-"; a real one does neither')
    root.done()
    document.finish()
    return pool


@cache
def list_pool_documents() -> Mapping[str, str]:
    """The text of every pool's document in the library, by the pool's id, in the order of ids."""
    texts = [(path.name, path.read_text(encoding="utf-8")) for path in _POOLS.glob("*.toml")]
    return dict(sorted((read_pool(name, text).pool_id, text) for name, text in texts))


def _season(table: Table) -> Season:
    season = Season(table.day("from_on"), table.day("until_on"))
    if season.from_on > season.until_on:
        table.note("until_on", "is not before from_on")
    table.done()
    return season


def _site(table: Table) -> Site:
    site = Site(
        name=table.texts("name"),
        country=table.text("country"),
        latitude=_degrees(table, "latitude", 90),
        longitude=_degrees(table, "longitude", 180),
    )
    table.done()
    return site


def _degrees(table: Table, key: str, most: int) -> Decimal:
    written = table.text(key)
    sign, digits = (-1, written[1:]) if written.startswith("-") else (1, written)
    whole, _, tenth = digits.partition(".")
    is_number = whole.isascii() and whole.isdigit() and len(whole) <= 3 and (not tenth or tenth.isdigit())
    if not is_number or len(tenth) > 1 or Decimal(digits) > most:
        table.note(key, f'is degrees to a tenth between -{most} and {most}, such as "38.6"')
        return Decimal(0)
    return sign * Decimal(digits)


def _partner(table: Table) -> Partner:
    partner = Partner(table.texts("name"), table.url("url") if table.has("url") else None)
    table.done()
    return partner


def _sponsor(table: Table) -> Mapping[str, str]:
    name = table.texts("name")
    table.done()
    return name


def _price(table: Table) -> TreePrice:
    price = TreePrice(
        per_tree=table.decimal("per_tree"),
        currency=table.one_of("currency", tuple(exponents())),
        since_on=table.day("since_on"),
        basis=table.texts("basis"),
        source=read_source(table, finish=False),
    )
    if price.per_tree <= 0:
        table.note("per_tree", "must be more than zero")
    table.done()
    return price
