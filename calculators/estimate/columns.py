"""Columns of activities as arrays: words as codes, quantities as whole numbers of their step.

Promise: a float column is read as the decimal a person would write for it (its shortest text), so a row means the same
here as in the exact reading; rows where a float cannot decide are read as decimals. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from calculators.errors import FieldError, InputRefused
from calculators.methodology.parts import Quantity
from calculators.rounding import to_step

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_NEAR = 1e-6  # of a step: closer to a whole step than this, a float is checked rather than trusted


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of words as positions in `words`."""

    codes: Integers
    words: tuple[str, ...]


def code_words(name: str, column: Any, words: Sequence[str] | None) -> Coded:
    """A column of words, codes or `Coded` as codes into `words` (into its own words where None)."""
    if isinstance(column, Coded):
        return column if words is None else _translate(name, column, tuple(words))
    array = np.asarray(column)
    if np.issubdtype(array.dtype, np.integer):
        if words is None:
            raise InputRefused([FieldError(name, "column.words", "give words, or Coded(codes, words)")])
        return _checked(name, Coded(array.astype(np.int64), tuple(words)))
    found, codes = np.unique(array.astype(str), return_inverse=True)
    own = Coded(codes.astype(np.int64), tuple(str(word) for word in found))
    return own if words is None else _translate(name, own, tuple(words))


def _translate(name: str, column: Coded, words: tuple[str, ...]) -> Coded:
    unknown = [word for word in column.words if word not in words]
    if unknown:
        raise InputRefused([FieldError(name, "input.not_an_option", f"{', '.join(unknown)}: not an option")])
    table = np.array([words.index(word) for word in column.words], dtype=np.int64)
    return Coded(table[_checked(name, column).codes], words)


def _checked(name: str, column: Coded) -> Coded:
    if column.codes.size and not 0 <= int(column.codes.min()) <= int(column.codes.max()) < len(column.words):
        raise InputRefused([FieldError(name, "column.code", "holds a code outside its words")])
    return column


def steps_per_unit(spec: Quantity) -> int:
    """How many steps make one unit (steps are parts of ten)."""
    return int(1 / spec.step)


def read_steps(spec: Quantity, column: Any) -> Integers:
    """A quantity column, in the unit a person types, as whole numbers of its step. Raises InputRefused."""
    per_unit = steps_per_unit(spec)
    array = np.asarray(column)
    if not np.issubdtype(array.dtype, np.number):
        raise InputRefused([FieldError(spec.name, "input.not_a_number", "must be a column of numbers")])
    if np.issubdtype(array.dtype, np.integer):
        steps = array.astype(np.int64) * per_unit
        _refuse_outside(spec, steps, np.zeros(array.shape, dtype=bool), per_unit)
        return steps
    values = array.astype(np.float64)
    if not np.isfinite(values).all():
        raise InputRefused([FieldError(spec.name, "input.not_a_number", "holds a value that is not a number")])
    scaled = values * per_unit
    nearest = np.rint(scaled)
    steps = (np.ceil(scaled) if spec.rounds_up else np.floor(scaled)).astype(np.int64)
    near = np.abs(scaled - nearest) < _NEAR
    exact = near & (nearest / per_unit == values)
    steps[exact] = nearest[exact].astype(np.int64)
    doubtful = np.flatnonzero(near & ~exact)
    for row in doubtful:
        step = to_step(Decimal(repr(float(values[row]))), spec.step, up=spec.rounds_up)
        steps[row] = int(step * per_unit)
    beyond = (values < float(spec.minimum)) | (values > float(spec.maximum))
    _refuse_outside(spec, steps, beyond, per_unit)
    return steps


def _refuse_outside(spec: Quantity, steps: Integers, beyond: npt.NDArray[np.bool_], per_unit: int) -> None:
    low, high = spec.minimum * per_unit, spec.maximum * per_unit
    outside = beyond | (steps < int(low)) | (steps > int(high))
    if outside.any():
        row = int(np.flatnonzero(outside)[0])
        raise InputRefused(
            [
                FieldError(
                    f"{spec.name}[{row}]",
                    "input.out_of_range",
                    f"must lie between {spec.minimum} and {spec.maximum} {spec.entered_as}",
                )
            ]
        )
