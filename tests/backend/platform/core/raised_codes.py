"""Which codes the source raises, read from its syntax trees, so that no text can be forgotten."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.house.source import Module, dotted, project

# a call and the position of its code
REFUSALS = {"Refusal": 0}
FIELD_REFUSALS = {"invalid_field": 1, "refused": 0}


@dataclass(frozen=True)
class Raised:
    """A code as the source raises it; `facts` is None where they are not written out."""

    code: str
    facts: frozenset[str] | None
    where: str


def raised_problems() -> list[Raised]:
    """Every refusal of a request in the backend."""
    return [one for module in _backend() for one in _calls(module, REFUSALS)]


def raised_field_errors() -> list[Raised]:
    """Every refusal of a field in the backend."""
    found = []
    for module in _backend():
        found += _calls(module, FIELD_REFUSALS)
        found += _rows(module)
    return found


@cache
def quoted_codes() -> frozenset[str]:
    """Every text of the source that could be a code: what is raised by a name is written out somewhere too."""
    registry = "backend/platform/core/error_codes.py"
    modules = [module for module in project().in_rooms("backend", "offsets") if str(module.path) != registry]
    return frozenset(
        node.value for module in modules for node in ast.walk(module.tree) if _is_text(node) and " " not in node.value
    )


def places(text: str) -> set[str]:
    """The facts that the `{named}` places of a text need: `{wanted_kg}` is filled from `wanted_g`."""
    return {re.sub("_kg$", "_g", name) for _, name, _, _ in string.Formatter().parse(text) if name}


@cache
def _backend() -> list[Module]:
    return list(project().in_rooms("backend"))


def _calls(module: Module, callables: dict[str, int]) -> Iterator[Raised]:
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func).split(".")[-1]
        if name in callables and len(node.args) > callables[name]:
            facts = None if any(word.arg is None for word in node.keywords) else _names(node.keywords)
            for code in _literals(node.args[callables[name]]):
                yield Raised(code, facts, module.says(node.lineno, code))


def _rows(module: Module) -> Iterator[Raised]:
    """Rows that are handed to `InvalidFields` as dictionaries, but those that bring words of their own."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Dict):
            row = {key.value: value for key, value in zip(node.keys, node.values, strict=True) if _is_text(key)}
            if {"field", "code"} <= row.keys() and "message" not in row:
                facts = frozenset(row) - {"field", "code"}
                for code in _literals(row["code"]):
                    yield Raised(code, None if None in node.keys else facts, module.says(node.lineno, code))


def _literals(node: ast.expr) -> list[str]:
    if _is_text(node):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    return []


def _names(keywords: list[ast.keyword]) -> frozenset[str]:
    return frozenset(word.arg for word in keywords if word.arg)


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
