"""The shipped survey and region packs, loaded once.

Promise: a folder that does not hold together is refused as a whole. A place has a model when it or a place around it,
short of the world, has a pack of its own; what such a pack lacks comes from the places around it. Touches the files of
`library/footprints`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from calculators.errors import CalculatorError
from calculators.figures.library import SHIPPED, load_library
from calculators.figures.regions import WORLD
from calculators.footprint.model import Model, make_model
from calculators.footprint.packs import Pack, parse_pack, reasons_in, resolve_entries
from calculators.footprint.survey import Survey, parse_survey

_FOLDER = SHIPPED / "footprints"


class NoPack(CalculatorError):
    """Nobody has made a region pack for this place or a place around it."""


@dataclass(frozen=True, slots=True)
class Books:
    """The survey and every pack, by place."""

    survey: Survey
    packs: Mapping[str, Pack]


@cache
def load_books(folder: Path = _FOLDER) -> Books:
    """The survey and packs in `folder`. Raises DocumentRefused where one of them does not hold together."""
    survey = parse_survey((folder / "survey.toml").read_text(encoding="utf-8"))
    tables = load_library().tables
    shared = reasons_in((folder / "regions" / f"{WORLD}.toml").read_text(encoding="utf-8"))
    packs = {}
    for path in sorted((folder / "regions").glob("*.toml")):
        pack = parse_pack(path.read_text(encoding="utf-8"), survey, tables, shared)
        packs[pack.region] = pack
    return Books(survey, packs)


def get_footprint_model(region: str) -> Model:
    """The current model of a place, or of the nearest place around it that has a pack.

    Raises RegionRefused for an unknown place, NoPack where there is none short of the world.
    """
    chain = load_library().tables.regions.chain_of(region)
    own = next((place for place in chain if place in load_books().packs and place != WORLD), None)
    if own is None:
        raise NoPack(f"there is no region pack for {region} or a place around it")
    return _model(own)


def list_footprint_packs() -> tuple[str, ...]:
    """The places with a pack of their own."""
    return tuple(place for place in load_books().packs if place != WORLD)


@cache
def _model(region: str) -> Model:
    books = load_books()
    regions = load_library().tables.regions
    entries = resolve_entries(books.survey, books.packs, regions, region)
    outside = next(books.packs[place].outside for place in regions.chain_of(region) if _says_outside(books, place))
    return make_model(books.survey, region, entries, outside)


def _says_outside(books: Books, place: str) -> bool:
    return place in books.packs and bool(books.packs[place].outside)
