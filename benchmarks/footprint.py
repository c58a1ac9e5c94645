"""The yearly footprint: full footprints of 97 answers one by one and in columns.

A full footprint is what is shown: the total and every category with its range, the share of defaults and of assumed
grams. Yardsticks of the same run: reading the same answers and writing that footprint as JSON, and a bare NumPy sum of
products over the same columns, without ranges, rounding, choices or look-ups.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import numpy as np

from benchmarks.measurement import Measurement, best, row
from calculators import (
    Model,
    compute_footprint,
    compute_footprints,
    get_footprint_model,
    read_answers,
)

ONE_BY_ONE = 300
ROWS = 200_000
SEED = 20261120


def run() -> list[Measurement]:
    """The rows of this benchmark."""
    model = get_footprint_model("FR")
    columns = drawn_answers(model, ROWS)
    return [*exact_rows(model, columns), *column_rows(model, columns)]


def exact_rows(model: Model, columns: dict[str, Any]) -> list[Measurement]:
    """Footprints a second, each a different person who answered everything."""
    typed = [typed_answers(model, columns, row) for row in range(ONE_BY_ONE)]
    people = [read_answers(model.survey, answers) for answers in typed]
    shown = [asdict(compute_footprint(model, answers).whole) for answers in people]

    def computed() -> None:
        for answers in people:
            compute_footprint(model, answers)

    def told() -> None:
        for answers, footprint in zip(typed, shown, strict=True):
            json.loads(json.dumps(answers))
            json.dumps(footprint)

    measured, yardstick = (ONE_BY_ONE / best(work) for work in (computed, told))
    name = "full footprints of 97 answers, one by one, exactly"
    return [
        row(name, measured, None, ">= 2000", "footprints/s"),
        row(f"{name}, against their JSON there and back", measured, yardstick, ">= 0.05", "footprints/s"),
    ]


def column_rows(model: Model, columns: dict[str, Any]) -> list[Measurement]:
    """Footprints a second in columns, every question answered differently in every row."""
    amounts = [np.asarray(column, dtype=np.float64) for column in columns.values()]

    def summed() -> Any:
        total = np.zeros(ROWS)
        for amount in amounts:
            total += amount * 0.5
        return total

    measured = ROWS / best(lambda: compute_footprints(model, columns))
    yardstick = ROWS / best(summed)
    name = "full footprints of 97 answers, in columns"
    return [
        row(name, measured, None, ">= 200000", "footprints/s"),
        row(f"{name}, against one bare sum of products", measured, yardstick, ">= 0.01", "footprints/s"),
    ]


def drawn_answers(model: Model, rows: int) -> dict[str, Any]:
    """A column of plausible answers to every question: up to three times the default."""
    random = np.random.default_rng(SEED)
    columns: dict[str, Any] = {}
    for name, question in model.survey.questions.items():
        default = model.default_of(name)
        if isinstance(default, str):
            columns[name] = random.integers(0, len(question.spec.options), rows)
            continue
        per_unit = int(1 / question.spec.step)
        low, high = question.spec.minimum, min(question.spec.maximum, max(Decimal(2), default * 3))
        columns[name] = random.integers(int(low * per_unit), int(high * per_unit) + 1, rows) / per_unit
    return columns


def typed_answers(model: Model, columns: dict[str, Any], number: int) -> dict[str, str]:
    """One row as a person's client sends it."""
    answers: dict[str, str] = {}
    for name, column in columns.items():
        spec = model.survey.questions[name].spec
        is_word = isinstance(model.default_of(name), str)
        answers[name] = spec.options[column[number]] if is_word else format(Decimal(repr(float(column[number]))), "f")
    return answers
