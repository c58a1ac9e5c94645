"""What a rule of plausibility holds against a claim is told to operators in words, in every language."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from backend.activities.service.evidence.facts import ANOTHERS, OWN
from backend.platform.core import i18n
from tests.house.source import Module, project

SPEEDS = {"leg", "sustained"}  # two bounds of one rule, told by the name of the rule


def keys_of(module: Module) -> Iterator[str]:
    """The names of the numbers that a module of rules puts into its findings."""
    for made in module.nodes_of(ast.Dict):
        yield from (key.value for key in made.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
    for call in module.nodes_of(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id == "zip":
            yield from (one.value for one in ast.walk(call.args[0]) if isinstance(one, ast.Constant))


def all_keys() -> set[str]:
    modules = [
        one
        for one in project().modules
        if str(one.path).startswith("calculators/plausibility/") and "_rules" in one.path.name
    ]
    return {key for module in modules for key in keys_of(module) if "." not in key} - SPEEDS  # names of rules have one


def test_the_numbers_of_the_rules_are_found():
    assert {"whose", "percent", "claimed_m", "speed_kmh", "needed_s", "turn"} <= all_keys()


@pytest.mark.parametrize("language", i18n.list_languages())
def test_every_number_of_a_finding_has_words(language):
    texts = i18n.read_texts(language)
    needed = {f"finding.{key}" for key in all_keys()} | {f"whose.{value}" for value in (OWN, ANOTHERS)}
    assert {code for code in needed if ("console", code) not in texts} == set()
