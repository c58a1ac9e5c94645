"""Trees: a promise until someone has seen them alive.

Promise: a species without cited growth *and* cited survival shows no kilograms; what is expected is after survival and
a buffer, names its year, and is never a retired credit. Species are data (`library/species/*.toml`). Touches those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

from calculators.rounding import EXACT, floor_grams
from offsets.catalogue import Source, read_source
from offsets.documents import Document, Table
from offsets.errors import OffsetRefused
from offsets.review import is_current

_SPECIES = Path(__file__).parent / "library" / "species"


class Stage(StrEnum):
    """How far a planting has come."""

    FUNDED = "funded"
    CONTRACTED = "contracted"
    PLANTED = "planted"  # photo, place, date, number
    SURVEYED = "surveyed"
    REPLACED = "replaced"  # the dead planted again
    WRITTEN_DOWN = "written_down"  # the dead given up


# What may come after what; a survey is repeated for as long as trees stand.
NEXT: Mapping[Stage, frozenset[Stage]] = {
    Stage.FUNDED: frozenset({Stage.CONTRACTED}),
    Stage.CONTRACTED: frozenset({Stage.PLANTED}),
    Stage.PLANTED: frozenset({Stage.SURVEYED}),
    Stage.SURVEYED: frozenset({Stage.SURVEYED, Stage.REPLACED, Stage.WRITTEN_DOWN}),
    Stage.REPLACED: frozenset({Stage.SURVEYED}),
    Stage.WRITTEN_DOWN: frozenset({Stage.SURVEYED}),
}


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


@dataclass(frozen=True, slots=True)
class ExpectedGrowth:
    """Grams a planting may hold in `year`, after survival and buffer: its own line, never a credit."""

    grams: int
    year: int


def expect_growth(species: Species, trees: int, planted_on: date, on: date) -> ExpectedGrowth | None:
    """What `trees` may hold at the last age that growth is cited for, as it is told `on` a day.

    None without cited growth and survival, and where nobody reviewed the species in time.
    """
    if not species.stocks or species.survival is None or not is_current(on, species.review_by):
        return None
    last = max(species.stocks, key=lambda stock: stock.age)
    kept = EXACT.multiply(species.survival.value, EXACT.subtract(Decimal(1), species.buffer.value))
    grams = EXACT.multiply(EXACT.multiply(last.kg, Decimal(1000 * trees)), kept)
    return ExpectedGrowth(floor_grams(grams), planted_on.year + last.age)


def advance(now: Stage, to: Stage) -> Stage:
    """The next stage; refuses to skip one: nothing is surveyed that was not planted."""
    if to not in NEXT[now]:
        raise OffsetRefused("planting.stage", now=now.value, to=to.value)
    return to


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
