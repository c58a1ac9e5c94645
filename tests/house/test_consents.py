"""Every consent people are asked for is read by something: nobody is asked for what nothing takes."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.house.source import Module, project

READERS = {"has_consent", "has_active_consent"}


def kinds_read(module: Module) -> Iterator[str]:
    """The kinds of consent a module asks for, as a word or as a constant of its own."""
    constants = {
        target.id: node.value.value
        for node in module.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in module.nodes:
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", None)) in READERS:
            asked = node.args[2] if len(node.args) > 2 else None
            if isinstance(asked, ast.Constant):
                yield str(asked.value)
            elif isinstance(asked, ast.Name) and asked.id in constants:
                yield str(constants[asked.id])


def read_by_nothing(texts: Mapping[str, Mapping[str, Any]], modules: Iterable[Module]) -> list[str]:
    """The consents of a person that an account can do without, and that no module asks for.

    What is required is read where an account begins; a guardian's is what lets a minor's account begin.
    """
    optional = {kind for kind, text in texts.items() if text["by"] == "person" and not text["required"]}
    return sorted(optional - {kind for module in modules for kind in kinds_read(module)})


def shipped_texts() -> dict[str, Any]:
    return tomllib.loads(project().read("backend/accounts/consents.toml"))


def backend() -> list[Module]:
    return [module for module in project().modules if module.room == "backend"]


def test_every_consent_is_read_by_something():
    assert read_by_nothing(shipped_texts(), backend()) == []


def test_a_consent_that_nothing_reads_is_found():
    asked_for_nothing = {"version": "2026-11-01", "required": False, "by": "person"}
    assert read_by_nothing(shipped_texts() | {"curiosity": asked_for_nothing}, backend()) == ["curiosity"]
    assert read_by_nothing(shipped_texts(), []) == ["attestation", "location"]
