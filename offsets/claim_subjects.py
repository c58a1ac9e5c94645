"""What may be said of a trip, an event, a product, a partner's service or a tree: a contribution, in every place.

Promise: a sentence is bound to its figures, claims no effect on the thing itself, and uses no word that the reader's
place forbids; one whose rules nobody reviewed in time is the plain one that names what was retired. The sentences are
data (`library/subjects.toml`). Touches that file, once.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

from babel.numbers import format_decimal

from calculators.rounding import EXACT
from offsets.claim_words import find_forbidden
from offsets.claims import DEFAULT, find_rules, list_rules
from offsets.documents import ENGLISH, Document
from offsets.errors import OffsetRefused
from offsets.money import locale_of
from offsets.review import is_current
from offsets.sources import Source, read_source

_SUBJECTS = Path(__file__).parent / "library" / "subjects.toml"
_FIELDS = {"footprint", "retired"}


class ClaimSubject(StrEnum):
    """What a sentence speaks of, beside a person's own year (`offsets.claims`)."""

    TRIP = "trip"
    EVENT = "event"
    PRODUCT = "product"
    SERVICE = "service"
    TREE = "tree"


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What was retired for a subject and what it emits by estimate, in grams; a tree has neither."""

    subject: ClaimSubject
    retired_g: int = 0
    footprint_g: int = 0
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class SubjectRules:
    """The sentences by subject and language, and how long they stand unreviewed."""

    sentences: Mapping[ClaimSubject, Mapping[str, str]]
    plain: Mapping[str, str]
    review_by: date
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class SubjectClaim:
    """The sentence, the note that belongs beside it, and the code of the rules it follows."""

    sentence: str
    note: str
    rules: str
    sources: tuple[Source, ...]


def make_subject_claim(facts: SubjectFacts, country: str, language: str, on: date) -> SubjectClaim:
    """The sentence `facts` support for a reader in a country (ISO 3166) and a language by its key, else English."""
    if min(facts.retired_g, facts.footprint_g) < 0:
        raise OffsetRefused("claims.negative_facts", year=on.year)
    document, default = subject_rules(), list_rules()[DEFAULT]
    own = find_rules(country)
    spoken = language.split("-")[0]
    spoken = spoken if spoken in document.sentences[facts.subject] else ENGLISH
    is_reviewed = on <= document.review_by and is_current(on, own.review_by)
    is_plain = not is_reviewed and facts.subject is not ClaimSubject.TREE  # of a tree nothing more is claimed anyway
    pattern = document.plain[spoken] if is_plain else document.sentences[facts.subject][spoken]
    kilograms = default.kilograms[spoken]
    sentence = pattern.format(
        footprint=_kilograms(kilograms, locale_of(spoken), -(-facts.footprint_g // 100)),
        retired=_kilograms(kilograms, locale_of(spoken), facts.retired_g // 100),
    )
    if facts.demonstration:
        sentence = f"{default.demonstration[spoken]} {sentence}"
    rules = own if is_reviewed else default
    return SubjectClaim(sentence, rules.note[spoken], rules.code, document.sources)


@cache
def subject_rules() -> SubjectRules:
    """The sentences of the library."""
    return read_subjects(_SUBJECTS.name, _SUBJECTS.read_text(encoding="utf-8"))


def read_subjects(name: str, text: str) -> SubjectRules:
    """The sentences a document holds; raises DocumentRefused with every problem and its line."""
    document = Document(name, text)
    root = document.root
    rules = SubjectRules(
        sentences={subject: root.texts(subject.value) for subject in ClaimSubject},
        plain=root.texts("plain"),
        review_by=root.day("review_by"),
        sources=tuple(read_source(table) for table in root.tables("source")),
    )
    root.done()
    for subject, texts in rules.sentences.items():
        for language, sentence in texts.items():
            named = {field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None}
            if named != (set() if subject is ClaimSubject.TREE else _FIELDS):
                root.note(f"{subject}.{language}", "names the footprint and what was retired; for a tree, neither")
            for code, place in list_rules().items():
                if said := find_forbidden(sentence, code if code != DEFAULT else ""):
                    root.note(f"{subject}.{language}", f"says {said[0]!r}, which {place.code} never says")
    document.finish()
    return rules


def _kilograms(pattern: str, locale: str, tenths: int) -> str:
    exact = EXACT.scaleb(Decimal(tenths), -1)
    return pattern.format(amount=format_decimal(exact, locale=locale, decimal_quantization=False))
