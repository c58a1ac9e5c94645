"""A Chinese reader meets no English title: of figures, methodologies and those who published them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from calculators.words import source_names
from tests.calculators.shipped_library import LIBRARY

HAN = re.compile(r"[\u4e00-\u9fff]")
RULES = tuple(LIBRARY.methodologies.values())


def sources() -> Iterator[tuple[str, str]]:
    """Publisher and document of every figure that a rule may rest on, and of every source that a rule names."""
    for rule in RULES:
        yield from ((source.publisher, source.document) for source in rule.sources)
        for parameter in rule.parameters.values():
            table = LIBRARY.tables.find_table(parameter.table) if parameter.table else None
            if table is not None:
                rows = (row for item in rule.items_of(parameter) for row in table.by_item.get(item, ()))
                yield from ((row.publisher, row.document) for row in rows)


def words_of(rule: object) -> Iterator[Mapping[str, str]]:
    """Every text of a rule that a person reads."""
    yield from (rule.title, rule.explanation, *(one.text for one in rule.assumptions))
    yield from (spec.title for spec in rule.inputs.values())
    yield from (title for choice in rule.choices.values() for title in choice.titles.values())
    yield from (one.text for one in rule.eligibility.rules)
    yield from (parameter.reason for parameter in rule.parameters.values() if parameter.reason)


def names(language: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"publisher": set(), "document": set()}
    for publisher, document in set(sources()):
        named = source_names(publisher, document, language)
        found["publisher"].update(named["publisher"].split("; "))
        found["document"].add(named["document"])
    return found


@pytest.mark.parametrize("kind", ["publisher", "document"])
def test_whatever_a_credit_rests_on_has_a_chinese_name(kind):
    assert [name for name in sorted(names("zh")[kind]) if not HAN.search(name)] == []
    # a reader of English meets the names as the tables spell them
    assert any(not HAN.search(name) for name in names("en")[kind])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_text_of_a_rule_is_chinese_too(rule):
    assert [words for words in words_of(rule) if not HAN.search(words.get("zh", ""))] == []
