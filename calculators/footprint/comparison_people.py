"""People whom a published model computed, beside what this one makes of the same answers, category by category.

Promise: the published kilograms and the answers are data with their source; both are counted within one boundary, named
there, and nothing is scaled. `docs/footprints/comparison.md` is `describe_comparison()`; a test compares them. Touches
`library/footprints/comparison_people.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from calculators.figures.library import SHIPPED
from calculators.footprint.answers import read_answers
from calculators.footprint.comparison import WHOLE, compare_with_published, describe_difference, why_it_differs
from calculators.footprint.evaluation import compute_footprint, line_grams
from calculators.footprint.library import get_footprint_model, list_footprint_packs

_FILE = SHIPPED / "footprints" / "comparison_people.toml"
_GOODS = "consumables"  # the published model has clothing among the goods
_GRAMS = 1000


@dataclass(frozen=True, slots=True)
class ComparedPerson:
    """One person: grams by category as published, and by the survey within the same boundary."""

    id: str
    title: str
    answered: int
    published: Mapping[str, int]
    computed: Mapping[str, int]

    @property
    def same_order(self) -> bool:
        """Whether the categories stand in the published order."""
        return order_of(self.computed) == order_of(self.published)


def order_of(grams: Mapping[str, int]) -> tuple[str, ...]:
    """The categories, the largest first."""
    return tuple(sorted(grams, key=lambda name: -grams[name]))


@cache
def compare_people() -> tuple[ComparedPerson, ...]:
    """Every shipped comparison person, in the order of the file."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(_compared(name, part, data) for name, part in data["people"].items())


def _compared(name: str, part: Mapping[str, Any], data: Mapping[str, Any]) -> ComparedPerson:
    model = get_footprint_model(data["region"])
    answers = read_answers(model.survey, part.get("answers", {}))
    found = compute_footprint(model, answers)
    grams = {key: share.grams for key, share in found.categories.items()}
    grams[_GOODS] += grams.pop("clothing")
    lines = line_grams(model, found)
    for line, category in data["moved"].items():
        here = model.survey.lines[line].category
        grams[_GOODS if here == "clothing" else here] -= lines[line]
        grams[category] += lines[line]
    published = {key: kilograms * _GRAMS for key, kilograms in part["published_kg"].items()}
    return ComparedPerson(name, part["title"], len(answers), published, {key: grams[key] for key in published})


def describe_comparison() -> str:
    """The whole document in Markdown: the packs beside their totals, then the people beside theirs."""
    return "\n".join([*_heading(), *_packs(), *_people()]).rstrip("\n")


def _heading() -> Iterator[str]:
    yield "# The yearly footprint beside what others publish"
    yield ""
    yield "Made by `python -m calculators footprint comparison` from the shipped files; do not edit. Nothing is scaled."
    yield ""


def _packs() -> Iterator[str]:
    yield "## Packs, category by category"
    yield ""
    yield "A pack is what somebody emits who answers nothing. Why a category differs stands under the table, item by"
    yield "item."
    yield ""
    yield "| place | category | pack, kg | published, kg | difference | published by |"
    yield "|---|---|---|---|---|---|"
    for region in list_footprint_packs():
        domains, published = compare_with_published(region)
        figure = published.categories[0].figure
        for domain in domains:
            whose = f"{figure.publisher}, {figure.year}" if domain.name == WHOLE else ""
            kilograms = "–" if domain.published_g is None else f"{domain.published_g / _GRAMS:,.0f}"
            yield (
                f"| {region} | {domain.name} | {domain.pack_g / _GRAMS:,.0f} | {kilograms} "
                f"| {describe_difference(domain)} | {whose} |"
            )
    yield ""
    for region in list_footprint_packs():
        yield f"### {region}"
        yield ""
        for name, reason in why_it_differs(region).items():
            yield f"- {name}: {reason}"
        yield ""


def _people() -> Iterator[str]:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    people = compare_people()
    right = sum(person.same_order for person in people)
    yield "## People, category by category"
    yield ""
    yield f"{data['publisher']}, {data['document']} ({data['url']}): the people of that"
    yield "model, with their answers there as answers here (the library's `comparison_people.toml` says how), in the"
    moved = ", ".join(f"{line} under {category}" for line, category in data["moved"].items())
    yield f"model's boundary: {moved}, clothing under {_GOODS}."
    yield ""
    yield f"**The order of the categories is the model's for {right} of {len(people)} people.**"
    yield ""
    yield "| person | category | here, kg | model, kg | difference |"
    yield "|---|---|---|---|---|"
    for person in people:
        for name in order_of(person.published):
            yield _row(person.title if name == order_of(person.published)[0] else "", name, person)
        total, cited = sum(person.computed.values()), sum(person.published.values())
        verdict = "same order" if person.same_order else "**other order**"
        yield f"| {verdict} | all | {_kg(total)} | {_kg(cited)} | {_percent(total, cited)} |"
    yield ""
    yield data["why"].strip()


def _row(title: str, name: str, person: ComparedPerson) -> str:
    here, cited = person.computed[name], person.published[name]
    return f"| {title} | {name} | {_kg(here)} | {_kg(cited)} | {_percent(here, cited)} |"


def _kg(grams: int) -> str:
    return f"{grams / _GRAMS:,.0f}"


def _percent(here: int, cited: int) -> str:
    return f"{(here - cited) * 100 / cited:+.0f} %".replace("-", "−")
