"""What a project's document says to those who choose: place, durability, labels, ratings, evidence, side effects.

Promise: each statement names the source it is taken from, and a label nobody looked up says so instead of being left
out. Read from the table `[qualities]` of a project's document; touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from offsets.documents import Table
from offsets.sources import MARKS, Source

SCHEMES = ("vcs", "gold_standard", "ccer", "city_scheme", "woodland_carbon_code", "durable_removal", "other")
ACTIVITIES = (
    "planting",
    "ecosystem_protection",
    "ecosystem_restoration",
    "cooking",
    "cycling",
    "grid_power",
    "mineral_storage",
    "other",
)
STORES = ("none", "biological", "geological", "mineral")  # "none": what was never emitted is not stored
LABELS = ("ccp", "corsia")
ANSWERS = ("yes", "no", "not_assessed")
EVIDENCE = ("investment_analysis", "barrier_analysis", "positive_list", "common_practice", "none")
BASELINES = ("metered", "sampled_plots", "surveyed", "projected")
CO_BENEFITS = ("biodiversity", "water", "soil", "health", "income", "education", "gender", "air", "access")
SIDE_EFFECTS = (
    "large_hydropower",
    "monoculture",
    "displacement",
    "water_use",
    "waste_burning",
    "leakage",
    "energy_use",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the project is: ISO 3166-2 `region` and a city's name in small letters, where it is told by one."""

    name: Mapping[str, str]
    region: str | None
    city: str | None


@dataclass(frozen=True, slots=True)
class Community:
    """People the project is done by or for."""

    community_id: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Durability:
    """What keeps the carbon, for how many years the standard watches over it, and the share held back for losses."""

    store: str
    years: int
    buffer_percent: Decimal | None
    source: Source


@dataclass(frozen=True, slots=True)
class Label:
    """Whether the credits carry a label (CCP of the ICVCM, eligible for CORSIA), as looked up `on` a day."""

    name: str
    answer: str
    on: date


@dataclass(frozen=True, slots=True)
class Rating:
    """What a rating agency said of the project on a day."""

    publisher: str
    grade: str
    on: date
    url: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing the document says of a kind, in words, with its source."""

    kind: str
    text: Mapping[str, str]
    source: Source


@dataclass(frozen=True, slots=True)
class Qualities:
    """What somebody who chooses a project may want to know beyond its price."""

    scheme: str
    activity: str
    verifier: str | None
    participants: int | None
    place: Place
    communities: tuple[Community, ...]
    durability: Durability
    labels: tuple[Label, ...]
    ratings: tuple[Rating, ...]
    additionality: Statement
    baseline: Statement
    co_benefits: tuple[Statement, ...]
    side_effects: tuple[Statement, ...]

    def label(self, name: str) -> str:
        """What the document answers for a label; `not_assessed` where it does not speak of it."""
        return next((label.answer for label in self.labels if label.name == name), "not_assessed")


def read_qualities(table: Table, sources: Sequence[Source]) -> Qualities:
    """The table `[qualities]`; `source = 2` in it is the document's second `[[source]]`."""
    qualities = Qualities(
        scheme=table.one_of("scheme", SCHEMES),
        activity=table.one_of("activity", ACTIVITIES),
        verifier=table.text("verifier") if table.has("verifier") else None,
        participants=table.whole("participants") if table.has("participants") else None,
        place=_place(table.table("place")),
        communities=tuple(map(_community, table.tables("community", least=0))),
        durability=_durability(table.table("durability"), sources),
        labels=_labels(table),
        ratings=tuple(map(_rating, table.tables("rating", least=0))),
        additionality=_statement(table.table("additionality"), EVIDENCE, sources),
        baseline=_statement(table.table("baseline"), BASELINES, sources),
        co_benefits=tuple(_statement(one, CO_BENEFITS, sources) for one in table.tables("co_benefit", least=0)),
        side_effects=tuple(_statement(one, SIDE_EFFECTS, sources) for one in table.tables("side_effect", least=0)),
    )
    table.done()
    return qualities


def _place(table: Table) -> Place:
    place = Place(
        name=table.texts("name"),
        region=table.text("region") if table.has("region") else None,
        city=table.slug("city") if table.has("city") else None,
    )
    table.done()
    return place


def _community(table: Table) -> Community:
    community = Community(table.slug("id"), table.texts("name"))
    table.done()
    return community


def _durability(table: Table, sources: Sequence[Source]) -> Durability:
    durability = Durability(
        store=table.one_of("store", STORES),
        years=table.whole("years", least=0, most=1_000_000),
        buffer_percent=table.decimal("buffer_percent") if table.has("buffer_percent") else None,
        source=_source(table, sources),
    )
    if durability.store == "none" and durability.years:
        table.note("years", 'must be 0 where store is "none": what was never emitted is not stored')
    if durability.buffer_percent is not None and durability.buffer_percent > 100:
        table.note("buffer_percent", "must be 100 at most")
    table.done()
    return durability


def _labels(table: Table) -> tuple[Label, ...]:
    labels = []
    for one in table.tables("label", least=len(LABELS)):
        labels.append(Label(one.one_of("name", LABELS), one.one_of("answer", ANSWERS), one.day("on")))
        one.done()
    if labels and sorted(label.name for label in labels) != sorted(LABELS):
        table.note("label", f"must answer for each of {', '.join(LABELS)} once")
    return tuple(labels)


def _rating(table: Table) -> Rating:
    rating = Rating(table.text("publisher"), table.text("grade"), table.day("on"), table.url("url"))
    table.done()
    return rating


def _statement(table: Table, kinds: tuple[str, ...], sources: Sequence[Source]) -> Statement:
    statement = Statement(table.one_of("kind", kinds), table.texts("text"), _source(table, sources))
    table.done()
    return statement


def _source(table: Table, sources: Sequence[Source]) -> Source:
    number = table.whole("source", most=max(1, len(sources)))
    return sources[number - 1] if sources else Source("", "", 1950, None, MARKS[0])  # the document is refused anyway
