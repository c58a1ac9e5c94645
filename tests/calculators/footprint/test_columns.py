"""Footprints in columns: the same integers as one by one, for every place and any subset of answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from calculators import (
    InputRefused,
    compute_footprint,
    compute_footprints,
    get_footprint_model,
    list_footprint_packs,
    read_answers,
)
from calculators.footprint.columns import WHOLE
from calculators.footprint.model import Model
from calculators.methodology.parts import Choice


def drawn(model: Model, names: list[str], rows: int, seed: int) -> dict[str, Any]:
    """Possible answers, one column a question."""
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {}
    for name in names:
        spec = model.survey.questions[name].spec
        if isinstance(spec, Choice):
            columns[name] = random.integers(0, len(spec.options), rows)
        else:
            high = min(spec.maximum, max(Decimal(3), spec.maximum / 50))
            steps = random.integers(int(spec.minimum / spec.step), int(high / spec.step) + 1, rows)
            columns[name] = steps / int(1 / spec.step)
    return columns


def answers_in(model: Model, columns: dict[str, Any], row: int) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for name, column in columns.items():
        spec = model.survey.questions[name].spec
        answers[name] = spec.options[column[row]] if isinstance(spec, Choice) else Decimal(repr(float(column[row])))
    return answers


@pytest.mark.parametrize("region", list_footprint_packs())
def test_a_column_says_gram_for_gram_what_one_by_one_says(region: str) -> None:
    model = get_footprint_model(region)
    every = list(model.survey.questions)
    for seed, names in enumerate((every, every[::3], ["car_km"], ["household_size", "flights_long"])):
        columns = drawn(model, names, 60, seed)
        found = compute_footprints(model, columns)
        for row in range(60):
            one = compute_footprint(model, read_answers(model.survey, answers_in(model, columns, row)))
            for name, share in {**one.categories, WHOLE: one.whole}.items():
                assert found.grams[name][row] == share.grams, (name, row)
                assert (found.low_g[name][row], found.high_g[name][row]) == (share.low_g, share.high_g)


def test_rows_on_a_rounding_tie_are_read_exactly() -> None:
    model = get_footprint_model("FR")
    halves = np.arange(0, 4000, dtype=np.float64) / 2  # hotel nights at 6.7 kg: many whole and half kilograms
    columns = {"hotel_nights": np.minimum(halves, 366)}
    found = compute_footprints(model, columns)
    for row in range(0, 732, 7):
        one = compute_footprint(model, read_answers(model.survey, answers_in(model, columns, row)))
        assert found.grams["housing"][row] == one.categories["housing"].grams


def test_an_impossible_row_is_named() -> None:
    with pytest.raises(InputRefused, match=r"car_km\[1\]"):
        compute_footprints(get_footprint_model("FR"), {"car_km": np.array([1.0, -5.0])})
    with pytest.raises(InputRefused, match="no such question"):
        compute_footprints(get_footprint_model("FR"), {"cars": np.array([1.0])})
    with pytest.raises(InputRefused, match="one length"):
        compute_footprints(get_footprint_model("FR"), {"car_km": np.array([1.0]), "bus": np.array([1.0, 2.0])})
