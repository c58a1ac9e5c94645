"""No credit rests on a figure that nobody read, in any rule or place; what stops for it is written down."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from calculators.estimate.parameters import Resolved, resolve
from calculators.figures.terms import Mark
from calculators.marks import choices_of, count_marks, describe_marks
from calculators.methodology.parts import REDUCTION
from tests.calculators.shipped_library import LIBRARY, TABLES

DOCUMENT = Path(__file__).parents[2] / "docs" / "marks.md"
READ = {Mark.OFFICIAL, Mark.REPORTED, Mark.DERIVED}
RULES = [rule for rule in LIBRARY.methodologies.values() if rule.yields == REDUCTION]


def unread_figures(rule, tables) -> Iterator[tuple[str, str]]:
    """Place and figure, wherever a rule would rest on one that law 10 keeps from credits."""
    for place, choices in itertools.product(tables.regions.by_code, choices_of(rule)):
        found = resolve(rule, tables, place, date.max.year, choices)
        for entry in found.entries.values() if isinstance(found, Resolved) else ():
            if "mark" not in entry or entry["mark"] in READ:
                continue
            if entry["mark"] != Mark.ASSUMED or entry["uncertainty_pct"] is None:
                yield place, entry["key"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_credit_anywhere_rests_on_a_figure_that_nobody_read(rule) -> None:
    assert list(itertools.islice(unread_figures(rule, TABLES), 5)) == []


def test_the_search_would_find_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the guard off, the press and the recalled are found at once."""
    monkeypatch.setattr("calculators.figures.factors.CREDITABLE", frozenset(Mark))
    tables = replace(TABLES, titles=dict(TABLES.titles))  # other tables, so that no look-up is remembered
    wash = LIBRARY.methodologies["clothing.cold_wash"]
    assert next(unread_figures(wash, tables)) == ("GB", "wash_kwh_40")


def test_the_document_says_of_a_rule_what_the_library_says(counts) -> None:
    """Of one rule in eight, of all under --long: each is looked up in every place with every choice."""
    chosen = {rule.id: rule for rule in RULES[:: counts(small=8, long=1)]}
    counts_of_marks, effects, to_read = describe_marks(replace(LIBRARY, methodologies=chosen)).split("\n\n")
    told = DOCUMENT.read_text(encoding="utf-8")
    assert counts_of_marks in told
    assert to_read in told
    of_chosen = tuple(f"| `{rule}` |" for rule in chosen)
    assert [line for line in told.splitlines() if line.startswith(of_chosen)] == effects.splitlines()[2:]


def test_beijing_travels_on_and_what_stops_is_told() -> None:
    told = DOCUMENT.read_text(encoding="utf-8").splitlines()  # which is what the library says
    (mix,) = [line for line in told if line.startswith("| `transport.low_carbon_trip`") and "| stops |" in line]
    assert "(`baselines.trip_mix`, all_modes)" in mix
    where, counted = mix.rstrip(" |").rpartition("everywhere but ")[1:]
    assert where, mix
    assert {"CN-BJ", "CN-TJ", "CN-HE", "GB"} <= set(counted.split(", "))
    assert not {"CN-SH", "CN-HB/wuhan", "FR"} & set(counted.split(", "))


def test_every_figure_is_counted_under_one_mark() -> None:
    rows = list(TABLES.list_rows())
    assert sum(count_marks(rows).values()) == len(rows)
    assert count_marks(rows)[Mark.OFFICIAL] > 200
