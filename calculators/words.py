"""Sentences and translations as data: every sentence of ours has a template in every language (`library/words`), and
every text of a document has the languages it was written in, and those of `library/translations`.

Promise: a code and its parameters become one plain sentence; an unknown code shows itself rather than failing. A
document is frozen by its hash, so a language that is added later stands beside it: `library/translations/ja.toml` says
in Japanese what a document says in English. Touches those files, once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.lists import format_list

_LIBRARY = Path(__file__).parent / "library"
PUBLISHERS = _LIBRARY / "publishers.toml"
SENTENCES, TRANSLATIONS = _LIBRARY / "words", _LIBRARY / "translations"
ENGLISH = "en"


def list_languages() -> tuple[str, ...]:
    """The languages there are sentences for, by their short key."""
    return tuple(sorted(path.stem for path in SENTENCES.glob("*.toml")))


@dataclass(frozen=True)
class Template:
    """One sentence of one language: a text per plural category (CLDR: `one`, `other`, …) and the place it counts."""

    forms: Mapping[str, str]
    counts: str | None = None

    def fill(self, params: Mapping[str, Any], language: str) -> str:
        """The sentence for these params; the form `other` where what it counts is no number."""
        text = self.forms["other"]
        count = params.get(self.counts) if self.counts else None
        if count is not None and str(count).isdecimal():
            text = self.forms.get(_plural_category(language, int(count)), text)
        return text.format_map(_Lenient(params))

    def __str__(self) -> str:
        return "\n".join(self.forms.values())


@cache
def templates(language: str) -> Mapping[str, Template]:
    """Every template of one language by dotted code. Raises ValueError for a language without a file."""
    if language not in list_languages():
        raise ValueError(f"no words in {language!r}; there are {', '.join(list_languages())}")
    data = tomllib.loads((SENTENCES / f"{language}.toml").read_text(encoding="utf-8"))
    return dict(_flat(data, ""))


@cache
def translations(language: str) -> Mapping[str, str]:
    """What documents say in English, by that, in a language they do not speak themselves; empty without a file."""
    file = TRANSLATIONS / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def list_translated() -> tuple[str, ...]:
    """The languages documents were translated into later, by their short key."""
    return tuple(sorted(path.stem for path in TRANSLATIONS.glob("*.toml")))


def say(code: str, params: Mapping[str, Any], language: str = ENGLISH) -> str:
    """The sentence of a code."""
    template = templates(language).get(code)
    return code if template is None else template.fill(params, language)


def say_in_every_language(code: str) -> dict[str, str]:
    """The sentence of a code that has no places, by language."""
    return {language: say(code, {}, language) for language in list_languages()}


def say_unit(unit: str, value: Decimal, language: str = ENGLISH) -> str:
    """A unit as people say it after a number, `meals`, `a day`; its symbol where that is what they say: `km`."""
    template = templates(language).get(f"unit.{unit}")
    whole = int(value) if value == value.to_integral_value() else value
    return unit if template is None else template.fill({"count": whole}, language)


def unit_words(unit: str, value: Decimal) -> dict[str, str]:
    """`say_unit` in every language."""
    return {language: say_unit(unit, value, language) for language in list_languages()}


def choice_words(titles: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The titles of some options as one text that offers them, in every language."""
    every = list(titles)
    return {
        language: str(format_list([f"“{pick(title, language)}”" for title in every], "or", language))
        for language in list_languages()
    }


def pick(words: Mapping[str, str], language: str) -> str:
    """A document's own words in this language, else what was translated later, else in English."""
    english = words.get(ENGLISH, "")
    return words.get(language) or translations(language).get(english) or english


def source_names(publisher: str, document: str, language: str) -> dict[str, str]:
    """A source's publisher and document as they are called in a language of theirs; as they stand where there is none.

    Several publishers stand with "; " between them.
    """
    publishers, documents = (_own_names(kind).get(language, {}) for kind in ("publishers", "documents"))
    known = [publishers.get(one, one) for one in publisher.split("; ")]
    return {"publisher": "; ".join(known), "document": documents.get(document, document)}


@cache
def _own_names(kind: str) -> Mapping[str, Mapping[str, str]]:
    names: Mapping[str, Mapping[str, str]] = tomllib.loads(PUBLISHERS.read_text(encoding="utf-8"))[kind]
    return names


def words_of(params: Mapping[str, Any], name: str) -> dict[str, str]:
    """The text that a record keeps once per language, as `title_en`, `title_zh`, by language."""
    return {key.removeprefix(f"{name}_"): str(value) for key, value in params.items() if key.startswith(f"{name}_")}


def say_basis(code: str, params: Mapping[str, Any], table_titles: Mapping[str, str], language: str = ENGLISH) -> str:
    """Which baseline it was and why: `params` hold its region, its year and what is special to the code."""
    title = pick(words_of(params, "title"), language)
    return say(f"basis.{code}", {**params, "table": pick(table_titles, language), "title": title}, language)


def say_deduction(deduction: Mapping[str, Any], language: str = ENGLISH) -> str:
    """Why a recorded deduction was made."""
    params = dict(deduction["params"])
    if "evidence" in params:
        params["evidence"] = say(f"evidence.{params['evidence']}", {}, language)
    return say_bounded(f"deduction.{deduction['code']}", params, language)


def say_bounded(code: str, params: Mapping[str, Any], language: str = ENGLISH) -> str:
    """The sentence of a code that may name a bound: of one that is nothing until a paper is shown, the paper."""
    if "week" in params:  # netted within a week, not within a year
        return say(f"{code}_week", params, language)
    bound = str(params.get("bound", ""))
    if f"paper.{bound}" in templates(language):
        return say(f"{code}_paper", {**params, "paper": say(f"paper.{bound}", {}, language)}, language)
    return say(code, {**params, "bound": say(f"bound.{bound}", {}, language) if bound else ""}, language)


def say_deductions(deductions: Sequence[Mapping[str, Any]], language: str = ENGLISH) -> list[str]:
    """`say_deduction` for each, in their order."""
    return [say_deduction(deduction, language) for deduction in deductions]


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


@cache
def _plural_category(language: str, count: int) -> str:
    return str(Locale.parse(language).plural_form(count))


def _flat(data: Mapping[str, Any], prefix: str) -> list[tuple[str, Template]]:
    flat: list[tuple[str, Template]] = []
    for key, value in data.items():
        path = f"{prefix}.{key}" if prefix else key
        if not isinstance(value, Mapping):
            flat.append((path, Template({"other": str(value)})))
        elif "counts" in value:
            forms = {category: text for category, text in value.items() if category != "counts"}
            flat.append((path, Template(forms, value["counts"])))
        else:
            flat.extend(_flat(value, path))
    return flat
