"""What is wrong with a field, as a code and facts that the translations (context `field`) turn into words.

`coded(schema)` makes marshmallow's own refusals speak codes too; `rows(error)` flattens a refusal into one
row per field, and `worded(row)` says it in words. A field or validator of ours raises `refused("code", **facts)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import marshmallow as ma

from backend.platform.core import i18n
from backend.platform.core.i18n import Language

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


def refused(code: str, **facts: Any) -> ma.ValidationError:
    """The refusal of one field, to be raised in a field or validator."""
    return ma.ValidationError([{"code": code, **facts}])


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
            raise _of(validator, value) from error

    return check


def _of(validator: Any, value: Any) -> ma.ValidationError:
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


def rows(error: ma.ValidationError) -> list[dict[str, Any]]:
    """One row per refused field: `{"field": "inputs.distance", "code": …, **facts}`."""
    return list(_rows(error.normalized_messages(), ""))


def _rows(messages: Any, path: str) -> Iterator[dict[str, Any]]:
    if isinstance(messages, dict) and isinstance(messages.get("code"), str):
        yield {"field": path or "body", **messages}
    elif isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _rows(inner, path if name == "_schema" else f"{path}.{name}".lstrip("."))
    elif isinstance(messages, list):
        for message in messages:
            yield from _rows(message, path)
    else:
        yield {"field": path or "body", "code": "invalid", "reason": str(messages)}


def worded(row: dict[str, Any], language: Language | None = None) -> dict[str, Any]:
    """A row in words of `language` (default: the request's), without its facts."""
    if "message" in row:
        return row
    facts = {name: value for name, value in row.items() if name not in ("field", "code")}
    message = i18n.text("field", row["code"], language=language, **facts)
    return {"field": row["field"], "code": row["code"], "message": message}
