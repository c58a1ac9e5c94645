"""The wire as callers depend on it: the OpenAPI document without what may change without them noticing.

Names of components are resolved, descriptions, examples, titles, tags and operationIds are left out, everything else
is in one order. To renew the kept one after a change that is meant:

    python3 run.py test tests/backend/platform/web/test_wire.py --renew-wire
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_name("wire.txt")
WORDS = {"description", "summary", "title", "example", "examples", "operationId", "tags"}
DEEPER = {"properties", "required", "items", "additionalProperties", "not", "allOf", "anyOf", "oneOf"}
METHODS = {"get", "put", "post", "patch", "delete"}
REFERENCE = "$ref"


def lines_of(document: dict[str, Any]) -> list[str]:
    """Every fact of the wire as a line: `POST /v1/quotes body application/json .grams! minimum=1 type=integer`."""
    found = []
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            head = f"{method.upper()} {path}"
            found += [f"{head} {line}" for line in _operation(item[method] | _shared(item), document)]
    return sorted(found)


def _shared(item: dict[str, Any]) -> dict[str, Any]:
    return {"shared": item["parameters"]} if "parameters" in item else {}


def _operation(operation: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    yield f"security {operation.get('security')}"
    yield f"roles {operation.get('x-roles')}"
    for parameter in (*operation.get("parameters", ()), *operation.get("shared", ())):
        parameter = _resolved(parameter, document)
        mark = "!" if parameter.get("required") else ""
        where = f"{parameter['in']} {parameter['name']}{mark}"
        yield from _schema(parameter.get("schema", {}), where, document, ())
    if "requestBody" in operation:
        body = _resolved(operation["requestBody"], document)
        yield f"body required={body.get('required', False)}"
        yield from _content(body, "body", document)
    for status, answer in operation["responses"].items():
        answer = _resolved(answer, document)
        yield f"{status}"
        yield from _content(answer, status, document)


def _content(holder: dict[str, Any], where: str, document: dict[str, Any]) -> Iterator[str]:
    for media, content in holder.get("content", {}).items():
        yield from _schema(content.get("schema", {}), f"{where} {media}", document, ())
    for name in holder.get("headers", {}):
        yield f"{where} header {name}"


def _schema(schema: Any, where: str, document: dict[str, Any], inside: tuple[str, ...]) -> Iterator[str]:
    """The facts of a schema, a component that contains itself followed once."""
    if not isinstance(schema, dict):
        yield f"{where} {schema}"
        return
    reference = schema.get(REFERENCE)
    if reference in inside:
        yield f"{where} again"
        return
    if reference:
        inside = (*inside, reference)
        schema = _resolved(schema, document)
    yield " ".join([where, *_facts(schema)])
    required = set(schema.get("required", ()))
    for key, value in schema.items():
        if key == "properties":
            for name, inner in value.items():
                place = f"{where} .{name}{'!' if name in required else ''}"
                yield from _schema(inner, place, document, inside)
        elif key in ("items", "additionalProperties", "not"):
            yield from _schema(value, f"{where} {key}", document, inside)
        elif key in ("allOf", "anyOf", "oneOf"):
            for inner in value:
                yield from _schema(inner, f"{where} {key}", document, inside)


def _facts(schema: dict[str, Any]) -> list[str]:
    """What a schema says of its own value: type, bounds, formats, values."""
    own = {key: value for key, value in schema.items() if key not in WORDS | DEEPER}
    return sorted(f"{key}={sorted(value, key=str) if isinstance(value, list) else value}" for key, value in own.items())


def _resolved(node: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to, with what stands beside the reference."""
    if REFERENCE not in node:
        return node
    target: Any = document
    for part in node[REFERENCE].removeprefix("#/").split("/"):
        target = target[part]
    beside = {key: value for key, value in node.items() if key != REFERENCE}
    return {**_resolved(target, document), **beside}
