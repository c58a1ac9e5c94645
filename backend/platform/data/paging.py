"""Lists in pages: a window of rows is asked for, a page of them and the cursor of the next come back.

A cursor is opaque and names the last row seen, so that pages neither skip nor repeat when rows are added
meanwhile. It carries no authority: every page is asked for by its owner again.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from backend.platform.core.errors import invalid_field

T = TypeVar("T")


@dataclass(frozen=True)
class Window:
    """Which page is asked for: at most `limit` rows after the row named by its sort values `after`."""

    limit: int
    after: tuple[str, ...] | None

    def last_id(self) -> str:
        """The id of the row before, in a list sorted by id alone; raise `request.invalid` for another list's cursor."""
        if self.after is None or len(self.after) != 1:
            raise invalid_field("cursor", "cursor_unknown")
        return self.after[0]

    def cut(self, rows: Sequence[T], *names: str) -> Page[T]:
        """The page for `rows` (fetched with `limit + 1`); its cursor holds the last row's attributes `names`."""
        shown = list(rows[: self.limit])
        if len(rows) <= self.limit:
            return Page(shown, None)
        return Page(shown, write_cursor(tuple(_value(shown[-1], name) for name in names)))


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows of one page and the cursor of the next, None at the end."""

    items: list[T]
    next_cursor: str | None


def write_cursor(values: tuple[str, ...]) -> str:
    """An opaque cursor that holds `values`."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()


def read_cursor(cursor: str) -> tuple[str, ...]:
    """The values in a cursor; raise `request.invalid` for a text that is none of ours."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise invalid_field("cursor", "cursor_unknown") from error
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise invalid_field("cursor", "cursor_unknown")
    return tuple(values)


def _value(row: Any, name: str) -> str:
    value = row[name] if isinstance(row, dict) else getattr(row, name)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
