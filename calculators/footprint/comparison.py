"""A region pack beside the published total of the same place, domain by domain, as a document.

Promise: the text follows from the shipped files alone, names what is assumed and where the difference comes from, and
nothing is scaled to meet a total. `docs/footprints/<region>.md` is this text; a test compares them. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calculators.figures.library import load_library
from calculators.footprint.averages import Footprint, average_footprint
from calculators.footprint.evaluation import SurveyFootprint, compute_footprint, line_grams
from calculators.footprint.library import get_footprint_model, load_books
from calculators.footprint.model import Model
from calculators.footprint.packs import Entry, text_of

WHOLE = "whole"
_TITLES = {
    "clothing": "Clothing",
    "food": "Food",
    "housing": "Housing",
    "transport": "Transport",
    "consumables": "Consumables",
    "public_services": "Public services",
    WHOLE: "All together",
}


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain of both: grams of the pack and of the published average (None where it has none)."""

    name: str
    pack_g: int
    published_g: int | None


def compare_with_published(region: str) -> tuple[tuple[Domain, ...], Footprint]:
    """Pack and published average by domain. A published domain that holds clothing is set against both together.

    Raises NoPack or NoAverage.
    """
    own, published = compute_footprint(get_footprint_model(region), {}), average_footprint(region)
    grams = {share.category: share.grams for share in published.categories if share.category != WHOLE}
    domains = []
    for name, share in own.categories.items():
        inside = name == "clothing" and "clothing" not in grams and "consumables" in grams
        if inside:
            continue
        extra = own.categories["clothing"].grams if name == "consumables" and _holds_clothing(grams) else 0
        domains.append(Domain(name, share.grams + extra, grams.get(name)))
    domains.append(Domain(WHOLE, own.whole.grams, published.total_g))
    return tuple(domains), published


def _holds_clothing(grams: dict[str, int]) -> bool:
    return "consumables" in grams and "clothing" not in grams


def describe_pack(region: str) -> str:
    """The whole document in Markdown."""
    model = get_footprint_model(region)
    found = compute_footprint(model, {})
    return "\n".join(
        [*_heading(region, model, found), *_comparison(region), *_lines(model, found), *_entries(model)]
    ).rstrip("\n")


def _heading(region: str, model: Model, found: SurveyFootprint) -> Iterator[str]:
    name = load_library().tables.regions.name_of(region, "en")
    whole = found.whole
    yield f"# The footprint pack of {name} ({region})"
    yield ""
    yield "Made by `python -m calculators footprint " + region + "` from the shipped files; do not edit."
    yield ""
    yield f"Somebody who answers nothing: **{_kg(whole.grams)} kg a year**, 95 % range {_kg(whole.low_g)} to"
    yield f"{_kg(whole.high_g)} kg. The range is that of the figures; how far a person is from a default is not in it."
    yield f"**{whole.assumed_share_pct} % of these grams rest on an assumption**: a default or figure without a source"
    yield "for this place. Nothing is scaled to meet a total."
    yield ""
    yield model.outside["en"]
    yield ""


def _comparison(region: str) -> Iterator[str]:
    domains, published = compare_with_published(region)
    figure = published.categories[0].figure
    whose = "" if published.region == region else f" (of {published.region}: none is published for {region})"
    yield "## Beside the published total"
    yield ""
    yield f"{figure.publisher}, {figure.document}, {figure.year}{whose}, {figure.mark}."
    yield ""
    yield "| domain | pack, kg | published, kg | difference |"
    yield "|---|---|---|---|"
    for domain in domains:
        beside = _published(domain, published)
        yield f"| {_titled(domain, published)} | {_kg(domain.pack_g)} | {beside} | {describe_difference(domain)} |"
    yield ""
    why = why_it_differs(region)
    for domain in domains:
        if domain.name in why:
            yield f"**{_titled(domain, published)}.** {why[domain.name]}"
            yield ""


def _lines(model: Model, found: SurveyFootprint) -> Iterator[str]:
    yield "## Line by line"
    yield ""
    yield "| domain | line | kg | formula |"
    yield "|---|---|---|---|"
    for name, grams in line_grams(model, found).items():
        line = model.survey.lines[name]
        formula = line.formula if len(line.formula) < 90 else line.formula[:80].rstrip() + " …"
        yield f"| {line.category} | {line.title['en']} | {_kg(grams, 1)} | `{formula}` |"
    for name in model.absent:
        line = model.survey.lines[name]
        yield f"| {line.category} | {line.title['en']} | not estimated | |"
    yield ""


def _entries(model: Model) -> Iterator[str]:
    for title, names, units in (
        ("Defaults", model.survey.questions, {n: q.unit for n, q in model.survey.questions.items()}),
        ("Figures", model.survey.figures, model.survey.figures),
    ):
        yield f"## {title}"
        yield ""
        if title == "Defaults":
            yield "Those counted per household are given per person and shown times the person's own household."
            yield ""
        yield "| name | value | unit | where from |"
        yield "|---|---|---|---|"
        for name in names:
            entry = model.entries[name]
            if entry.value is not None:
                yield f"| {name} | {text_of(entry.value)} | {units[name]} | {_where_from(entry)} |"
        yield ""


def _where_from(entry: Entry) -> str:
    note = f"; {entry.note}" if entry.note else ""
    if entry.definition:
        return "by definition: the question says so"
    if entry.assumed is not None:
        return f"**assumption** ({entry.pack}): {entry.assumed['en']}{note}"
    source = entry.source
    if source is None:
        return ""
    return f"{source.publisher}, {source.document}, {source.region} {source.year}, {source.mark}{note}"


def why_it_differs(region: str) -> dict[str, str]:
    """Why the pack differs, by domain: the explanations of the place's own over those of the places around it."""
    packs = load_books().packs
    why: dict[str, str] = {}
    for place in reversed(load_library().tables.regions.chain_of(region)):
        if place in packs:
            why |= packs[place].why
    return why


def _titled(domain: Domain, published: Footprint) -> str:
    names = {share.category for share in published.categories}
    inside = domain.name == "consumables" and "clothing" not in names and "consumables" in names
    return "Clothing and consumables" if inside else _TITLES[domain.name]


def _published(domain: Domain, published: Footprint) -> str:
    if domain.published_g is not None:
        return _kg(domain.published_g)
    return "no split" if published.categories[0].category == WHOLE else "not in it"


def describe_difference(domain: Domain) -> str:
    """The pack against the published domain in per cent; a dash where there is none."""
    if not domain.published_g:
        return "–"
    return f"{(domain.pack_g - domain.published_g) * 100 / domain.published_g:+.0f} %".replace("-", "−")


def _kg(grams: int, digits: int = 0) -> str:
    return f"{grams / 1000:,.{digits}f}"
