"""Region packs: what people of a place do by default, and what their doings emit there.

Promise: every default and figure has a source, or is marked as an assumption with its reason; each says whose it is,
since a place falls back to the places around it, and in the end to what every pack shares. A pack that lacks something
is refused as a whole. Touches no file: `books.py` hands it the text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from calculators.errors import DocumentProblem, DocumentRefused, UnitRefused
from calculators.figures.factors import Row, Tables
from calculators.figures.regions import Regions
from calculators.figures.terms import MARKS, Mark
from calculators.footprint.survey import Survey
from calculators.methodology.lines import read_toml
from calculators.methodology.parts import Choice, Words
from calculators.methodology.section import Problems, Section
from calculators.rounding import EXACT, scaled
from calculators.units import conversion, fits, parse_unit

ABSENT = "absent"  # a figure that a place does not have: its line is not estimated there
_PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value was read."""

    publisher: str
    document: str
    url: str
    year: int
    region: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Entry:
    """One default or figure: `pack` is the place whose pack gave it, `assumed` the reason where it has no source.

    `value` is a decimal in the survey's unit, a word for a choice, or None where the place has no such figure.
    `definition` marks what is neither measured nor assumed: a convention that the question itself tells.
    """

    name: str
    value: Decimal | str | None
    spread: Decimal
    pack: str
    source: Source | None
    assumed: Words | None
    definition: bool
    note: str


@dataclass(frozen=True, slots=True)
class Pack:
    """One place's file. `why` explains, domain by domain, how it differs from the published total."""

    region: str
    entries: Mapping[str, Entry]
    why: Mapping[str, str] = field(default_factory=dict)
    outside: Words = field(default_factory=dict)


def parse_pack(text: str, survey: Survey, tables: Tables, shared_reasons: Mapping[str, Words]) -> Pack:
    """The pack in `text`. Raises DocumentRefused with every problem found."""
    data = read_toml(text)
    problems = Problems(text)
    pack = _Reader(Section(data, "", problems), survey, tables, shared_reasons).read()
    if problems.found:
        raise DocumentRefused(problems.found)
    return pack


def reasons_in(text: str) -> dict[str, Words]:
    """The reasons for assumptions that a pack's text words."""
    return dict(tomllib.loads(text).get("reasons", {}))


class _Reader:
    def __init__(self, document: Section, survey: Survey, tables: Tables, reasons: Mapping[str, Words]) -> None:
        self.document = document
        self.survey = survey
        self.tables = tables
        self.reasons = dict(reasons)
        self.sources: dict[str, dict[str, str]] = {}
        self.region = document.text("region")

    def read(self) -> Pack:
        if self.region not in self.tables.regions.by_code:
            self.document.problem("region", f"{self.region!r} is not a known place")
        part = self.document.section("reasons")
        self.reasons |= {name: part.words(name) for name in part.names()}
        part = self.document.section("sources")
        self.sources = {name: self._source_words(part.section(name)) for name in part.names()}
        entries = {entry.name: entry for key in ("defaults", "figures") for entry in self._entries(key)}
        part = self.document.section("compare")
        why = {name: part.text(name) for name in part.names()}
        outside = self.document.words("outside", required=False)
        self.document.finish()
        return Pack(self.region, entries, why, outside)

    def _source_words(self, part: Section) -> dict[str, str]:
        words = {key: part.text(key) for key in ("publisher", "document")}
        words["url"] = part.text("url", default="") if part.has("url") else ""
        words["mark"] = part.one_of("mark", MARKS)
        part.finish()
        return words

    def _entries(self, key: str) -> Iterator[Entry]:
        part = self.document.section(key)
        known = self.survey.questions if key == "defaults" else self.survey.figures
        for name in part.names():
            if name not in known:
                part.problem(name, f"the survey has no {'question' if key == 'defaults' else 'figure'} of this name")
                continue
            yield self._entry(name, part.section(name))

    def _entry(self, name: str, part: Section) -> Entry:
        entry = self._row_entry(name, part) if part.has("row") else self._own_entry(name, part)
        part.finish()
        return entry

    def _row_entry(self, name: str, part: Section) -> Entry:
        words = part.text("row").split()
        row = find_row(self.tables, words) if len(words) == 4 else None
        if row is None:
            part.problem("row", 'name one figure of the library: "factors.grid grid_lifecycle FR 2024"')
            return Entry(name, Decimal(0), Decimal(0), self.region, None, None, False, "")
        times = part.decimal("times") if part.has("times") else Decimal(1)
        source = Source(row.publisher, row.document, row.url, row.year, row.region, row.mark)
        note = part.text("note", default="") if part.has("note") else row.note
        value = self._converted(name, EXACT.multiply(row.value, times or Decimal(1)), row.unit, part)
        spread = part.decimal("uncertainty_pct") if part.has("uncertainty_pct") else row.uncertainty_pct
        if spread is None:
            part.problem("uncertainty_pct", "missing: the row has none, so give the half-width of its class")
        return Entry(name, value, _part_of_one(spread), self.region, source, None, False, note)

    def _own_entry(self, name: str, part: Section) -> Entry:
        assumed, source = self._assumed(part), None
        definition = part.has("definition") and part.raw("definition") is True
        value = self._value(name, part)
        if part.has("source"):
            source = self._cited(part)
        if (source is None) + (assumed is None) + (not definition) != 2 and value is not None:
            part.problem("", "give a source, or assumed = the name of a reason, or definition = true: one of them")
        spread = Decimal(0)
        if name in self.survey.figures and not definition and value is not None:
            spread = _part_of_one(part.decimal("uncertainty_pct"))
        note = part.text("note", default="") if part.has("note") else ""
        return Entry(name, value, spread, self.region, source, assumed, definition, note)

    def _assumed(self, part: Section) -> Words | None:
        if not part.has("assumed"):
            return None
        reason = part.text("assumed")
        if reason not in self.reasons:
            part.problem("assumed", f"{reason!r} is not among the reasons")
        return self.reasons.get(reason, {"en": "", "zh": ""})

    def _cited(self, part: Section) -> Source:
        name = part.text("source")
        words = self.sources.get(name)
        if words is None:
            part.problem("source", f"{name!r} is not among the sources")
            words = {"publisher": "", "document": "", "url": "", "mark": Mark.RECALLED}
        mark = part.one_of("mark", MARKS) if part.has("mark") else words["mark"]
        region = part.text("of") if part.has("of") else self.region
        if region not in self.tables.regions.by_code:
            part.problem("of", f"{region!r} is not a known place")
        return Source(words["publisher"], words["document"], words["url"], part.integer("year"), region, Mark(mark))

    def _value(self, name: str, part: Section) -> Decimal | str | None:
        raw = part.raw("value")
        question = self.survey.questions.get(name)
        if raw == ABSENT and question is None:
            return None
        if question is not None and isinstance(question.spec, Choice):
            if raw not in question.spec.options:
                part.problem("value", f"must be one of {', '.join(question.spec.options)}")
            return str(raw)
        value = part.decimal("value") or Decimal(0)
        if question is not None and not isinstance(question.spec, Choice) and not question.shared:
            if not question.spec.minimum <= value <= question.spec.maximum:
                part.problem("value", "is outside the bounds of the question")
            if value != EXACT.quantize(value, question.spec.step):
                part.problem("value", f"is finer than the question's step of {question.spec.step}")
        if value < 0:
            part.problem("value", "is negative")
        return value

    def _converted(self, name: str, value: Decimal, unit: str, part: Section) -> Decimal:
        wanted = self.survey.figures.get(name) or self.survey.questions[name].unit
        try:
            if fits(parse_unit(unit), parse_unit(wanted)):
                return scaled(value, parse_unit(unit).scale / parse_unit(wanted).scale)
            conversion(unit, wanted)
        except UnitRefused as refused:
            part.problem("row", f"measures {unit}: {refused}")
        return Decimal(0)


def _part_of_one(percent: Decimal | None) -> Decimal:
    return EXACT.multiply(percent or Decimal(0), _PERCENT)


def find_row(tables: Tables, words: Sequence[str]) -> Row | None:
    """The row that `[table, key, region, year]` names, or None."""
    table, key, region, year = words
    found = tables.find_table(table)
    rows = () if found is None else found.rows
    return next((row for row in rows if (row.key, row.region, str(row.year)) == (key, region, year)), None)


def resolve_entries(survey: Survey, packs: Mapping[str, Pack], regions: Regions, region: str) -> dict[str, Entry]:
    """Every default and figure of `region`, each from the nearest place that has it.

    Raises DocumentRefused where even the shared pack has none.
    """
    chain = regions.chain_of(region)
    entries: dict[str, Entry] = {}
    missing: list[DocumentProblem] = []
    for name in (*survey.questions, *survey.figures):
        asked = (packs[place].entries for place in chain if place in packs)
        found = next((known[name] for known in asked if name in known), None)
        if found is None:
            missing.append(DocumentProblem(1, name, f"neither {region} nor a place around it has this"))
        else:
            entries[name] = found
    if missing:
        raise DocumentRefused(missing)
    return entries


def text_of(value: Any) -> str:
    """A value as text, for records."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)
