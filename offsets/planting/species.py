"""Species, as far as somebody has published how they grow and how many of them live.

Promise: a species without cited growth *and* cited survival shows no kilograms, neither expected nor verified; what is
shown is after survival and a buffer and names its year. Species are data (`library/species/*.toml`). Touches those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from calculators.rounding import EXACT, ONE, floor_grams
from offsets.documents import Document, Table
from offsets.errors import OffsetRefused
from offsets.review import is_current
from offsets.sources import Source, read_source

_SPECIES = Path(__file__).parents[1] / "library" / "species"

GRAMS_PER_KG = 1000


@dataclass(frozen=True, slots=True)
class Stock:
    """CO2 in one surviving plant, in whole kilograms and decimals, once it is `age` years old."""

    age: int
    kg: Decimal
    source: Source


@dataclass(frozen=True, slots=True)
class Share:
    """A cited share between 0 and 1: of plants alive, or of growth held back."""

    value: Decimal
    source: Source


@dataclass(frozen=True, slots=True)
class Species:
    """A species as far as it is known: `survival` is None while nobody has published one."""

    species_id: str
    title: Mapping[str, str]
    stocks: tuple[Stock, ...]
    survival: Share | None
    buffer: Share
    review_by: date

    def shows_kilograms(self, on: date) -> bool:
        """Whether growth and survival are both cited, and somebody reviewed them in time for this day."""
        return bool(self.stocks) and self.survival is not None and is_current(on, self.review_by)


@dataclass(frozen=True, slots=True)
class ExpectedGrowth:
    """Grams a planting may hold in `year`, after survival and buffer: its own line, never a credit."""

    grams: int
    year: int


def expect_growth(
    species: Species, trees: int, planted_on: date, on: date, *, standing: int | None = None
) -> ExpectedGrowth | None:
    """What `trees` may hold at the last age that growth is cited for, as it is told `on` a day.

    None without cited growth and survival, and where nobody reviewed the species in time. Once a survey found how many
    are `standing`, the lower of that share and the cited one counts.
    """
    if species.survival is None or not species.shows_kilograms(on):
        return None
    last = max(species.stocks, key=lambda stock: stock.age)
    expected = EXACT.multiply(species.survival.value, Decimal(trees))
    alive = expected if standing is None else min(expected, Decimal(standing))
    return ExpectedGrowth(_after_buffer(species, last, alive), planted_on.year + last.age)


def list_expected_curve(species: Species, trees: int, planted_on: date, on: date) -> tuple[ExpectedGrowth, ...]:
    """What `trees` may hold at every age that growth is cited for, the youngest first; nothing where none is shown."""
    if species.survival is None or not species.shows_kilograms(on):
        return ()
    alive = EXACT.multiply(species.survival.value, Decimal(trees))
    return tuple(
        ExpectedGrowth(_after_buffer(species, stock, alive), planted_on.year + stock.age)
        for stock in sorted(species.stocks, key=lambda stock: stock.age)
    )


def stock_of_standing(species: Species, standing: int, age: int, on: date) -> int:
    """Grams that `standing` plants of an age hold for certain, after the buffer: those of the last cited age.

    Nothing is drawn between two cited ages, so growth is never verified before somebody published it. Zero for a
    species that shows no kilograms `on` the day of the survey.
    """
    reached = [stock for stock in species.stocks if stock.age <= age]
    if not reached or not species.shows_kilograms(on):
        return 0
    return _after_buffer(species, max(reached, key=lambda stock: stock.age), Decimal(standing))


def _after_buffer(species: Species, stock: Stock, alive: Decimal) -> int:
    grams = EXACT.multiply(stock.kg, EXACT.multiply(alive, Decimal(GRAMS_PER_KG)))
    return floor_grams(EXACT.multiply(grams, EXACT.subtract(ONE, species.buffer.value)))


def read_species(name: str, text: str) -> Species:
    """The species a document describes; raises DocumentRefused with every problem and its line."""
    document = Document(name, text)
    root = document.root
    species = Species(
        species_id=root.slug("id"),
        title=root.texts("title"),
        stocks=tuple(_stock(table) for table in root.tables("stock", least=0)),
        survival=_share(root.table("survival")) if root.has("survival") else None,
        buffer=_share(root.table("buffer")),
        review_by=root.day("review_by"),
    )
    root.done()
    document.finish()
    return species


@cache
def list_species() -> Mapping[str, Species]:
    """Every species of the library by its id."""
    read = [read_species(path.name, path.read_text(encoding="utf-8")) for path in sorted(_SPECIES.glob("*.toml"))]
    return {species.species_id: species for species in read}


def get_species(species_id: str) -> Species:
    """The species of this id; refuses one that is not in the library."""
    try:
        return list_species()[species_id]
    except KeyError:
        raise OffsetRefused("planting.unknown_species", species=species_id) from None


def _stock(table: Table) -> Stock:
    stock = Stock(table.whole("age", most=500), table.decimal("kg"), read_source(table, finish=False))
    table.done()
    return stock


def _share(table: Table) -> Share:
    share = Share(table.decimal("value"), read_source(table, finish=False))
    if not 0 <= share.value <= 1:
        table.note("value", "is a share between 0 and 1")
    table.done()
    return share
