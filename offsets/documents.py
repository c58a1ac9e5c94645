"""Reading a TOML document so that one reading finds every problem, each with its line.

Promise: a field comes out typed, or a problem is noted and a harmless value comes out; a key nobody asked for is a
problem too. A text that a document gives in English is also said in the languages of `library/translations`. Touches
those files, once; texts come in, values go out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from offsets.errors import DocumentProblem, DocumentRefused

T = TypeVar("T")
ENGLISH = "en"
LANGUAGES = (ENGLISH, "zh")  # what every document says itself
TRANSLATIONS = Path(__file__).parent / "library" / "translations"

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\-]+)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_\-]+)\s*=")
_DECIMAL = re.compile(r"\d{1,18}(\.\d{1,18})?", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*", re.ASCII)
_URL = re.compile(r"https://[^\s/]+\.[^\s/]+(/\S*)?")


@cache
def read_translations() -> Mapping[str, Mapping[str, str]]:
    """By language, what documents say in English and how that is said in it: one file a language."""
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(TRANSLATIONS.glob("*.toml"))}


def list_languages() -> frozenset[str]:
    """The short keys of the languages some document speaks."""
    return frozenset({*LANGUAGES, *read_translations()})


class Document:
    """A parsed TOML text that remembers where its keys stand and what is wrong with them."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = _lines(text)
        self.problems: list[DocumentProblem] = []
        try:
            self.data: Mapping[str, Any] = tomllib.loads(text)
        # besides its own, what the parser lets through: integers of endless digits, endless nesting
        except (ValueError, RecursionError) as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found[1]) if found else len(text.splitlines()) or 1
            raise DocumentRefused(name, [DocumentProblem(line, "document", f"not TOML: {error}")]) from None
        self.root = Table(self, self.data, "")

    def note(self, path: str, message: str) -> None:
        """Remember a fault at the dotted `path`."""
        nearest = path
        while nearest and nearest not in self.lines:
            nearest = nearest.rpartition(".")[0]
        self.problems.append(DocumentProblem(self.lines.get(nearest, 1), path or "document", message))

    def finish(self) -> None:
        """Raise DocumentRefused with everything noted, unless nothing was."""
        if self.problems:
            raise DocumentRefused(self.name, self.problems)


class Table:
    """One table of a document; `done` notes the keys nobody read."""

    def __init__(self, document: Document, data: Any, path: str) -> None:
        self.document = document
        self.path = path
        if not isinstance(data, dict):
            document.note(path, "must be a table")
            data = {}
        self.data: Mapping[str, Any] = data
        self._read: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the document gives this key."""
        return key in self.data

    def note(self, key: str, message: str) -> None:
        """Note a fault of one key (of the table itself for "")."""
        self.document.note(f"{self.path}.{key}".strip("."), message)

    def text(self, key: str) -> str:
        """A sentence or name without surrounding spaces."""
        return self._take(key, "", _is_text, "must be a text of 1 to 2000 characters")

    def slug(self, key: str) -> str:
        """An identifier: lower case, digits, single dots, dashes or underscores."""
        return self._take(key, "", _matches(_SLUG), 'must be an identifier such as "delta-blue-carbon"')

    def url(self, key: str) -> str:
        """A public https address."""
        return self._take(key, "", _matches(_URL), "must be a public https address")

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        """One of a few words."""
        return self._take(key, allowed[0], lambda value: value in allowed, f"must be one of {', '.join(allowed)}")

    def names(self, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """Some of a few words, written as a list; none where the key is absent."""
        if key not in self.data:
            return ()
        return tuple(
            self._take(key, [], lambda value: _are_names(value, allowed), f"must be some of {', '.join(allowed)}")
        )

    def all_texts(self, key: str) -> tuple[str, ...]:
        """Names in any words, written as a list."""
        message = "must be a list of texts of 1 to 2000 characters"
        return tuple(self._take(key, [], _are_texts, message))

    def flag(self, key: str) -> bool:
        """true or false, said explicitly."""
        return self._take(key, False, lambda value: isinstance(value, bool), "must be true or false")

    def whole(self, key: str, *, least: int = 1, most: int = 10**12) -> int:
        """A whole number within bounds."""
        message = f"must be a whole number from {least} to {most}"
        return self._take(key, least, lambda v: type(v) is int and least <= v <= most, message)

    def decimal(self, key: str) -> Decimal:
        """An exact number written as text, so that no float ever touches it."""
        message = 'must be a number in quotes such as "21.30"'
        return Decimal(self._take(key, "1", _matches(_DECIMAL), message))

    def day(self, key: str) -> date:
        """A civil day."""
        return self._take(key, date(2000, 1, 1), lambda value: type(value) is date, "must be a day such as 2025-06-30")

    def texts(self, key: str) -> Mapping[str, str]:
        """The same sentence by language: in those of the document, and in those it was translated into later."""
        inner = self.table(key)
        own = {language: inner.text(language) for language in LANGUAGES}
        inner.done()
        english = own[ENGLISH]
        return {language: said[english] for language, said in read_translations().items() if english in said} | own

    def table(self, key: str) -> Table:
        """A table inside this one."""
        self._read.add(key)
        path = f"{self.path}.{key}".strip(".")
        if key not in self.data:
            self.note(key, "is missing")
            return Table(self.document, {}, path)
        return Table(self.document, self.data[key], path)

    def tables(self, key: str, *, least: int = 1) -> Iterator[Table]:
        """The tables written `[[key]]`."""
        self._read.add(key)
        found = self.data.get(key, [])
        if not isinstance(found, list) or len(found) < least:
            self.note(key, f"needs at least {least} [[{key}]]")
            return
        for index, data in enumerate(found):
            yield Table(self.document, data, f"{self.path}.{key}[{index}]".strip("."))

    def done(self) -> None:
        """Note every key that was not read: a misspelt key must not pass for an absent one."""
        for key in self.data:
            if key not in self._read:
                self.note(key, "is not a key of this table")

    def _take(self, key: str, harmless: T, fits: Callable[[Any], bool], message: str) -> T:
        self._read.add(key)
        if key not in self.data:
            self.note(key, f"is missing: {message}")
            return harmless
        value: T = self.data[key]
        if not fits(value):
            self.note(key, message)
            return harmless
        return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 2000 and value == value.strip()


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_names(value: Any, allowed: tuple[str, ...]) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name in allowed for name in value)


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _lines(text: str) -> Mapping[str, int]:
    """Line numbers (from 1) by dotted path; the tables of an array are `price[0]`, `price[1]`."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            section = header[2]
            if header[1] == "[[":
                counts[section] = counts.get(section, -1) + 1
                section = f"{section}[{counts[section]}]"
            lines.setdefault(section, number)
        elif key := _KEY.match(line):
            lines.setdefault(f"{section}.{key[1]}".strip("."), number)
    return lines
