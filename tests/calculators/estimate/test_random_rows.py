"""Random activities of every rule, in many places and with any evidence: columns give the exact reading's integers."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from calculators import Estimate, Methodology, compute_estimate, estimate_columns
from calculators.methodology import Choice, Quantity
from tests.calculators.estimate.lower_bound_documents import constant, trip_of
from tests.calculators.generated_activities import FEW, HOUSEHOLD_SIZE
from tests.calculators.shipped_library import LIBRARY, TABLES, context

FIELDS = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g", "behaviour_points")
PLACES = (
    "CN-BJ",
    "CN-HB/wuhan",
    "CN-GD/shenzhen",
    "CN-SC",
    "FR",
    "GB-ENG",
    "GB-SCT",
    "DE",
    "JP",
    "US",
    "IN",
    "KE",
)
# no shipped figure is as wide as these: differences that only draws can tell
WIDEST = [
    trip_of(formula, "0", constant("wide", "0.5", spread, shape, "kgGHG/passenger-km"))
    for formula, spread, shape in (
        ("distance * wide", "400", "log_normal"),
        ("distance * wide", "50", "uniform"),
        ("distance * max(wide, 0.3 * wide)", "90", "triangular"),
    )
]
SKEWED_PERMILLE = 100  # of the two arms of a range, by how much of its width they differ in a skewed one


def test_random_rows_of_every_rule_are_the_same_by_columns_and_exactly(counts: Callable[..., int]) -> None:
    documents = [*sorted(LIBRARY.methodologies.values(), key=lambda one: one.id), *WIDEST]
    each = -(-counts(small=360, long=60_000) // len(documents))
    differing, compared, skewed = [], 0, 0
    for document in documents:
        exact, found = _read_twice(document, each, random.Random(document.id + document.sha256))
        differing += [
            (document.id, place, row) for place, row in enumerate(zip(exact, found, strict=True)) if row[0] != row[1]
        ]
        compared += len(exact)
        skewed += sum(_is_skewed(row) for row in exact)
    assert differing == []
    assert compared >= counts(small=360, long=60_000)
    assert skewed >= compared // 20  # a share of them has a range whose arms differ


def _read_twice(document: Methodology, count: int, chance: random.Random) -> tuple[list[Any], list[Any]]:
    """The integers and reasons of `count` rows of one document, exactly and by columns."""
    rows = [{name: _drawn(spec, chance) for name, spec in _told(document).items()} for _ in range(count)]
    places = [chance.choice(PLACES) for _ in rows]
    tiers = [chance.choice(sorted({*document.evidence_weights, "self_declared"})) for _ in rows]
    history = {name: _drawn(spec, chance) for name, spec in document.quantities.items() if spec.given_by == "history"}
    shared = {"history": history, "household_size": HOUSEHOLD_SIZE}
    exact = [
        _integers(compute_estimate(document, TABLES, row, context(place, tier, **shared)))
        for row, place, tier in zip(rows, places, tiers, strict=True)
    ]
    columns: dict[str, Any] = {
        name: np.array([row[name] if isinstance(spec, Choice) else float(row[name]) for row in rows])
        for name, spec in _told(document).items()
    }
    columns |= {"region": np.array(places), "evidence": np.array(tiers)}
    found = estimate_columns(document, TABLES, columns, context(PLACES[0], **shared))
    by_columns = zip(*(getattr(found, name).tolist() for name in (*FIELDS, "reason")), strict=True)
    return exact, [(*row[:-1], found.reasons[row[-1]]) for row in by_columns]


def _told(document: Methodology) -> dict[str, Quantity | Choice]:
    """What a person tells."""
    return {
        name: spec for name, spec in document.inputs.items() if isinstance(spec, Choice) or spec.given_by == "person"
    }


def _drawn(spec: Quantity | Choice, chance: random.Random) -> Any:
    """An option, or a value on the step: most of them small, where rounding decides."""
    if isinstance(spec, Choice):
        return chance.choice(spec.options)
    low, high = int(spec.minimum / spec.step), int(spec.maximum / spec.step)
    small = max(low, min(high, int(FEW / spec.step)))
    return Decimal(chance.randint(low, chance.choice((small, small, high)))) * spec.step


def _integers(found: Estimate) -> tuple[Any, ...]:
    return (*(getattr(found, name) for name in FIELDS), found.reason or "")


def _is_skewed(row: tuple[Any, ...]) -> bool:
    reduction, low, high = row[2], row[4], row[5]
    return abs((high - reduction) - (reduction - low)) * 1000 > SKEWED_PERMILLE * (high - low)
