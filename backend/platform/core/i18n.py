"""Languages and product texts: one type that names a language, and one gettext file of texts per language.

A `Language` has one BCP 47 tag, which is what the wire and the profile say, and gives the two other names it goes by:
`locale` for gettext and Babel, `key` for data documents. It is *offered* only when every declared catalogue of texts
has it; `docs/how-to-add-a-language.md` says what that takes.

Texts are found by context (`title`, `detail`, `field`, …) and code, and may hold `{named}` places. A text that counts
something has the plural forms of its language; its `msgid_plural` names the place that is counted: `{maximum}`. A
missing entry falls back to English and then to the code itself.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from babel.dates import format_timedelta
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from flask import Flask, current_app, has_request_context, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

import calculators

FOLDER = Path(__file__).with_name("translations")

_DECLARED = "carbon.catalogues"
OFFERED = "carbon.languages"  # among the extensions of an application, once `list_offered` has found them
KEPT_HEADERS = 1024

Words = Mapping[str, str]  # one text in several languages, by `Language.key`


@dataclass(frozen=True, order=True)
class Language:
    """One language. `tag` is its BCP 47 tag, as on the wire: `en`, `zh-CN`."""

    tag: str

    @cached_property
    def locale(self) -> str:
        """What gettext and Babel call it, and its file of texts: `zh_CN`."""
        return self.tag.replace("-", "_")

    @cached_property
    def key(self) -> str:
        """What data documents call it: `zh`."""
        return self.tag.partition("-")[0]

    def __str__(self) -> str:
        return self.tag


ENGLISH = Language("en")


@dataclass(frozen=True)
class Text:
    """One text in one language: its plural forms, and the place that is counted (None where nothing is)."""

    forms: tuple[str, ...]
    counted: str | None = None

    def __str__(self) -> str:
        return "\n".join(self.forms)


@dataclass(frozen=True)
class Catalogue:
    """A collection of texts that must exist in a language before it is offered.

    `read` returns each text by the place where it stands, as words by `Language.key`.
    """

    name: str
    read: Callable[[], Mapping[str, Words]]


@dataclass(frozen=True)
class Missing:
    """A text that a language lacks: in which catalogue, and where in it."""

    catalogue: str
    place: str


@dataclass(frozen=True)
class Number:
    """A number in a text: written with the digits it has as its reader writes it, and counted by what it is."""

    value: int | Decimal
    language: Language

    def __str__(self) -> str:
        places = -int(Decimal(self.value).as_tuple().exponent)
        pattern = "#,##0." + "0" * places if places > 0 else "#,##0"
        return str(format_decimal(self.value, format=pattern, locale=self.language.locale))


# the units of a length of time in which people say it, in minutes, the longest first
_DURATIONS: tuple[tuple[Literal["day", "hour", "minute"], int], ...] = (("day", 1440), ("hour", 60), ("minute", 1))
_NEVER_LONGER = 1e9  # a threshold that no number of units reaches: the unit asked for is the one that is used


@dataclass(frozen=True)
class Note:
    """A stable code and its words in the caller's language."""

    code: str
    message: str


def in_kilograms(grams: int) -> Decimal:
    """Whole grams in kilograms, exactly, without zeros at the end."""
    whole, rest = divmod(grams, 1000)
    return Decimal(whole) if rest == 0 else Decimal(grams).scaleb(-3).normalize()


def write_duration(minutes: int, language: Language) -> str:
    """A length of time in the longest unit of which it is a whole number: `1 day`, `90 minutes`."""
    unit = next(unit for unit, size in _DURATIONS if minutes % size == 0)
    span = timedelta(minutes=minutes)
    return format_timedelta(span, granularity=unit, threshold=_NEVER_LONGER, locale=language.locale)


def declare(app: Flask, catalogue: Catalogue) -> None:
    """Offer a language only when it has every text of `catalogue` too; a name is declared once."""
    known: list[Catalogue] = app.extensions.setdefault(_DECLARED, [])
    if catalogue.name in {one.name for one in known}:
        raise ValueError(f"the catalogue {catalogue.name!r} is declared twice")
    known.append(catalogue)


@cache
def list_languages() -> tuple[Language, ...]:
    """Every language with a file of texts, complete or not; English first."""
    others = sorted(Language(path.stem.replace("_", "-")) for path in FOLDER.glob("*.po"))
    return (ENGLISH, *(language for language in others if language != ENGLISH))


def list_offered() -> tuple[Language, ...]:
    """The languages that every catalogue of this application has; English first. Computed once per application."""
    known = current_app.extensions
    if OFFERED not in known:
        known[OFFERED] = tuple(language for language in list_languages() if next(find_missing(language), None) is None)
    offered: tuple[Language, ...] = known[OFFERED]
    return offered


def list_catalogues() -> list[Catalogue]:
    """Every catalogue of this application; the product texts first."""
    return [Catalogue("texts", _read_own), *current_app.extensions.get(_DECLARED, ())]


def find_missing(language: Language) -> Iterator[Missing]:
    """What `language` lacks of what there is in English, catalogue by catalogue."""
    for catalogue in list_catalogues():
        for place, words in catalogue.read().items():
            if ENGLISH.key in words and not words.get(language.key):
                yield Missing(catalogue.name, place)


def list_begun() -> tuple[Language, ...]:
    """The languages that some catalogue has but that are not offered."""
    keys = {key for catalogue in list_catalogues() for words in catalogue.read().values() for key in words}
    filed = list_languages()
    unfiled = sorted(Language(key) for key in keys - {language.key for language in filed})
    return tuple(language for language in (*filed, *unfiled) if language not in list_offered())


def get_language(tag: str | None) -> Language:
    """The offered language of a tag that was stored; English where there is none."""
    return next((language for language in list_offered() if language.tag == tag), ENGLISH)


def find_preferred() -> Language | None:
    """The offered language that `Accept-Language` of this request prefers; None where it names none of ours."""
    if not has_request_context():
        return None
    return find_accepted(request.headers.get("Accept-Language", ""), list_offered())


@lru_cache(KEPT_HEADERS)
def find_accepted(accepted: str, offered: tuple[Language, ...]) -> Language | None:
    """The first of the accepted languages that is offered. Any Chinese is answered in the Chinese we have.

    Worked out once for each header: many requests send the same.
    """
    tags = (tag for tag, _quality in parse_accept_header(accepted, LanguageAccept))
    return next((language for tag in tags if (language := _find_among(offered, tag))), None)


def find_offered(tag: str) -> Language | None:
    """The offered language that somebody means by a tag, `zh`, `zh_CN` or `zh-Hans`; None where it is none of ours."""
    return _find_among(list_offered(), tag)


def _find_among(offered: tuple[Language, ...], tag: str) -> Language | None:
    wanted = Language(tag.strip().replace("_", "-").lower())
    for language in offered:
        if wanted.tag == language.tag.lower() or wanted.key == language.key.lower():
            return language
    return None


def current_language() -> Language:
    """The language texts are made in now: the one this request prefers, else English."""
    return find_preferred() or ENGLISH


@cache
def read_texts(language: Language) -> Mapping[tuple[str, str], Text]:
    """Every translated text of `language`, by (context, code); a text that lacks a plural form is not there."""
    texts: dict[tuple[str, str], Text] = {}
    for message in _read_file(language):
        ids = (message.id, "") if isinstance(message.id, str) else tuple(message.id)
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if ids[0] and forms and all(forms):
            texts[message.context or "", ids[0]] = Text(forms, ids[1].strip("{}") or None)
    return texts


@cache
def _read_file(language: Language) -> Catalog:
    with (FOLDER / f"{language.locale}.po").open("rb") as file:
        return read_po(file, locale=language.locale)


@cache
def _plural_rule(language: Language) -> Callable[[int], int]:
    """Which plural form a number takes, by the rule in the head of the language's file."""
    rule: Callable[[int], int] = gettext.c2py(_read_file(language).plural_expr)
    return rule


def pick(words: Words, language: Language) -> str:
    """What a data document says in `language`; in English where it does not."""
    return calculators.pick(words, language.key)


def text(context: str, code: str, /, language: Language | None = None, **facts: Any) -> str:
    """The text of `code` in `context`, with `facts` filled in, in `language` (default: the request's)."""
    for wanted in (language or current_language(), ENGLISH):
        entry = read_texts(wanted).get((context, code)) if wanted in list_languages() else None
        if entry is not None:
            return _form(entry, wanted, facts).format_map(_Facts(facts, wanted))
    return code


def _form(entry: Text, language: Language, facts: Mapping[str, Any]) -> str:
    """The plural form for what is counted; the last one, of many, where that is no whole number."""
    counted = facts.get(entry.counted) if entry.counted else None
    number = counted.value if isinstance(counted, Number) else counted
    if isinstance(number, int | Decimal) and number == int(number):
        return entry.forms[_plural_rule(language)(abs(int(number)))]
    return entry.forms[-1]


def _read_own() -> Mapping[str, Words]:
    places: dict[str, dict[str, str]] = {}
    for language in list_languages():
        for (context, code), one in read_texts(language).items():
            places.setdefault(f"{context}: {code}", {})[language.key] = one.forms[-1]
    return places


class _Facts(dict[str, Any]):
    """The facts of a text; `{wanted_kg}` is the fact `wanted_g` in kilograms, as its reader writes numbers."""

    def __init__(self, facts: Mapping[str, Any], language: Language) -> None:
        super().__init__(facts)
        self._language = language

    def __missing__(self, key: str) -> str:
        grams = self.get(f"{key.removesuffix('_kg')}_g") if key.endswith("_kg") else None
        return f"{{{key}}}" if grams is None else str(Number(in_kilograms(grams), self._language))
