"""The sentence that may be said about a year, by country and language.

Promise: a sentence is bound to the facts it was made from, never claims more than the footprint, never counts what is
only expected, and never uses a word its country's rules forbid. The sentences are data (`library/claims/*.toml`), with
the rules they follow. Touches those files.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, partial
from pathlib import Path

from babel.numbers import format_decimal

from calculators.rounding import EXACT
from offsets.documents import ENGLISH, Document, Table
from offsets.errors import OffsetRefused
from offsets.money import locale_of
from offsets.review import Review, is_current, review_on
from offsets.sources import Source, read_source

_CLAIMS = Path(__file__).parent / "library" / "claims"
DEFAULT = "default"
_FIELDS = {"year", "footprint", "retired", "verified_growth", "remaining"}


class ClaimKind(StrEnum):
    """What the facts support."""

    NOTHING = "nothing"  # no credit retired, no growth verified
    CONTRIBUTION = "contribution"  # something, but no footprint to set it against
    PART = "part"  # something remains
    WHOLE = "whole"  # as much as the footprint, without the word
    NEUTRAL = "neutral"  # the word too, where it is allowed and the year is over


# What a sentence must at least name, so that it is bound to its facts.
_BOUND_TO = {
    ClaimKind.NOTHING: {"year"},
    ClaimKind.CONTRIBUTION: {"year", "retired"},
    ClaimKind.PART: {"year", "footprint", "retired", "remaining"},
    ClaimKind.WHOLE: {"year", "footprint", "retired"},
    ClaimKind.NEUTRAL: {"year", "footprint", "retired"},
}


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What the books of one person say about a year, in grams.

    A footprint of zero is one nobody has stated yet. `year_is_over` and `footprint_is_complete` gate the last word;
    `demonstration` says that some of the credits are invented, and then the sentence says so first.
    """

    year: int
    footprint_g: int
    retired_g: int
    verified_growth_g: int
    year_is_over: bool
    footprint_is_complete: bool
    demonstration: bool = False

    @property
    def remaining_g(self) -> int:
        """Footprint minus retired minus verified growth; never below zero: nobody claims beyond the footprint."""
        return max(0, self.footprint_g - self.retired_g - self.verified_growth_g)


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """What one jurisdiction's document says: its countries, the sentences, the words never used, and why."""

    code: str
    countries: frozenset[str]
    neutrality: bool
    review_by: date
    sentences: Mapping[ClaimKind, Mapping[str, str]]
    never_say: Mapping[str, tuple[str, ...]]
    note: Mapping[str, str]
    demonstration: Mapping[str, str]
    kilograms: Mapping[str, str]  # how an amount is written: "{amount} kg"
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """The sentence, what kind of claim it is, the note that belongs beside it and the rules it follows."""

    kind: ClaimKind
    sentence: str
    note: str
    rules: str
    sources: tuple[Source, ...]
    facts: ClaimFacts


def make_claim(facts: ClaimFacts, country: str, language: str, on: date) -> Claim:
    """The sentence `facts` support in a country (ISO 3166) and a language by its short key, else in English.

    Rules that nobody reviewed in time give way to the default sentence without the last word, and in the end to one
    that names what was retired and nothing else.
    """
    if min(facts.footprint_g, facts.retired_g, facts.verified_growth_g) < 0:
        raise OffsetRefused("claims.negative_facts", year=facts.year)
    own = find_rules(country)
    rules = own if is_current(on, own.review_by) else list_rules()[DEFAULT]
    kind = _as_reviewed(_kind(facts, rules), review_on(on, own.review_by), review_on(on, rules.review_by))
    spoken = language.split("-")[0]
    if spoken not in rules.sentences[kind]:
        spoken = ENGLISH
    kilograms = partial(_kilograms, rules.kilograms[spoken], locale_of(spoken))
    sentence = rules.sentences[kind][spoken].format(
        year=facts.year,
        footprint=kilograms(facts.footprint_g, up=True),
        retired=kilograms(facts.retired_g, up=False),
        verified_growth=kilograms(facts.verified_growth_g, up=False),
        remaining=kilograms(facts.remaining_g, up=True),
    )
    if facts.demonstration:
        sentence = f"{rules.demonstration[spoken]} {sentence}"
    return Claim(kind, sentence, rules.note[spoken], rules.code, rules.sources, facts)


def find_rules(country: str) -> ClaimRules:
    """The rules for a country: its own document, else the one that lists it, else the default."""
    library = list_rules()
    own = country.split("-")[0].upper()
    if own.lower() in library:
        return library[own.lower()]
    return next((rules for rules in library.values() if own in rules.countries), library[DEFAULT])


@cache
def list_rules() -> Mapping[str, ClaimRules]:
    """Every document of the library by its code; what one leaves unsaid is said as in the default."""
    path = _CLAIMS / f"{DEFAULT}.toml"
    default = read_rules(path.name, path.read_text(encoding="utf-8"))
    others = [
        read_rules(path.name, path.read_text(encoding="utf-8"), default)
        for path in sorted(_CLAIMS.glob("*.toml"))
        if path.stem != DEFAULT
    ]
    return {rules.code: rules for rules in (default, *others)}


def read_rules(name: str, text: str, default: ClaimRules | None = None) -> ClaimRules:
    """The rules a document describes; raises DocumentRefused with every problem and its line."""
    document = Document(name, text)
    root = document.root
    neutrality = root.one_of("neutrality", ("never", "qualified")) == "qualified"
    said = root.table("sentence") if default is None or root.has("sentence") else Table(document, {}, "sentence")
    sentences: dict[ClaimKind, Mapping[str, str]] = {}
    for kind in ClaimKind:
        if kind is ClaimKind.NEUTRAL and not neutrality:
            continue
        if default is not None and kind in default.sentences and not said.has(kind.value):
            sentences[kind] = default.sentences[kind]
        else:
            sentences[kind] = said.texts(kind.value)
    said.done()
    rules = ClaimRules(
        code=root.slug("code"),
        countries=frozenset(root.text("countries").split()) if root.has("countries") else frozenset(),
        neutrality=neutrality,
        review_by=root.day("review_by"),
        sentences=sentences,
        never_say={language: tuple(words.split("; ")) for language, words in root.texts("never_say").items()},
        note=root.texts("note"),
        demonstration=root.texts("demonstration") if default is None else default.demonstration,
        kilograms=root.texts("kilograms") if default is None else default.kilograms,
        sources=tuple(read_source(table) for table in root.tables("source")),
    )
    root.done()
    _check_sentences(said, rules)
    document.finish()
    return rules


def _check_sentences(said: Table, rules: ClaimRules) -> None:
    for kind, texts in rules.sentences.items():
        for language, sentence in texts.items():
            named = {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
            if unknown := named - _FIELDS:
                said.note(f"{kind}.{language}", f"{{{unknown.pop()}}} is none of {', '.join(sorted(_FIELDS))}")
            if left_out := sorted(_BOUND_TO[kind] - named):
                said.note(f"{kind}.{language}", f"a claim names its {', '.join(left_out)}")
            for words in rules.never_say.get(language, ()):
                if words.lower() in sentence.lower():
                    said.note(f"{kind}.{language}", f"says {words!r}, which this document never says")


def _as_reviewed(kind: ClaimKind, *states: Review) -> ClaimKind:
    """What may still be said by documents that stand as `states` say."""
    if Review.STOPPED in states and kind is not ClaimKind.NOTHING:
        return ClaimKind.CONTRIBUTION
    if kind is ClaimKind.NEUTRAL and not {Review.FRESH, Review.DUE}.issuperset(states):
        return ClaimKind.WHOLE
    return kind


def _kind(facts: ClaimFacts, rules: ClaimRules) -> ClaimKind:
    if facts.retired_g + facts.verified_growth_g == 0:
        return ClaimKind.NOTHING
    if facts.footprint_g == 0:
        return ClaimKind.CONTRIBUTION
    if facts.remaining_g > 0:
        return ClaimKind.PART
    final = facts.year_is_over and facts.footprint_is_complete and not facts.demonstration
    return ClaimKind.NEUTRAL if rules.neutrality and final else ClaimKind.WHOLE


def _kilograms(pattern: str, locale: str, grams: int, *, up: bool) -> str:
    """Kilograms to a tenth, rounded against the claimant."""
    tenths = -(-grams // 100) if up else grams // 100
    exact = EXACT.scaleb(Decimal(tenths), -1)
    return pattern.format(amount=format_decimal(exact, locale=locale, decimal_quantization=False))
