"""A frozen document answers as it did, whatever becomes of the tables it was frozen from."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from calculators import Context, bundle_sha256, compute_estimate, freeze, load_library, run_examples, thaw

LIBRARY = load_library()
TRIP = LIBRARY.methodologies["transport.low_carbon_trip"]
BY_METRO = {"mode": "metro", "distance": "10"}
IN_BEIJING = Context(region="CN-BJ", on=date(2026, 11, 20))

methodologies = pytest.mark.parametrize("methodology", LIBRARY.methodologies.values(), ids=lambda known: known.id)


def with_factor(tables, key, region, value):
    """The same tables with another value for one figure of one place."""

    def of(row):
        return replace(row, value=Decimal(value)) if (row.key, row.region) == (key, region) else row

    changed = {
        name: replace(
            table,
            rows=tuple(of(row) for row in table.rows),
            by_item={item: tuple(of(row) for row in rows) for item, rows in table.by_item.items()},
        )
        for name, table in tables.tables.items()
    }
    return replace(tables, tables=changed)


@methodologies
def test_frozen_figures_lead_to_the_same_worked_examples(methodology):
    thawed = thaw(freeze(methodology, LIBRARY.tables))
    outcomes = run_examples(methodology, thawed)
    assert [outcome.differences for outcome in outcomes if not outcome.passed] == []
    assert [outcome.actual for outcome in outcomes] == [
        outcome.actual for outcome in run_examples(methodology, LIBRARY.tables)
    ]


@methodologies
def test_freezing_what_was_frozen_gives_the_same_text(methodology):
    frozen = freeze(methodology, LIBRARY.tables)
    assert freeze(methodology, thaw(frozen)) == frozen


def test_only_what_the_document_can_reach_is_frozen():
    frozen = thaw(freeze(TRIP, LIBRARY.tables))
    used = {parameter.table for parameter in TRIP.parameters.values() if parameter.table}
    assert set(frozen.tables) == used
    assert {row.family for row in frozen.list_rows() if row.kind == "emission_factor"} == TRIP.every_family


def test_a_changed_factor_changes_the_hash_and_not_what_was_frozen():
    before = freeze(TRIP, LIBRARY.tables)
    doubled = with_factor(LIBRARY.tables, "trip_metro", "CN-BJ", "0.064")
    after = freeze(TRIP, doubled)
    assert bundle_sha256(TRIP.text, after) != bundle_sha256(TRIP.text, before)
    assert compute_estimate(TRIP, thaw(before), BY_METRO, IN_BEIJING).project_g == 320
    assert compute_estimate(TRIP, thaw(after), BY_METRO, IN_BEIJING).project_g == 640


def test_the_frozen_text_is_canonical_json_with_one_line_per_figure():
    frozen = freeze(TRIP, LIBRARY.tables)
    content = json.loads(frozen)
    assert frozen == json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert all(len(rows.splitlines()) > 1 for rows in content["tables"].values())


def test_the_hash_tells_the_document_from_its_figures():
    assert bundle_sha256("ab", "c") != bundle_sha256("a", "bc")
