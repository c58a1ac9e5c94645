"""Many footprints at once: the same formulas over NumPy columns, equal to the exact reading gram for gram.

Promise: every integer is the one `compute_footprint` gives. Floats compute; a row that lies within float error of a
rounding tie is read exactly instead. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from calculators.errors import FieldError, InputRefused
from calculators.estimate.columns import Floats, Integers, code_words, read_steps, steps_per_unit
from calculators.footprint.evaluation import Share, compute_footprint
from calculators.footprint.model import Model, Value
from calculators.footprint.questions import CATEGORIES, HOUSEHOLD_SIZE
from calculators.methodology.parts import Choice
from calculators.rounding import EXACT

CHUNK = 1 << 13  # rows that fit a processor's cache
_NEAR = 1e-5  # grams: closer to a tie than this, a float does not decide
_RELATIVE_ERROR = 1e-12
WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class FootprintColumns:
    """Grams and 95 % ranges, one integer a row: by category, and `whole` for the total."""

    grams: Mapping[str, Integers]
    low_g: Mapping[str, Integers]
    high_g: Mapping[str, Integers]


def compute_footprints(model: Model, columns: Mapping[str, Any]) -> FootprintColumns:
    """The footprints of many people of one place who answered the same questions.

    `columns` holds one array per answered question, all of one length: numbers in the unit that is asked for, words or
    option codes for a choice. Raises InputRefused naming the column and row.
    """
    read = {name: _read(model, name, column) for name, column in columns.items()}
    sizes = {len(column) for column in read.values()}
    if len(sizes) != 1:
        raise InputRefused([FieldError("answers", "column.length", "give at least one column, all of one length")])
    size = sizes.pop()
    names = (*(CATEGORIES[at] for at in model.categories), WHOLE)
    result = FootprintColumns(*({name: np.zeros(size, dtype=np.int64) for name in names} for _ in range(3)))
    fixed = _fixed(model, read)
    for start in range(0, size, CHUNK):
        part = slice(start, min(start + CHUNK, size))
        rows = {name: column[part] for name, column in read.items()}
        doubtful = _fill(model, rows, result, part, fixed)
        for row in np.flatnonzero(doubtful):
            _fill_exactly(model, {name: column[row] for name, column in rows.items()}, result, start + int(row))
    return result


def _read(model: Model, name: str, column: Any) -> Integers:
    """Option codes, or whole numbers of the question's step."""
    question = model.survey.questions.get(name)
    if question is None:
        raise InputRefused([FieldError(f"answers.{name[:60]}", "input.unknown", "the survey has no such question")])
    if isinstance(question.spec, Choice):
        return code_words(name, column, question.spec.options).codes
    return read_steps(question.spec, column)


def _fixed(model: Model, answered: Mapping[str, Any]) -> dict[int, Share]:
    """The categories that none of the columns reaches: the same in every row, and read exactly once."""
    reached = {line.category for line in model.lines if not line.questions.isdisjoint(answered)}
    shares = compute_footprint(model, {}).categories
    return {at: shares[CATEGORIES[at]] for at in model.categories if at not in reached}


def _fill(
    model: Model, rows: Mapping[str, Integers], out: FootprintColumns, part: slice, fixed: Mapping[int, Share]
) -> Any:
    """Fill `out` by floats; the rows that floats cannot decide."""
    count = part.stop - part.start
    found = model.survey.program.columns(*_arguments(model, rows))
    grams, variance = ({at: np.zeros(count) for at in model.categories} for _ in range(2))
    for line in model.lines:
        value = found[line.position] * float(line.numerator / line.denominator)
        grams[line.category] += value
        if line.variance:
            variance[line.category] += value * value * float(line.variance)
    whole_variance = _common_variance(model, found, variance)
    doubtful = np.zeros(count, dtype=bool)
    total = np.zeros(count)
    for at in model.categories:
        name = CATEGORIES[at]
        if at in fixed:
            out.grams[name][part], out.low_g[name][part] = fixed[at].grams, fixed[at].low_g
            out.high_g[name][part] = fixed[at].high_g
            total += fixed[at].grams
            continue
        rounded = np.rint(grams[at])
        tolerance = _NEAR + grams[at] * _RELATIVE_ERROR
        doubtful |= np.abs(np.abs(grams[at] - np.floor(grams[at])) - 0.5) < tolerance
        out.grams[name][part] = rounded
        total += rounded
        doubtful |= _range(out, name, part, rounded, np.sqrt(variance[at]))
    out.grams[WHOLE][part] = total
    doubtful |= _range(out, WHOLE, part, total, np.sqrt(whole_variance))
    return doubtful


def _common_variance(model: Model, found: Sequence[Any], variance: Mapping[int, Floats]) -> Any:
    whole = sum(variance.values())
    for common in model.common:
        moved: dict[int, Any] = {}
        for at, position, sign, scale in common.moves:
            moved[at] = moved.get(at, 0.0) + found[position] * (float(scale) * sign)
        squared = float(common.spread) ** 2
        together: Any = 0.0
        for at, values in moved.items():
            variance[at][:] += values * values * squared
            together = together + values
        whole = whole + together * together * squared
    return whole


def _range(out: FootprintColumns, name: str, part: slice, center: Floats, half: Floats) -> Any:
    low, high = center - half, center + half
    tolerance = _NEAR + high * _RELATIVE_ERROR
    out.low_g[name][part] = np.floor(np.maximum(low, 0.0))
    out.high_g[name][part] = np.ceil(high)
    near_low = (np.abs(low - np.rint(low)) < tolerance) & (low > -tolerance)
    near_high = np.abs(high - np.rint(high)) < tolerance
    return (near_low | near_high) & (half > 0.0)


def _arguments(model: Model, rows: Mapping[str, Integers]) -> list[Any]:
    survey = model.survey
    defaults = _defaults(model, rows)
    arguments: list[Any] = []
    for name in survey.program.arguments:
        question = survey.questions.get(name)
        if question is None:
            arguments.append(float(Decimal(model.entries[name].value or 0)))
        elif name not in rows:
            arguments.append(defaults[name])
        elif isinstance(question.spec, Choice):
            arguments.append(rows[name])
        else:
            arguments.append(rows[name] / steps_per_unit(question.spec))
    return arguments


def _defaults(model: Model, rows: Mapping[str, Integers]) -> dict[str, Any]:
    """Defaults as floats or codes; those of shared questions follow each row's household size, exactly."""
    defaults: dict[str, Any] = {name: _number(model, name, value) for name, value in model.defaults().items()}
    shared = [name for name, question in model.survey.questions.items() if question.shared and name not in rows]
    if not shared or HOUSEHOLD_SIZE not in rows:
        return defaults
    per_unit = steps_per_unit(_quantity(model, HOUSEHOLD_SIZE))
    distinct, places = np.unique(rows[HOUSEHOLD_SIZE], return_inverse=True)
    by_size = [model.defaults(EXACT.divide(Decimal(int(size)), Decimal(per_unit))) for size in distinct]
    for name in shared:
        defaults[name] = np.array([_number(model, name, found[name]) for found in by_size])[places]
    return defaults


def _number(model: Model, name: str, value: Value) -> float | int:
    spec = model.survey.questions[name].spec
    return spec.options.index(str(value)) if isinstance(spec, Choice) else float(value)


def _quantity(model: Model, name: str) -> Any:
    return model.survey.questions[name].spec


def _fill_exactly(model: Model, row: Mapping[str, Any], out: FootprintColumns, at: int) -> None:
    answers: dict[str, Value] = {}
    for name, value in row.items():
        spec = model.survey.questions[name].spec
        if isinstance(spec, Choice):
            answers[name] = spec.options[int(value)]
        else:
            answers[name] = EXACT.multiply(Decimal(int(value)), spec.step)
    found = compute_footprint(model, answers)
    shares: dict[str, Share] = {**found.categories, WHOLE: found.whole}
    for name, share in shares.items():
        out.grams[name][at], out.low_g[name][at], out.high_g[name][at] = share.grams, share.low_g, share.high_g
