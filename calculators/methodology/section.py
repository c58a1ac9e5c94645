"""One table of a document, read field by field.

Promise: a field comes out typed, or a problem with its line and remedy is noted and a harmless value comes out, so
that one reading finds every problem. A key nobody asked for is a problem too. Touches nothing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from calculators.errors import DocumentProblem, UnitRefused
from calculators.methodology.lines import index_lines, line_of
from calculators.units import parse_unit

_DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII)
NOTHING = Decimal(0)


class Problems:
    """Every fault found so far, each with its line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.found: list[DocumentProblem] = []

    def note(self, path: str, message: str) -> None:
        """Remember a fault at the dotted `path`."""
        self.found.append(DocumentProblem(line_of(self._lines, path), path or "document", message))

    @cached_property
    def _lines(self) -> Mapping[str, int]:
        """Looked for at the first fault: documents that ship have none."""
        return index_lines(self._text)


class Section:
    """A TOML table at `path`; `finish` reports the keys nobody read."""

    def __init__(self, data: Any, path: str, problems: Problems) -> None:
        if not isinstance(data, dict):
            problems.note(path, "must be a table")
            data = {}
        self.data: Mapping[str, Any] = data
        self.path = path
        self.problems = problems
        self._read: set[str] = set()

    def at(self, key: str) -> str:
        """The dotted path of a key of this table."""
        return f"{self.path}.{key}" if self.path else key

    def problem(self, key: str, message: str) -> None:
        """Note a fault of one key (of the table itself for "")."""
        self.problems.note(self.at(key) if key else self.path, message)

    def has(self, key: str) -> bool:
        """Whether the document gives this key."""
        return key in self.data

    def raw(self, key: str) -> Any:
        """The value as TOML has it, or None."""
        self._read.add(key)
        return self.data.get(key)

    def text(self, key: str, *, default: str | None = None) -> str:
        """A non-empty text."""
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.problem(key, "missing: give a text" if value is None else "must be a text")
            return default or ""
        return value

    def one_of(self, key: str, options: frozenset[str] | tuple[str, ...], *, default: str | None = None) -> str:
        """A text that is one of the options."""
        value = self.text(key, default=default)
        if value and value not in options:
            self.problem(key, f"{value!r} is not one of {', '.join(sorted(options))}")
        return value

    def decimal(self, key: str, *, required: bool = True) -> Decimal | None:
        """A number written as text, or a whole number; None (and a problem, if required) where it is missing."""
        value = self.raw(key)
        if value is None:
            if required:
                self.problem(key, 'missing: give a number as text, such as "0.5"')
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            return Decimal(value)
        self.problem(key, 'must be a number written as text, such as "0.5"')
        return None

    def integer(self, key: str) -> int:
        """A whole number."""
        value = self.raw(key)
        if not isinstance(value, int) or isinstance(value, bool):
            self.problem(key, "missing or not a whole number")
            return 0
        return value

    def day(self, key: str) -> date:
        """A calendar day."""
        value = self.raw(key)
        if type(value) is not date:
            self.problem(key, "missing or not a day such as 2027-06-30")
            return date.min
        return value

    def unit(self, key: str, *, default: str | None = None) -> str:
        """A unit that can be computed with."""
        value = self.text(key, default=default)
        try:
            parse_unit(value)
        except UnitRefused as refused:
            self.problem(key, f"{refused}; known units are in library/units.txt, and a-b is a product")
            return "1"  # a harmless unit lets the reading go on
        return value

    def words(self, key: str, *, required: bool = True) -> Mapping[str, str]:
        """A text in English and Chinese: { en = "...", zh = "..." }."""
        value = self.raw(key)
        if value is None and not required:
            return {}
        if not isinstance(value, dict) or not all(isinstance(value.get(k), str) and value[k] for k in ("en", "zh")):
            self.problem(key, 'missing or incomplete: give { en = "...", zh = "..." }')
            return {"en": "", "zh": ""}
        return {language: str(text) for language, text in value.items()}

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts without repeats."""
        value = self.raw(key)
        if value is None:
            if required:
                self.problem(key, "missing: give a list of texts")
            return ()
        if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
            self.problem(key, "must be a list of texts")
            return ()
        if len(set(value)) != len(value):
            self.problem(key, "lists something twice")
        return tuple(value)

    def section(self, key: str, *, required: bool = False) -> Section:
        """A table inside this one; an empty one where it is missing."""
        value = self.raw(key)
        if value is None and required:
            self.problem(key, "missing: this part is needed")
        return Section(value if value is not None else {}, self.at(key), self.problems)

    def sections(self, key: str) -> list[Section]:
        """The items of an array of tables."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.problem(key, f"must be an array of tables: [[{key}]]")
            return []
        return [Section(item, f"{self.at(key)}[{index}]", self.problems) for index, item in enumerate(value)]

    def names(self) -> list[str]:
        """The names given in this table, for tables whose keys are the author's."""
        self._read.update(self.data)
        return list(self.data)

    def finish(self) -> None:
        """Report what nobody reads: a misspelt key must not be silently ignored."""
        for key in self.data:
            if key not in self._read:
                close = difflib.get_close_matches(key, self._read, n=1)
                self.problem(key, "unknown key" + (f"; did you mean {close[0]!r}?" if close else "; remove it"))
