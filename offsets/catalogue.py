"""Credit projects as reviewed documents: what may be sold, from which block, at which price, under which terms.

Promise: a document is accepted whole or refused with every problem and its line; nothing invented passes for real
(a demonstration lot says so, and so does its serial). The library is `library/projects/*.toml`. Touches those files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal, cast

from offsets.documents import ENGLISH, Document, Table
from offsets.errors import OffsetRefused
from offsets.money import exponents
from offsets.qualities import Qualities, read_qualities
from offsets.serials import SerialBlock, find_overlap, list_registries, parse_block
from offsets.sources import Source, read_source

_PROJECTS = Path(__file__).parent / "library" / "projects"

GRAMS_PER_UNIT = 1_000_000
CreditType = Literal["reduction", "removal"]


@dataclass(frozen=True, slots=True)
class Price:
    """What a tonne costs, as exact decimal in major units, from `since_on` to `until_on`, both included.

    Without `until_on` it holds until a later one does; `basis` says where it comes from.
    """

    per_tonne: Decimal
    currency: str
    since_on: date
    basis: Mapping[str, str]
    source: Source
    until_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it may be quoted on a day."""
        return self.since_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class LotOffer:
    """A block of whole units as a document gives it, before it is imported."""

    lot_id: str
    vintage: int
    block: SerialBlock
    demonstration: bool

    @property
    def issued_g(self) -> int:
        """Grams of CO2e behind the block."""
        return self.block.units * GRAMS_PER_UNIT


@dataclass(frozen=True, slots=True)
class Project:
    """One credit project; `sha256` is of the document's text, so a change is a new thing to look at."""

    project_id: str
    registry_id: str
    registry_project_id: str
    standard: str
    methodology: str
    country: str
    credit_type: CreditType
    title: Mapping[str, str]
    summary: Mapping[str, str]
    permanence: Mapping[str, str]
    corresponding_adjustment: bool
    minimum_g: int
    public_url: str
    review_by: date
    lots: tuple[LotOffer, ...]
    prices: tuple[Price, ...]
    sources: tuple[Source, ...]
    sha256: str
    qualities: Qualities | None = None  # None: of an earlier form, where nothing was said to those who choose
    demonstration: bool = False  # the project itself is invented, and its title says so

    def get_price(self, currency: str, on: date) -> Price:
        """The latest price in `currency` that holds on a day; refuses when there is none."""
        holding = [price for price in self.prices if price.currency == currency and price.holds_on(on)]
        if not holding:
            raise OffsetRefused("catalogue.no_price", project=self.project_id, currency=currency)
        return max(holding, key=lambda price: price.since_on)


def read_project(name: str, text: str) -> Project:
    """The project a document describes; raises DocumentRefused with every problem and its line."""
    document = Document(name, text)
    root = document.root
    registry_id = root.one_of("registry", tuple(list_registries()))
    sources = tuple(read_source(table) for table in root.tables("source"))
    project = Project(
        project_id=root.slug("id"),
        registry_id=registry_id,
        registry_project_id=root.text("registry_project_id"),
        standard=root.text("standard"),
        methodology=root.text("methodology"),
        country=_country(root),
        credit_type=cast(CreditType, root.one_of("type", ("reduction", "removal"))),
        title=root.texts("title"),
        summary=root.texts("summary"),
        permanence=root.texts("permanence"),
        corresponding_adjustment=root.flag("corresponding_adjustment"),
        minimum_g=root.whole("minimum_g"),
        public_url=root.url("public_url"),
        review_by=root.day("review_by"),
        lots=_lots(root, registry_id),
        prices=tuple(_price(table) for table in root.tables("price")),
        sources=sources,
        sha256=sha256(text.encode()).hexdigest(),
        qualities=read_qualities(root.table("qualities"), sources) if root.has("qualities") else None,
        demonstration=root.has("demonstration") and root.flag("demonstration"),
    )
    _check_demonstration(root, project)
    root.done()
    document.finish()
    return project


@cache
def list_projects() -> Mapping[str, Project]:
    """Every project of the library by its id, in the order of ids."""
    return {project_id: read_project(project_id, text) for project_id, text in list_project_documents().items()}


@cache
def list_project_documents() -> Mapping[str, str]:
    """The text of every project's document in the library, by the project's id, in the order of ids."""
    texts = [(path.name, path.read_text(encoding="utf-8")) for path in _PROJECTS.glob("*.toml")]
    return dict(sorted((read_project(name, text).project_id, text) for name, text in texts))


def _check_demonstration(root: Table, project: Project) -> None:
    if not project.demonstration:
        return
    if "demonstration" not in project.title[ENGLISH].casefold():
        root.note("title", "of an invented project says that it is a demonstration")
    if not all(lot.demonstration for lot in project.lots):
        root.note("lot", "of an invented project is a demonstration")


def _country(root: Table) -> str:
    country = root.text("country")
    if country and not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        root.note("country", 'must be an ISO 3166 code such as "ID"')
    return country


def _price(table: Table) -> Price:
    price = Price(
        per_tonne=table.decimal("per_tonne"),
        currency=table.one_of("currency", tuple(exponents())),
        since_on=table.day("since_on"),
        basis=table.texts("basis"),
        source=read_source(table, finish=False),
        until_on=table.day("until_on") if table.has("until_on") else None,
    )
    if price.until_on is not None and price.until_on < price.since_on:
        table.note("until_on", "is before since_on")
    if price.per_tonne <= 0:
        table.note("per_tonne", "must be more than zero")
    table.done()
    return price


def _lots(root: Table, registry_id: str) -> tuple[LotOffer, ...]:
    lots: list[LotOffer] = []
    for table in root.tables("lot", least=0):
        lot_id, vintage = table.slug("id"), table.whole("vintage", least=1990, most=2100)
        demonstration, quantity_t = table.flag("demonstration"), table.whole("quantity_t")
        written = table.text("serials")
        table.done()
        try:
            block = parse_block(list_registries()[registry_id], written, quantity_t)
        except OffsetRefused as refused:
            table.note("serials", str(refused))
            continue
        if block.units != quantity_t:
            table.note("quantity_t", f"is {quantity_t}, but the serials hold {block.units} units")
        if block.is_demonstration != demonstration:
            table.note(
                "demonstration",
                'an invented block starts with "DEMO-" and says so; a real one does neither',
            )
        if clash := find_overlap(block, [lot.block for lot in lots]):
            table.note("serials", f"shares units with {clash.text}")
        if lot_id in {lot.lot_id for lot in lots}:
            table.note("id", "appears twice")
        lots.append(LotOffer(lot_id, vintage, block, demonstration))
    return tuple(lots)
