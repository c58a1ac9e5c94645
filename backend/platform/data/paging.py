"""Lists in pages: a window of rows is asked for, a page of them and the cursor of the next come back.

A cursor is opaque and names the last row seen, so that pages neither skip nor repeat when rows are added
meanwhile. It carries no authority: every page is asked for by its owner again. Anybody can make one up, so each list
says by a `SortKey` what its cursor holds, and nothing else of a cursor reaches a statement.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from backend.platform.core.errors import InvalidFields, invalid_field
from backend.platform.data import ids

LONGEST_TEXT = 200
LARGEST_NUMBER = 2**63 - 1

_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)

T = TypeVar("T")


@dataclass(frozen=True)
class SortField:
    """One value that a list is sorted by: the attribute of its rows, and how it is read back from a cursor.

    `read` raises ValueError or OverflowError for what no row can have.
    """

    name: str
    read: Callable[[str], Any]


@dataclass(frozen=True)
class SortKey:
    """What a list is sorted by, and so what its cursor holds. The last field, or all together, name one row."""

    fields: tuple[SortField, ...]

    def read(self, cursor: str) -> tuple[Any, ...]:
        """The values in a cursor of this list; raise `request.invalid` for any other text."""
        values = _read_texts(cursor)
        if len(values) != len(self.fields):
            raise _unknown()
        try:
            return tuple(field.read(value) for field, value in zip(self.fields, values, strict=True))
        except (ValueError, OverflowError) as error:
            raise _unknown() from error

    def write(self, values: Sequence[Any]) -> str:
        """The cursor behind the row that has these values."""
        return write_cursor(tuple(map(_written, values)))


def by_id(kind: str) -> SortKey:
    """Sorted by the ids of one kind (a key of `ids.KINDS`)."""
    return SortKey((id_field(kind),))


def id_field(kind: str, name: str = "id") -> SortField:
    """An id of `kind`."""

    def read(text: str) -> str:
        if not ids.is_id(kind, text):
            raise ValueError
        return read_text(text)

    return SortField(name, read)


def text_field(name: str) -> SortField:
    """A text of ours that is no id."""
    return SortField(name, read_text)


def whole_field(name: str, least: int = 0, most: int = LARGEST_NUMBER) -> SortField:
    """A whole number from `least` to `most`."""

    def read(text: str) -> int:
        number = int(text) if _WHOLE.fullmatch(text) else most + 1
        if not least <= number <= most:
            raise ValueError
        return number

    return SortField(name, read)


def instant_field(name: str) -> SortField:
    """An instant, as a row of the database has it."""
    return SortField(name, _read_instant)


def read_text(text: str) -> str:
    """`text` where a row could hold it; raise ValueError for a NUL, half a character, or more than there is."""
    if not text or len(text) > LONGEST_TEXT or not text.isprintable():
        raise ValueError
    return text


def _read_instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError
    return instant.astimezone(UTC)


@dataclass(frozen=True)
class Window:
    """Which page is asked for: at most `limit` rows behind the one that `cursor` names, as it was sent."""

    limit: int
    cursor: str | None

    def after(self, key: SortKey) -> tuple[Any, ...] | None:
        """The values of the row before the page; None for the first page.

        Raises `request.invalid` for a cursor that is not of a list sorted by `key`.
        """
        return None if self.cursor is None else key.read(self.cursor)

    def cut(self, rows: Sequence[T], key: SortKey) -> Page[T]:
        """The page for `rows` (fetched with `limit + 1`); its cursor holds what `key` names of the last row."""
        shown = list(rows[: self.limit])
        if len(rows) <= self.limit:
            return Page(shown, None)
        return Page(shown, key.write([_value(shown[-1], field.name) for field in key.fields]))


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows of one page and the cursor of the next, None at the end; `notes` say what was taken otherwise than asked."""

    items: list[T]
    next_cursor: str | None
    notes: Sequence[Any] = ()


def write_cursor(values: tuple[str, ...]) -> str:
    """An opaque cursor that holds `values`."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()


def _read_texts(cursor: str) -> tuple[str, ...]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _unknown() from error
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _unknown()
    texts = tuple(values)
    # one spelling for one cursor: nobody writes ours by hand
    if write_cursor(texts) != cursor:
        raise _unknown()
    return texts


def _unknown() -> InvalidFields:
    return invalid_field("cursor", "cursor_unknown")


def _value(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _written(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
