"""Every text of the rule book in every language it has: what a new language must bring.

Promise: each text of the shipped library is here by the catalogue and the place it stands in, with what was translated
later. Touches the files of the library, once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from calculators.figures.library import SHIPPED, load_library
from calculators.words import ENGLISH, list_languages, list_translated, templates, translations

Words = Mapping[str, str]  # one text, by language


@cache
def list_texts() -> Mapping[str, Mapping[str, Words]]:
    """The texts by catalogue (`sentences`, `methodologies`, `figures`, `survey`, `options`) and place."""
    documents = {
        "methodologies": _of_documents("methodologies/*/*.toml"),
        "figures": {**_of_documents("tables.toml"), **dict(_of_figures())},
        "survey": {**_of_documents("footprints/survey.toml"), **_of_documents("footprints/regions/*.toml")}
        | _of_documents("footprints/logged.toml"),
        "options": _of_documents("footprints/options.toml"),
    }
    translated = {
        name: {place: _translated(words) for place, words in texts.items()} for name, texts in documents.items()
    }
    return {"sentences": _sentences(), **translated}


def _sentences() -> dict[str, Words]:
    places = {code for language in list_languages() for code in templates(language)}
    return {
        code: {language: str(templates(language)[code]) for language in list_languages() if code in templates(language)}
        for code in sorted(places)
    }


def _translated(words: Words) -> Words:
    english = words[ENGLISH]
    later = {
        language: translations(language)[english] for language in list_translated() if english in translations(language)
    }
    return {**later, **words}


def _of_documents(pattern: str) -> dict[str, Words]:
    return {
        f"{file.relative_to(SHIPPED).as_posix()}: {path}": words
        for file in sorted(SHIPPED.glob(pattern))
        for path, words in _words_in(tomllib.loads(file.read_text(encoding="utf-8")), "")
    }


def _words_in(data: Any, path: str) -> Iterator[tuple[str, Words]]:
    """Every table of a document that says one thing by language, by its dotted path."""
    if isinstance(data, list):
        for index, inner in enumerate(data):
            yield from _words_in(inner, f"{path}[{index}]")
    elif isinstance(data, dict):
        if isinstance(data.get(ENGLISH), str):
            yield path, data
        else:
            for key, inner in data.items():
                yield from _words_in(inner, f"{path}.{key}".lstrip("."))


def _of_figures() -> Iterator[tuple[str, Words]]:
    tables = load_library().tables
    for row in tables.list_rows():
        yield f"{row.table}: {row.key}", {ENGLISH: row.name_en, "zh": row.name_zh}
    for region in tables.regions.by_code.values():
        yield f"regions.csv: {region.code}", region.names
