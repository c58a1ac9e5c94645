"""Fields that take exactly what the API promises: whole numbers are whole, instants know their offset.

Every refusal is a code with facts (see `field_errors`), never a sentence. Marshmallow's own fields would read
`true` as 1, `"10"` as 10 and a naive instant as somebody's local time. Touches nothing but the value it gets.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import marshmallow as ma

from backend.platform.core.field_errors import refused
from backend.platform.data import ids

# Beyond it a phone's JSON reader rounds.
LARGEST = 2**53 - 1
YEARS = range(1900, 2201)

_DIGITS = re.compile(r"-?[0-9]{1,16}\Z", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?\Z", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_ULID = "[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}"

# Marks that reorder or hide what a reader sees: bidirectional controls, the byte order mark, line separators.
_DECEIVING = {"\u061c", "\u200b", "\u200e", "\u200f", "\u2028", "\u2029", "\u2060", "\ufeff"}
_DECEIVING |= {chr(n) for n in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080))}


class Read:
    """A field whose `read(value)` is all of its reading: the value, or a refusal."""

    def read(self, value: Any) -> Any:
        """`value` as this field means it; raise `ma.ValidationError` made by `refused`."""
        raise NotImplementedError

    def _deserialize(self, value: Any, *_: Any, **_options: Any) -> Any:
        return self.read(value)


class WholeNumber(Read, ma.fields.Integer):
    """An integer within `minimum` and `maximum`, and within ±(2**53 − 1). Refuses `"10"`, `true`, `1.0`."""

    def __init__(self, *, minimum: int = -LARGEST, maximum: int = LARGEST, **given: Any) -> None:
        given["validate"] = [ma.validate.Range(minimum, maximum), *_listed(given.get("validate"))]
        super().__init__(**given)

    def read(self, value: Any) -> int:
        if type(value) is not int:
            raise refused("not_a_whole_number")
        return value


class WrittenNumber(WholeNumber):
    """A `WholeNumber` in a query string, where everything is text: ASCII digits only."""

    def read(self, value: Any) -> int:
        if not isinstance(value, str) or not _DIGITS.match(value):
            raise refused("not_a_whole_number")
        return int(value)


class DecimalNumber(Read, ma.fields.String):
    """An exact decimal: a string or a number comes in, a `Decimal` inside, a string goes out."""

    def __init__(
        self, *, minimum: str | Decimal | None = None, maximum: str | Decimal | None = None, **given: Any
    ) -> None:
        bounds = [None if bound is None else Decimal(bound) for bound in (minimum, maximum)]
        given["validate"] = [ma.validate.Range(*bounds), *_listed(given.get("validate"))]
        given["metadata"] = {"type": ["string", "number"], **given.get("metadata", {})}
        super().__init__(**given)

    def read(self, value: Any) -> Decimal:
        if isinstance(value, Decimal):
            value = format(value, "f")
        elif type(value) is int:
            value = str(value)
        if not isinstance(value, str) or not _DECIMAL.match(value):
            raise refused("not_a_decimal")
        read = Decimal(value)
        return read if read else abs(read)  # −0 is 0

    def _serialize(self, value: Any, *_: Any, **_options: Any) -> str | None:
        return None if value is None else format(Decimal(value), "f")


class Instant(Read, ma.fields.DateTime):
    """ISO 8601 with an offset; an aware UTC `datetime` inside."""

    def read(self, value: Any) -> datetime:
        if not isinstance(value, str) or not _INSTANT.match(value) or int(value[:4]) not in YEARS:
            raise refused("not_an_instant")
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError as error:
            raise refused("not_an_instant") from error

    def _serialize(self, value: datetime | None, *_: Any, **_options: Any) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its offset before it is shown")
        return value.astimezone(UTC).isoformat()


class Day(Read, ma.fields.Date):
    """A civil day, `2026-11-20`."""

    def read(self, value: Any) -> date:
        if not isinstance(value, str) or not _DAY.match(value) or int(value[:4]) not in YEARS:
            raise refused("not_a_day")
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise refused("not_a_day") from error


class Text(Read, ma.fields.String):
    """Words of a person: NFC, trimmed, `minimum` to `maximum` characters, `lines=True` for several lines.

    Control characters and marks that hide or reorder what a reader sees are refused.
    """

    def __init__(self, *, maximum: int, minimum: int = 1, lines: bool = False, **given: Any) -> None:
        given["validate"] = [ma.validate.Length(minimum, maximum), *_listed(given.get("validate"))]
        super().__init__(**given)
        self._allowed = {"\n"} if lines else set()

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise refused("not_a_text")
        if any(_is_forbidden(character) for character in value if character not in self._allowed):
            raise refused("forbidden_characters")
        return unicodedata.normalize("NFC", value).strip()


class Secret(Read, ma.fields.String):
    """A password, code or token: kept exactly as given, never written out."""

    def __init__(self, *, maximum: int, minimum: int = 1, **given: Any) -> None:
        given["validate"] = [ma.validate.Length(minimum, maximum), *_listed(given.get("validate"))]
        super().__init__(load_only=True, **given)

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise refused("not_a_text")
        return value


class Choice(Read, ma.fields.String):
    """One of a few words."""

    def __init__(self, *choices: str, **given: Any) -> None:
        given["validate"] = [ma.validate.OneOf(choices), *_listed(given.get("validate"))]
        super().__init__(**given)

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise refused("not_a_text")
        return value


class Truth(Read, ma.fields.Boolean):
    """`true` or `false`, nothing that merely looks like it."""

    def read(self, value: Any) -> bool:
        if type(value) is not bool:
            raise refused("not_a_boolean")
        return value


class Id(Read, ma.fields.String):
    """An identifier of one kind (a key of `ids.KINDS`)."""

    def __init__(self, kind: str, **given: Any) -> None:
        prefix = ids.KINDS[kind]
        self._form = re.compile(rf"{prefix}_{_ULID}\Z", re.ASCII)
        self._prefix = prefix
        given["metadata"] = {"pattern": f"^{prefix}_{_ULID}$", **given.get("metadata", {})}
        super().__init__(**given)

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not self._form.match(value):
            raise refused("not_an_id", prefix=self._prefix)
        return value


def _listed(validate: Any) -> list[Any]:
    if validate is None:
        return []
    return [validate] if callable(validate) else list(validate)


def _is_forbidden(character: str) -> bool:
    # Cc: controls, NUL among them; Cs: half a surrogate pair
    return character in _DECEIVING or unicodedata.category(character) in ("Cc", "Cs")
