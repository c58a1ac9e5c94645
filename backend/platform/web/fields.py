"""Fields that take exactly what the API promises: whole numbers are whole, instants know their offset.

Every refusal is a code with facts, never a sentence: the translations (context `field`) turn it into words. A field
or validator of ours raises `refused("code", **facts)`; `coded(schema)` makes marshmallow's own refusals speak codes
too. Marshmallow's own fields would read `true` as 1, `"10"` as 10 and a naive instant as somebody's local time.
Touches nothing but the value it gets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import marshmallow as ma

from backend.platform.core.errors import InvalidFields
from backend.platform.data import ids
from backend.platform.data.paging import Page
from backend.platform.web.json import dumps

# Beyond it a phone's JSON reader rounds.
LARGEST = 2**53 - 1
YEARS = range(1900, 2201)

Write = Callable[[Any], Any]

_DIGITS = re.compile(r"-?[0-9]{1,16}\Z", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?\Z", re.ASCII)
# how people type them: full width and a Chinese full stop by an input method, what chats copy along unseen, and a comma
# that may mean either
_NARROW: dict[int, str | None] = dict(zip(map(ord, "０１２３４５６７８９．。，－−"), "0123456789..,--", strict=True))
_NARROW |= dict.fromkeys((0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF))
_WITH_COMMA = re.compile(r"-?[0-9]+([., ][0-9]+)*,[0-9]+([.,][0-9]+)*\Z", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_ULID = "[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}"

# Marks that reorder or hide what a reader sees: bidirectional controls, the byte order mark, line separators.
_DECEIVING = {"\u061c", "\u200b", "\u200e", "\u200f", "\u2028", "\u2029", "\u2060", "\ufeff"}
_DECEIVING |= {chr(n) for n in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080))}
# And controls, NUL among them, and halves of a surrogate pair.
_FORBIDDEN = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff{''.join(sorted(_DECEIVING))}]")


# What marshmallow's field says when it cannot read a value; the narrowest class wins.
_CODES: dict[type[ma.fields.Field[Any]], str] = {
    ma.fields.Boolean: "not_a_boolean",
    ma.fields.Date: "not_a_day",
    ma.fields.DateTime: "not_an_instant",
    ma.fields.Dict: "not_an_object",
    ma.fields.Email: "not_an_email",
    ma.fields.Integer: "not_a_whole_number",
    ma.fields.List: "not_a_list",
    ma.fields.Mapping: "not_an_object",
    ma.fields.Nested: "not_an_object",
    ma.fields.Number: "not_a_decimal",
    ma.fields.String: "not_a_text",
    ma.fields.Url: "not_an_address",
}
_ALWAYS = {"required": "required", "null": "null"}


class RemarkOut(ma.Schema):
    """A stable code and its words in the caller's language."""

    code = ma.fields.String(required=True)
    message = ma.fields.String(required=True)


def load(schema: ma.Schema, value: dict[str, Any]) -> Any:
    """`value` as a schema that is `coded` means it; raise `request.invalid` with every field that cannot be."""
    try:
        return schema.load(value, unknown=ma.RAISE)
    except ma.ValidationError as error:
        raise InvalidFields(list_refusals(error)) from error


def dump(schema: ma.Schema, result: Any) -> bytes:
    """What an endpoint returned as JSON bytes; a page with its cursor."""
    write = writer_of(schema)
    if isinstance(result, Page):
        page = {"items": [write(item) for item in result.items], "next_cursor": result.next_cursor}
        return dumps(page | ({"notes": RemarkOut().dump(result.notes, many=True)} if result.notes else {}))
    return dumps(write(result))


@lru_cache(maxsize=1_000)
def writer_of(schema: ma.Schema) -> Write:
    """What `schema.dump` does to one value, put together once; a schema with ways of its own is left to marshmallow."""
    # names of the library: its hooks by tag and key, and what each of its fields does to a value
    if any(schema._hooks.values()) or type(schema).get_attribute is not ma.Schema.get_attribute:
        return schema.dump
    parts = [(field.data_key or name, *_written(name, field)) for name, field in schema.dump_fields.items()]

    def write(value: Any) -> dict[str, Any]:
        written = {}
        is_mapping = value.__class__ is dict or isinstance(value, Mapping)
        for key, name, one in parts:
            if name is None:
                found = one(value)
            else:
                found = value.get(name, ma.missing) if is_mapping else getattr(value, name, ma.missing)
                found = found if found is ma.missing else one(found)
            if found is not ma.missing:
                written[key] = found
        return written

    return write


def _written(name: str, field: ma.fields.Field[Any]) -> tuple[str | None, Write]:
    """Which attribute a field writes and how; without a name, how it writes the whole value."""
    source = field.attribute or name
    is_plain = field.dump_default is ma.missing and "." not in source and type(field)._CHECK_ATTRIBUTE
    one = _writer_of_field(field, name) if is_plain else None
    if one is None:
        return None, lambda value: field.serialize(name, value, ma.utils.get_value)
    return source, one


def _writer_of_field(field: ma.fields.Field[Any], name: str) -> Write | None:
    serialize: Any = type(field)._serialize
    if isinstance(field, ma.fields.Nested) and serialize is ma.fields.Nested._serialize:
        nested = writer_of(field.schema)
        if field.many or field.schema.many:
            return lambda value: None if value is None else [nested(one) for one in value]
        return lambda value: None if value is None else nested(value)
    if isinstance(field, ma.fields.List) and serialize is ma.fields.List._serialize:
        inner = _writer_of_field(field.inner, name)
        return inner and (lambda value: None if value is None else [inner(one) for one in value])
    own = field._serialize
    kept = {ma.fields.String._serialize: str, ma.fields.Number._serialize: int}.get(serialize)
    if kept is None or getattr(field, "as_string", False):
        return lambda value: own(value, name, None)
    return lambda value: value if value is None or value.__class__ is kept else own(value, name, None)


def refused(code: str, **facts: Any) -> ma.ValidationError:
    """The refusal of one field, to be raised in a field or validator."""
    return ma.ValidationError([{"code": code, **facts}])


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
        if isinstance(value, str):
            value = value.translate(_NARROW).strip()
            if _WITH_COMMA.match(value):
                raise refused("input_comma")
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
        if not self._allowed.issuperset(_FORBIDDEN.findall(value)):
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


def coded(schema: ma.Schema) -> ma.Schema:
    """`schema` with every built-in message replaced by a code; changes and returns this instance."""
    known = ", ".join(sorted(field.data_key or name for name, field in schema.load_fields.items()))
    schema.error_messages = {
        **schema.error_messages,
        "unknown": {"code": "unknown", "known": known},  # type: ignore[dict-item]  # a code in place of a text
        "type": {"code": "not_an_object"},  # type: ignore[dict-item]  # the same
    }
    for field in schema.load_fields.values():
        _code_field(field)
    return schema


def _code_field(field: ma.fields.Field[Any]) -> None:
    own = next((_CODES[kind] for kind in type(field).__mro__ if kind in _CODES), "invalid")
    field.error_messages = {
        key: [{"code": _ALWAYS.get(key, own)}] if isinstance(message, str) else message
        for key, message in field.error_messages.items()
    }
    field.validators = [_coded_validator(validator) for validator in field.validators]
    if isinstance(field, ma.fields.List):
        _code_field(field.inner)
    elif isinstance(field, ma.fields.Mapping):
        for inner in filter(None, (field.key_field, field.value_field)):
            _code_field(inner)
    elif isinstance(field, ma.fields.Nested):
        coded(field.schema)


def _coded_validator(validator: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def check(value: Any) -> None:
        try:
            validator(value)
        except ma.ValidationError as error:
            if any(isinstance(message, dict) for message in error.messages):
                raise
            raise _refusal_of(validator, value) from error

    return check


def _refusal_of(validator: Any, value: Any) -> ma.ValidationError:
    """The code and facts of one of marshmallow's validators that has refused `value`."""
    if isinstance(validator, ma.validate.Length):
        what = "characters" if isinstance(value, str) else "items"
        if validator.equal is not None:
            return refused(f"not_{what}", count=validator.equal)
        if validator.min is not None and len(value) < validator.min:
            return refused(f"too_few_{what}", minimum=validator.min)
        return refused(f"too_many_{what}", maximum=validator.max)
    if isinstance(validator, ma.validate.Range):
        if validator.min is not None and value < validator.min:
            return refused("too_small", minimum=str(validator.min))
        if validator.max is not None and value > validator.max:
            return refused("too_large", maximum=str(validator.max))
        return refused("out_of_range", minimum=str(validator.min), maximum=str(validator.max))
    if isinstance(validator, ma.validate.OneOf):
        return refused("not_one_of", choices=", ".join(str(choice) for choice in validator.choices))
    if isinstance(validator, ma.validate.Email):
        return refused("not_an_email")
    return refused("invalid")


def list_refusals(error: ma.ValidationError) -> list[dict[str, Any]]:
    """One row per refused field: `{"field": "inputs.distance", "code": …, **facts}`."""
    return list(_flattened(error.normalized_messages(), ""))  # type: ignore[no-untyped-call]  # marshmallow's own


def _flattened(messages: Any, path: str) -> Iterator[dict[str, Any]]:
    if isinstance(messages, dict) and isinstance(messages.get("code"), str):
        yield {"field": path or "body", **messages}
    elif isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _flattened(inner, path if name == "_schema" else f"{path}.{name}".lstrip("."))
    elif isinstance(messages, list):
        for message in messages:
            yield from _flattened(message, path)
    else:
        yield {"field": path or "body", "code": "invalid", "reason": str(messages)}
